/* SPDX-License-Identifier: MIT */
#ifndef PLAN_CALL_TEXT_H
#define PLAN_CALL_TEXT_H

#include "base/json_write.h"
#include "model/call.h"

struct secrets;

/* secrets are kept out of what is written; NULL = nothing is. */

/** The inputs that a call was given, under the names and in the order of its tool's table: two
 *  calls of a tool that mean the same inputs write the same text. */
void call_write_input(const struct call *call, const struct secrets *secrets,
		      struct json_write *json);

/** The call in one short line: the input that a bare string stands for, else all of them; cut to
 *  about max bytes, without newlines. */
void call_write_brief(const struct call *call, const struct secrets *secrets, size_t max,
		      struct buf *buf);

#endif
