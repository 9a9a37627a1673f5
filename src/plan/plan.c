/* SPDX-License-Identifier: MIT */
/* Plans: made, filled with checked calls, freed. A call is checked here and nowhere else, so that
 * a workflow, a batch line and a single call mean the same. */
#include "plan/plan.h"

#include "base/str.h"
#include "plan/ids.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

/* Inputs that are known but not there yet. Saying `false` to them asks for nothing. */
static const struct {
	const char *tool, *input;
} later_inputs[] = {
	{ "Bash", "run_in_background" },
	{ "Bash", "creates" },
	{ "Bash", "dangerouslyDisableSandbox" },
	{ "Read", "pages" },
};

struct plan *plan_new(const char *source)
{
	struct plan *plan = calloc(1, sizeof(*plan));

	if (!plan)
		return NULL;
	arena_init(&plan->arena, PLAN_ARENA_MAX);
	plan->source = arena_strdup(&plan->arena, source);
	plan->phases = arena_alloc_array(&plan->arena, PLAN_PHASES_MAX, sizeof(*plan->phases));
	plan->ids = plan_ids_new();
	if (!plan->ids || arena_failed(&plan->arena)) {
		plan_free(plan);
		return NULL;
	}
	return plan;
}

void plan_free(struct plan *plan)
{
	if (!plan)
		return;
	plan_ids_free(plan->ids);
	free(plan->calls);
	free(plan->edges);
	arena_release(&plan->arena);
	free(plan);
}

int plan_add_phase(struct plan *plan, const char *name, uint32_t *ret_phase, struct error *err)
{
	struct plan_phase *phase = &plan->phases[plan->n_phases];

	if (plan->n_phases == PLAN_PHASES_MAX)
		return error_set(err, ERROR_LIMIT, E2BIG, "more than %d phases", PLAN_PHASES_MAX);
	phase->name = arena_strdup(&plan->arena, name);
	if (!phase->name)
		return error_errno(err, ENOMEM, "no memory for phase '%.80s'", name);
	*ret_phase = (uint32_t)plan->n_phases++;
	return 0;
}

const struct call *plan_find_call(const struct plan *plan, const char *id)
{
	int64_t i = plan_ids_find(plan->ids, plan->calls, id);

	return i == PLAN_IDS_NONE ? NULL : plan->calls[i];
}

static bool is_for_plan(const struct tool *tool, const char *key)
{
	return str_equal(key, "id") ||
	       (!tool->fuser && (str_equal(key, "needs") || str_equal(key, "locks")));
}

static bool has_arg(const struct tool *tool, const char *key)
{
	for (const struct arg_spec *spec = tool->args; spec->type != ARG_END; spec++) {
		if (str_equal(spec->name, key))
			return true;
	}
	return false;
}

static bool is_later(const struct tool *tool, const struct value_pair *pair)
{
	for (size_t i = 0; i < countof(later_inputs); i++) {
		if (str_equal(later_inputs[i].tool, tool->name) &&
		    str_equal_loosely(later_inputs[i].input, pair->key))
			return !has_arg(tool, pair->key);
	}
	return false;
}

static bool asks_for_nothing(const struct value *value)
{
	return value->type == VALUE_NULL || (value->type == VALUE_BOOL && !value->boolean);
}

static int no_memory(struct problem *ret_problem, struct place place)
{
	return problem_set(ret_problem, place, ERROR_LIMIT, "no memory for this call");
}

/* The tool's part of a call's input. */
static int split_input(struct plan *plan, const struct plan_call *call, struct value *ret_input,
		       struct problem *ret_problem)
{
	const struct value *input = call->input;

	*ret_input = (struct value){ .type = VALUE_MAP, .place = call->place };
	if (!input || input->type == VALUE_NULL)
		return 0;
	if (input->type != VALUE_MAP)
		return problem_set(ret_problem, input->place, ERROR_INVALID,
				   "%s: inputs must be a map, not %s", call->tool->name,
				   value_type_name(input->type));
	ret_input->place = input->place;
	ret_input->pairs = arena_alloc_array(&plan->arena, input->n_pairs, sizeof(*input->pairs));
	if (!ret_input->pairs)
		return no_memory(ret_problem, call->place);
	for (size_t i = 0; i < input->n_pairs; i++) {
		const struct value_pair *pair = &input->pairs[i];

		if (is_for_plan(call->tool, pair->key))
			continue;
		if (!is_later(call->tool, pair))
			ret_input->pairs[ret_input->n_pairs++] = *pair;
		else if (!asks_for_nothing(&pair->value))
			return problem_set(ret_problem, pair->key_place, ERROR_INVALID,
					   "%s: '%s' is not in this version of volley yet",
					   call->tool->name, pair->key);
	}
	return 0;
}

static int bind(struct plan *plan, const struct plan_call *call, struct args *ret_args,
		struct problem *ret_problem)
{
	struct problem problem = { 0 };
	struct value input;
	size_t i_arg = 0;
	int r = split_input(plan, call, &input, ret_problem);

	if (r < 0)
		return r;
	r = args_bind(call->tool->args, &input, &plan->arena, ret_args, &problem.place,
		      &problem.error);
	ret_args->is_partial = plan->is_nested;
	if (r == 0 && call->tool->check) {
		r = call->tool->check(ret_args, &i_arg, &problem.error);
		problem.place = i_arg < ret_args->n && ret_args->values[i_arg].is_set
					? ret_args->values[i_arg].place
					: input.place;
	}
	if (r < 0) {
		error_prefix(&problem.error, "%s", call->tool->name);
		if (!problem.place.line)
			problem.place = call->place;
		if (ret_problem)
			*ret_problem = problem;
	}
	return r;
}

static int choose_id(struct plan *plan, const struct plan_call *call, const char **ret_id,
		     struct problem *ret_problem)
{
	const struct plan_phase *phase = &plan->phases[call->phase];
	const struct value *given = call->input ? value_find(call->input, "id") : NULL;
	const struct call *other;

	*ret_id = call->id;
	if (!call->id && given && given->type == VALUE_STR) {
		if (!given->len || given->len > PLAN_ID_MAX || strlen(given->str) != given->len)
			return problem_set(ret_problem, given->place, ERROR_INVALID,
					   "an id is 1 to %d bytes long and holds no NUL",
					   PLAN_ID_MAX);
		*ret_id = given->str;
	} else if (!call->id && given) {
		return problem_set(ret_problem, given->place, ERROR_INVALID,
				   "an id must be a string, not %s", value_type_name(given->type));
	} else if (!call->id) {
		*ret_id = arena_printf(&plan->arena, "%s.%zu", phase->name, phase->n_calls + 1);
	}
	if (!*ret_id)
		return no_memory(ret_problem, call->place);
	other = call->in_workflow ? plan_find_call(plan, *ret_id) : NULL;
	if (other)
		return problem_set(ret_problem, given ? given->place : call->place, ERROR_INVALID,
				   "there is a call '%s' already, at %u:%u", *ret_id,
				   other->place.line, other->place.column);
	return 0;
}

static int read_locks(struct plan *plan, const struct value *given, struct plan_edges *edges,
		      struct problem *ret_problem)
{
	const struct value *items = given->type == VALUE_LIST ? given->items : given;
	size_t n = given->type == VALUE_LIST ? given->n_items : 1;
	const char **locks;

	if (n > PLAN_LOCKS_MAX)
		return problem_set(ret_problem, given->place, ERROR_LIMIT, "more than %d locks",
				   PLAN_LOCKS_MAX);
	locks = arena_alloc_array(&plan->arena, n, sizeof(*locks));
	if (!locks)
		return no_memory(ret_problem, given->place);
	for (size_t i = 0; i < n; i++) {
		if (items[i].type != VALUE_STR || !items[i].len ||
		    strlen(items[i].str) != items[i].len)
			return problem_set(ret_problem, items[i].place, ERROR_INVALID,
					   "'locks' must be a list of names");
		locks[i] = items[i].str;
	}
	edges->locks = locks;
	edges->n_locks = n;
	return 0;
}

/* Where a need is looked for. */
struct need_scope {
	uint32_t phase;
	enum lane lane;
	bool in_workflow; /* numbers count the calls of the section, which follow one another */
};

static const struct call *named_call(const struct plan *plan, const struct need_scope *scope,
				     const struct value *name)
{
	const struct plan_phase *phase = &plan->phases[scope->phase];
	const struct call *found = NULL;

	if (name->type == VALUE_STR)
		found = plan_find_call(plan, name->str);
	else if (name->type == VALUE_INT && scope->in_workflow && name->integer >= 1 &&
		 name->integer <= phase->n_of_lane[scope->lane])
		found = plan->calls[phase->first_of_lane[scope->lane] + name->integer - 1];
	return found && found->phase == scope->phase ? found : NULL;
}

static int unknown_need(const struct plan *plan, const struct need_scope *scope,
			const struct value *name, struct problem *ret_problem)
{
	const struct call *other;

	if (name->type == VALUE_INT && scope->in_workflow)
		return problem_set(ret_problem, name->place, ERROR_INVALID,
				   "there is no call number %" PRId64 " in '%s' of this phase",
				   name->integer, lane_name(scope->lane));
	if (name->type != VALUE_STR)
		return problem_set(ret_problem, name->place, ERROR_INVALID,
				   "'needs' must be a list of ids%s of calls, not %s",
				   scope->in_workflow ? " or numbers" : "",
				   value_type_name(name->type));
	other = plan_find_call(plan, name->str);
	if (other)
		return problem_set(ret_problem, name->place, ERROR_INVALID,
				   "'%.80s' is a call of phase '%s'; a phase waits for another "
				   "with its own 'needs'",
				   name->str, plan->phases[other->phase].name);
	return problem_set(ret_problem, name->place, ERROR_INVALID,
			   "there is no call '%.80s' in this phase", name->str);
}

/* What a call of the phase needs; the call itself need not be there yet. */
static int read_needs(struct plan *plan, const struct need_scope *scope, const struct value *given,
		      struct plan_edges *edges, struct problem *ret_problem)
{
	const struct value *items = given->type == VALUE_LIST ? given->items : given;
	size_t n = given->type == VALUE_LIST ? given->n_items : 1;
	uint32_t *needs;

	if (n > PLAN_NEEDS_MAX)
		return problem_set(ret_problem, given->place, ERROR_LIMIT, "more than %d needs",
				   PLAN_NEEDS_MAX);
	needs = arena_alloc_array(&plan->arena, n, sizeof(*needs));
	if (!needs)
		return no_memory(ret_problem, given->place);
	for (size_t i = 0; i < n; i++) {
		const struct call *needed = named_call(plan, scope, &items[i]);

		if (!needed)
			return unknown_need(plan, scope, &items[i], ret_problem);
		needs[i] = needed->index;
	}
	edges->needs = needs;
	edges->n_needs = n;
	return 0;
}

/* `key` of the input of a call that does not fuse, if it says something. */
static const struct value *edge_value(const struct tool *tool, const struct value *input,
				      const char *key)
{
	const struct value *value =
		input && input->type == VALUE_MAP && !tool->fuser ? value_find(input, key) : NULL;

	return value && value->type != VALUE_NULL ? value : NULL;
}

static int read_edges(struct plan *plan, const struct plan_call *call, struct plan_edges *edges,
		      struct problem *ret_problem)
{
	const struct value *locks = edge_value(call->tool, call->input, "locks");
	const struct value *needs = edge_value(call->tool, call->input, "needs");
	const struct need_scope scope = { .phase = call->phase, .lane = call->tool->lane };
	int r = locks ? read_locks(plan, locks, edges, ret_problem) : 0;

	if (r < 0 || !needs || call->in_workflow)
		return r;
	return read_needs(plan, &scope, needs, edges, ret_problem);
}

int plan_link(struct plan *plan, uint32_t i_call, struct problem *ret_problem)
{
	const struct call *call = plan->calls[i_call];
	const struct value *needs = edge_value(call->tool, call->input, "needs");
	const struct need_scope scope = { call->phase, call->tool->lane, .in_workflow = true };

	if (!needs)
		return 0;
	return read_needs(plan, &scope, needs, &plan->edges[i_call], ret_problem);
}

static bool reserve_call(struct plan *plan)
{
	size_t cap = plan->cap_calls ? plan->cap_calls * 2 : 64;
	struct plan_edges *edges;
	struct call **calls;

	if (plan->n_calls < plan->cap_calls)
		return true;
	calls = realloc(plan->calls, cap * sizeof(*calls));
	if (!calls)
		return false;
	plan->calls = calls;
	edges = realloc(plan->edges, cap * sizeof(*edges));
	if (!edges)
		return false;
	plan->edges = edges;
	plan->cap_calls = cap;
	return true;
}

static void count_call(struct plan *plan, const struct call *added)
{
	struct plan_phase *phase = &plan->phases[added->phase];

	if (!phase->n_of_lane[added->tool->lane]++)
		phase->first_of_lane[added->tool->lane] = added->index;
	phase->n_calls++;
	plan->n_calls++;
}

int plan_add_call(struct plan *plan, const struct plan_call *call, struct problem *ret_problem)
{
	struct plan_edges edges = { 0 };
	struct call *added;
	int r;

	assert(call->phase + 1 == plan->n_phases);
	if (plan->n_calls == PLAN_CALLS_MAX)
		return problem_set(ret_problem, call->place, ERROR_LIMIT, "more than %d calls",
				   PLAN_CALLS_MAX);
	added = arena_alloc(&plan->arena, sizeof(*added));
	if (!added || !reserve_call(plan))
		return no_memory(ret_problem, call->place);
	*added = (struct call){
		.tool = call->tool,
		.input = call->input,
		.index = (uint32_t)plan->n_calls,
		.phase = call->phase,
		.place = call->place,
		.late = call->late,
	};
	r = bind(plan, call, &added->args, ret_problem);
	if (r == 0)
		r = choose_id(plan, call, &added->id, ret_problem);
	if (r == 0)
		r = read_edges(plan, call, &edges, ret_problem);
	if (r < 0)
		return r;
	plan->calls[added->index] = added;
	plan->edges[added->index] = edges;
	if (!plan_ids_add(plan->ids, plan->calls, added->index))
		return no_memory(ret_problem, call->place);
	count_call(plan, added);
	return 0;
}

int plan_settle_call(struct plan *plan, uint32_t i_call, const struct value *input,
		     struct problem *ret_problem)
{
	struct call *call = plan->calls[i_call];
	const struct plan_call settled = { .tool = call->tool,
					   .input = input,
					   .phase = call->phase,
					   .place = call->place,
					   .in_workflow = true };
	int r = bind(plan, &settled, &call->args, ret_problem);

	if (r == 0) {
		call->input = input;
		call->is_settled = true;
	}
	return r;
}
