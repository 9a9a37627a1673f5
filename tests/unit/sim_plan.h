/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_SIM_PLAN_H
#define TESTS_UNIT_SIM_PLAN_H

/* Plans put together by hand. */
#include "plan/plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static inline struct plan *new_plan(void)
{
	struct plan *plan = plan_new("test");

	assert_non_null(plan);
	return plan;
}

static inline uint32_t add_phase(struct plan *plan, const char *name)
{
	uint32_t i_phase;

	assert_int_equal(plan_add_phase(plan, name, &i_phase, NULL), 0);
	return i_phase;
}

static inline void phase_needs(struct plan *plan, uint32_t i_phase, uint32_t i_needed)
{
	struct plan_phase *phase = &plan->phases[i_phase];
	uint32_t *needs = arena_alloc_array(&plan->arena, phase->n_needs + 1, sizeof(*needs));

	assert_non_null(needs);
	if (phase->n_needs)
		memcpy(needs, phase->needs, phase->n_needs * sizeof(*needs));
	needs[phase->n_needs++] = i_needed;
	phase->needs = needs;
}

static struct value str_value(const char *str)
{
	return (struct value){ .type = VALUE_STR, .str = str, .len = strlen(str) };
}

/* Arguments are NAME=VALUE words. */
static uint32_t add_call(struct plan *plan, uint32_t i_phase, const struct tool *tool,
			 const char *format, ...) ATTR_PRINTF(4, 5);

static uint32_t add_call(struct plan *plan, uint32_t i_phase, const struct tool *tool,
			 const char *format, ...)
{
	struct value *input = arena_alloc(&plan->arena, sizeof(*input));
	struct value_pair *pairs = arena_alloc_array(&plan->arena, 8, sizeof(*pairs));
	struct plan_call call = { .tool = tool, .input = input, .phase = i_phase };
	struct problem problem = { 0 };
	char text[256];
	va_list args;
	char *rest, *copy;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	copy = arena_strdup(&plan->arena, text);
	assert_true(input && pairs && copy);
	input->type = VALUE_MAP;
	input->pairs = pairs;
	for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
		char *equals = strchr(word, '=');

		*equals = '\0';
		pairs[input->n_pairs].key = word;
		pairs[input->n_pairs++].value = str_value(equals + 1);
	}
	if (plan_add_call(plan, &call, &problem) < 0)
		fail_msg("%s: %s", text, problem.error.text);
	return (uint32_t)plan->n_calls - 1;
}

static inline void call_needs(struct plan *plan, uint32_t i_call, uint32_t i_needed)
{
	struct plan_edges *edges = &plan->edges[i_call];
	uint32_t *needs = arena_alloc_array(&plan->arena, edges->n_needs + 1, sizeof(*needs));

	assert_non_null(needs);
	if (edges->n_needs)
		memcpy(needs, edges->needs, edges->n_needs * sizeof(*needs));
	needs[edges->n_needs++] = i_needed;
	edges->needs = needs;
}

static inline void call_locks(struct plan *plan, uint32_t i_call, const char *lock)
{
	struct plan_edges *edges = &plan->edges[i_call];
	const char **locks = arena_alloc_array(&plan->arena, edges->n_locks + 1, sizeof(*locks));

	assert_non_null(locks);
	for (size_t i = 0; i < edges->n_locks; i++)
		locks[i] = edges->locks[i];
	locks[edges->n_locks++] = lock;
	edges->locks = locks;
}

#endif
