/* SPDX-License-Identifier: MIT */
/* Phases into stages, calls of a stage into groups. Calls are equal when their tool may be cached
 * and their arguments, written out, are. */
#include "plan/order.h"

#include "plan/call_text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { SPELLED_MAX = 256 << 20 };

/* A phase with its needs in order and without doubles, so that equal ones compare equal. */
struct node {
	const struct plan *plan;
	uint32_t phase;
	unsigned level; /* 1 + the highest of its needs; 0 = not known yet */
	uint32_t *needs;
	size_t n_needs;
};

static int compare_numbers(const void *a, const void *b)
{
	uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;

	return (left > right) - (left < right);
}

static bool sort_needs(struct order *order, struct node *node)
{
	const struct plan_phase *phase = &node->plan->phases[node->phase];

	node->needs = arena_alloc_array(&order->arena, phase->n_needs, sizeof(*node->needs));
	if (!node->needs)
		return false;
	if (phase->n_needs) {
		memcpy(node->needs, phase->needs, phase->n_needs * sizeof(*node->needs));
		qsort(node->needs, phase->n_needs, sizeof(*node->needs), compare_numbers);
	}
	for (size_t i = 0; i < phase->n_needs; i++) {
		if (!node->n_needs || node->needs[node->n_needs - 1] != node->needs[i])
			node->needs[node->n_needs++] = node->needs[i];
	}
	return true;
}

/* Recursion no deeper than there are phases; a plan has no cycles. */
static unsigned level_of(struct node *nodes, uint32_t i)
{
	unsigned level = 0;

	if (nodes[i].level)
		return nodes[i].level;
	for (size_t k = 0; k < nodes[i].n_needs; k++) {
		unsigned other = level_of(nodes, nodes[i].needs[k]);

		level = other > level ? other : level;
	}
	nodes[i].level = level + 1;
	return level + 1;
}

static int compare_needs(const struct node *a, const struct node *b)
{
	if (a->level != b->level)
		return a->level < b->level ? -1 : 1;
	if (a->n_needs != b->n_needs)
		return a->n_needs < b->n_needs ? -1 : 1;
	for (size_t i = 0; i < a->n_needs; i++) {
		if (a->needs[i] != b->needs[i])
			return a->needs[i] < b->needs[i] ? -1 : 1;
	}
	return 0;
}

static int compare_nodes(const void *a, const void *b)
{
	const struct node *left = a, *right = b;
	int r = compare_needs(left, right);

	return r ? r : (left->phase > right->phase) - (left->phase < right->phase);
}

static bool add_stage(struct order *order, const struct node *nodes, size_t n)
{
	struct order_stage *stage = &order->stages[order->n_stages++];

	stage->needs = nodes[0].needs;
	stage->n_needs = nodes[0].n_needs;
	stage->phases = arena_alloc_array(&order->arena, n, sizeof(*stage->phases));
	stage->n_phases = n;
	for (size_t i = 0; stage->phases && i < n; i++)
		stage->phases[i] = nodes[i].phase;
	return stage->phases;
}

static bool build_stages(struct order *order, const struct plan *plan)
{
	struct node *nodes = arena_alloc_array(&order->arena, plan->n_phases, sizeof(*nodes));
	size_t from = 0;

	order->stages = arena_alloc_array(&order->arena, plan->n_phases, sizeof(*order->stages));
	if (!nodes || !order->stages)
		return false;
	for (uint32_t i = 0; i < plan->n_phases; i++) {
		nodes[i] = (struct node){ .plan = plan, .phase = i };
		if (!sort_needs(order, &nodes[i]))
			return false;
	}
	for (uint32_t i = 0; i < plan->n_phases; i++)
		(void)level_of(nodes, i); /* kept in the node */
	qsort(nodes, plan->n_phases, sizeof(*nodes), compare_nodes);
	for (size_t i = 1; i <= plan->n_phases; i++) {
		if (i < plan->n_phases && compare_needs(&nodes[from], &nodes[i]) == 0)
			continue;
		if (!add_stage(order, nodes + from, i - from))
			return false;
		from = i;
	}
	return true;
}

/* ---- groups ---- */

static bool is_in_group(const struct order_group *group, const struct call *call)
{
	return group->lane == call->tool->lane && group->fuser == call->tool->fuser &&
	       (group->fuser || group->phase == call->phase);
}

static unsigned limit_of(const struct plan *plan, const struct call *call,
			 const unsigned lane_limits[LANE_COUNT])
{
	enum lane lane = call->tool->lane;
	unsigned limit = lane_limits[lane] ? lane_limits[lane] : lane_default_limit(lane);
	unsigned of_phase = plan->phases[call->phase].limits[lane];

	return of_phase && of_phase < limit && !call->tool->fuser ? of_phase : limit;
}

/* Calls of a phase follow one another, so the last group is mostly the right one. */
static struct order_group *group_of(struct order_stage *stage, const struct call *call)
{
	struct order_group group = {
		.lane = call->tool->lane,
		.fuser = call->tool->fuser,
		.phase = call->phase,
	};

	for (size_t i = stage->groups.n; i-- > 0;) {
		if (is_in_group(&stage->groups.items[i], call))
			return &stage->groups.items[i];
	}
	return vec_push(&stage->groups, group) ? &stage->groups.items[stage->groups.n - 1] : NULL;
}

static bool build_groups(struct order *order, const struct plan *plan,
			 const unsigned lane_limits[LANE_COUNT])
{
	size_t *stage_of = arena_alloc_array(&order->arena, plan->n_phases, sizeof(*stage_of));

	if (!stage_of)
		return false;
	for (size_t i = 0; i < order->n_stages; i++) {
		for (size_t k = 0; k < order->stages[i].n_phases; k++)
			stage_of[order->stages[i].phases[k]] = i;
	}
	for (uint32_t i = 0; i < plan->n_calls; i++) {
		const struct call *call = plan->calls[i];
		struct order_group *group = group_of(&order->stages[stage_of[call->phase]], call);

		if (!group || !vec_push(&group->calls, i))
			return false;
		group->limit = limit_of(plan, call, lane_limits);
	}
	return true;
}

/* ---- equal calls ---- */

struct spelled {
	const struct tool *tool;
	const char *text;
	size_t len;
};

static int compare_spelled(const void *a, const void *b)
{
	const struct spelled *left = a, *right = b;
	size_t len = left->len < right->len ? left->len : right->len;
	int r;

	if (left->tool != right->tool)
		return (uintptr_t)left->tool < (uintptr_t)right->tool ? -1 : 1;
	r = memcmp(left->text, right->text, len);
	return r ? r : (left->len > right->len) - (left->len < right->len);
}

static bool spell(struct arena *arena, const struct call *call, struct spelled *ret_spelled)
{
	CLEANUP(buf) struct buf buf = { .max = SPELLED_MAX };
	struct json_write json = json_write_to(&buf);

	call_write_input(call, NULL, &json);
	if (buf_error(&buf))
		return false;
	*ret_spelled = (struct spelled){
		.tool = call->tool,
		.text = arena_memdup0(arena, buf.data, buf.len),
		.len = buf.len,
	};
	return ret_spelled->text;
}

static bool count_equal(struct order_group *group, const struct plan *plan)
{
	struct spelled *spelled = calloc(group->calls.n, sizeof(*spelled));
	struct arena arena;
	size_t n = 0;
	bool is_good = spelled;

	arena_init(&arena, PLAN_ARENA_MAX);
	for (size_t i = 0; is_good && i < group->calls.n; i++) {
		const struct call *call = plan->calls[group->calls.items[i]];

		if (call->tool->flags & TOOL_PURE)
			is_good = spell(&arena, call, &spelled[n++]);
	}
	if (is_good && n > 1)
		qsort(spelled, n, sizeof(*spelled), compare_spelled);
	for (size_t i = 1; is_good && i < n; i++)
		group->n_equal += compare_spelled(&spelled[i - 1], &spelled[i]) == 0;
	arena_release(&arena);
	free(spelled);
	return is_good;
}

int order_init(struct order *order, const struct plan *plan, const unsigned lane_limits[LANE_COUNT])
{
	bool is_good;

	*order = (struct order){ 0 };
	arena_init(&order->arena, PLAN_ARENA_MAX);
	is_good = build_stages(order, plan) && build_groups(order, plan, lane_limits);
	for (size_t i = 0; is_good && i < order->n_stages; i++) {
		for (size_t k = 0; is_good && k < order->stages[i].groups.n; k++)
			is_good = count_equal(&order->stages[i].groups.items[k], plan);
	}
	if (is_good)
		return 0;
	order_release(order);
	return -ENOMEM;
}

void order_release(struct order *order)
{
	for (size_t i = 0; i < order->n_stages; i++) {
		for (size_t k = 0; k < order->stages[i].groups.n; k++)
			vec_release(&order->stages[i].groups.items[k].calls);
		vec_release(&order->stages[i].groups);
	}
	order->n_stages = 0;
	arena_release(&order->arena);
}
