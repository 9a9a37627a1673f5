/* SPDX-License-Identifier: MIT */
/* The refusal controller against a simulated peer, and how demands and limits follow. */
#include "resources/aimd.h"

#include "base/attr.h"
#include "base/heap.h"
#include "resources/adjust.h"
#include "resources/demand.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define SECOND ((uint64_t)1000000000)

static void halves_once_a_round_trip(void **state)
{
	struct aimd aimd;
	struct aimd_sample refused = {
		.start_ns = 10, .now_ns = 100, .n_running = 32, .is_refused = true
	};

	(void)state;
	aimd_init(&aimd, 32);
	assert_true(aimd_add(&aimd, &refused));
	assert_int_equal(aimd_limit(&aimd), 16);
	for (int i = 0; i < 20; i++) { /* echoes */
		refused.start_ns = 11 + i;
		refused.now_ns = 101 + i;
		assert_false(aimd_add(&aimd, &refused));
	}
	assert_int_equal(aimd_limit(&aimd), 16);
	for (int i = 0; i < 10; i++) {
		refused.start_ns = refused.now_ns + 1;
		refused.now_ns += 10;
		assert_true(aimd_add(&aimd, &refused));
	}
	assert_int_equal(aimd_limit(&aimd), 1);
}

static void grows_by_one_for_a_limit_of_successes(void **state)
{
	struct aimd aimd;
	struct aimd_sample good = { .start_ns = 1, .now_ns = 2, .n_running = 8 };

	(void)state;
	aimd_init(&aimd, 12);
	aimd.limit = 10;
	for (int i = 0; i < 9; i++)
		assert_false(aimd_add(&aimd, &good));
	assert_int_equal(aimd_limit(&aimd), 10);
	(void)aimd_add(&aimd, &good);
	assert_int_equal(aimd_limit(&aimd), 11);
	good.n_running = 5; /* under half of 11: nothing is proved */
	for (int i = 0; i < 100; i++)
		(void)aimd_add(&aimd, &good);
	assert_int_equal(aimd_limit(&aimd), 11);
	good.n_running = 6;
	for (int i = 0; i < 100; i++)
		(void)aimd_add(&aimd, &good);
	assert_int_equal(aimd_limit(&aimd), 12); /* the most */
}

static void a_gate_is_shut_for_as_long_as_was_said(void **state)
{
	struct aimd aimd;
	struct aimd_sample refused = { .start_ns = 1,
				       .now_ns = SECOND,
				       .n_running = 4,
				       .is_refused = true,
				       .retry_ns = 5 * SECOND };

	(void)state;
	aimd_init(&aimd, 4);
	assert_true(aimd_add(&aimd, &refused));
	refused.retry_ns = 2 * SECOND; /* an earlier time does not open it */
	assert_false(aimd_add(&aimd, &refused));
	assert_int_equal(aimd.gate_ns, 6 * SECOND);
	aimd_open(&aimd, 6 * SECOND - 1);
	assert_true(aimd.gate_ns);
	aimd_open(&aimd, 6 * SECOND);
	assert_false(aimd.gate_ns);
}

/* ---- a token bucket of 10 calls a second, 32 callers ---- */

struct flight {
	struct heap_node node; /* key: when it ends */
	uint64_t start_ns;
	bool is_refused;
};

struct peer {
	double rate, tokens, burst;
	uint64_t at_ns;
};

static bool peer_takes(struct peer *peer, uint64_t now_ns)
{
	peer->tokens += peer->rate * (double)(now_ns - peer->at_ns) / 1e9;
	peer->at_ns = now_ns;
	if (peer->tokens > peer->burst)
		peer->tokens = peer->burst;
	if (peer->tokens < 1)
		return false;
	peer->tokens -= 1;
	return true;
}

struct figures {
	double good, refused;
};

static unsigned next_random(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(*seed >> 33);
}

/* Answers take about a second, refusals 50 ms, with the seconds until it is worth coming back
 * (whole ones, as in Retry-After). */
static struct figures drive(struct aimd *aimd, struct peer *peer, uint64_t start_ns,
			    uint64_t end_ns)
{
	static struct flight flights[64];
	static struct heap heap;
	static uint64_t seed;
	unsigned n_running = 0;
	struct figures figures = { 0, 0 };
	uint64_t now_ns = start_ns;

	heap = (struct heap){ 0 };
	seed = 11;
	for (size_t i = 0; i < countof(flights); i++)
		flights[i] = (struct flight){ .start_ns = 0 };
	while (now_ns < end_ns) {
		struct heap_node *first;

		aimd_open(aimd, now_ns);
		for (size_t i = 0; i < 32 && !aimd->gate_ns && n_running < aimd_limit(aimd); i++) {
			struct flight *flight = &flights[i];
			uint64_t ms;

			if (heap_has(&flight->node))
				continue;
			flight->start_ns = now_ns;
			flight->is_refused = !peer_takes(peer, now_ns);
			ms = flight->is_refused ? 50 : 500 + next_random(&seed) % 1000;
			heap_push(&heap, &flight->node, now_ns + ms * 1000000);
			n_running++;
		}
		first = heap_first(&heap);
		if (!first || (aimd->gate_ns && aimd->gate_ns < first->key)) {
			now_ns = aimd->gate_ns;
			continue;
		}
		now_ns = first->key;
		heap_remove(&heap, first);
		{
			const struct flight *flight = container_of(first, struct flight, node);
			struct aimd_sample sample = {
				.start_ns = flight->start_ns,
				.now_ns = now_ns,
				.n_running = n_running,
				.is_refused = flight->is_refused,
				.retry_ns = flight->is_refused ? SECOND : 0,
			};

			figures.good += !flight->is_refused;
			figures.refused += flight->is_refused;
			(void)aimd_add(aimd, &sample);
			n_running--;
		}
	}
	return figures;
}

static void a_quota_is_used_and_respected(void **state)
{
	struct peer peer = { .rate = 10, .tokens = 10, .burst = 10 };
	struct figures figures;
	struct aimd aimd;

	(void)state;
	aimd_init(&aimd, 32);
	figures = drive(&aimd, &peer, 0, 600 * SECOND);
	print_message("# quota 10/s: goodput %.3f, refused %.3f\n", figures.good / 6000,
		      figures.refused / (figures.good + figures.refused));
	assert_true(figures.good >= 0.95 * 10 * 600);
	assert_true(figures.refused <= 0.05 * (figures.good + figures.refused));
	peer.rate = 5; /* the quota halves */
	figures = drive(&aimd, &peer, 600 * SECOND, 1200 * SECOND);
	print_message("# quota 5/s: goodput %.3f, refused %.3f\n", figures.good / 3000,
		      figures.refused / (figures.good + figures.refused));
	assert_true(figures.good >= 0.95 * 5 * 600);
	assert_true(figures.refused <= 0.10 * (figures.good + figures.refused));
}

/* ---- limits and demands ---- */

static void limits_follow_their_targets(void **state)
{
	(void)state;
	assert_false(adjust_is_needed(100, 90)); /* exactly 10 % */
	assert_false(adjust_is_needed(100, 110));
	assert_true(adjust_is_needed(100, 89));
	assert_true(adjust_is_needed(100, 111));
	assert_false(adjust_is_needed(20, 18));
	assert_false(adjust_is_needed(20, 22));
	assert_int_equal(adjust_limit(100, 3, true), 3); /* down at once */
	assert_int_equal(adjust_limit(100, 3, false), 3);
	assert_int_equal(adjust_limit(16, 48, true), 20); /* up by a quarter */
	assert_int_equal(adjust_limit(16, 18, true), 18);
	assert_int_equal(adjust_limit(16, 48, false), 16);
	assert_int_equal(adjust_limit(1, 2, true), 2);
	assert_int_equal(adjust_limit(3, 9, true), 4);
	assert_int_equal(adjust_limit(5, 0, true), 1);
}

static void demands_are_learnt(void **state)
{
	struct demand demand = { 0 };
	struct demand_sample sample = { .run_ns = SECOND, .cpu_us = 500000, .peak_bytes = 1000 };

	(void)state;
	assert_float_equal(demand_memory(&demand), 0, 1e-9);
	demand_add(&demand, &sample);
	assert_float_equal(demand.cpus, 0.5, 1e-9);
	assert_float_equal(demand_memory(&demand), 1150, 1e-9);
	sample.cpu_us = 1000000;
	demand_add(&demand, &sample);
	assert_float_equal(demand.cpus, 0.6, 1e-9); /* 0.5 + 0.2 × 0.5 */
	sample.run_ns = SECOND / 1000;              /* short: start-up says nothing of the rest */
	demand_add(&demand, &sample);
	assert_float_equal(demand.cpus, 0.6, 1e-9);
	for (uint64_t i = 1; i <= 100; i++) { /* the last 64: 37..100; the 95th percentile: 97 */
		sample.peak_bytes = i;
		demand_add(&demand, &sample);
	}
	assert_float_equal(demand_memory(&demand), 97 * 1.15, 1e-9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(halves_once_a_round_trip),
		cmocka_unit_test(grows_by_one_for_a_limit_of_successes),
		cmocka_unit_test(a_gate_is_shut_for_as_long_as_was_said),
		cmocka_unit_test(a_quota_is_used_and_respected),
		cmocka_unit_test(limits_follow_their_targets),
		cmocka_unit_test(demands_are_learnt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
