/* SPDX-License-Identifier: MIT */
#ifndef PLAN_ORDER_H
#define PLAN_ORDER_H

#include "base/vec.h"
#include "plan/plan.h"

/**
 * How a plan will be run, as far as that is known before it runs: which phases start together,
 * which of their calls share a pass, and what the others wait for. It describes what the engine
 * does with a plan; it does not steer it. Owned by the caller; borrows the plan.
 */
struct order_group {
	enum lane lane;
	const struct fuser *fuser;  /* its calls share a pass; NULL: started one by one */
	uint32_t phase;             /* of calls started one by one: theirs */
	unsigned limit;             /* of them at once */
	struct VEC(uint32_t) calls; /* in the order they are started */
	size_t n_equal;             /* of them: answered with the result of an equal one */
};

/** Phases that wait for the same phases, and so start at the same moment. */
struct order_stage {
	const uint32_t *needs; /* phases */
	size_t n_needs;
	uint32_t *phases;
	size_t n_phases;
	struct VEC(struct order_group) groups;
};

struct order {
	struct arena arena;
	struct order_stage *stages; /* none needs a later one */
	size_t n_stages;
};

/** lane_limits: 0 = default. -ENOMEM leaves nothing to release. */
int order_init(struct order *order, const struct plan *plan,
	       const unsigned lane_limits[LANE_COUNT]);
void order_release(struct order *order);

#endif
