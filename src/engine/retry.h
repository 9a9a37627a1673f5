/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_RETRY_H
#define ENGINE_RETRY_H

#include "model/call.h"

struct engine;
struct run_call;

/**
 * Between the attempts of a call: what recovery/ decides, done. Loop thread.
 *
 *	retry_allows ─► RUNNING ─► retry_attempt ─► its end
 *	   │  ▲                        │
 *	   ▼  └── READY ◄── timer ◄────┤
 *	DELAYED ◄──────────────────────┘
 */
int retry_init(struct engine *engine, struct error *err);
/** Asked right before an attempt. False: it waits for a breaker, or has failed of it. */
bool retry_allows(struct run_call *call);
/** The attempt has ended. True: there will be another, and *own_result has moved. */
bool retry_attempt(struct run_call *call, struct result *own_result);
/** Calls that failed as one: each is delayed or ends. NULL entries are passed over. */
void retry_batch(struct run_call **calls, size_t n, enum call_status status,
		 const struct error *err);
/** The attempt does not count. */
void retry_forget_attempt(struct run_call *call);
/** Out of its wait: it will not be tried again. */
void retry_stop(struct run_call *call);
/** Ends a call that was to be tried again: what its last attempt brought stands. */
void retry_end(struct run_call *call);

#endif
