/* SPDX-License-Identifier: MIT */
/* The breaker against its numbers, one step of time after another and under 64 threads. */
#include "recovery/breaker.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>

#include <cmocka.h>

enum { N_THREADS = 64, PROBE_MS = 30000 };

static const uint64_t ms = 1000000, s = 1000000000;

struct bench {
	struct breaker breaker;
	struct breaker_change change;
	uint64_t now_ns, until_ns;
};

static struct bench *bench_new(bool looks_at_times, uint64_t seed)
{
	struct bench *bench = calloc(1, sizeof(*bench));
	const struct breaker_conf conf = { .seed = seed,
					   .probe_max_ms = PROBE_MS,
					   .looks_at_times = looks_at_times };

	assert_non_null(bench);
	breaker_init(&bench->breaker, &conf);
	bench->now_ns = s;
	return bench;
}

static void bench_free(struct bench *bench)
{
	breaker_release(&bench->breaker);
	free(bench);
}

static bool allow(struct bench *bench, struct breaker_ticket *ticket)
{
	return breaker_allow(&bench->breaker, bench->now_ns, ticket, &bench->until_ns,
			     &bench->change);
}

static void report(struct bench *bench, struct breaker_ticket ticket, enum breaker_outcome outcome,
		   uint64_t run_ns)
{
	breaker_report(&bench->breaker, ticket, outcome, run_ns, bench->now_ns, &bench->change);
}

static void attempt(struct bench *bench, enum breaker_outcome outcome, uint64_t run_ns)
{
	struct breaker_ticket ticket;

	assert_true(allow(bench, &ticket));
	report(bench, ticket, outcome, run_ns);
}

static void attempts(struct bench *bench, int n, enum breaker_outcome outcome)
{
	for (int i = 0; i < n; i++)
		attempt(bench, outcome, ms);
}

static enum breaker_state state_of(struct bench *bench)
{
	return breaker_state(&bench->breaker);
}

static void open_it(struct bench *bench)
{
	attempts(bench, BREAKER_WINDOW, BREAKER_FAILED);
	assert_int_equal(state_of(bench), BREAKER_OPEN);
}

static void test_opens_on_the_tenth_failure(void **state)
{
	struct bench *bench = bench_new(false, 1);

	(void)state;
	attempts(bench, 100, BREAKER_PASSED);
	attempts(bench, 9, BREAKER_FAILED);
	assert_int_equal(state_of(bench), BREAKER_CLOSED);
	attempts(bench, 1, BREAKER_FAILED);
	assert_int_equal(state_of(bench), BREAKER_OPEN);
	assert_int_equal(bench->change.from, BREAKER_CLOSED);
	assert_int_equal(bench->change.to, BREAKER_OPEN);
	assert_int_equal(bench->change.n_failed, 10);
	assert_int_equal(bench->change.n_seen, 20);
	assert_in_range(bench->change.until_ns - bench->now_ns, 4 * s, 6 * s);
	bench_free(bench);
}

static void test_needs_twenty_calls(void **state)
{
	struct bench *bench = bench_new(false, 1);

	(void)state;
	attempts(bench, 19, BREAKER_FAILED);
	assert_int_equal(state_of(bench), BREAKER_CLOSED);
	attempts(bench, 1, BREAKER_FAILED);
	assert_int_equal(state_of(bench), BREAKER_OPEN);
	bench_free(bench);
}

static void test_what_does_not_count(void **state)
{
	struct bench *bench = bench_new(false, 1);

	(void)state;
	attempts(bench, 11, BREAKER_PASSED);
	attempts(bench, 9, BREAKER_FAILED);
	attempts(bench, 500, BREAKER_IGNORED);
	assert_int_equal(state_of(bench), BREAKER_CLOSED);
	attempts(bench, 1, BREAKER_FAILED); /* 10 of 20 */
	assert_int_equal(state_of(bench), BREAKER_OPEN);
	bench_free(bench);
}

static void test_no_call_while_open(void **state)
{
	struct bench *bench = bench_new(false, 3);
	struct breaker_ticket ticket;

	(void)state;
	open_it(bench);
	for (int i = 0; i < 3900; i++) {
		bench->now_ns += ms;
		assert_false(allow(bench, &ticket));
		assert_in_range(bench->until_ns, bench->now_ns, bench->now_ns + 6 * s);
	}
	bench->now_ns = bench->until_ns - 1;
	assert_false(allow(bench, &ticket));
	bench->now_ns++;
	assert_true(allow(bench, &ticket));
	assert_int_equal(bench->change.from, BREAKER_OPEN);
	assert_int_equal(bench->change.to, BREAKER_HALF_OPEN);
	bench_free(bench);
}

static void go_half_open(struct bench *bench)
{
	struct breaker_ticket ticket;

	assert_false(allow(bench, &ticket));
	bench->now_ns = bench->until_ns;
}

static void test_all_probes_must_pass(void **state)
{
	struct bench *bench = bench_new(false, 1);
	struct breaker_ticket probes[BREAKER_PROBES], none;

	(void)state;
	open_it(bench);
	go_half_open(bench);
	for (int i = 0; i < BREAKER_PROBES; i++)
		assert_true(allow(bench, &probes[i]));
	assert_false(allow(bench, &none));
	assert_int_equal(bench->until_ns, bench->now_ns + BREAKER_RECHECK_MS * ms);
	report(bench, probes[0], BREAKER_PASSED, ms);
	report(bench, probes[2], BREAKER_PASSED, ms);
	assert_int_equal(state_of(bench), BREAKER_HALF_OPEN);
	assert_false(allow(bench, &none)); /* three in all, not three at once */
	report(bench, probes[1], BREAKER_PASSED, ms);
	assert_int_equal(state_of(bench), BREAKER_CLOSED);
	/* It begins anew: twenty again. */
	attempts(bench, 19, BREAKER_FAILED);
	assert_int_equal(state_of(bench), BREAKER_CLOSED);
	bench_free(bench);
}

static void test_probes_that_say_nothing(void **state)
{
	struct bench *bench = bench_new(false, 1);

	(void)state;
	open_it(bench);
	go_half_open(bench);
	attempts(bench, 50, BREAKER_IGNORED);
	assert_int_equal(state_of(bench), BREAKER_HALF_OPEN);
	attempts(bench, 3, BREAKER_PASSED);
	assert_int_equal(state_of(bench), BREAKER_CLOSED);
	bench_free(bench);
}

/* 5, 10, 20, 40, 60, 60 s, each within 20 %; the jitter is not always the same. */
static void test_stays_open_longer_and_longer(void **state)
{
	static const uint64_t times_s[] = { 5, 10, 20, 40, 60, 60, 60 };
	struct bench *bench = bench_new(false, 5);
	uint64_t odd = 0;

	(void)state;
	open_it(bench);
	for (int i = 0; i < 7; i++) {
		uint64_t open_ns = bench->change.until_ns - bench->now_ns;

		assert_in_range(open_ns, times_s[i] * s * 4 / 5, times_s[i] * s * 6 / 5);
		odd |= open_ns % s;
		go_half_open(bench);
		attempt(bench, BREAKER_FAILED, ms);
		assert_int_equal(bench->change.from, BREAKER_HALF_OPEN);
		assert_int_equal(bench->change.to, BREAKER_OPEN);
	}
	assert_int_not_equal(odd, 0);
	go_half_open(bench);
	attempts(bench, 3, BREAKER_PASSED);
	open_it(bench); /* it had closed: back to the beginning */
	assert_in_range(bench->change.until_ns - bench->now_ns, 4 * s, 6 * s);
	bench_free(bench);
}

static void test_probe_that_never_returns(void **state)
{
	struct bench *bench = bench_new(false, 1);
	struct breaker_ticket lost, other;

	(void)state;
	open_it(bench);
	go_half_open(bench);
	assert_true(allow(bench, &lost));
	bench->now_ns += PROBE_MS * ms - 1;
	assert_true(allow(bench, &other));
	assert_int_equal(state_of(bench), BREAKER_HALF_OPEN);
	bench->now_ns += 1;
	assert_false(allow(bench, &other));
	assert_int_equal(state_of(bench), BREAKER_OPEN);
	/* Whatever it says in the end, it says too late. */
	go_half_open(bench);
	report(bench, lost, BREAKER_FAILED, ms);
	assert_int_equal(state_of(bench), BREAKER_HALF_OPEN);
	bench_free(bench);
}

static void test_old_reports_do_not_count(void **state)
{
	struct bench *bench = bench_new(false, 1);
	struct breaker_ticket old[40];

	(void)state;
	for (int i = 0; i < 40; i++)
		assert_true(allow(bench, &old[i]));
	for (int i = 0; i < 20; i++)
		report(bench, old[i], BREAKER_FAILED, ms);
	assert_int_equal(state_of(bench), BREAKER_OPEN);
	go_half_open(bench);
	for (int i = 20; i < 40; i++)
		report(bench, old[i], i % 2 ? BREAKER_PASSED : BREAKER_FAILED, ms);
	assert_int_equal(state_of(bench), BREAKER_HALF_OPEN);
	attempts(bench, 3, BREAKER_PASSED);
	assert_int_equal(state_of(bench), BREAKER_CLOSED);
	bench_free(bench);
}

static void test_slow_calls(void **state)
{
	struct bench *bench = bench_new(true, 1);

	(void)state;
	for (int i = 0; i < 64; i++)
		attempt(bench, BREAKER_PASSED, i < 3 ? 100 * ms : 10 * ms); /* p95 is 10 ms */
	for (int i = 0; i < 20; i++)
		attempt(bench, BREAKER_PASSED, 40 * ms); /* exactly 4 times is not slow */
	assert_int_equal(state_of(bench), BREAKER_CLOSED);
	assert_int_equal(bench->change.n_slow, 0);
	bench_free(bench);
	bench = bench_new(true, 1);
	for (int i = 0; i < 64; i++)
		attempt(bench, BREAKER_PASSED, 10 * ms);
	for (int i = 0; i < 15; i++)
		attempt(bench, BREAKER_PASSED, 41 * ms);
	assert_int_equal(state_of(bench), BREAKER_CLOSED);
	attempt(bench, BREAKER_PASSED, 41 * ms); /* 16 of 20 */
	assert_int_equal(state_of(bench), BREAKER_OPEN);
	assert_int_equal(bench->change.n_slow, 16);
	bench_free(bench);
}

static void test_forced_open(void **state)
{
	struct bench *bench = bench_new(false, 1);
	struct breaker_ticket ticket, old;

	(void)state;
	assert_true(allow(bench, &old));
	breaker_force(&bench->breaker, true, &bench->change);
	assert_int_equal(bench->change.to, BREAKER_FORCED_OPEN);
	for (int i = 0; i < 100; i++) {
		bench->now_ns += 60 * s;
		assert_false(allow(bench, &ticket));
		assert_true(bench->until_ns == UINT64_MAX);
	}
	report(bench, old, BREAKER_PASSED, ms);
	assert_int_equal(state_of(bench), BREAKER_FORCED_OPEN);
	breaker_force(&bench->breaker, false, &bench->change);
	assert_true(allow(bench, &ticket));
	open_it(bench);
	breaker_force(&bench->breaker, false, &bench->change); /* not his to close */
	assert_int_equal(state_of(bench), BREAKER_OPEN);
	bench_free(bench);
}

struct crowd {
	struct breaker breaker;
	pthread_barrier_t barrier;
	atomic_uint n_allowed, n_open;
	uint64_t now_ns;
	enum breaker_outcome outcome;
};

static void *crowd_member(void *data)
{
	struct crowd *crowd = data;
	struct breaker_ticket ticket;
	struct breaker_change change;
	uint64_t until_ns;
	bool is_allowed;

	(void)pthread_barrier_wait(&crowd->barrier);
	is_allowed = breaker_allow(&crowd->breaker, crowd->now_ns, &ticket, &until_ns, &change);
	atomic_fetch_add(&crowd->n_allowed, is_allowed);
	/* All ask before one reports. */
	(void)pthread_barrier_wait(&crowd->barrier);
	if (is_allowed) {
		breaker_report(&crowd->breaker, ticket, crowd->outcome, ms, crowd->now_ns, &change);
		atomic_fetch_add(&crowd->n_open, change.from != change.to);
	}
	return NULL;
}

static unsigned run_crowd(struct crowd *crowd, uint64_t now_ns, enum breaker_outcome outcome)
{
	pthread_t threads[N_THREADS];

	crowd->now_ns = now_ns;
	crowd->outcome = outcome;
	atomic_store(&crowd->n_allowed, 0);
	atomic_store(&crowd->n_open, 0);
	for (int i = 0; i < N_THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, crowd_member, crowd), 0);
	for (int i = 0; i < N_THREADS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	return atomic_load(&crowd->n_allowed);
}

static void test_three_probes_under_64_threads(void **state)
{
	struct crowd *crowd = calloc(1, sizeof(*crowd));
	const struct breaker_conf conf = { .seed = 1, .probe_max_ms = PROBE_MS };

	(void)state;
	assert_non_null(crowd);
	breaker_init(&crowd->breaker, &conf);
	assert_int_equal(pthread_barrier_init(&crowd->barrier, NULL, N_THREADS), 0);
	assert_int_equal(run_crowd(crowd, s, BREAKER_FAILED), N_THREADS); /* closed */
	assert_int_equal(breaker_state(&crowd->breaker), BREAKER_OPEN);
	assert_int_equal(atomic_load(&crowd->n_open), 1); /* one opened it */
	assert_int_equal(run_crowd(crowd, 2 * s, BREAKER_PASSED), 0);
	assert_int_equal(run_crowd(crowd, 10 * s, BREAKER_FAILED), BREAKER_PROBES);
	assert_int_equal(breaker_state(&crowd->breaker), BREAKER_OPEN);
	assert_int_equal(run_crowd(crowd, 30 * s, BREAKER_PASSED), BREAKER_PROBES);
	assert_int_equal(breaker_state(&crowd->breaker), BREAKER_CLOSED);
	assert_int_equal(run_crowd(crowd, 31 * s, BREAKER_PASSED), N_THREADS);
	(void)pthread_barrier_destroy(&crowd->barrier);
	breaker_release(&crowd->breaker);
	free(crowd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_opens_on_the_tenth_failure),
		cmocka_unit_test(test_needs_twenty_calls),
		cmocka_unit_test(test_what_does_not_count),
		cmocka_unit_test(test_no_call_while_open),
		cmocka_unit_test(test_all_probes_must_pass),
		cmocka_unit_test(test_probes_that_say_nothing),
		cmocka_unit_test(test_stays_open_longer_and_longer),
		cmocka_unit_test(test_probe_that_never_returns),
		cmocka_unit_test(test_old_reports_do_not_count),
		cmocka_unit_test(test_slow_calls),
		cmocka_unit_test(test_forced_open),
		cmocka_unit_test(test_three_probes_under_64_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
