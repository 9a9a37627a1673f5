/* SPDX-License-Identifier: MIT */
/* Against simulated endpoints: how much of their quota is reached, and how often they refuse. */
#include "base/attr.h"
#include "base/buf.h"
#include "resources/quota_kept.h"

#include <errno.h>
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
	uint64_t first_late_ns;
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

/* n searches, all wanted at once, from one second on; an answer takes rtt_ms, half of it to get
 * there. Returns when the last has come. */
static uint64_t run_on(struct quota *quota, struct endpoint *endpoint, unsigned n, uint64_t rtt_ms,
		       unsigned *ret_refused)
{
	struct flight {
		uint64_t sent_ns, arrive_ns, back_ns;
		struct quota_window window;
		bool is_taken;
	} flights[64];
	size_t n_flights = 0;
	unsigned n_done = 0, n_open = n, n_refused = 0;
	uint64_t now_ns = 1000 * ms, late_ns = endpoint->first_late_ns;

	endpoint->at_ns = now_ns;
	endpoint->tokens = endpoint->burst;
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
				quota_answered(quota, &flight->window, endpoint->tells,
					       (unsigned)n_flights - 1, now_ns);
			} else {
				n_refused++;
				n_open++;
				quota_refused(quota, flight->sent_ns,
					      endpoint->tells_retry ? 1000 : 0, 7, now_ns);
			}
			flights[i--] = flights[--n_flights];
		}
		while (n_open && n_flights < 32 && quota_next_ns(quota, now_ns) <= now_ns) {
			quota_take(quota, now_ns);
			n_open--;
			flights[n_flights++] = (struct flight){
				.sent_ns = now_ns,
				.arrive_ns = now_ns + rtt_ms * ms / 2 + late_ns,
				.back_ns = now_ns + rtt_ms * ms + late_ns,
			};
			late_ns = 0;
		}
	}
	*ret_refused = n_refused;
	return now_ns;
}

static void run(struct endpoint *endpoint, double known_rate, unsigned n, uint64_t rtt_ms,
		double *ret_s, unsigned *ret_refused)
{
	struct quota quota;

	quota_init(&quota, known_rate, 1, 1000 * ms);
	*ret_s = (double)(run_on(&quota, endpoint, n, rtt_ms, ret_refused) - 1000 * ms) / 1e9;
}

/* What it tells is kept to: nearly all of the quota, and hardly a refusal. */
static void test_told(void **state)
{
	static const uint64_t rtts[] = { 5, 20, 50 };

	(void)state;
	for (size_t i = 0; i < countof(rtts); i++) {
		for (int is_fixed = 0; is_fixed < 2; is_fixed++) {
			struct endpoint endpoint = { 10, 10, 0, is_fixed, true, true, 0, 0, 0 };
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
		struct endpoint endpoint = { 10, bursts[i], 0, false, true, true, 0, 0, 0 };
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
		struct endpoint endpoint = { 10, bursts[i], 0, false, false, false, 0, 0, 0 };
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
	quota_told(&quota, (struct quota_window[]){ { 10, 1, 0, 1 } }, 1, 0);
	assert_int_equal(quota_next_ns(&quota, 10 * ms), 1010 * ms);
	quota_take(&quota, 1010 * ms);
	quota_take(&quota, 1210 * ms); /* the first one counts for a little more */
	assert_in_range(quota_next_ns(&quota, 1210 * ms), 1310 * ms, 1314 * ms);
}

/* The user or its documents say the rate, it tells nothing itself. */
static void test_known(void **state)
{
	struct endpoint endpoint = { 10, 10, 0, false, false, false, 0, 0, 0 };
	unsigned n_refused;
	double s;

	(void)state;
	run(&endpoint, 10, 32, 50, &s, &n_refused);
	assert_true(32 / s >= 9.5);
	assert_int_equal(n_refused, 0);
	endpoint.burst = 1;
	endpoint.first_late_ns = 20 * ms;
	run(&endpoint, 10, 32, 50, &s, &n_refused);
	assert_true(32 / s >= 9.4);
	assert_int_equal(n_refused, 0);
}

/* Nobody says anything: the first burst is refused, then it is learned. */
static void test_unknown(void **state)
{
	struct endpoint endpoint = { 10, 10, 0, false, false, false, 0, 0, 0 };
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
	struct endpoint endpoint = { 1e9, 1e9, 0, false, false, false, 0, 0, 0 };
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

static const int64_t saved_ms = 1700000000000, second_ms = 1000, day_ms = 86400000;

/* As it comes out of a file that was written when saved_ms was. */
static int pass_on(struct quota *quota, uint64_t now_ns, int64_t later_ms,
		   struct quota_kept *ret_kept)
{
	struct quota_kept kept;
	CLEANUP(buf) struct buf text;

	quota_keep(quota, now_ns, saved_ms, &kept);
	buf_init(&text, 512);
	quota_kept_write(&kept, &text);
	buf_add_char(&text, '\0');
	assert_int_equal(buf_error(&text), 0);
	return quota_kept_read(text.data, saved_ms + later_ms, ret_kept);
}

/* What one run found out, the next one knows. */
static void test_next_run(void **state)
{
	static const double bursts[] = { 1, 5, 10 };

	(void)state;
	for (size_t i = 0; i < countof(bursts) * 3; i++) {
		struct endpoint endpoint = { 10,         bursts[i / 3], 0, false,
					     i % 3 == 0, i % 3 == 1,    0, 0,
					     0 };
		struct quota_kept kept;
		struct quota quota;
		uint64_t now_ns;
		unsigned n_refused;

		quota_init(&quota, 0, 1, 1000 * ms);
		now_ns = run_on(&quota, &endpoint, 32, 20, &n_refused);
		assert_true(n_refused >= 22);
		assert_int_equal(pass_on(&quota, now_ns, 2 * second_ms, &kept), 0);
		quota_init(&quota, 0, 1, 1000 * ms);
		quota_restore(&quota, &kept, false, 1000 * ms, saved_ms + 2 * second_ms);
		now_ns = run_on(&quota, &endpoint, 32, 20, &n_refused);
		assert_true(n_refused * 20 <= 32);
		assert_true(32e9 / (double)(now_ns - 1000 * ms) >= 9);
	}
}

/* What was used a moment ago is not there again, and what is shut stays so, for so long. */
/* "1, 15000" of a second and a month; and what has no limit by the month is told as "50, 0". */
static void test_a_month_is_used_up(void **state)
{
	static const struct quota_window used[] = { { 1, 1, 1, 1 }, { 15000, 2592000, 0, 3600 } };
	static const struct quota_window free_of[] = { { 50, 1, 49, 1 }, { 0, 2592000, 0, 1e6 } };
	struct quota quota;

	(void)state;
	quota_init(&quota, 1, 1, 0);
	quota_told(&quota, free_of, countof(free_of), 0);
	assert_int_equal(quota.gate_ns, 0);
	quota_told(&quota, used, countof(used), 1000 * ms);
	assert_int_equal(quota.gate_ns, 3601000 * ms);
}

static void test_others(void **state)
{
	struct quota quota;

	(void)state;
	quota_init(&quota, 10 / 0.97, 1, 0);
	quota_others_sent(&quota, 1, 0);
	assert_in_range(quota_next_ns(&quota, 0), 99 * ms, 101 * ms);
	quota_others_sent(&quota, 40, 0); /* were refused: nobody owes for them */
	assert_in_range(quota_next_ns(&quota, 0), 99 * ms, 101 * ms);
	quota_began_ago(&quota, 50, 100 * ms);
	assert_in_range(quota_next_ns(&quota, 100 * ms), 149 * ms, 151 * ms);
	quota_init(&quota, 10, 5, 0); /* of a burst nobody knows what is left */
	quota_began_ago(&quota, 50, 0);
	assert_int_equal(quota_next_ns(&quota, 0), 0);
	quota_init(&quota, 0, 1, 0);
	quota_began_ago(&quota, 0, 0);
	quota_others_sent(&quota, 9, 0);
	assert_int_equal(quota_next_ns(&quota, 0), 0);
	quota = (struct quota){ .left = 2, .left_until_ns = 1000 * ms, .burst = 1 };
	quota_others_sent(&quota, 2, 0);
	assert_int_equal(quota_next_ns(&quota, 0), 1000 * ms);
}

static void test_kept(void **state)
{
	struct quota quota, next;
	struct quota_kept kept;

	(void)state;
	quota_init(&quota, 2, 4, 5); /* 0.97 of it */
	for (int i = 0; i < 4; i++)
		quota_take(&quota, 10 * ms);
	assert_int_equal(pass_on(&quota, 10 * ms, second_ms, &kept), 0);
	assert_true(kept.rate_per_s == 0); /* it knew no more than the next one knows */
	quota_init(&next, 2, 4, 7);
	quota_restore(&next, &kept, false, 10 * ms, saved_ms + second_ms);
	quota_take(&next, 10 * ms);
	assert_in_range(quota_next_ns(&next, 10 * ms), 60 * ms, 80 * ms);

	quota_refused(&quota, 20 * ms, 600000, 0, 30 * ms);
	quota_told(&quota, (struct quota_window[]){ { 10, 1, -1, -1 } }, 1, 0);
	assert_int_equal(pass_on(&quota, 30 * ms, 60 * second_ms, &kept), 0);
	quota_init(&next, 1, 1, 7);
	quota_restore(&next, &kept, false, 7, saved_ms + 60 * second_ms);
	assert_int_equal(quota_next_ns(&next, 7), 540000 * ms + 7);
	assert_true(next.is_told && fabs(next.rate_per_s - 9.7) < 1e-6);
	quota_init(&next, 1, 1, 7); /* the user knows better */
	quota_restore(&next, &kept, true, 7, saved_ms + 60 * second_ms);
	assert_int_equal(quota_next_ns(&next, 7), 540000 * ms + 7);
	assert_true(fabs(next.rate_per_s - 0.97) < 1e-6);

	/* It does not become younger by being passed on. */
	quota_init(&next, 0, 1, 7);
	quota_restore(&next, &kept, false, 7, saved_ms + 600 * second_ms);
	assert_int_equal(pass_on(&next, 7, second_ms, &kept), 0);
	assert_int_equal(kept.learned_ms, saved_ms);
	assert_int_equal(pass_on(&quota, 30 * ms, day_ms, &kept), 0);
	assert_true(kept.rate_per_s > 0);
	assert_int_equal(pass_on(&quota, 30 * ms, day_ms + 1, &kept), -EBADMSG);
	assert_int_equal(pass_on(&quota, 30 * ms, -1, &kept), -EBADMSG);
}

static void test_kept_text(void **state)
{
	static const char *const bad[] = {
		"",
		"1",
		"1 900 900 9.5 5 0 1.01 0 0 0 0 0",
		"1 900 900 9.5 5 0 1.01 0 0 0 0 0 0\n",
		"1 900 900 9.5 5 0 1.01 0 0 0 0 0\nx",
		"2 900 900 9.5 5 0 1.01 0 0 0 0 0\n",
		"1 1001 900 9.5 5 0 1.01 0 0 0 0 0\n",
		"1 900 901 9.5 5 0 1.01 0 0 0 0 0\n",
		"1 900 900 -9.5 5 0 1.01 0 0 0 0 0\n",
		"1 900 900 nan 5 0 1.01 0 0 0 0 0\n",
		"1 900 900 1e7 5 0 1.01 0 0 0 0 0\n",
		"1 900 900 9.5 1e7 0 1.01 0 0 0 0 0\n",
		"1 900 900 9.5 5 0 11 0 0 0 0 0\n",
		"1 900 900 9.5 5 0 1.01 0 1e400 0 0 0\n",
		"1 900 900 9.5 5 0 1.01 0 1e16 0 0 0\n",
	};
	struct quota_kept kept = { 0 };

	(void)state;
	for (size_t i = 0; i < countof(bad); i++)
		assert_int_equal(quota_kept_read(bad[i], 1000, &kept), -EBADMSG);
	assert_int_equal(kept.saved_ms, 0);
	assert_int_equal(
		quota_kept_read("1 900 800 9.5 5 1 1.01 0.5 2000 7 3000 4000\n", 1000, &kept), 0);
	assert_true(kept.rate_per_s == 9.5 && kept.burst == 5 && kept.is_told);
	assert_true(kept.growth_per_s == 1.01 && kept.tokens == 0.5 && kept.left == 7);
	assert_int_equal(kept.gate_ms, 2000);
	assert_int_equal(kept.left_until_ms, 3000);
	assert_int_equal(kept.suspended_ms, 4000);
	/* Nothing is shut for ever; a rate that is too small to search by was no rate. */
	assert_int_equal(quota_kept_read("1 900 900 0.001 5 0 1 0 1e15 0 1e15 1e15\n", 1000, &kept),
			 0);
	assert_true(kept.rate_per_s == 0);
	assert_int_equal(kept.gate_ms, 900 + day_ms);
	assert_int_equal(kept.left_until_ms, 900 + day_ms);
	assert_int_equal(kept.suspended_ms, 900 + 3600 * second_ms);
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
		cmocka_unit_test(test_headers),   cmocka_unit_test(test_next_run),
		cmocka_unit_test(test_kept),      cmocka_unit_test(test_kept_text),
		cmocka_unit_test(test_others),    cmocka_unit_test(test_a_month_is_used_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
