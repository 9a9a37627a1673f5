/* SPDX-License-Identifier: MIT */
#ifndef PLAN_EXPLAIN_H
#define PLAN_EXPLAIN_H

#include "base/json_write.h"
#include "plan/plan.h"

struct secrets;

/** What `volley plan` says: how a plan will be run, and with `why` for what reasons. */
struct explain_conf {
	const char *root;            /* as resolved; NULL = as the plan has it */
	unsigned limits[LANE_COUNT]; /* of the engine; 0 = default */
	unsigned total_limit;        /* of the engine; 0 = default */
	bool why;
	const struct secrets *secrets; /* kept out of inputs; NULL = nothing is */
};

/** Markdown for people: long lists of calls are cut. 0, -ENOMEM, or the buf's error. */
int explain_md(const struct plan *plan, const struct explain_conf *conf, struct buf *buf);

/** One JSON object with every call. 0, -ENOMEM, or the buf's error. */
int explain_json(const struct plan *plan, const struct explain_conf *conf, struct json_write *json);

#endif
