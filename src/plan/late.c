/* SPDX-License-Identifier: MIT */
#include "plan/late.h"

#include "base/str.h"

bool late_is(const struct value *value)
{
	return value->type == VALUE_MAP && value_find(value, "from");
}

static bool is_late_key(const char *key)
{
	return str_equal(key, "from") || str_equal(key, "top");
}

bool late_read(struct loader *loader, const struct value *map, enum late_what what,
	       struct call_late *ret_late, uint32_t *ret_top)
{
	const struct value *from = value_find(map, "from"), *top = value_find(map, "top");
	uint64_t n = 0;

	*ret_late = (struct call_late){ .what = what, .place = from->place };
	ret_late->from_name = loader_text(loader, from, "from", 64);
	if (!top)
		problem_set(problems_add(loader->problems), map->place, ERROR_INVALID,
			    "'from' needs a 'top': how many of them");
	else if (loader_number(loader, top, "top",
			       what == LATE_COMMITS ? LATE_COMMITS_MAX : LATE_TOP_MAX, &n))
		*ret_top = (uint32_t)n;
	return ret_late->from_name && n;
}

/* An address that no page has, and that is one in form. */
static char *placeholder(struct arena *arena, const struct call_late *late)
{
	if (late->what == LATE_PAGE)
		return arena_printf(arena, "https://page.invalid/%s/%u", late->from_name,
				    late->rank);
	return arena_printf(arena, "(file %u of phase %s)", late->rank, late->from_name);
}

const struct value *late_ranked_input(struct loader *loader, const struct value *map,
				      const struct call_late *late)
{
	struct arena *arena = &loader->plan->arena;
	struct value *input = arena_alloc(arena, sizeof(*input));
	char *path = placeholder(arena, late);

	if (!input || !path)
		return NULL;
	*input = (struct value){ .type = VALUE_MAP, .place = map->place };
	input->pairs = arena_alloc_array(arena, map->n_pairs + 1, sizeof(*input->pairs));
	if (!input->pairs)
		return NULL;
	for (size_t i = 0; i < map->n_pairs; i++) {
		/* With an id of its own each would have the same one. */
		if (!is_late_key(map->pairs[i].key))
			input->pairs[input->n_pairs++] = map->pairs[i];
	}
	input->pairs[input->n_pairs++] = (struct value_pair){
		.key = late->what == LATE_PAGE ? "url" : "file_path",
		.key_place = map->place,
		.value = { .type = VALUE_STR,
			   .place = map->place,
			   .str = path,
			   .len = strlen(path) },
	};
	return input;
}

const struct value *late_stdin_input(struct loader *loader, const struct value *map,
				     struct call_late *ret_late)
{
	struct arena *arena = &loader->plan->arena;
	struct value *input = arena_alloc(arena, sizeof(*input));

	if (!input ||
	    !late_read(loader, value_find(map, "stdin"), LATE_COMMITS, ret_late, &ret_late->rank))
		return NULL;
	*input = *map;
	input->n_pairs = 0;
	input->pairs = arena_alloc_array(arena, map->n_pairs, sizeof(*input->pairs));
	for (size_t i = 0; input->pairs && i < map->n_pairs; i++) {
		if (!str_equal(map->pairs[i].key, "stdin"))
			input->pairs[input->n_pairs++] = map->pairs[i];
	}
	return input->pairs ? input : NULL;
}

/* Whether phase a waits for phase b, by way of others too. */
static bool waits_for(const struct plan *plan, uint32_t a, uint32_t b)
{
	bool seen[PLAN_PHASES_MAX] = { false };
	uint32_t open[PLAN_PHASES_MAX] = { a };
	size_t n = 1;

	while (n) {
		const struct plan_phase *phase = &plan->phases[open[--n]];

		for (size_t i = 0; i < phase->n_needs; i++) {
			if (phase->needs[i] == b)
				return true;
			if (!seen[phase->needs[i]])
				open[n++] = phase->needs[i];
			seen[phase->needs[i]] = true;
		}
	}
	return false;
}

static int find_phase(struct plan *plan, const struct call *call, uint32_t *ret_from,
		      struct problem *ret_problem)
{
	const char *names[PLAN_PHASES_MAX], *nearest;
	uint32_t from = 0;

	while (from < plan->n_phases &&
	       !str_equal(plan->phases[from].name, call->late->from_name)) {
		names[from] = plan->phases[from].name;
		from++;
	}
	nearest = from < plan->n_phases ? NULL
					: str_nearest(call->late->from_name, names, plan->n_phases);
	if (from == plan->n_phases)
		return problem_set(ret_problem, call->late->place, ERROR_INVALID,
				   "unknown phase '%.80s'%s%s%s", call->late->from_name,
				   nearest ? "; did you mean '" : "", nearest ? nearest : "",
				   nearest ? "'?" : "");
	if (!waits_for(plan, call->phase, from))
		return problem_set(ret_problem, call->late->place, ERROR_INVALID,
				   "phase '%s' does not wait for '%s'; add it to its 'needs'",
				   plan->phases[call->phase].name, call->late->from_name);
	*ret_from = from;
	return 0;
}

int late_link(struct plan *plan, uint32_t i_call, struct problem *ret_problem)
{
	struct call *call = plan->calls[i_call];
	struct call_late *late;
	int r = 0;

	if (!call->late)
		return 0;
	late = (void *)arena_memdup0(&plan->arena, call->late, sizeof(*late));
	if (!late)
		return problem_set(ret_problem, call->late->place, ERROR_LIMIT,
				   "no memory for this call");
	/* Reads of one list come one after another: what is wrong is said of the first. */
	if (late->what != LATE_COMMITS && late->rank > 1)
		late->from = plan->calls[i_call - 1]->late->from;
	else
		r = find_phase(plan, call, &late->from, ret_problem);
	call->late = late;
	return r;
}
