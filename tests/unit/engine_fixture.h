/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_ENGINE_FIXTURE_H
#define TESTS_UNIT_ENGINE_FIXTURE_H

/* An engine in the simulated environment, two tools, and a listener that checks every event. */
#include "engine/engine.h"
#include "model/host.h"
#include "unit/fake_env.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

/* ---- Work: a simulated child ---- */

enum { WORK_MS, WORK_STATUS, WORK_OUT, WORK_FLAG, WORK_TIMEOUT };

static const struct arg_spec work_args[] = {
	[WORK_MS] = { "ms", ARG_STR, NULL, "how long", .required = true },
	[WORK_STATUS] = { "status", ARG_STR, NULL, "exit status", .required = false },
	[WORK_OUT] = { "out", ARG_STR, NULL, "output", .required = false },
	[WORK_FLAG] = { "flag", ARG_STR, NULL, "see fake_env.h", .required = false },
	[WORK_TIMEOUT] = { "timeout", ARG_INT, NULL, "ms", .max = 100000000 },
	{ .type = ARG_END },
};

static void work_done(struct host *host, const struct call *call, struct child_outcome *own_outcome)
{
	struct result result = { .payload = PAYLOAD_BASH, .body = own_outcome->out };

	(void)call;
	result.bash.err = own_outcome->err;
	result.cpu_us = own_outcome->cpu_us;
	if (own_outcome->timed_out)
		result.status = CALL_TIMEOUT;
	else if (own_outcome->cancelled)
		result.status = CALL_CANCELLED;
	else if (own_outcome->lost)
		result.status = CALL_INDETERMINATE;
	else if (own_outcome->spawn_errno || own_outcome->status != 0)
		result.status = CALL_FAILED;
	host->ops->finish(host, &result);
}

static const char *or_empty(const char *str, const char *otherwise)
{
	return str ? str : otherwise;
}

static int work_start(struct host *host, const struct call *call, struct error *err)
{
	static const char *const envp[] = { NULL };
	const char *argv[] = {
		"fake",
		args_str(&call->args, WORK_MS),
		or_empty(args_str(&call->args, WORK_STATUS), "0"),
		or_empty(args_str(&call->args, WORK_OUT), ""),
		args_str(&call->args, WORK_FLAG),
		NULL,
	};
	struct host_child child = {
		.argv = argv,
		.envp = envp,
		.timeout_ms = (uint64_t)args_int(&call->args, WORK_TIMEOUT),
	};

	return host->ops->run_child(host, &child, work_done, err);
}

static const struct tool tool_work = {
	.name = "Work",
	.args = work_args,
	.lane = LANE_BASH,
	.start = work_start,
	.brief_key = "ms",
};

/* ---- Look: a simulated fused tool ---- */

enum { LOOK_PATTERN };

static const struct arg_spec look_args[] = {
	[LOOK_PATTERN] = { "pattern", ARG_STR, NULL, "what", .required = true },
	{ .type = ARG_END },
};

static struct look_log {
	size_t widths[64], n_passes, n_calls;
} look_log;

/* "silent" is never answered, "broken" breaks the pass, a cancelled pass answers so. */
static int look_run(const struct fuse_conf *conf, struct error *err)
{
	look_log.widths[look_log.n_passes++ % 64] = conf->n_calls;
	look_log.n_calls += conf->n_calls;
	for (size_t i = 0; i < conf->n_calls; i++) {
		const char *pattern = args_str(&conf->calls[i]->args, LOOK_PATTERN);
		struct result result = { .payload = PAYLOAD_GREP };

		if (str_equal(pattern, "silent"))
			continue;
		if (str_equal(pattern, "broken"))
			return error_set(err, ERROR_DENIED, EACCES, "the pass broke");
		if (conf->found)
			conf->found(conf->data, i, pattern, strlen(pattern));
		result.body = blob_new(pattern, strlen(pattern));
		result.receipt = (struct receipt){ .root = conf->root_path, .files_walked = 1 };
		if (atomic_load(conf->cancel)) {
			result.status = CALL_CANCELLED;
			result.receipt.why = WHY_CANCELLED;
		}
		conf->done(conf->data, i, &result);
	}
	return 0;
}

static const struct fuser look_fuser = { .name = "look", .run = look_run };

static const struct tool tool_look = {
	.name = "Look",
	.args = look_args,
	.lane = LANE_CODEBASE,
	.flags = TOOL_PURE | TOOL_RERUN,
	.fuser = &look_fuser,
	.brief_key = "pattern",
};

/* ---- the plan ---- */

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

/* ---- the run ---- */

enum { SEEN_MAX = 1 << 17 };

struct sim {
	struct fake_env *fake;
	struct engine *engine;
	struct run *run;
	bool is_done;
	unsigned started[SEEN_MAX], finished[SEEN_MAX];
	uint32_t start_order[SEEN_MAX];
	uint32_t finish_order[SEEN_MAX];
	size_t n_started, n_finished;
	unsigned n_running, max_running; /* Work */
	uint64_t hash;                   /* of all events in order */
	int exit_status;
	struct run_totals totals;
	enum run_stop cancel_at_start, cancel_at_finish; /* cancel from inside a listener */
	uint64_t n_output;
};

static inline void see_locks(struct sim *sim, const struct plan *plan, uint32_t i_call)
{
	const struct plan_edges *edges = &plan->edges[i_call];

	for (size_t i = 0; edges->n_locks && i < plan->n_calls; i++) {
		const struct plan_edges *other = &plan->edges[i];

		if (i == i_call || !sim->started[i] || sim->finished[i])
			continue;
		for (size_t a = 0; a < edges->n_locks; a++)
			for (size_t b = 0; b < other->n_locks; b++)
				assert_string_not_equal(edges->locks[a], other->locks[b]);
	}
}

static inline void see_needs(struct run *run, const struct plan *plan, const struct call *call)
{
	const struct plan_phase *phase = &plan->phases[call->phase];
	const struct plan_edges *edges = &plan->edges[call->index];

	for (size_t i = 0; i < edges->n_needs; i++) {
		assert_non_null(run_result(run, edges->needs[i]));
		assert_int_equal(run_result(run, edges->needs[i])->status, CALL_OK);
	}
	for (size_t i = 0; plan->n_calls < 1000 && i < plan->n_calls; i++)
		for (size_t k = 0; k < phase->n_needs; k++)
			if (plan->calls[i]->phase == phase->needs[k])
				assert_non_null(run_result(run, i));
}

static void see(void *data, struct run *run, const struct event *event)
{
	struct sim *sim = data;
	const struct plan *plan = run_plan(run);
	uint32_t i = event->call ? event->call->index : 0;
	bool is_work = event->call && event->call->tool == &tool_work;

	if (run != sim->run)
		return;
	sim->hash = (sim->hash ^ (event->type * 1000003u + i) ^ event->t_ns) * 0x100000001b3u;
	switch (event->type) {
	case EVENT_CALL_STARTED:
		assert_int_equal(sim->started[i], 0);
		see_locks(sim, plan, i);
		see_needs(run, plan, event->call);
		sim->started[i]++;
		sim->start_order[sim->n_started++] = i;
		sim->n_running += is_work;
		if (sim->n_running > sim->max_running)
			sim->max_running = sim->n_running;
		run_cancel(run, sim->cancel_at_start);
		break;
	case EVENT_CALL_FINISHED:
		assert_int_equal(sim->finished[i], 0);
		assert_ptr_equal(event->result, run_result(run, i));
		sim->finished[i]++;
		sim->finish_order[sim->n_finished++] = i;
		sim->n_running -= is_work && sim->started[i];
		run_cancel(run, sim->cancel_at_finish);
		break;
	case EVENT_CALL_OUTPUT:
		sim->n_output += event->text_len;
		break;
	case EVENT_RUN_FINISHED:
		sim->is_done = true;
		sim->exit_status = event->exit_status;
		break;
	default:
		break;
	}
}

static inline struct sim *sim_new(const struct engine_conf *conf)
{
	struct sim *sim = calloc(1, sizeof(*sim));
	struct engine_conf all = conf ? *conf : (struct engine_conf){ 0 };
	struct error err;

	assert_non_null(sim);
	memset(&look_log, 0, sizeof(look_log));
	sim->fake = fake_env_new();
	all.env = &sim->fake->env;
	if (!all.root_path)
		all.root_path = "/tmp";
	if (engine_new(&all, &sim->engine, &err) < 0)
		fail_msg("%s", err.text);
	assert_true(engine_listen(sim->engine, see, sim) > 0);
	return sim;
}

static inline void sim_start(struct sim *sim, struct plan *plan)
{
	struct error err;

	assert_true(plan->n_calls <= SEEN_MAX);
	if (run_start(sim->engine, plan, &sim->run, &err) < 0)
		fail_msg("%s", err.text);
}

static inline void sim_finish(struct sim *sim)
{
	const struct plan *plan = run_plan(sim->run);
	uint64_t sum = 0;

	assert_int_equal(engine_run_until(sim->engine, &sim->is_done, NULL), 0);
	assert_true(sim->is_done && run_is_done(sim->run));
	run_totals(sim->run, &sim->totals);
	for (int i = 0; i < CALL_STATUS_COUNT; i++)
		sum += sim->totals.by_status[i];
	assert_int_equal(sum, plan->n_calls);
	for (size_t i = 0; i < plan->n_calls; i++)
		assert_int_equal(sim->finished[i], 1);
	assert_int_equal(sim->n_running, 0);
}

static inline void sim_run(struct sim *sim, struct plan *plan)
{
	sim_start(sim, plan);
	sim_finish(sim);
}

static inline void sim_free(struct sim *sim, struct plan *plan)
{
	if (sim->run)
		assert_true(run_free(sim->run));
	engine_free(sim->engine);
	env_free(&sim->fake->env);
	free(sim);
	plan_free(plan);
}

static inline enum call_status status_of(const struct sim *sim, size_t i_call)
{
	return run_result(sim->run, i_call)->status;
}

#endif
