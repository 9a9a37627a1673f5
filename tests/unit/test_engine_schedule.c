/* SPDX-License-Identifier: MIT */
/* Order, lanes, locks, needs, halts, deadlines and cancelling, in simulated time. */
#include "engine_fixture.h"

static void test_lane_limit_and_plan_order(void **state)
{
	struct plan *plan = new_plan();
	uint32_t phase = add_phase(plan, "a");
	struct sim *sim = sim_new(NULL);

	(void)state;
	for (int i = 0; i < 100; i++)
		add_call(plan, phase, &tool_work, "ms=%d out=%d", 10 + i % 3, i);
	sim_run(sim, plan);
	assert_int_equal(sim->max_running, 16);
	assert_int_equal(sim->totals.by_status[CALL_OK], 100);
	assert_int_equal(sim->exit_status, 0);
	for (uint32_t i = 0; i < 100; i++) {
		char want[16];

		(void)snprintf(want, sizeof(want), "%u", i);
		assert_int_equal(sim->start_order[i], i);
		assert_string_equal(blob_data(run_result(sim->run, i)->body), want);
	}
	assert_int_equal(sim->totals.cpu_us, 100 * 1000);
	assert_int_equal(sim->totals.batches, 100);
	sim_free(sim, plan);
}

static void test_limits_of_phase_and_total(void **state)
{
	struct plan *plan = new_plan();
	uint32_t narrow = add_phase(plan, "narrow");
	uint32_t wide;
	struct sim *sim = sim_new(&(struct engine_conf){ .total_limit = 5 });

	(void)state;
	plan->phases[narrow].limits[LANE_BASH] = 2;
	for (int i = 0; i < 20; i++)
		add_call(plan, narrow, &tool_work, "ms=10");
	sim_start(sim, plan);
	sim_finish(sim);
	assert_int_equal(sim->max_running, 2);
	assert_true(run_free(sim->run));
	sim->run = NULL;
	plan_free(plan);

	plan = new_plan();
	narrow = add_phase(plan, "narrow");
	plan->phases[narrow].limits[LANE_BASH] = 2;
	memset(sim->started, 0, sizeof(sim->started));
	memset(sim->finished, 0, sizeof(sim->finished));
	sim->is_done = false;
	for (int i = 0; i < 10; i++)
		add_call(plan, narrow, &tool_work, "ms=10");
	wide = add_phase(plan, "wide");
	for (int i = 0; i < 10; i++)
		add_call(plan, wide, &tool_work, "ms=10");
	sim_run(sim, plan);
	assert_int_equal(sim->max_running, 5);
	sim_free(sim, plan);
}

static void test_phases_wait(void **state)
{
	struct plan *plan = new_plan();
	uint32_t b = add_phase(plan, "b");
	uint32_t first = add_call(plan, b, &tool_work, "ms=1");
	uint32_t empty = add_phase(plan, "empty");
	uint32_t a = add_phase(plan, "a");
	uint32_t second = add_call(plan, a, &tool_work, "ms=50 status=1");
	struct sim *sim = sim_new(NULL);

	(void)state;
	phase_needs(plan, empty, a);
	phase_needs(plan, b, empty);
	sim_run(sim, plan);
	assert_int_equal(sim->start_order[0], second);
	assert_int_equal(status_of(sim, first), CALL_OK); /* a phase only has to end */
	assert_int_equal(status_of(sim, second), CALL_FAILED);
	assert_int_equal(sim->exit_status, 1);
	sim_free(sim, plan);
}

static void test_locks(void **state)
{
	struct plan *plan = new_plan();
	uint32_t phase = add_phase(plan, "a");
	struct sim *sim = sim_new(NULL);

	(void)state;
	for (int i = 0; i < 12; i++) {
		uint32_t call = add_call(plan, phase, &tool_work, "ms=10");

		call_locks(plan, call, i % 2 ? "odd" : "even");
		call_locks(plan, call, i % 2 ? "odd" : "even"); /* twice is once */
		if (i == 6)
			call_locks(plan, call, "odd");
	}
	sim_run(sim, plan); /* the listener checks that they never overlap */
	assert_int_equal(sim->max_running, 2);
	assert_int_equal(sim->totals.by_status[CALL_OK], 12);
	for (uint32_t i = 0; i < 6; i++)
		assert_int_equal(sim->start_order[i], i);
	sim_free(sim, plan);
}

/* Whoever waits for two locks is not passed by for ever by those that want one. */
static void test_locks_do_not_starve(void **state)
{
	struct plan *plan = new_plan();
	uint32_t phase = add_phase(plan, "a");
	struct sim *sim = sim_new(NULL);

	(void)state;
	call_locks(plan, add_call(plan, phase, &tool_work, "ms=10"), "a");
	call_locks(plan, add_call(plan, phase, &tool_work, "ms=15"), "b");
	for (int i = 2; i < 40; i++) {
		uint32_t call = add_call(plan, phase, &tool_work, "ms=10");

		if (i == 2 || i % 2)
			call_locks(plan, call, "a");
		if (i == 2 || i % 2 == 0)
			call_locks(plan, call, "b");
	}
	sim_run(sim, plan);
	assert_int_equal(sim->start_order[2], 2);
	sim_free(sim, plan);
}

static void test_needs(void **state)
{
	struct plan *plan = new_plan();
	uint32_t phase = add_phase(plan, "a");
	uint32_t good = add_call(plan, phase, &tool_work, "ms=10");
	uint32_t bad = add_call(plan, phase, &tool_work, "ms=5 status=2");
	uint32_t after_good = add_call(plan, phase, &tool_work, "ms=1");
	uint32_t after_both = add_call(plan, phase, &tool_work, "ms=1");
	uint32_t last = add_call(plan, phase, &tool_work, "ms=1");
	struct sim *sim = sim_new(NULL);

	(void)state;
	call_needs(plan, after_good, good);
	call_needs(plan, after_both, good);
	call_needs(plan, after_both, bad);
	call_needs(plan, last, after_both);
	sim_run(sim, plan);
	assert_int_equal(status_of(sim, after_good), CALL_OK);
	assert_int_equal(status_of(sim, after_both), CALL_SKIPPED);
	assert_non_null(strstr(run_result(sim->run, after_both)->error.text, "'a.2'"));
	assert_int_equal(status_of(sim, last), CALL_SKIPPED);
	assert_non_null(strstr(run_result(sim->run, last)->error.text, "'a.4'"));
	assert_int_equal(run_result(sim->run, last)->attempts, 0);
	sim_free(sim, plan);
}

/* Needs may cross phases, and skip all of a phase before it starts. */
static void test_needs_across_phases(void **state)
{
	struct plan *plan = new_plan();
	uint32_t a = add_phase(plan, "a");
	uint32_t bad = add_call(plan, a, &tool_work, "ms=1 status=1");
	uint32_t slow = add_call(plan, a, &tool_work, "ms=100");
	uint32_t b = add_phase(plan, "b");
	uint32_t skipped = add_call(plan, b, &tool_work, "ms=1");
	uint32_t c = add_phase(plan, "c");
	uint32_t last = add_call(plan, c, &tool_work, "ms=1");
	struct sim *sim = sim_new(NULL);

	(void)state;
	phase_needs(plan, b, a);
	phase_needs(plan, c, b);
	call_needs(plan, skipped, bad);
	sim_run(sim, plan);
	assert_int_equal(status_of(sim, skipped), CALL_SKIPPED);
	assert_int_equal(status_of(sim, last), CALL_OK);
	assert_int_equal(sim->start_order[2], last);
	assert_int_equal(sim->finish_order[2], slow); /* after bad and skipped, and before: */
	assert_int_equal(sim->finish_order[3], last);
	sim_free(sim, plan);
}

static void test_long_chain_is_skipped(void **state)
{
	enum { N = 50000 };
	struct plan *plan = new_plan();
	uint32_t phase = add_phase(plan, "a");
	struct sim *sim = sim_new(NULL);

	(void)state;
	add_call(plan, phase, &tool_work, "ms=1 status=1");
	for (uint32_t i = 1; i < N; i++)
		call_needs(plan, add_call(plan, phase, &tool_work, "ms=1"), i - 1);
	sim_run(sim, plan);
	assert_int_equal(sim->totals.by_status[CALL_SKIPPED], N - 1);
	sim_free(sim, plan);
}

static void test_circle_ends(void **state)
{
	struct plan *plan = new_plan();
	uint32_t phase = add_phase(plan, "a");
	struct sim *sim = sim_new(NULL);

	(void)state;
	for (int i = 0; i < 3; i++)
		add_call(plan, phase, &tool_work, "ms=1");
	call_needs(plan, 1, 2);
	call_needs(plan, 2, 1);
	sim_run(sim, plan);
	assert_int_equal(status_of(sim, 0), CALL_OK);
	assert_int_equal(run_result(sim->run, 1)->error.class, ERROR_BUG);
	sim_free(sim, plan);
}

static struct sim *run_halting(struct halt_policy halt, struct plan **ret_plan)
{
	struct plan *plan = new_plan();
	uint32_t phase = add_phase(plan, "a");
	struct sim *sim = sim_new(NULL);

	for (int i = 0; i < 40; i++)
		add_call(plan, phase, &tool_work, "ms=%d status=%d", 10 + i, i % 4 == 3);
	plan->halt = halt;
	sim_run(sim, plan);
	*ret_plan = plan;
	return sim;
}

static void test_halt_never(void **state)
{
	struct plan *plan;
	struct sim *sim = run_halting((struct halt_policy){ .when = HALT_NEVER }, &plan);

	(void)state;
	assert_int_equal(sim->totals.by_status[CALL_FAILED], 10);
	assert_int_equal(sim->exit_status, 1);
	sim_free(sim, plan);
}

static void test_halt_now(void **state)
{
	struct plan *plan;
	struct halt_policy halt = { HALT_NOW, HALT_FAIL, 1, false };
	struct sim *sim = run_halting(halt, &plan);

	(void)state;
	assert_int_equal(sim->totals.by_status[CALL_OK], 3);
	assert_int_equal(sim->totals.by_status[CALL_FAILED], 1);
	assert_int_equal(sim->totals.by_status[CALL_CANCELLED], 15);
	assert_int_equal(sim->totals.by_status[CALL_SKIPPED], 21);
	assert_int_equal(sim->exit_status, 4);
	assert_int_equal(run_stop_reason(sim->run), RUN_STOP_HALT);
	sim_free(sim, plan);
}

static void test_halt_soon(void **state)
{
	struct plan *plan;
	struct halt_policy halt = { HALT_SOON, HALT_FAIL, 5, true }; /* 2 of 40 */
	struct sim *sim = run_halting(halt, &plan);

	(void)state;
	assert_int_equal(sim->totals.by_status[CALL_CANCELLED], 0);
	assert_int_equal(sim->totals.by_status[CALL_OK] + sim->totals.by_status[CALL_FAILED], 23);
	assert_int_equal(sim->totals.by_status[CALL_SKIPPED], 17);
	assert_int_equal(sim->exit_status, 4);
	sim_free(sim, plan);
}

static void test_halt_success_and_done(void **state)
{
	struct plan *plan;
	struct sim *sim =
		run_halting((struct halt_policy){ HALT_NOW, HALT_SUCCESS, 4, false }, &plan);

	(void)state;
	assert_int_equal(sim->totals.by_status[CALL_OK], 4);
	assert_int_equal(sim->totals.by_status[CALL_FAILED], 1);
	sim_free(sim, plan);
	sim = run_halting((struct halt_policy){ HALT_NOW, HALT_DONE, 25, true }, &plan);
	assert_int_equal(sim->totals.by_status[CALL_OK], 8);
	assert_int_equal(sim->totals.by_status[CALL_FAILED], 2);
	sim_free(sim, plan);
}

static void test_deadline(void **state)
{
	struct plan *plan = new_plan();
	uint32_t phase = add_phase(plan, "a");
	struct sim *sim = sim_new(NULL);

	(void)state;
	plan->budget.wall_ms = 1000;
	add_call(plan, phase, &tool_work, "ms=100 out=early");
	add_call(plan, phase, &tool_work, "ms=100000 out=partial");
	add_call(plan, phase, &tool_work, "ms=100000 flag=term");
	for (int i = 0; i < 40; i++)
		add_call(plan, phase, &tool_work, "ms=600");
	sim_run(sim, plan);
	assert_int_equal(status_of(sim, 0), CALL_OK);
	assert_int_equal(status_of(sim, 1), CALL_TIMEOUT);
	assert_string_equal(blob_data(run_result(sim->run, 1)->body), "partial");
	assert_int_equal(status_of(sim, 2), CALL_TIMEOUT);
	assert_int_equal(status_of(sim, 42), CALL_TIMEOUT);
	assert_int_equal(run_result(sim->run, 42)->attempts, 0);
	assert_int_equal(sim->fake->n_kills, 1);
	assert_int_equal(sim->exit_status, 124);
	assert_in_range(sim->totals.wall_ns / FAKE_MS, 1500, 1510); /* the deadline, and grace */
	sim_free(sim, plan);
}

static void test_timeout_of_a_call(void **state)
{
	struct plan *plan = new_plan();
	uint32_t phase = add_phase(plan, "a");
	struct sim *sim = sim_new(NULL);

	(void)state;
	add_call(plan, phase, &tool_work, "ms=100000 timeout=500 out=some");
	add_call(plan, phase, &tool_work, "ms=100000 timeout=500 flag=term");
	add_call(plan, phase, &tool_work, "ms=100 timeout=500");
	sim_run(sim, plan);
	assert_int_equal(status_of(sim, 0), CALL_TIMEOUT);
	assert_string_equal(blob_data(run_result(sim->run, 0)->body), "some");
	assert_int_equal(status_of(sim, 1), CALL_TIMEOUT);
	assert_int_equal(status_of(sim, 2), CALL_OK);
	assert_int_equal(sim->fake->n_terms, 2);
	assert_int_equal(sim->fake->n_kills, 1);
	assert_in_range(run_result(sim->run, 1)->run_ns / FAKE_MS, 2500, 2510);
	sim_free(sim, plan);
}

/* The system is short of something for a while. */
static void test_starts_are_tried_again(void **state)
{
	struct plan *plan = new_plan();
	uint32_t phase = add_phase(plan, "a");
	struct sim *sim = sim_new(NULL);

	(void)state;
	sim->fake->fail_spawns = 3;
	for (int i = 0; i < 10; i++)
		add_call(plan, phase, &tool_work, "ms=10 flag=%s", i % 2 ? "busy" : "none");
	sim_run(sim, plan);
	assert_int_equal(sim->totals.by_status[CALL_OK], 10);
	assert_in_range(sim->totals.wall_ns / FAKE_MS, 300, 500);
	sim_free(sim, plan);
}

static void test_cancel_from_a_listener(void **state)
{
	struct plan *plan = new_plan();
	uint32_t phase = add_phase(plan, "a");
	struct sim *sim = sim_new(NULL);

	(void)state;
	for (int i = 0; i < 40; i++)
		add_call(plan, phase, i % 2 ? &tool_work : &tool_look,
			 i % 2 ? "ms=%d" : "pattern=%d", 10 + i);
	sim->cancel_at_start = RUN_STOP_INTERRUPT;
	sim->cancel_at_finish = RUN_STOP_INTERRUPT;
	sim_run(sim, plan);
	assert_int_equal(sim->totals.by_status[CALL_CANCELLED], 40);
	assert_int_equal(sim->exit_status, 130);
	sim_free(sim, plan);
}

static void test_second_interrupt_kills(void **state)
{
	struct plan *plan = new_plan();
	uint32_t phase = add_phase(plan, "a");
	struct sim *sim = sim_new(NULL);

	(void)state;
	add_call(plan, phase, &tool_work, "ms=5");
	add_call(plan, phase, &tool_work, "ms=100000 flag=term");
	sim->cancel_at_finish = RUN_STOP_INTERRUPT;
	sim_start(sim, plan);
	for (int i = 0; i < 200 && sim->fake->n_terms == 0; i++)
		(void)uv_run(engine_loop(sim->engine), UV_RUN_NOWAIT);
	assert_int_equal(sim->fake->n_kills, 0);
	run_cancel(sim->run, RUN_STOP_INTERRUPT);
	for (int i = 0; i < 2; i++)
		(void)uv_run(engine_loop(sim->engine), UV_RUN_NOWAIT);
	assert_int_equal(sim->fake->n_kills, 1);
	sim_finish(sim);
	assert_int_equal(status_of(sim, 0), CALL_OK);
	assert_int_equal(status_of(sim, 1), CALL_CANCELLED);
	sim_free(sim, plan);
}

static void test_engine_free_ends_runs(void **state)
{
	struct plan *plan = new_plan();
	uint32_t phase = add_phase(plan, "a");
	struct sim *sim = sim_new(NULL);

	(void)state;
	for (int i = 0; i < 40; i++)
		add_call(plan, phase, &tool_work, "ms=100000 flag=term");
	sim_start(sim, plan);
	(void)uv_run(engine_loop(sim->engine), UV_RUN_NOWAIT);
	assert_int_equal(sim->n_running, 16);
	engine_free(sim->engine);
	assert_int_equal(sim->fake->n_live, 0);
	assert_int_equal(sim->n_finished, 40);
	env_free(&sim->fake->env);
	free(sim);
	plan_free(plan);
}

/* ---- whole runs from a seed ---- */

static unsigned next_random(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(*seed >> 33);
}

static void add_random_call(struct plan *plan, uint32_t phase, uint64_t *seed)
{
	static const char *const flags[] = { "none", "none", "none", "none", "term",
					     "hold", "busy", "die",  "none" };
	static const char *const locks[] = { "a", "b", "c", "d" };
	uint32_t call;

	if (next_random(seed) % 3 == 0) {
		(void)add_call(plan, phase, &tool_look, "pattern=%u", next_random(seed) % 30);
		return;
	}
	call = add_call(plan, phase, &tool_work, "ms=%u status=%d flag=%s timeout=%u",
			next_random(seed) % 300, next_random(seed) % 6 == 0,
			flags[next_random(seed) % countof(flags)], next_random(seed) % 4 ? 0 : 200);
	while (next_random(seed) % 2)
		call_locks(plan, call, locks[next_random(seed) % countof(locks)]);
	/* Only calls of the same phase, before it: no circles. */
	for (uint32_t k = 0; k < call; k++)
		if (plan->calls[k]->phase == phase && next_random(seed) % 20 == 0)
			call_needs(plan, call, k);
}

static struct plan *random_plan(uint64_t seed)
{
	struct plan *plan = new_plan();
	unsigned n_phases = 1 + next_random(&seed) % 5;

	for (unsigned i = 0; i < n_phases; i++) {
		unsigned n_calls = next_random(&seed) % 50;
		char name[16];

		(void)snprintf(name, sizeof(name), "p%u", i);
		(void)add_phase(plan, name);
		if (i && next_random(&seed) % 2)
			phase_needs(plan, i, next_random(&seed) % i);
		plan->phases[i].limits[LANE_BASH] = next_random(&seed) % 4;
		plan->phases[i].limits[LANE_CODEBASE] = next_random(&seed) % 3;
		while (n_calls-- > 0)
			add_random_call(plan, i, &seed);
	}
	if (next_random(&seed) % 3 == 0)
		plan->halt =
			(struct halt_policy){ 1 + next_random(&seed) % 2, next_random(&seed) % 3,
					      1 + next_random(&seed) % 20, next_random(&seed) % 2 };
	if (next_random(&seed) % 4 == 0)
		plan->budget.wall_ms = 1 + next_random(&seed) % 2000;
	return plan;
}

static uint64_t run_seed(uint64_t seed)
{
	struct plan *plan = random_plan(seed);
	struct sim *sim = sim_new(NULL);
	uint64_t hash;

	sim->fake->thread_ms = seed % 7;
	sim->fake->fail_spawns = (int)(seed % 3);
	sim_run(sim, plan);
	hash = sim->hash;
	assert_int_equal(sim->fake->n_live, 0);
	sim_free(sim, plan);
	return hash;
}

static void test_random_runs(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 300; seed++) {
		uint64_t hash = run_seed(seed);

		if (seed % 10 == 0)
			assert_int_equal(run_seed(seed), hash); /* a function of the seed */
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lane_limit_and_plan_order),
		cmocka_unit_test(test_limits_of_phase_and_total),
		cmocka_unit_test(test_phases_wait),
		cmocka_unit_test(test_locks),
		cmocka_unit_test(test_locks_do_not_starve),
		cmocka_unit_test(test_needs),
		cmocka_unit_test(test_needs_across_phases),
		cmocka_unit_test(test_long_chain_is_skipped),
		cmocka_unit_test(test_circle_ends),
		cmocka_unit_test(test_halt_never),
		cmocka_unit_test(test_halt_now),
		cmocka_unit_test(test_halt_soon),
		cmocka_unit_test(test_halt_success_and_done),
		cmocka_unit_test(test_deadline),
		cmocka_unit_test(test_timeout_of_a_call),
		cmocka_unit_test(test_starts_are_tried_again),
		cmocka_unit_test(test_cancel_from_a_listener),
		cmocka_unit_test(test_second_interrupt_kills),
		cmocka_unit_test(test_engine_free_ends_runs),
		cmocka_unit_test(test_random_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
