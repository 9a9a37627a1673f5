/* SPDX-License-Identifier: MIT */
/* Power of two choices against the literature's figures, in a simulation of its own. */
#include "resources/balance.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint64_t state64 = 88172645463325252u;

static uint64_t next(void)
{
	state64 ^= state64 << 13;
	state64 ^= state64 >> 7;
	state64 ^= state64 << 17;
	return state64;
}

static double uniform(void)
{
	return ((double)(next() >> 11) + 0.5) / 9007199254740992.0;
}

static double exponential(double mean)
{
	return -mean * log(uniform());
}

/*
 * The supermarket model: Poisson arrivals at 0.9 for each of n queues, exponential service of mean
 * 1, two choices by queue length: mean time in the system is the sum of 0.9^(2^i - 2), 2.614
 * (Mitzenmacher). All peers have the same average here, so that only what is pending tells them
 * apart, and a queue's length is its pending calls.
 */
static void test_supermarket(void **state)
{
	enum { N = 64, JOBS = 400000, QUEUE = 4096 };
	static double leave[N];       /* of the last job in each queue */
	static double ends[N][QUEUE]; /* of the jobs in it, oldest first */
	static size_t head[N], tail[N];
	struct balance_peer peers[N] = { 0 };
	double now = 0, sum = 0;

	(void)state;
	for (size_t i = 0; i < N; i++)
		peers[i] = (struct balance_peer){ .ewma_ns = 1e9, .at_ns = 1 };
	for (size_t job = 0; job < JOBS; job++) {
		uint64_t random[2] = { next(), next() };
		size_t i;

		now += exponential(1 / (0.9 * N));
		for (size_t q = 0; q < N; q++) {
			while (head[q] != tail[q] && ends[q][head[q]] <= now) {
				head[q] = (head[q] + 1) % QUEUE;
				balance_end(&peers[q], 0, 0);
			}
		}
		i = balance_pick(peers, UINT64_MAX, random, 1);
		leave[i] = (leave[i] > now ? leave[i] : now) + exponential(1);
		ends[i][tail[i]] = leave[i];
		tail[i] = (tail[i] + 1) % QUEUE;
		assert_true(tail[i] != head[i]);
		balance_begin(&peers[i]);
		if (job >= JOBS / 10)
			sum += leave[i] - now;
	}
	sum /= JOBS - JOBS / 10;
	assert_true(sum > 2.5 && sum < 2.8);
}

/* One of four is ten times slower: after a warm-up, at most one call in twenty goes to it. */
static void test_slow_peer(void **state)
{
	struct balance_peer peers[4] = { 0 };
	uint64_t end_ns[4][8] = { 0 };
	uint64_t now_ns = 1;
	unsigned n[4] = { 0 };

	(void)state;
	for (size_t job = 0; job < 4000; job++) {
		uint64_t random[2] = { next(), next() };
		size_t i;

		now_ns += 25000000; /* 40 a second, 0.1 s each: one for each of four */
		for (size_t q = 0; q < 4; q++) {
			for (size_t k = 0; k < 8; k++) {
				if (end_ns[q][k] && end_ns[q][k] <= now_ns) {
					balance_end(&peers[q], q == 3 ? 1000000000 : 100000000,
						    end_ns[q][k]);
					end_ns[q][k] = 0;
				}
			}
		}
		i = balance_pick(peers, 15, random, now_ns);
		for (size_t k = 0; k < 8; k++) {
			if (!end_ns[i][k]) {
				end_ns[i][k] = now_ns + (i == 3 ? 1000000000 : 100000000);
				balance_begin(&peers[i]);
				break;
			}
			assert_true(k < 7);
		}
		if (job >= 400)
			n[i]++;
	}
	assert_true(n[3] * 20 <= n[0] + n[1] + n[2] + n[3]);
}

static void test_few(void **state)
{
	struct balance_peer peers[3] = { 0 };
	const uint64_t random[2] = { 12345, 678 };

	(void)state;
	assert_int_equal(balance_pick(peers, 0, random, 1), SIZE_MAX);
	assert_int_equal(balance_pick(peers, 4, random, 1), 2);
	/* One that has calls under way and never answered comes after one that answers. */
	balance_begin(&peers[0]);
	peers[1] = (struct balance_peer){ .ewma_ns = 5e9, .at_ns = 1, .n_pending = 3 };
	assert_int_equal(balance_pick(peers, 3, random, 1), 1);
	assert_true(balance_cost(&peers[2], 1) < DBL_MIN);
	/* Slower counts at once, faster only with time: after 10 s, 1/e of what was remains. */
	balance_begin(&peers[2]);
	balance_end(&peers[2], 1000, 1000000000);
	balance_begin(&peers[2]);
	balance_end(&peers[2], 9000, 1000000000);
	assert_float_equal(peers[2].ewma_ns, 9000, 1e-6);
	balance_begin(&peers[2]);
	balance_end(&peers[2], 1000, 11000000000);
	assert_float_equal(peers[2].ewma_ns, 1000 + 8000 * exp(-1), 1e-6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_supermarket),
		cmocka_unit_test(test_slow_peer),
		cmocka_unit_test(test_few),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
