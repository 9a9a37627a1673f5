/* SPDX-License-Identifier: MIT */
#include "engine/nest.h"

#include "base/attr.h"
#include "base/str.h"
#include "engine/core.h"
#include "model/tool.h"
#include "plan/syntax.h"
#include "plan/wire.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

struct nest {
	struct nest *next, **back; /* in engine->nests */
	struct engine *engine;
	struct nest_owner owner;
	struct plan *plan;
	struct run *run; /* NULL: none of the calls could be planned */
	size_t n;
	struct result *failures; /* by call: why it could not be planned */
	uint32_t *i_call;        /* by call: its index in the plan; NONE */
	struct timer timer, deadline;
	bool has_place, is_over, is_wanting;
};

enum { NONE = UINT32_MAX };

static void nest_free(struct nest *nest)
{
	if (nest->back) {
		*nest->back = nest->next;
		if (nest->next)
			nest->next->back = nest->back;
	}
	timer_stop(&nest->engine->timers, &nest->timer);
	timer_stop(&nest->engine->timers, &nest->deadline);
	if (run_free(nest->run))
		plan_free(nest->plan);
	for (size_t i = 0; nest->failures && i < nest->n; i++)
		result_release(&nest->failures[i]);
	free(nest->failures);
	free(nest->i_call);
	free(nest);
}

/* ---- the plan ---- */

static bool is_allowed(const char *const *tools, const char *name)
{
	for (; *tools; tools++)
		if (str_equal_loosely(*tools, name))
			return true;
	return false;
}

static int find_tool(const struct nest *nest, const struct host_nest *request, const char *name,
		     const struct tool **ret_tool, struct error *err)
{
	const struct toolbox *toolbox = nest->engine->toolbox;
	const struct tool *tool = toolbox ? toolbox_find(toolbox, name, err) : NULL;

	if (!toolbox)
		return error_set(err, ERROR_MISSING, ENOENT, "there are no tools here");
	if (!tool)
		return -ENOENT;
	if (!is_allowed(request->tools, tool->name))
		return error_set(err, ERROR_DENIED, EPERM,
				 "'%s' is not among the tools of this agent", tool->name);
	*ret_tool = tool;
	return 0;
}

static int read_input(struct plan *plan, const struct host_nest_call *call,
		      const struct value **ret_input, struct problem *problem)
{
	const struct syntax_text text = { .data = call->input, .len = call->input_len };
	struct value *value;

	*ret_input = NULL;
	if (!call->input_len)
		return 0;
	value = arena_alloc(&plan->arena, sizeof(*value));
	if (!value)
		return error_errno(&problem->error, ENOMEM, "cannot read the input");
	*ret_input = value;
	return syntax_read_json(&text, &plan->arena, value, problem);
}

static int check_inputs(const struct host_nest *request, const struct plan_call *call,
			struct problem *problem)
{
	for (size_t i = 0; request->is_kept && call->input && i < call->input->n_pairs; i++) {
		const char *key = call->input->pairs[i].key;

		for (const struct arg_spec *spec = call->tool->args; spec->type != ARG_END; spec++)
			if (str_equal(spec->name, key) && request->is_kept(call->tool, spec))
				return error_set(&problem->error, ERROR_DENIED, EPERM,
						 "an agent cannot set '%s' of %s", key,
						 call->tool->name);
	}
	return 0;
}

/* What is wrong with a call is its result. */
static void add_call(struct nest *nest, const struct host_nest *request, size_t i, uint32_t phase)
{
	struct plan_call call = { .phase = phase };
	struct problem problem = { 0 };
	int r = find_tool(nest, request, request->calls[i].tool, &call.tool, &problem.error);

	nest->i_call[i] = NONE;
	if (r == 0)
		r = read_input(nest->plan, &request->calls[i], &call.input, &problem);
	if (r == 0)
		r = check_inputs(request, &call, &problem);
	if (r == 0)
		r = plan_add_call(nest->plan, &call, &problem);
	if (r == 0) {
		nest->i_call[i] = (uint32_t)nest->plan->n_calls - 1;
		return;
	}
	nest->failures[i] = (struct result){
		.status = problem.error.class == ERROR_DENIED ? CALL_DENIED : CALL_FAILED,
		.error = problem.error,
	};
}

static int make_plan(struct nest *nest, const struct host_nest *request, struct error *err)
{
	char name[PLAN_ID_MAX + 16];
	uint32_t phase;

	(void)snprintf(name, sizeof(name), "%s/%u", nest->owner.call->call->id,
		       agent_count_nest(nest->owner.agent)); /* or is cut: only for people */
	nest->n = request->n;
	nest->failures = calloc(request->n + 1, sizeof(*nest->failures));
	nest->i_call = calloc(request->n + 1, sizeof(*nest->i_call));
	nest->plan = plan_new("agent");
	if (!nest->failures || !nest->i_call || !nest->plan ||
	    plan_add_phase(nest->plan, name, &phase, NULL) < 0)
		return error_errno(err, ENOMEM, "cannot run the calls of an agent");
	nest->plan->is_nested = true;
	for (size_t i = 0; i < request->n; i++)
		add_call(nest, request, i, phase);
	return arena_failed(&nest->plan->arena)
		       ? error_errno(err, ENOMEM, "cannot run the calls of an agent")
		       : 0;
}

/* ---- the end ---- */

static void on_over(struct timer *timer)
{
	struct nest *nest = container_of(timer, struct nest, timer);
	const struct result **results = calloc(nest->n + 1, sizeof(struct result *));
	size_t n = results ? nest->n : 0;

	for (size_t i = 0; i < n; i++)
		results[i] = nest->i_call[i] == NONE ? &nest->failures[i]
						     : run_result(nest->run, nest->i_call[i]);
	nest->owner.done(nest->owner.data, results, n);
	free(results);
	nest_free(nest);
}

static void go_on(struct nest *nest)
{
	bool has_place = nest->is_wanting
				 ? admit_reclaim_waiting(&nest->engine->limits.admit, LANE_AGENTS)
				 : admit_reclaim(&nest->engine->limits.admit, LANE_AGENTS);

	nest->is_wanting = !has_place;
	if (has_place)
		timer_start(&nest->engine->timers, &nest->timer, env_now_ns(nest->engine->env),
			    on_over);
}

const struct run_call *nest_owner(const struct nest *nest)
{
	return nest->owner.call;
}

void nest_run_ended(struct nest *nest)
{
	nest->is_over = true;
	go_on(nest);
}

void nests_reclaim(struct engine *engine)
{
	for (struct nest *nest = engine->nests; nest; nest = nest->next)
		if (nest->is_wanting)
			go_on(nest);
}

/* ---- start and stop ---- */

static void on_deadline(struct timer *timer)
{
	nest_stop(container_of(timer, struct nest, deadline), true);
}

/* The time limit is not the plan's: calls of runs with different ones share no pass. */
static void begin(struct nest *nest, uint64_t timeout_ms)
{
	struct engine *engine = nest->engine;

	nest->next = engine->nests;
	nest->back = &engine->nests;
	if (nest->next)
		nest->next->back = &nest->next;
	engine->nests = nest;
	if (timeout_ms)
		timer_start(&engine->timers, &nest->deadline,
			    env_now_ns(engine->env) + timeout_ms * 1000000ull, on_deadline);
	admit_lend(&engine->limits.admit, LANE_AGENTS);
	engine_kick(engine);
	if (!nest->run)
		nest_run_ended(nest);
}

int nest_start(const struct host_nest *request, const struct nest_owner *owner,
	       struct nest **ret_nest, struct error *err)
{
	struct engine *engine = owner->call->run->engine;
	struct nest *nest = calloc(1, sizeof(*nest));
	int r;

	if (!nest)
		return error_errno(err, ENOMEM, "cannot run the calls of an agent");
	nest->engine = engine;
	nest->owner = *owner;
	r = make_plan(nest, request, err);
	if (r == 0 && nest->plan->n_calls > 0)
		r = run_start_above(engine, nest->plan, owner->agent, &nest->run, err);
	if (r < 0) {
		nest_free(nest);
		return r;
	}
	if (nest->run)
		nest->run->nest = nest;
	begin(nest, request->timeout_ms);
	*ret_nest = nest;
	return 0;
}

void nest_stop(struct nest *nest, bool is_timeout)
{
	if (!nest->is_over)
		run_cancel(nest->run, is_timeout ? RUN_STOP_DEADLINE : RUN_STOP_INTERRUPT);
}

void nests_release(struct engine *engine)
{
	while (engine->nests) {
		if (engine->nests->run)
			engine->nests->run->is_done = true;
		nest_free(engine->nests);
	}
}
