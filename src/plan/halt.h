/* SPDX-License-Identifier: MIT */
#ifndef PLAN_HALT_H
#define PLAN_HALT_H

#include "base/buf.h"
#include "plan/plan.h"

/** never | soon,fail=1 | now,fail=10% | soon,success=1 | now,done=50%. *ret_halt is written only
 *  on success. */
int halt_parse(const char *text, struct halt_policy *ret_halt, struct error *err);

/** The same text again. */
void halt_write(const struct halt_policy *halt, struct buf *buf);

#endif
