/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_RECORD_H
#define ENGINE_RECORD_H

#include <stdbool.h>
#include <stdint.h>

struct engine;
struct result;
struct run_call;

/** What the journal is told of calls, and what waits for it. Nothing of an unrecorded run waits. */

/** A call that has its place starts, at once or when that is recorded. */
void run_call_start(struct run_call *call);
/** Where the end of its command is to be witnessed, and as what; 0 = nowhere. */
int run_call_witness(const struct run_call *call, uint64_t *ret_key);
/** The attempt is over, and there will be another. */
void run_call_record_retry(struct run_call *call, const struct result *result);
/** True: call->result is being recorded, and run_call_told() follows. */
bool run_call_record_end(struct run_call *call);
void engine_collect_journal(struct engine *engine);

#endif
