/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_ENGINE_FIXTURE_H
#define TESTS_UNIT_ENGINE_FIXTURE_H

/* An engine in the simulated environment, and a listener that checks every event. */
#include "engine/engine.h"
#include "fake_children.h"
#include "sim_plan.h"
#include "sim_tools.h"

#include <inttypes.h>

enum { SEEN_MAX = 1 << 17 };

struct sim {
	struct fake_env *fake;
	struct engine *engine;
	struct run *run;
	bool is_done;
	unsigned started[SEEN_MAX], finished[SEEN_MAX], retries[SEEN_MAX];
	uint64_t n_retries, waited_ms; /* call.retry */
	enum run_stop cancel_at_retry;
	char retry_text[256], breakers[256], stop_text[256];
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

		if (i == i_call || !sim->started[i] || sim->finished[i] || sim->retries[i])
			continue; /* between attempts no lock is held */
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
	case EVENT_CALL_RETRY:
		sim->retries[i]++;
		sim->n_retries++;
		sim->waited_ms += event->retry->wait_ms;
		(void)snprintf(sim->retry_text, sizeof(sim->retry_text), "%u %s %s: %.*s",
			       event->retry->attempt, event->retry->type, event->retry->action,
			       (int)event->text_len, event->text);
		run_cancel(run, sim->cancel_at_retry);
		break;
	case EVENT_BREAKER_CHANGED:
		(void)snprintf(sim->breakers + strlen(sim->breakers),
			       sizeof(sim->breakers) - strlen(sim->breakers), "%s %s; ",
			       event->breaker->name, event->breaker->to);
		break;
	case EVENT_RUN_FINISHED:
		sim->is_done = true;
		if (event->text)
			(void)snprintf(sim->stop_text, sizeof(sim->stop_text), "%s", event->text);
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
	sim->fake = all.env ? fake_of(all.env) : fake_env_new();
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
