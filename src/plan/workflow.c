/* SPDX-License-Identifier: MIT */
/* Workflow files. Maps are read by tables of keys; each problem is noted and reading goes on, so
 * that one look at the messages mends the file. What a phase's sections hold is in section.c. */
#include "plan/workflow.h"

#include "base/str.h"
#include "plan/cycle.h"
#include "plan/halt.h"
#include "plan/keys.h"
#include "plan/late.h"
#include "plan/scalar.h"
#include "plan/section.h"
#include "plan/syntax.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_MAX_BYTES = 64, ROOT_MAX_BYTES = 4095, NEEDS_MAX = PLAN_PHASES_MAX };
#define TOKENS_MAX 100000000
#define WALL_MAX_MS (UINT64_C(30) * 24 * 3600 * 1000)

static void load_name(struct loader *loader, const struct value *value)
{
	const char *name = loader_text(loader, value, "name", NAME_MAX_BYTES);

	for (const char *at = name; at && *at; at++) {
		if (iscntrl((unsigned char)*at)) {
			problem_set(problems_add(loader->problems), value->place, ERROR_INVALID,
				    "'name' must be one line, without control characters");
			return;
		}
	}
	loader->plan->name = name;
}

static void load_root(struct loader *loader, const struct value *value)
{
	loader->plan->root = loader_text(loader, value, "root", ROOT_MAX_BYTES);
	loader->plan->root_place = value->place;
}

static void load_halt(struct loader *loader, const struct value *value)
{
	struct problem problem = { .place = value->place };
	const char *text = loader_text(loader, value, "halt", NAME_MAX_BYTES);

	if (text && halt_parse(text, &loader->plan->halt, &problem.error) < 0)
		*problems_add(loader->problems) = problem;
}

static void load_tokens(struct loader *loader, const struct value *value)
{
	uint64_t tokens;

	if (!loader_number(loader, value, "tokens", TOKENS_MAX, &tokens))
		return;
	if (tokens < PLAN_TOKENS_MIN)
		problem_set(problems_add(loader->problems), value->place, ERROR_INVALID,
			    "'tokens' must be at least %d", PLAN_TOKENS_MIN);
	loader->plan->budget.tokens = tokens;
}

static void load_wall(struct loader *loader, const struct value *value)
{
	uint64_t wall_ms;

	if (value_duration(value, &wall_ms) < 0)
		problem_set(problems_add(loader->problems), value->place, ERROR_INVALID,
			    "'wall' must be a time like 60s, 500ms, 2m or 1h");
	else if (wall_ms < 1 || wall_ms > WALL_MAX_MS)
		problem_set(problems_add(loader->problems), value->place, ERROR_INVALID,
			    "'wall' must be between 1ms and 30d");
	else
		loader->plan->budget.wall_ms = wall_ms;
}

static void load_budget(struct loader *loader, const struct value *value)
{
	static const struct key_rule rules[] = {
		{ .name = "tokens", .load = load_tokens },
		{ .name = "wall", .load = load_wall },
	};

	loader_walk(loader, value, "budget", rules, countof(rules));
}

static bool is_name(const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789_-.";

	return name[0] && !strchr("_-.", name[0]) && name[strspn(name, letters)] == '\0';
}

/* NULL: it is none, and that is noted. */
static const char *phase_name(struct loader *loader, const struct value *phase,
			      const struct value *name)
{
	const char *text;

	if (!name) {
		problem_set(problems_add(loader->problems), phase->place, ERROR_INVALID,
			    "the phase has no 'name'");
		return NULL;
	}
	text = loader_text(loader, name, "name", NAME_MAX_BYTES);
	if (text && !is_name(text)) {
		problem_set(problems_add(loader->problems), name->place, ERROR_INVALID,
			    "a phase's name is made of letters, digits, '_', '-' and '.', and "
			    "starts with a letter or digit; not '%.80s'",
			    text);
		return NULL;
	}
	for (size_t i = 0; text && i < loader->plan->n_phases; i++) {
		const struct plan_phase *other = &loader->plan->phases[i];

		if (str_equal(other->name, text)) {
			problem_set(problems_add(loader->problems), name->place, ERROR_INVALID,
				    "there is a phase '%s' already, at %u:%u", text,
				    other->place.line, other->place.column);
			return NULL;
		}
	}
	return text;
}

/* A phase is made when its name is known; its other keys follow in a second walk. Without a name
 * it gets one that no phase can have, so that its other problems are found, too. */
static bool start_phase(struct loader *loader, const struct value *value)
{
	const struct value *name = value_find(value, "name");
	struct problem problem = { .place = name ? name->place : value->place };
	const char *text = phase_name(loader, value, name);

	if (!text) {
		loader->lost_phase = true;
		text = arena_printf(&loader->plan->arena, "?%zu", loader->plan->n_phases);
	}
	if (!text || plan_add_phase(loader->plan, text, &loader->phase, &problem.error) < 0) {
		if (!text)
			(void)error_errno(&problem.error, ENOMEM, "cannot read the workflow");
		*problems_add(loader->problems) = problem;
		loader->lost_phase = true;
		return false;
	}
	loader->plan->phases[loader->phase].place = problem.place;
	return true;
}

static void load_phase(struct loader *loader, const struct value *value)
{
	size_t n_sections = 0;

	if (value->type != VALUE_MAP) {
		problem_set(problems_add(loader->problems), value->place, ERROR_INVALID,
			    "a phase must be a map, not %s", value_type_name(value->type));
		return;
	}
	if (!start_phase(loader, value))
		return;
	for (size_t i = 0; i < value->n_pairs; i++) {
		const struct value_pair *pair = &value->pairs[i];

		if (str_equal(pair->key, "name"))
			continue;
		if (str_equal(pair->key, "needs"))
			loader->needs[loader->phase] = &pair->value;
		else
			section_load(loader, pair);
		n_sections += !str_equal(pair->key, "needs");
	}
	if (!n_sections)
		problem_set(problems_add(loader->problems), value->place, ERROR_INVALID,
			    "phase '%s' has nothing to do; give it a section such as 'codebase' or "
			    "'bash'",
			    loader->plan->phases[loader->phase].name);
}

static void load_phases(struct loader *loader, const struct value *value)
{
	if (value->type != VALUE_LIST || !value->n_items) {
		problem_set(problems_add(loader->problems), value->place, ERROR_INVALID,
			    "'phases' must be a list of phases, not %s",
			    value->type == VALUE_LIST ? "empty" : value_type_name(value->type));
		return;
	}
	for (size_t i = 0; i < value->n_items; i++)
		load_phase(loader, &value->items[i]);
}

static void load_workflow(struct loader *loader, const struct value *value)
{
	static const struct key_rule rules[] = {
		{ .name = "name", .load = load_name },     { .name = "root", .load = load_root },
		{ .name = "budget", .load = load_budget }, { .name = "halt", .load = load_halt },
		{ .name = "phases", .load = load_phases },
	};

	if (!loader_walk(loader, value, "workflow", rules, countof(rules)))
		return;
	if (!value_find(value, "phases"))
		problem_set(problems_add(loader->problems), value->place, ERROR_INVALID,
			    "the workflow has no 'phases'");
}

static int find_phase(struct loader *loader, const struct value *name, uint32_t *ret_phase)
{
	const char *names[PLAN_PHASES_MAX];
	const struct plan *plan = loader->plan;
	const char *nearest;

	if (name->type != VALUE_STR)
		return problem_set(problems_add(loader->problems), name->place, ERROR_INVALID,
				   "'needs' must be a list of names of phases, not %s",
				   value_type_name(name->type));
	for (uint32_t i = 0; i < plan->n_phases; i++) {
		names[i] = plan->phases[i].name;
		if (str_equal(names[i], name->str)) {
			*ret_phase = i;
			return 0;
		}
	}
	nearest = str_nearest(name->str, names, plan->n_phases);
	return problem_set(problems_add(loader->problems), name->place, ERROR_INVALID,
			   "unknown phase '%.80s'%s%s%s", name->str,
			   nearest ? "; did you mean '" : "", nearest ? nearest : "",
			   nearest ? "'?" : "");
}

static void link_phase(struct loader *loader, uint32_t i_phase)
{
	struct plan_phase *phase = &loader->plan->phases[i_phase];
	const struct value *given = loader->needs[i_phase];
	const struct value *items = given;
	size_t n = 1;

	if (!given || given->type == VALUE_NULL)
		return;
	if (given->type == VALUE_LIST) {
		items = given->items;
		n = given->n_items;
	}
	if (n > NEEDS_MAX) {
		problem_set(problems_add(loader->problems), given->place, ERROR_LIMIT,
			    "more than %d needs", NEEDS_MAX);
		return;
	}
	phase->needs = arena_alloc_array(&loader->plan->arena, n, sizeof(*phase->needs));
	for (size_t i = 0; phase->needs && i < n; i++) {
		if (find_phase(loader, &items[i], &phase->needs[phase->n_needs]) == 0)
			phase->n_needs++;
	}
}

static const uint32_t *needs_of_phase(const void *data, uint32_t i, size_t *ret_n)
{
	const struct plan *plan = data;

	*ret_n = plan->phases[i].n_needs;
	return plan->phases[i].needs;
}

static const uint32_t *needs_of_call(const void *data, uint32_t i, size_t *ret_n)
{
	const struct plan *plan = data;

	*ret_n = plan->edges[i].n_needs;
	return plan->edges[i].needs;
}

static const char *node_name(const struct plan *plan, bool are_calls, uint32_t i)
{
	return are_calls ? plan->calls[i]->id : plan->phases[i].name;
}

/* Names the cycle, if there is one: a -> b -> a, at most the first few of it. */
static void check_cycle(struct loader *loader, bool are_calls)
{
	enum { SHOWN_MAX = 8 };
	const struct plan *plan = loader->plan;
	CLEANUP(buf) struct buf path = { .max = ERROR_TEXT_MAX };
	uint32_t *nodes = NULL;
	struct place place;
	int n = cycle_find((uint32_t)(are_calls ? plan->n_calls : plan->n_phases),
			   are_calls ? needs_of_call : needs_of_phase, plan, &nodes);

	if (n == 0)
		return;
	if (n < 0) {
		problem_set(problems_add(loader->problems), (struct place){ 0 }, ERROR_LIMIT,
			    "no memory to look for cycles");
		return;
	}
	for (int i = 0; i < n && i < SHOWN_MAX; i++)
		buf_printf(&path, "%.40s -> ", node_name(plan, are_calls, nodes[i]));
	buf_printf(&path, "%s%.40s", n > SHOWN_MAX ? "... -> " : "",
		   node_name(plan, are_calls, nodes[0]));
	place = are_calls ? plan->calls[nodes[0]]->place : plan->phases[nodes[0]].place;
	problem_set(problems_add(loader->problems), place, ERROR_INVALID,
		    "%s wait for each other: %s", are_calls ? "calls" : "phases",
		    path.data ? path.data : "");
	free(nodes);
}

static void link_plan(struct loader *loader)
{
	struct plan *plan = loader->plan;

	for (uint32_t i = 0; i < plan->n_phases && !loader->lost_phase; i++)
		link_phase(loader, i);
	check_cycle(loader, false);
	if (loader->problems->n)
		return; /* what a call needs may be among what was wrong */
	for (uint32_t i = 0; i < plan->n_calls; i++) {
		struct problem problem = { 0 };

		if (plan_link(plan, i, &problem) < 0 || late_link(plan, i, &problem) < 0)
			*problems_add(loader->problems) = problem;
	}
	check_cycle(loader, true);
}

static void load_text(struct loader *loader, const struct workflow_text *text)
{
	struct syntax_text syntax = { .data = text->data, .len = text->len };
	struct problem problem = { 0 };
	struct value *value = arena_alloc(&loader->plan->arena, sizeof(*value));

	if (text->len > WORKFLOW_BYTES_MAX) {
		problem_set(problems_add(loader->problems), problem.place, ERROR_LIMIT,
			    "the workflow is longer than %d MiB", WORKFLOW_BYTES_MAX >> 20);
		return;
	}
	if (value && syntax_read(&syntax, &loader->plan->arena, value, &problem) < 0) {
		*problems_add(loader->problems) = problem;
		return;
	}
	if (value)
		load_workflow(loader, value);
	link_plan(loader);
	if (arena_failed(&loader->plan->arena))
		problem_set(problems_add(loader->problems), (struct place){ 0 }, ERROR_LIMIT,
			    "no memory for the workflow");
}

int workflow_load(const struct workflow_text *text, const struct toolbox *toolbox,
		  struct plan **ret_plan, struct problems *problems)
{
	struct loader loader = {
		.plan = plan_new(text->name),
		.toolbox = toolbox,
		.problems = problems,
	};

	*problems = (struct problems){ 0 };
	if (!loader.plan)
		return problem_set(problems_add(problems), (struct place){ 0 }, ERROR_LIMIT,
				   "no memory for the workflow");
	load_text(&loader, text);
	if (problems->n) {
		plan_free(loader.plan);
		problems_sort(problems);
		return -problems->items[0].error.code;
	}
	*ret_plan = loader.plan;
	return 0;
}
