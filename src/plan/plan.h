/* SPDX-License-Identifier: MIT */
#ifndef PLAN_PLAN_H
#define PLAN_PLAN_H

#include "model/call.h"
#include "model/spend.h"
#include "model/tool.h"
#include "plan/problem.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * What will run: every call of every phase, checked, with what it waits for. Made by
 * workflow_load() from a workflow, or with plan_new(), plan_add_phase() and plan_add_call() (batch,
 * call); read-only once it runs. All of it goes with plan_free(). One owner; no locking.
 */

enum { PLAN_CALLS_MAX = 1000000, PLAN_PHASES_MAX = 1000, WORKFLOW_BYTES_MAX = 64 << 20 };
/* Of the budget: a heading, a receipt and the frame of the JSON form must fit. */
enum { PLAN_TOKENS_MIN = 256 };
enum { PLAN_ID_MAX = 256, PLAN_NEEDS_MAX = 1000, PLAN_LOCKS_MAX = 100 };
#define PLAN_ARENA_MAX ((size_t)4 << 30)

/** never | soon,fail=N | now,fail=N, N a count or a percentage, as GNU parallel's --halt. */
enum halt_when { HALT_NEVER, HALT_SOON, HALT_NOW };
enum halt_what { HALT_FAIL, HALT_SUCCESS, HALT_DONE };

struct halt_policy {
	enum halt_when when;
	enum halt_what what;
	double limit; /* calls, or per cent of all calls */
	bool is_percent;
};

struct plan_phase {
	const char *name;
	uint32_t *needs; /* indexes of phases that must end first */
	size_t n_needs;
	unsigned limits[LANE_COUNT];       /* max_instances; 0 = the lane's default */
	unsigned agents_depth_max;         /* of its agents; 0 = not said */
	const struct spend *agents_budget; /* of all its agents together; NULL = none */
	size_t n_calls;
	uint32_t first_of_lane[LANE_COUNT]; /* where n_of_lane is not 0 */
	uint32_t n_of_lane[LANE_COUNT];
	struct place place;
};

/** What only calls that do not fuse (Bash) have: edges between calls of one phase, and locks. */
struct plan_edges {
	uint32_t *needs; /* indexes of calls that must end with status ok first */
	size_t n_needs;
	const char *const *locks; /* two calls that share one never run at the same time */
	size_t n_locks;
};

struct plan_budget {
	uint64_t tokens;  /* of the answer; 0 = default */
	uint64_t wall_ms; /* 0 = none */
};

struct plan {
	struct arena arena;
	const char *name;   /* of the workflow, or NULL */
	const char *source; /* file name, for messages */
	const char *root;   /* as written, relative to the working directory; NULL = not said */
	struct place root_place;
	struct plan_budget budget;
	struct halt_policy halt;
	bool has_synthesis; /* what all results come to together is asked for */
	bool is_nested;     /* of calls that an agent makes: its agents are run as it is */
	struct plan_phase *phases;
	size_t n_phases;
	struct call **calls;      /* by index */
	struct plan_edges *edges; /* by index */
	size_t n_calls, cap_calls;
	struct plan_ids *ids; /* finds calls by id */
};

/** The tools a plan may use. Borrowed; the tools outlive the plan. */
struct toolbox {
	const struct tool *const *tools;
	size_t n;
};

struct plan *plan_new(const char *source); /* NULL without memory */
void plan_free(struct plan *plan);         /* accepts NULL */

/** name is copied. */
int plan_add_phase(struct plan *plan, const char *name, uint32_t *ret_phase, struct error *err);

struct plan_call {
	const char *id; /* NULL: input's `id`, or "PHASE.N" */
	const struct tool *tool;
	const struct value *input; /* a map, or NULL; must live as long as the plan's arena */
	uint32_t phase;
	struct place place;
	const struct call_late *late; /* NULL, or in the plan's arena */
	bool in_workflow; /* ids are unique; `needs` is left for plan_link() to resolve */
};

/**
 * Checks a call and adds it as the last; its phase must be the last too. Of the input, `id`, and
 * for tools that do not fuse `needs` and `locks`, are the plan's; the rest is the tool's. On
 * failure the plan is as it was. Unless in_workflow, ids need not be unique (`needs` finds the
 * latest), and `needs` holds ids of calls that were added before.
 */
int plan_add_call(struct plan *plan, const struct plan_call *call, struct problem *ret_problem);

/** The inputs of a late call are known, as they were recorded: nobody decides them again. input: a
 *  map, in the plan's arena. */
int plan_settle_call(struct plan *plan, uint32_t i_call, const struct value *input,
		     struct problem *ret_problem);

/** Resolves `needs` of a call of a workflow: ids of calls of its phase, or the numbers (from 1) of
 *  calls in its own section of the phase. */
int plan_link(struct plan *plan, uint32_t i_call, struct problem *ret_problem);

/** The latest call with this id, or NULL. */
const struct call *plan_find_call(const struct plan *plan, const char *id);

#endif
