/* SPDX-License-Identifier: MIT */
/* Against simulated endpoints: how much of their quota is reached, and how often they refuse. */
#include "base/attr.h"
#include "resources/quota.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const uint64_t ms = 1000000;

struct endpoint {
	double rate, burst, tokens; /* a token bucket, or */
	bool is_fixed;              /* fixed windows of a second */
	bool tells, tells_retry;
	uint64_t at_ns;
	unsigned n_in_window;
};

static bool ask(struct endpoint *endpoint, uint64_t now_ns, struct quota_window *window)
{
	bool is_new = now_ns / (1000 * ms) != endpoint->at_ns / (1000 * ms);
	bool is_taken;

	if (endpoint->is_fixed) {
		if (is_new)
			endpoint->n_in_window = 0;
		is_taken = endpoint->n_in_window < endpoint->rate;
		endpoint->n_in_window += is_taken;
		window->remaining = endpoint->rate - endpoint->n_in_window;
		window->reset_s = 1 - (double)(now_ns % (1000 * ms)) / 1e9;
	} else {
		endpoint->tokens = fmin(endpoint->burst,
					endpoint->tokens + (double)(now_ns - endpoint->at_ns) /
								   1e9 * endpoint->rate);
		is_taken = endpoint->tokens >= 1;
		endpoint->tokens -= is_taken;
		window->remaining = floor(endpoint->tokens);
		window->reset_s = 1;
	}
	endpoint->at_ns = now_ns;
	window->limit = endpoint->rate;
	window->window_s = 1;
	return is_taken;
}

/* n searches, all wanted at once; an answer takes rtt_ms, half of it to get there. */
static void run(struct endpoint *endpoint, double known_rate, unsigned n, uint64_t rtt_ms,
		double *ret_s, unsigned *ret_refused)
{
	struct flight {
		uint64_t sent_ns, arrive_ns, back_ns;
		struct quota_window window;
		bool is_taken;
	} flights[64];
	size_t n_flights = 0;
	unsigned n_done = 0, n_open = n, n_refused = 0;
	uint64_t now_ns = 1000 * ms;
	struct quota quota;

	endpoint->at_ns = now_ns;
	endpoint->tokens = endpoint->burst;
	quota_init(&quota, known_rate, 1, now_ns);
	while (n_done < n) {
		now_ns += ms;
		assert_true(now_ns < 2000000 * ms);
		for (size_t i = 0; i < n_flights; i++) {
			struct flight *flight = &flights[i];

			if (flight->arrive_ns && flight->arrive_ns <= now_ns) {
				flight->is_taken = ask(endpoint, now_ns, &flight->window);
				flight->arrive_ns = 0;
			}
			if (flight->back_ns > now_ns)
				continue;
			if (flight->is_taken) {
				n_done++;
				quota_answered(&quota, &flight->window, endpoint->tells,
					       (unsigned)n_flights - 1, now_ns);
			} else {
				n_refused++;
				n_open++;
				quota_refused(&quota, flight->sent_ns,
					      endpoint->tells_retry ? 1000 : 0, 7, now_ns);
			}
			flights[i--] = flights[--n_flights];
		}
		while (n_open && n_flights < 32 && quota_next_ns(&quota, now_ns) <= now_ns) {
			quota_take(&quota, now_ns);
			n_open--;
			flights[n_flights++] = (struct flight){
				.sent_ns = now_ns,
				.arrive_ns = now_ns + rtt_ms * ms / 2,
				.back_ns = now_ns + rtt_ms * ms,
			};
		}
	}
	*ret_s = (double)(now_ns - 1000 * ms) / 1e9;
	*ret_refused = n_refused;
}

/* What it tells is kept to: nearly all of the quota, and hardly a refusal. */
static void test_told(void **state)
{
	static const uint64_t rtts[] = { 5, 20, 50 };

	(void)state;
	for (size_t i = 0; i < countof(rtts); i++) {
		for (int is_fixed = 0; is_fixed < 2; is_fixed++) {
			struct endpoint endpoint = { 10, 10, 0, is_fixed, true, true, 0, 0 };
			unsigned n_refused;
			double s;

			run(&endpoint, 1, 32, rtts[i], &s, &n_refused);
			assert_true(32 / s >= 9.5);
			assert_true(n_refused * 20 <= 32);
			run(&endpoint, 1, 400, rtts[i], &s, &n_refused);
			assert_true(400 / s >= 9); /* a round trip is lost in each window */
			assert_true(n_refused * 20 <= 400);
		}
	}
}

/* Whatever may come at once, its rate is reached and hardly exceeded, also where the resets that it
 * tells are of whole seconds and longer than they need be. */
static void test_bursts(void **state)
{
	static const double bursts[] = { 1, 5, 10 };

	(void)state;
	for (size_t i = 0; i < countof(bursts); i++) {
		struct endpoint endpoint = { 10, bursts[i], 0, false, true, true, 0, 0 };
		unsigned n_refused;
		double s;

		run(&endpoint, 1, 128, 20, &s, &n_refused);
		assert_true(128 / s >= 9);
		assert_true(n_refused * 20 <= 128);
		endpoint.tells = endpoint.tells_retry = false;
		run(&endpoint, 10, 128, 20, &s, &n_refused);
		assert_true(128 / s >= 9.5);
		assert_int_equal(n_refused, 0);
	}
}

/* Where nothing is told and next to nothing comes at once, the rate is found in seconds. */
static void test_found(void **state)
{
	static const double bursts[] = { 1, 5, 10 };

	(void)state;
	for (size_t i = 0; i < countof(bursts); i++) {
		struct endpoint endpoint = { 10, bursts[i], 0, false, false, false, 0, 0 };
		unsigned n_refused;
		double s;

		run(&endpoint, 0, 128, 50, &s, &n_refused);
		assert_true(128 / s >= 6.5);
		assert_true(n_refused <= 31 + 10);
	}
}

/* A refusal that tells its limits is believed. */
static void test_refusal_tells(void **state)
{
	struct quota quota;

	(void)state;
	quota_init(&quota, 0, 1, 5);
	quota_refused(&quota, 5, 1000, 0, 10 * ms);
	quota_told(&quota, (struct quota_window[]){ { 10, 1, 0, 1 } }, 1);
	assert_int_equal(quota_next_ns(&quota, 10 * ms), 1010 * ms);
	quota_take(&quota, 1010 * ms);
	assert_in_range(quota_next_ns(&quota, 1010 * ms), 1110 * ms, 1114 * ms);
}

/* The user or its documents say the rate, it tells nothing itself. */
static void test_known(void **state)
{
	struct endpoint endpoint = { 10, 10, 0, false, false, false, 0, 0 };
	unsigned n_refused;
	double s;

	(void)state;
	run(&endpoint, 10, 32, 50, &s, &n_refused);
	assert_true(32 / s >= 9.5);
	assert_int_equal(n_refused, 0);
}

/* Nobody says anything: the first burst is refused, then it is learned. */
static void test_unknown(void **state)
{
	struct endpoint endpoint = { 10, 10, 0, false, false, false, 0, 0 };
	unsigned n_refused;
	double s;

	(void)state;
	run(&endpoint, 0, 1000, 50, &s, &n_refused);
	assert_true(1000 / s >= 9);
	assert_true(n_refused <= 50);
	endpoint.tells_retry = true;
	run(&endpoint, 0, 1000, 50, &s, &n_refused);
	assert_true(1000 / s >= 9);
	assert_true(n_refused <= 50);
}

/* An endpoint without a limit is not slowed down. */
static void test_unlimited(void **state)
{
	struct endpoint endpoint = { 1e9, 1e9, 0, false, false, false, 0, 0 };
	unsigned n_refused;
	double s;

	(void)state;
	run(&endpoint, 0, 32, 100, &s, &n_refused);
	assert_true(s <= 0.103);
	assert_int_equal(n_refused, 0);
}

static void test_gate(void **state)
{
	struct quota quota;

	(void)state;
	quota_init(&quota, 0, 1, 5);
	quota_refused(&quota, 5, 3000, 0, 10 * ms);
	assert_int_equal(quota_next_ns(&quota, 10 * ms), 3010 * ms);
	/* An echo: sent before the cut, it says nothing new. */
	quota_refused(&quota, 6, 0, 0, 20 * ms);
	assert_int_equal(quota_next_ns(&quota, 20 * ms), 3010 * ms);
	/* The month is used up. */
	quota_init(&quota, 0, 1, 5);
	quota_answered(&quota, (struct quota_window[]){ { 15000, 2592000, 0, 86400 } }, 1, 0,
		       10 * ms);
	assert_int_equal(quota_next_ns(&quota, 10 * ms), 10 * ms + 86400000 * ms);
}

struct header {
	const char *name, *value;
};

static const char *find(const void *data, const char *name)
{
	for (const struct header *at = data; at->name; at++) {
		if (strcmp(at->name, name) == 0)
			return at->value;
	}
	return NULL;
}

static void test_headers(void **state)
{
	static const struct {
		struct header headers[5];
		size_t n;
		struct quota_window windows[2];
	} rows[] = {
		{ { { "x-ratelimit-limit", "1, 15000" },
		    { "x-ratelimit-policy", "1;w=1, 15000;w=2592000" },
		    { "x-ratelimit-remaining", "0, 14999" },
		    { "x-ratelimit-reset", "1, 1419704" } },
		  2,
		  { { 1, 1, 0, 1 }, { 15000, 2592000, 14999, 1419704 } } },
		{ { { "ratelimit-limit", "100, 100;w=60" },
		    { "ratelimit-remaining", "7" },
		    { "ratelimit-reset", "30" } },
		  2,
		  { { 100, 0, 7, 30 }, { 100, 0, -1, -1 } } },
		{ { { "ratelimit", "\"default\";r=50;t=30" },
		    { "ratelimit-policy", "\"default\";q=100;w=60" } },
		  1,
		  { { 100, 60, 50, 30 } } },
		{ { { "x-ratelimit-limit", "60" },
		    { "x-ratelimit-remaining", "59" },
		    { "x-ratelimit-reset", "1700000060" } },
		  1,
		  { { 60, 0, 59, 60 } } },
		{ { { "x-ratelimit-limit", "many" }, { "x-ratelimit-reset", "-1" } },
		  0,
		  { { 0, 0, 0, 0 } } },
		{ { { "x-ratelimit-limit", "1e400, nan" } }, 0, { { 0, 0, 0, 0 } } },
		{ { { "other", "1" } }, 0, { { 0, 0, 0, 0 } } },
	};

	(void)state;
	for (size_t i = 0; i < countof(rows); i++) {
		struct quota_window got[QUOTA_WINDOWS_MAX];

		assert_int_equal(quota_windows_read(find, rows[i].headers, 1700000000, got),
				 rows[i].n);
		for (size_t k = 0; k < rows[i].n; k++) {
			const struct quota_window *want = &rows[i].windows[k];

			assert_float_equal(got[k].limit, want->limit, 1e-9);
			assert_float_equal(got[k].window_s, want->window_s, 1e-9);
			assert_float_equal(got[k].remaining, want->remaining, 1e-9);
			assert_float_equal(got[k].reset_s, want->reset_s, 1e-9);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bursts),    cmocka_unit_test(test_refusal_tells),
		cmocka_unit_test(test_found),     cmocka_unit_test(test_told),
		cmocka_unit_test(test_known),     cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_unlimited), cmocka_unit_test(test_gate),
		cmocka_unit_test(test_headers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
