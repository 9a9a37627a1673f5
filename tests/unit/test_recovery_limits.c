/* SPDX-License-Identifier: MIT */
/* Backoff, Retry-After, budgets, tokens, throttle and fingerprints against their formulas. */
#include "base/attr.h"
#include "base/random.h"
#include "recovery/backoff.h"
#include "recovery/budget.h"
#include "recovery/fingerprint.h"
#include "recovery/retry_after.h"
#include "recovery/throttle.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MS = 1000000, N_SAMPLES = 4000, NOW_S = 784111777 /* Sun, 06 Nov 1994 08:49:37 GMT */ };

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Kolmogorov-Smirnov: the greatest distance to the uniform distribution; 1.628 / sqrt(n) is
 * passed with probability 0.01. */
static void check_uniform(double *samples, size_t n)
{
	double greatest = 0;

	qsort(samples, n, sizeof(*samples), by_size);
	for (size_t i = 0; i < n; i++) {
		double above = (double)(i + 1) / (double)n - samples[i];
		double below = samples[i] - (double)i / (double)n;

		greatest = fmax(greatest, fmax(above, below));
	}
	assert_true(greatest * sqrt((double)n) < 1.628);
}

static void test_full_jitter(void **state)
{
	static const struct {
		unsigned i;
		uint64_t local_ms, web_ms;
	} rows[] = { { 0, 50, 200 },       { 1, 100, 400 },
		     { 2, 200, 800 },      { 5, 1600, 6400 },
		     { 7, 6400, 10000 },   { 8, 10000, 10000 },
		     { 64, 10000, 10000 }, { 4000000000u, 10000, 10000 } };
	static double samples[N_SAMPLES];
	uint64_t random = 7;

	(void)state;
	for (size_t k = 0; k < countof(rows); k++) {
		double sum = 0, limit = (double)rows[k].local_ms * MS;

		assert_int_equal(backoff_limit_ns(&backoff_local, rows[k].i),
				 rows[k].local_ms * MS);
		assert_int_equal(backoff_limit_ns(&backoff_web, rows[k].i), rows[k].web_ms * MS);
		for (size_t i = 0; i < N_SAMPLES; i++) {
			samples[i] = (double)backoff_wait_ns(&backoff_local, rows[k].i,
							     random_next(&random)) /
				     limit;
			assert_true(samples[i] >= 0 && samples[i] <= 1);
			sum += samples[i];
		}
		/* 4 standard deviations of the mean of uniform numbers */
		assert_true(fabs(sum / N_SAMPLES - 0.5) < 4 * sqrt(1.0 / 12 / N_SAMPLES));
		check_uniform(samples, N_SAMPLES);
	}
	assert_int_equal(backoff_wait_ns(&backoff_web, 0, 0), 0);
	assert_int_equal(backoff_wait_ns(&backoff_web, 0, UINT64_MAX), 200 * MS);
	assert_int_equal(backoff_local.retries_max + 1, 3);
	assert_int_equal(backoff_asked_ns(1000, 0), 1000 * MS);
	assert_int_equal(backoff_asked_ns(1000, UINT64_MAX), 1100 * MS);
	assert_in_range(backoff_asked_ns(UINT64_MAX, UINT64_MAX), 0, 95040000ull * MS);
}

/* With failure probability p and m attempts: success 1 - p^m, mean attempts (1 - p^m)/(1 - p). */
static void test_retrying_pays(void **state)
{
	const double p = 0.4;
	const unsigned m = backoff_local.retries_max + 1, n = 40000;
	const double hit = 1 - pow(p, m), mean = hit / (1 - p);
	unsigned n_attempts = 0, n_passed = 0;
	uint64_t random = 11;

	(void)state;
	for (unsigned i = 0; i < n; i++) {
		for (unsigned k = 0; k < m; k++) {
			n_attempts++;
			if ((double)random_next(&random) / 0x1p64 >= p) {
				n_passed++;
				break;
			}
		}
	}
	assert_true(fabs((double)n_passed / n - hit) < 4 * sqrt(hit * (1 - hit) / n));
	assert_true(fabs((double)n_attempts / n - mean) < 0.02);
}

/*
 * A hundred new calls each tick, all of which fail, as do their retries (three attempts at most),
 * one tick later. Returns attempts for each call.
 */
static double amplification(bool has_budget)
{
	enum { TICKS = 1000, NEW = 100 };
	struct budget budget = { 0 };
	size_t retrying[2] = { 0 }; /* under way as the second and the third attempt */
	size_t n_attempts = 0;

	for (int tick = 0; tick < TICKS; tick++) {
		size_t ended[2] = { NEW, retrying[0] }, next[2] = { 0 };

		n_attempts += NEW + retrying[0] + retrying[1];
		for (size_t i = 0; has_budget && i < retrying[0] + retrying[1]; i++)
			budget_give(&budget);
		for (int k = 0; k < 2; k++)
			for (size_t i = 0; i < ended[k]; i++)
				next[k] += !has_budget || budget_take(&budget, NEW);
		retrying[0] = next[0];
		retrying[1] = next[1];
	}
	return (double)n_attempts / ((double)TICKS * NEW);
}

static void test_amplification(void **state)
{
	(void)state;
	assert_true(fabs(amplification(false) - 3.0) < 0.01);
	assert_true(amplification(true) <= 1.2);
	assert_true(amplification(true) > 1.15); /* and it is used */
}

static void test_budget(void **state)
{
	struct budget budget = { 0 };

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_true(budget_take(&budget, 0));
	assert_false(budget_take(&budget, 0));
	assert_false(budget_take(&budget, 19)); /* 3.8 */
	assert_true(budget_take(&budget, 20));
	assert_false(budget_take(&budget, 24));
	for (int i = 0; i < 4; i++)
		budget_give(&budget);
	assert_int_equal(budget.n_retries, 0);
	for (int i = 0; i < 200; i++)
		assert_true(budget_take(&budget, 1000));
	assert_false(budget_take(&budget, 1000));
	assert_true(budget_take(&budget, SIZE_MAX)); /* nothing overflows */
}

static void test_tokens(void **state)
{
	struct tokens tokens;
	int n = 0;

	(void)state;
	tokens_init(&tokens);
	for (; tokens_allow(&tokens); n++)
		tokens_failed(&tokens);
	assert_int_equal(n, 5);
	for (int i = 0; i < 100; i++)
		tokens_failed(&tokens);
	assert_int_equal(tokens.milli, 0);
	for (n = 0; !tokens_allow(&tokens); n++)
		tokens_succeeded(&tokens);
	assert_int_equal(n, 51);
	for (int i = 0; i < 1000; i++)
		tokens_succeeded(&tokens);
	assert_int_equal(tokens.milli, TOKENS_MAX_MILLI);
}

/* In a total outage the n-th request is sent with probability 1/n: H_1000 = 7.485 in 1000. The
 * variance is H_1000 less the sum of 1/n^2, 5.84. */
static void test_throttle(void **state)
{
	enum { SEEDS = 400 };
	double sum = 0, expected = 0;

	(void)state;
	for (int i = 1; i <= 1000; i++)
		expected += 1.0 / i;
	assert_true(fabs(expected - 7.49) < 0.01);
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct throttle throttle = { 0 };
		uint64_t random = seed;

		for (uint64_t i = 0; i < 1000; i++)
			sum += throttle_allow(&throttle, 1 + i * MS, random_next(&random));
	}
	assert_true(fabs(sum / SEEDS - expected) < 4 * sqrt(5.84 / SEEDS));
}

static void test_throttle_of_the_healthy(void **state)
{
	struct throttle throttle = { 0 };
	uint64_t now_ns = 1, hour_ns = 3600000ull * MS;

	(void)state;
	/* Half of the requests accepted: K = 2 refuses none, whatever the dice say. */
	for (int i = 0; i < 1000; i++, now_ns += 10ull * MS) {
		assert_true(throttle_allow(&throttle, now_ns, 0));
		if (i % 2 == 0)
			throttle_accepted(&throttle, now_ns);
	}
	for (int i = 0; i < 10; i++)
		(void)throttle_allow(&throttle, now_ns, 0);
	assert_false(throttle_allow(&throttle, now_ns, 0));
	assert_true(throttle_allow(&throttle, now_ns + hour_ns, 0)); /* out of the window */
}

static void test_retry_after(void **state)
{
	static const struct {
		const char *text;
		int64_t ms; /* -1: refused */
	} rows[] = {
		{ "0", 0 },
		{ "120", 120000 },
		{ " 7\t", 7000 },
		{ "007", 7000 },
		{ "99999999999999999999999999", RETRY_AFTER_MAX_MS },
		{ "86400", RETRY_AFTER_MAX_MS },
		{ "Sun, 06 Nov 1994 08:49:37 GMT", 0 },
		{ "Sun, 06 Nov 1994 08:49:47 GMT", 10000 },
		{ "Sunday, 06-Nov-94 08:49:47 GMT", 10000 },
		{ "Sun Nov  6 08:49:47 1994", 10000 },
		{ "Mon Nov 14 08:49:37 1994", RETRY_AFTER_MAX_MS },
		{ "Sat, 05 Nov 1994 08:49:37 GMT", 0 },
		{ "Thu, 01 Jan 1970 00:00:00 GMT", 0 },
		{ "Fri, 31 Dec 9999 23:59:59 GMT", RETRY_AFTER_MAX_MS },
		{ "Sunday, 06-Nov-44 08:49:37 GMT", RETRY_AFTER_MAX_MS }, /* 2044: not over 50 */
		{ "Sunday, 06-Nov-45 08:49:37 GMT", 0 },                  /* 1945 */
		{ "5, 10", 10000 },
		{ "10,5", 10000 },
		{ "5, Sun, 06 Nov 1994 08:49:47 GMT", 10000 },
		{ "Sun, 06 Nov 1994 08:49:47 GMT, Sun, 06 Nov 1994 08:49:57 GMT", 20000 },
		{ "", -1 },
		{ " ", -1 },
		{ "-5", -1 },
		{ "+5", -1 },
		{ "1.5", -1 },
		{ "5s", -1 },
		{ "5,", -1 },
		{ "5, soon", -1 },
		{ "soon", -1 },
		{ "Sun, 31 Feb 1995 08:49:37 GMT", -1 },
		{ "Sun, 06 Nov 1994 24:49:37 GMT", -1 },
		{ "Sun, 06 Nov 1994 08:49:37 EST", -1 },
		{ "Sun, 00 Nov 1994 08:49:37 GMT", -1 },
		{ "1994-11-06T08:49:37Z", -1 },
	};

	(void)state;
	for (size_t i = 0; i < countof(rows); i++) {
		uint64_t ms = 1;
		int r = retry_after_parse(rows[i].text, strlen(rows[i].text), NOW_S, &ms);

		if (r != (rows[i].ms < 0 ? -EINVAL : 0) || (r == 0 && (int64_t)ms != rows[i].ms))
			fail_msg("'%s': %d, %llu ms", rows[i].text, r, (unsigned long long)ms);
	}
}

static uint64_t print_of(const char *tool, int code, const char *line)
{
	struct error err;

	(void)error_errno(&err, code, "x");
	return fingerprint_of(tool, &err, line, strlen(line));
}

static void test_what_looks_alike(void **state)
{
	static const char *const pairs[][2] = {
		{ "cannot read 'a.c': I/O error", "cannot read 'dir/b.h': I/O error" },
		{ "line 12: bad", "line 3456: bad" },
		{ "at 0x7ffe12 lost", "at 0x1 lost" },
		{ "open /tmp/x.1 failed", "open ./other/name failed" },
		{ "commit 1f9e0c77ab gone", "commit 0123456789abcdef gone" },
		{ "one\ntwo", "one\nthree" },
	};

	(void)state;
	for (size_t i = 0; i < countof(pairs); i++)
		assert_int_equal(print_of("t", EIO, pairs[i][0]), print_of("t", EIO, pairs[i][1]));
	assert_int_not_equal(print_of("t", EIO, "x"), print_of("u", EIO, "x"));
	assert_int_not_equal(print_of("t", EIO, "x"), print_of("t", ENXIO, "x"));
	assert_int_not_equal(print_of("t", EIO, "x failed"), print_of("t", EIO, "y failed"));
	assert_int_not_equal(print_of("t", EIO, "added"), print_of("t", EIO, "faded"));
}

static void test_three_calls_alike(void **state)
{
	struct fingerprints *all = calloc(1, sizeof(*all));
	const uint64_t s = 1000ull * MS;

	(void)state;
	assert_non_null(all);
	assert_false(fingerprints_add(all, 9, 1, 1 * s));
	assert_false(fingerprints_add(all, 9, 1, 2 * s)); /* the same call again */
	assert_false(fingerprints_add(all, 9, 2, 3 * s));
	assert_false(fingerprints_add(all, 8, 3, 3 * s)); /* another failure */
	assert_true(fingerprints_add(all, 9, 3, 62 * s));
	assert_false(fingerprints_add(all, 9, 4, 64 * s)); /* 2 was 61 s ago */
	assert_true(fingerprints_add(all, 9, 5, 65 * s));
	/* Room is bounded: the oldest goes. */
	for (uint64_t hash = 1000; hash < 1000 + FINGERPRINTS_MAX; hash++)
		assert_false(fingerprints_add(all, hash, 1, 100 * s + hash));
	assert_false(fingerprints_add(all, 9, 6, 101 * s));
	free(all);
}

static void test_beta(void **state)
{
	(void)state;
	/* Beta(1, 1) is uniform; Beta(2, 1) has P(X <= x) = x^2; Beta(2, 2): 3x^2 - 2x^3. */
	for (double x = 0.05; x < 1; x += 0.05) {
		assert_true(fabs(beta_below(1, 1, x) - x) < 1e-12);
		assert_true(fabs(beta_below(2, 1, x) - x * x) < 1e-12);
		assert_true(fabs(beta_below(1, 5, x) - (1 - pow(1 - x, 5))) < 1e-12);
		assert_true(fabs(beta_below(2, 2, x) - (3 * x * x - 2 * x * x * x)) < 1e-12);
	}
	assert_true(fabs(beta_below(101, 101, 0.5) - 0.5) < 1e-9);
}

static void test_judging_retries(void **state)
{
	struct fingerprints *all = calloc(1, sizeof(*all));
	int n;

	(void)state;
	assert_non_null(all);
	assert_int_equal(fingerprints_judge(all, 5), RETRYING_UNKNOWN);
	(void)fingerprints_add(all, 5, 1, MS);
	(void)fingerprints_add(all, 6, 1, MS);
	for (n = 0; fingerprints_judge(all, 5) == RETRYING_UNKNOWN; n++)
		fingerprints_retried(all, 5, true);
	assert_int_equal(n, 3); /* 1 - 0.5^4 = 0.9375 > 0.9 */
	assert_int_equal(fingerprints_judge(all, 5), RETRYING_HELPS);
	for (n = 0; fingerprints_judge(all, 6) == RETRYING_UNKNOWN; n++)
		fingerprints_retried(all, 6, false);
	assert_int_equal(n, 21); /* 1 - 0.9^22 = 0.9015 > 0.9 */
	assert_int_equal(fingerprints_judge(all, 6), RETRYING_IS_VAIN);
	for (n = 0; n < 1000; n++)
		fingerprints_retried(all, 6, true);
	assert_int_equal(fingerprints_judge(all, 6), RETRYING_HELPS); /* old news fades */
	free(all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_full_jitter),
		cmocka_unit_test(test_retrying_pays),
		cmocka_unit_test(test_amplification),
		cmocka_unit_test(test_budget),
		cmocka_unit_test(test_tokens),
		cmocka_unit_test(test_throttle),
		cmocka_unit_test(test_throttle_of_the_healthy),
		cmocka_unit_test(test_retry_after),
		cmocka_unit_test(test_what_looks_alike),
		cmocka_unit_test(test_three_calls_alike),
		cmocka_unit_test(test_beta),
		cmocka_unit_test(test_judging_retries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
