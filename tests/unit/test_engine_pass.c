/* SPDX-License-Identifier: MIT */
/* Fused passes: what shares one, what waits, what is shared, and what gets stuck. */
#include "engine_fixture.h"

static void test_ready_calls_share_a_pass(void **state)
{
	struct plan *plan = new_plan();
	uint32_t phase = add_phase(plan, "a");
	struct sim *sim = sim_new(NULL);

	(void)state;
	for (int i = 0; i < 100; i++)
		add_call(plan, phase, &tool_look, "pattern=%d", i);
	sim_run(sim, plan);
	assert_int_equal(look_log.n_passes, 1);
	assert_int_equal(look_log.widths[0], 100);
	assert_int_equal(sim->totals.by_status[CALL_OK], 100);
	assert_int_equal(sim->totals.batches, 1);
	assert_int_equal(sim->totals.receipt.files_walked, 100);
	assert_string_equal(sim->totals.receipt.root, "/tmp");
	sim_free(sim, plan);
}

static void test_runs_share_a_pass(void **state)
{
	struct plan *plans[20];
	struct run *runs[20];
	struct sim *sim = sim_new(NULL);
	struct plan *plan = new_plan();
	uint32_t phase = add_phase(plan, "a");

	(void)state;
	for (int i = 0; i < 20; i++) {
		plans[i] = new_plan();
		(void)add_call(plans[i], add_phase(plans[i], "a"), &tool_look, "pattern=%d", i);
		assert_int_equal(run_start(sim->engine, plans[i], &runs[i], NULL), 0);
	}
	(void)add_call(plan, phase, &tool_look, "pattern=last");
	sim_run(sim, plan);
	assert_int_equal(look_log.n_passes, 1);
	assert_int_equal(look_log.widths[0], 21);
	for (int i = 0; i < 20; i++) {
		char want[16];

		(void)snprintf(want, sizeof(want), "%d", i);
		assert_true(run_is_done(runs[i]));
		assert_string_equal(blob_data(run_result(runs[i], 0)->body), want);
		assert_string_not_equal(run_id(runs[i]), run_id(sim->run));
		assert_true(run_free(runs[i]));
		plan_free(plans[i]);
	}
	sim_free(sim, plan);
}

static void test_deadlines_do_not_mix(void **state)
{
	struct plan *plan = new_plan(), *urgent_plan = new_plan();
	struct run *urgent;
	struct sim *sim = sim_new(NULL);

	(void)state;
	urgent_plan->budget.wall_ms = 1000;
	(void)add_call(urgent_plan, add_phase(urgent_plan, "a"), &tool_look, "pattern=urgent");
	(void)add_call(plan, add_phase(plan, "a"), &tool_look, "pattern=calm");
	assert_int_equal(run_start(sim->engine, urgent_plan, &urgent, NULL), 0);
	sim_run(sim, plan);
	assert_int_equal(look_log.n_passes, 2);
	assert_int_equal(run_result(urgent, 0)->status, CALL_OK);
	assert_true(run_free(urgent));
	plan_free(urgent_plan);
	sim_free(sim, plan);
}

static void test_width_and_number_of_passes(void **state)
{
	struct plan *plan = new_plan();
	uint32_t phase = add_phase(plan, "a");
	struct sim *sim = sim_new(NULL);

	(void)state;
	sim->fake->thread_ms = 10;
	for (int i = 0; i < 10000; i++)
		add_call(plan, phase, &tool_look, "pattern=%d", i);
	sim_run(sim, plan);
	assert_int_equal(look_log.n_passes, 3);
	assert_int_equal(look_log.widths[0], 4096);
	assert_int_equal(look_log.widths[1], 4096);
	assert_int_equal(look_log.widths[2], 10000 - 2 * 4096);
	assert_in_range(sim->totals.wall_ns / FAKE_MS, 20, 21); /* two at once */
	sim_free(sim, plan);
}

/* max_instances counts passes: with one, what comes later waits and then goes together. */
static void test_later_calls_go_together(void **state)
{
	struct plan *plan = new_plan();
	uint32_t slow = add_phase(plan, "slow");
	uint32_t step[4];
	struct sim *sim = sim_new(&(struct engine_conf){ .limits = { [LANE_CODEBASE] = 1 } });

	(void)state;
	sim->fake->thread_ms = 100;
	add_call(plan, slow, &tool_look, "pattern=slow");
	for (int i = 0; i < 4; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "w%d", i);
		step[i] = add_phase(plan, name);
		(void)add_call(plan, step[i], &tool_work, "ms=%d", 10 * i);
		(void)snprintf(name, sizeof(name), "l%d", i);
		phase_needs(plan, add_phase(plan, name), step[i]);
		(void)add_call(plan, step[i] + 1, &tool_look, "pattern=%d", i);
	}
	sim_run(sim, plan);
	assert_int_equal(look_log.n_passes, 2);
	assert_int_equal(look_log.widths[1], 4);
	sim_free(sim, plan);
}

static void test_equal_calls_run_once(void **state)
{
	struct plan *plan = new_plan();
	uint32_t phase = add_phase(plan, "a");
	struct sim *sim = sim_new(NULL);

	(void)state;
	for (int i = 0; i < 50; i++)
		add_call(plan, phase, &tool_look, "pattern=p%d", i % 5);
	for (int i = 0; i < 4; i++)
		add_call(plan, phase, &tool_work, "ms=1");
	sim_run(sim, plan);
	assert_int_equal(look_log.n_calls, 5);
	assert_int_equal(sim->fake->n_spawned, 4); /* commands are not pure */
	assert_int_equal(sim->totals.by_status[CALL_OK], 54);
	assert_int_equal(sim->totals.attempts, 9);
	assert_int_equal(run_result(sim->run, 7)->attempts, 0);
	assert_string_equal(blob_data(run_result(sim->run, 7)->body), "p2");
	assert_ptr_equal(run_result(sim->run, 7)->body, run_result(sim->run, 2)->body);
	sim_free(sim, plan);
}

static void test_broken_and_silent_passes(void **state)
{
	struct plan *plan = new_plan();
	uint32_t a = add_phase(plan, "a");
	struct sim *sim = sim_new(NULL);
	uint32_t b;

	(void)state;
	add_call(plan, a, &tool_look, "pattern=fine");
	add_call(plan, a, &tool_look, "pattern=broken");
	add_call(plan, a, &tool_look, "pattern=unseen");
	b = add_phase(plan, "b");
	phase_needs(plan, b, a);
	add_call(plan, b, &tool_look, "pattern=silent");
	sim_run(sim, plan);
	assert_int_equal(status_of(sim, 0), CALL_OK);
	assert_int_equal(status_of(sim, 1), CALL_DENIED);
	assert_string_equal(run_result(sim->run, 2)->error.text, "the pass broke");
	assert_int_equal(run_result(sim->run, 3)->error.class, ERROR_BUG);
	sim_free(sim, plan);
}

static void test_output_of_passes(void **state)
{
	struct plan *plan = new_plan();
	uint32_t phase = add_phase(plan, "a");
	struct sim *sim = sim_new(&(struct engine_conf){ .stream_output = true });

	(void)state;
	add_call(plan, phase, &tool_look, "pattern=abc");
	add_call(plan, phase, &tool_look, "pattern=de");
	add_call(plan, phase, &tool_work, "ms=1 out=f");
	sim_run(sim, plan);
	assert_int_equal(sim->n_output, 6);
	sim_free(sim, plan);
}

static void test_stuck_pass(void **state)
{
	struct plan *plan = new_plan();
	uint32_t phase = add_phase(plan, "a");
	struct sim *sim = sim_new(NULL);

	(void)state;
	plan->budget.wall_ms = 1000;
	sim->fake->threads_stuck = true;
	add_call(plan, phase, &tool_look, "pattern=a");
	add_call(plan, phase, &tool_look, "pattern=b");
	add_call(plan, phase, &tool_look, "pattern=b");
	sim_run(sim, plan);
	assert_int_equal(sim->totals.by_status[CALL_TIMEOUT], 3);
	assert_in_range(sim->totals.wall_ns / FAKE_MS, 3000, 3010);
	assert_false(run_free(sim->run)); /* the thread may still read the plan */
	sim->run = NULL;
	engine_free(sim->engine);
	fake_unstick(sim->fake); /* comes back to nothing that is gone */
	env_free(&sim->fake->env);
	free(sim);
	plan_free(plan);
}

/* Stopping one run stops the pass; the calls of the other go into another pass. */
static void test_bystanders_have_another_try(void **state)
{
	struct plan *plan = new_plan(), *other_plan = new_plan();
	struct run *other;
	struct sim *sim = sim_new(NULL);

	(void)state;
	sim->fake->thread_ms = 50;
	add_call(plan, add_phase(plan, "a"), &tool_look, "pattern=a");
	add_call(other_plan, add_phase(other_plan, "b"), &tool_look, "pattern=b");
	assert_int_equal(run_start(sim->engine, other_plan, &other, NULL), 0);
	sim_start(sim, plan);
	(void)uv_run(engine_loop(sim->engine), UV_RUN_NOWAIT);
	run_cancel(other, RUN_STOP_DEADLINE);
	sim_finish(sim);
	assert_true(run_is_done(other));
	assert_int_equal(run_result(other, 0)->status, CALL_TIMEOUT);
	assert_int_equal(run_result(other, 0)->receipt.why, WHY_DEADLINE);
	assert_string_equal(blob_data(run_result(other, 0)->body), "b"); /* what it has */
	assert_int_equal(status_of(sim, 0), CALL_OK);
	assert_int_equal(run_result(sim->run, 0)->attempts, 2);
	assert_int_equal(sim->totals.retries, 1);
	assert_true(run_free(other));
	plan_free(other_plan);
	sim_free(sim, plan);
}

/* ---- the bus ---- */

struct ear {
	struct engine *engine;
	int handle, other;
	unsigned n_heard;
	bool adds, removes, drops;
};

static void hear(void *data, struct run *run, const struct event *event)
{
	struct ear *ear = data;

	ear->n_heard++;
	if (event->result)
		assert_int_equal(blob_len(event->result->body), 1);
	if (ear->removes) {
		engine_unlisten(ear->engine, ear->handle);
		engine_unlisten(ear->engine, ear->other);
	}
	if (ear->adds)
		assert_true(engine_listen(ear->engine, hear, data) > 0);
	ear->adds = false;
	if (ear->drops && event->type == EVENT_CALL_FINISHED)
		run_drop_result(run, event->call->index);
}

static void test_listeners_come_and_go(void **state)
{
	struct plan *plan = new_plan();
	uint32_t phase = add_phase(plan, "a");
	struct sim *sim = sim_new(NULL);
	struct ear leaver = { .engine = sim->engine, .removes = true };
	struct ear left = { .engine = sim->engine };
	struct ear adder = { .engine = sim->engine, .adds = true };

	(void)state;
	leaver.handle = engine_listen(sim->engine, hear, &leaver);
	leaver.other = engine_listen(sim->engine, hear, &left);
	adder.handle = engine_listen(sim->engine, hear, &adder);
	add_call(plan, phase, &tool_look, "pattern=a");
	sim_run(sim, plan);
	assert_int_equal(leaver.n_heard, 1);
	assert_int_equal(left.n_heard, 0);
	/* planned, phase and call started, call, phase and run finished: and all but the first */
	assert_int_equal(adder.n_heard, 6 + 5);
	sim_free(sim, plan);
}

static void test_dropped_results(void **state)
{
	struct plan *plan = new_plan();
	uint32_t phase = add_phase(plan, "a");
	struct sim *sim = sim_new(NULL);
	struct ear first = { .engine = sim->engine, .drops = true };
	struct ear second = { .engine = sim->engine, .drops = true };

	(void)state;
	assert_true(engine_listen(sim->engine, hear, &first) > 0);
	assert_true(engine_listen(sim->engine, hear, &second) > 0);
	for (int i = 0; i < 10; i++)
		add_call(plan, phase, &tool_look, "pattern=%d", i / 2);
	sim_run(sim, plan);
	assert_null(run_result(sim->run, 3));
	assert_int_equal(sim->totals.by_status[CALL_OK], 10);
	assert_int_equal(sim->totals.receipt.files_walked, 10);
	sim_free(sim, plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ready_calls_share_a_pass),
		cmocka_unit_test(test_runs_share_a_pass),
		cmocka_unit_test(test_deadlines_do_not_mix),
		cmocka_unit_test(test_width_and_number_of_passes),
		cmocka_unit_test(test_later_calls_go_together),
		cmocka_unit_test(test_equal_calls_run_once),
		cmocka_unit_test(test_broken_and_silent_passes),
		cmocka_unit_test(test_output_of_passes),
		cmocka_unit_test(test_stuck_pass),
		cmocka_unit_test(test_bystanders_have_another_try),
		cmocka_unit_test(test_listeners_come_and_go),
		cmocka_unit_test(test_dropped_results),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
