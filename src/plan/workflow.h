/* SPDX-License-Identifier: MIT */
#ifndef PLAN_WORKFLOW_H
#define PLAN_WORKFLOW_H

#include "plan/plan.h"

struct workflow_text {
	const char *name; /* of the file, for messages; borrowed for the call */
	const char *data;
	size_t len;
};

/**
 * Reads a workflow (YAML or JSON) and makes a plan of it. Nothing is run or looked up on disk; a
 * relative root is relative to the working directory, not to the workflow. All that can be wrong
 * with it is found here: on failure (negative) *problems holds up to PROBLEMS_MAX of its problems
 * in the order of the text. The texts of problems have no place; the place stands beside them.
 *
 * A phase of the file takes what its sections say, in the order written; ids of its calls are
 * their own `id`, or "PHASE.N", N from 1.
 */
int workflow_load(const struct workflow_text *text, const struct toolbox *toolbox,
		  struct plan **ret_plan, struct problems *problems);

#endif
