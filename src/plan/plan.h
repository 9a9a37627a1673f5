/* SPDX-License-Identifier: MIT */
#ifndef PLAN_PLAN_H
#define PLAN_PLAN_H

#include "base/arena.h"
#include "model/call.h"
#include "model/tool.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * What will run: every call of every phase, checked, with what it waits for. Made by plan_load()
 * from a workflow, or call by call with plan_add() (batch, call); read-only once it runs. All of
 * it lives in the plan's arena and goes with plan_free().
 */

enum { PLAN_CALLS_MAX = 1000000, PLAN_PHASES_MAX = 1000, WORKFLOW_BYTES_MAX = 64 << 20 };

/** never | soon,fail=N | now,fail=N, N a count or a percentage, as GNU parallel's --halt. */
enum halt_when { HALT_NEVER, HALT_SOON, HALT_NOW };
enum halt_what { HALT_FAIL, HALT_SUCCESS, HALT_DONE };

struct halt_policy {
	enum halt_when when;
	enum halt_what what;
	double limit;     /* calls, or per cent of all calls */
	bool is_percent;
};

struct plan_phase {
	const char *name;
	uint32_t *needs;       /* indexes of phases that must end first */
	size_t n_needs;
	unsigned limits[LANE_COUNT]; /* max_instances; 0 = the lane's default */
	size_t n_calls;
	struct place place;
};

/* What only bash calls have: edges between calls, and locks. */
struct plan_edges {
	uint32_t *needs; /* indexes of calls that must end with status ok first */
	size_t n_needs;
	const char *const *locks;
	size_t n_locks;
};

struct plan_budget {
	uint64_t tokens;  /* of the answer; 0 = default */
	uint64_t wall_ms; /* 0 = none */
};

struct plan {
	struct arena arena;
	const char *name;   /* of the workflow */
	const char *source; /* file name, for messages */
	const char *root;   /* as written; relative to the workflow file's directory? see workflow.h */
	struct plan_budget budget;
	struct halt_policy halt;
	struct plan_phase *phases;
	size_t n_phases;
	struct call **calls; /* by index */
	struct plan_edges *edges; /* by index */
	size_t n_calls, cap_calls;
};

#endif
