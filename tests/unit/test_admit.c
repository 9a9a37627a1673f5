/* SPDX-License-Identifier: MIT */
/* The guard and the one decision, from scripts of /proc: reading after reading, action after
 * action. */
#include "resources/admit.h"

#include "base/attr.h"
#include "fake_proc.h"
#include "resources/adjust.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define SECOND ((uint64_t)1000000000)

enum { MIB = 1 << 20 };

/* One reading of a script: at that second, the machine is so, and this is to be done. */
struct step {
	unsigned at_s, free_mib, full10, stalled_ms; /* stalled: of the second before */
	unsigned acts;
};

enum {
	CUT = GUARD_CUT | GUARD_NO_GROWTH,
	NO = GUARD_NO_GROWTH,
	HOLD = GUARD_HOLD,
	KILL = GUARD_HOLD | GUARD_KILL
};

static void play(uint64_t floor_mib, const struct step *steps, size_t n)
{
	struct fake_proc fake;
	struct guard guard = { .floor_bytes = floor_mib * MIB };
	struct monitor monitor = { 0 };
	unsigned total_us = 5000;

	fake_proc_new(&fake);
	for (size_t i = 0; i < n; i++) {
		struct machine machine;
		char why[ADMIT_WHY_MAX];
		unsigned acts;

		total_us += steps[i].stalled_ms * 1000;
		fake_proc_memory(&fake, 10000, steps[i].free_mib);
		fake_proc_pressure(&fake, steps[i].full10, total_us);
		machine_read(&fake.files, &machine);
		monitor_take(&monitor, &machine, steps[i].at_s * SECOND);
		acts = guard_take(&guard, &monitor.usage, why, sizeof(why));
		if (acts != steps[i].acts)
			fail_msg("at %u s: %x, not %x (%s)", steps[i].at_s, acts, steps[i].acts,
				 why);
		assert_int_equal(!*why, !(acts & ~(unsigned)GUARD_NO_GROWTH));
	}
	fake_proc_free(&fake);
}

/* 10,000 MiB: the floor is 1,000. */
static void free_memory(void **state)
{
	static const struct step steps[] = {
		{ 1, 5000, 0, 0, 0 },   { 2, 1000, 0, 0, 0 },   { 3, 999, 0, 0, HOLD },
		{ 4, 500, 0, 0, HOLD }, { 5, 499, 0, 0, KILL }, { 6, 100, 0, 0, KILL },
		{ 7, 600, 0, 0, HOLD }, { 8, 1001, 0, 0, 0 },
	};
	static const struct step asked[] = {
		{ 1, 2000, 0, 0, 0 },
		{ 2, 1999, 0, 0, HOLD },
		{ 3, 999, 0, 0, KILL },
	};

	(void)state;
	play(0, steps, countof(steps));
	play(2000, asked, countof(asked)); /* --memfree 2000M */
}

static void the_floor_of_a_small_machine(void **state)
{
	struct guard guard = { 0 };
	struct usage usage = { .total_bytes = 400ull * MIB };

	(void)state;
	assert_int_equal(guard_floor(&guard, &usage), 100ull * MIB); /* a quarter */
	usage.total_bytes = 2000ull * MIB;
	assert_int_equal(guard_floor(&guard, &usage), 256ull * MIB);
	usage.total_bytes = 10000ull * MIB;
	assert_int_equal(guard_floor(&guard, &usage), 1000ull * MIB);
	guard.floor_bytes = 5;
	assert_int_equal(guard_floor(&guard, &usage), 5);
}

static void everything_waits(void **state)
{
	static const struct step steps[] = {
		{ 1, 5000, 20, 0, 0 },     /* not over 20 % */
		{ 2, 5000, 21, 0, 0 },     /* from here */
		{ 11, 5000, 21, 0, 0 },    /* 9 s */
		{ 12, 5000, 21, 0, HOLD }, /* 10 s */
		{ 13, 5000, 61, 0, HOLD }, /* over 60 % from here */
		{ 42, 5000, 61, 0, HOLD }, /* 29 s */
		{ 43, 5000, 61, 0, KILL }, /* 30 s */
		{ 44, 5000, 60, 0, HOLD }, /* not over 60 % */
		{ 45, 5000, 61, 0, HOLD }, /* and from the beginning */
		{ 46, 5000, 0, 0, 0 },     { 47, 5000, 99, 0, 0 },
	};

	(void)state;
	play(0, steps, countof(steps));
}

static void some_wait(void **state)
{
	static const struct step steps[] = {
		{ 1, 5000, 0, 900, 0 }, /* the first reading knows no rate */
		{ 2, 5000, 0, 99, 0 },    { 3, 5000, 0, 100, CUT }, /* 200 ms in 2 s */
		{ 4, 5000, 0, 900, NO },                            /* once in 2 s */
		{ 5, 5000, 0, 900, CUT }, { 6, 5000, 0, 0, NO },
		{ 14, 5000, 0, 0, NO },   { 15, 5000, 0, 0, 0 }, /* 10 s */
	};

	(void)state;
	play(0, steps, countof(steps));
}

static void what_cannot_be_read_asks_for_nothing(void **state)
{
	struct guard guard = { 0 };
	struct monitor monitor = { 0 };
	struct machine machine = { 0 };
	char why[8];

	(void)state;
	for (uint64_t i = 1; i < 50; i++) {
		monitor_take(&monitor, &machine, i * SECOND);
		assert_int_equal(guard_take(&guard, &monitor.usage, why, sizeof(why)), 0);
	}
}

/* ---- the decision ---- */

static const struct admit_conf plain = {
	.lane_caps = { [LANE_CODEBASE] = 48,
		       [LANE_BASH] = 16,
		       [LANE_WEB_SEARCH] = 32,
		       [LANE_AGENTS] = 4 },
	.total_cap = 100,
};

static void init(struct admit *admit, const struct admit_conf *conf)
{
	assert_int_equal(admit_init(admit, conf, NULL, NULL), 0);
}

static unsigned start_all(struct admit *admit, enum lane lane)
{
	unsigned n = 0;

	for (; admit_ask(admit, lane, NULL); n++)
		admit_take(admit, lane);
	return n;
}

static void lane_and_pool(void **state)
{
	struct admit_conf conf = plain;
	struct admit admit;
	const char *why = "?";

	(void)state;
	conf.total_cap = 50;
	init(&admit, &conf);
	assert_int_equal(start_all(&admit, LANE_BASH), 16);
	assert_false(admit_ask(&admit, LANE_BASH, &why));
	assert_null(why); /* full is no news */
	assert_int_equal(start_all(&admit, LANE_CODEBASE), 34);
	admit_give(&admit, LANE_CODEBASE);
	assert_true(admit_ask(&admit, LANE_WEB_SEARCH, NULL));
	assert_false(admit_ask(&admit, LANE_BASH, NULL));
}

static unsigned look(struct admit *admit, const struct fake_proc *fake, unsigned at_s)
{
	struct machine machine;

	machine_read(&fake->files, &machine);
	return admit_look(admit, &machine, at_s * SECOND);
}

static void held_back_but_for_one(void **state)
{
	struct fake_proc fake;
	struct admit admit;
	const char *why;

	(void)state;
	fake_proc_new(&fake);
	fake_proc_memory(&fake, 10000, 900);
	init(&admit, &plain);
	assert_int_equal(look(&admit, &fake, 1), GUARD_HOLD);
	assert_true(admit_ask(&admit, LANE_BASH, NULL)); /* nothing runs */
	admit_take(&admit, LANE_BASH);
	assert_false(admit_ask(&admit, LANE_CODEBASE, &why));
	assert_string_equal(why, "900 MiB of memory are free, under the floor of 1000 MiB");
	assert_int_equal(admit_limit(&admit, LANE_BASH, NULL), 1);
	admit_give(&admit, LANE_BASH);
	assert_true(admit_ask(&admit, LANE_CODEBASE, NULL));
	fake_proc_memory(&fake, 10000, 5000);
	assert_int_equal(look(&admit, &fake, 2), 0);
	assert_int_equal(start_all(&admit, LANE_BASH), 16);
	fake_proc_free(&fake);
}

static void gate_of_load(void **state)
{
	struct admit_conf conf = plain;
	struct fake_proc fake;
	struct admit admit;
	const char *why;

	(void)state;
	fake_proc_new(&fake);
	fake_proc_load(&fake, "2.10", 2);
	tree_file(&fake.tree, "proc/self/status", "Cpus_allowed: f\n");
	conf.load_max = 125; /* percent of four: five */
	conf.load_is_percent = true;
	init(&admit, &conf);
	(void)look(&admit, &fake, 1);
	assert_int_equal(start_all(&admit, LANE_BASH), 3); /* 2.1, 3.1, 4.1: under 5 */
	assert_false(admit_ask(&admit, LANE_BASH, &why));
	assert_string_equal(why, "the load of 5.10 is not under --load 125%");
	assert_int_equal(admit_limit(&admit, LANE_CODEBASE, NULL), 0);
	fake_proc_load(&fake, "2.20", 6); /* five run now, us apart: the average is late */
	(void)look(&admit, &fake, 2);
	assert_false(admit_ask(&admit, LANE_BASH, NULL));
	fake_proc_load(&fake, "5.00", 1);
	(void)look(&admit, &fake, 3);
	assert_false(admit_ask(&admit, LANE_BASH, NULL));
	fake_proc_load(&fake, "4.99", 1);
	(void)look(&admit, &fake, 4);
	assert_int_equal(start_all(&admit, LANE_BASH), 1);
	for (int i = 0; i < 4; i++)
		admit_give(&admit, LANE_BASH);
	fake_proc_load(&fake, "5.01", 1);
	(void)look(&admit, &fake, 5);
	assert_false(admit_ask(&admit, LANE_BASH, NULL)); /* not even one: the user said so */
	fake_proc_free(&fake);
}

static void gates_of_memory(void **state)
{
	struct admit_conf conf = plain;
	struct fake_proc fake;
	struct admit admit;
	const char *why;

	(void)state;
	fake_proc_new(&fake);
	conf.memfree_bytes = 2000ull * MIB;
	conf.noswap = true;
	fake_proc_memory(&fake, 10000, 1999);
	fake_proc_swap(&fake, 10, 10);
	init(&admit, &conf);
	(void)look(&admit, &fake, 1);
	assert_false(admit_ask(&admit, LANE_BASH, &why));
	assert_string_equal(why, "1999 MiB of memory are free, under --memfree 2000 MiB");
	fake_proc_memory(&fake, 10000, 2000);
	fake_proc_swap(&fake, 10, 500); /* out alone is old pages going */
	(void)look(&admit, &fake, 2);
	assert_true(admit_ask(&admit, LANE_BASH, NULL));
	fake_proc_swap(&fake, 12, 800);
	(void)look(&admit, &fake, 4);
	assert_false(admit_ask(&admit, LANE_BASH, &why));
	assert_string_equal(why, "memory is swapped in (1 pages/s) and out (150), and --noswap");
	(void)look(&admit, &fake, 5);
	assert_true(admit_ask(&admit, LANE_BASH, NULL));
	fake_proc_free(&fake);
}

static void gates_that_can_never_open(void **state)
{
	struct admit_conf conf = plain;
	struct machine machine = { 0 };
	struct error err = { 0 };
	struct admit admit;

	(void)state;
	conf.load_max = 1;
	assert_int_equal(admit_init(&admit, &conf, &machine, &err), -ENODATA);
	assert_int_equal(err.class, ERROR_MISSING);
	conf = plain;
	conf.noswap = true;
	assert_int_equal(admit_init(&admit, &conf, &machine, &err), -ENODATA);
	conf = plain;
	conf.memfree_bytes = 11ull * MIB;
	assert_int_equal(admit_init(&admit, &conf, &machine, &err), -ENODATA);
	machine = (struct machine){ .has = 1 << MACHINE_MEMORY,
				    .mem_total = 10 * MIB,
				    .mem_available = 9 * MIB };
	assert_int_equal(admit_init(&admit, &conf, &machine, &err), -E2BIG);
	assert_string_equal(err.text, "--memfree: 11 MiB are never free here: there are 10 MiB");
	assert_int_equal(err.class, ERROR_INVALID);
	assert_int_equal(err.retry_ms, 0);
}

/* ---- limits that follow the machine ---- */

static void end_one(struct admit *admit, uint64_t peak_mib, uint64_t cpu_ms)
{
	struct admit_ended ended = {
		.start_ns = 1,
		.now_ns = SECOND + 1,
		.cpu_us = cpu_ms * 1000,
		.peak_bytes = peak_mib * MIB,
	};

	admit_take(admit, LANE_BASH);
	assert_false(admit_ended(admit, LANE_BASH, &ended));
	admit_give(admit, LANE_BASH);
}

/* Calls of 870 MiB (with the margin 1000): 5000 free, less the floor of 1000, take four. Then
 * there is less, and then much; other lanes are as they were. */
static void memory_is_shared_out(void **state)
{
	static const struct {
		unsigned at_s, free_mib, limit;
	} steps[] = {
		{ 1, 5000, 16 }, { 5, 5000, 16 }, { 6, 5002, 4 },  { 11, 3001, 2 },
		{ 16, 9990, 3 }, { 21, 9990, 4 }, { 26, 9990, 5 }, { 31, 9990, 6 },
		{ 36, 9990, 7 }, { 41, 9990, 8 }, { 46, 9990, 8 }, { 51, 1001, 1 },
	};
	struct fake_proc fake;
	struct admit admit;
	const char *why;

	(void)state;
	fake_proc_new(&fake);
	init(&admit, &plain);
	for (int i = 0; i < 64; i++)
		end_one(&admit, 870, 0);
	for (size_t i = 0; i < countof(steps); i++) {
		fake_proc_memory(&fake, 10000, steps[i].free_mib);
		assert_int_equal(look(&admit, &fake, steps[i].at_s), 0);
		assert_int_equal(admit_limit(&admit, LANE_BASH, &why), steps[i].limit);
		if (steps[i].limit < 16)
			assert_non_null(strstr(why, "memory"));
		assert_int_equal(admit_limit(&admit, LANE_CODEBASE, NULL), 48);
	}
	assert_non_null(strstr(why, "more than is free"));
	assert_true(admit_ask(&admit, LANE_BASH, NULL)); /* one may always */
	fake_proc_free(&fake);
}

static void processors_are_shared_out(void **state)
{
	struct fake_proc fake;
	struct admit admit;
	const char *why;

	(void)state;
	fake_proc_new(&fake);
	tree_file(&fake.tree, "proc/self/status", "Cpus_allowed: f\n");
	init(&admit, &plain);
	for (int i = 0; i < 3; i++)
		end_one(&admit, 1, 500); /* half a processor each */
	(void)look(&admit, &fake, 1);
	(void)look(&admit, &fake, 6);
	assert_int_equal(admit_limit(&admit, LANE_BASH, &why), 8);
	assert_string_equal(why, "processors: a call keeps 0.5 of them busy");
	fake_proc_free(&fake);
}

/* A cut is by 0.7, of lanes of processes; growth waits for ten seconds. */
static void pressure_cuts(void **state)
{
	struct fake_proc fake;
	struct admit admit;

	(void)state;
	fake_proc_new(&fake);
	fake_proc_memory(&fake, 10000, 9000);
	fake_proc_pressure(&fake, 0, 0);
	init(&admit, &plain);
	end_one(&admit, 1, 0);
	(void)look(&admit, &fake, 1);
	fake_proc_pressure(&fake, 0, 200000);
	assert_int_equal(look(&admit, &fake, 2), CUT);
	assert_int_equal(admit_limit(&admit, LANE_BASH, NULL), 11);
	assert_int_equal(admit_limit(&admit, LANE_AGENTS, NULL), 2);
	assert_int_equal(admit_limit(&admit, LANE_CODEBASE, NULL), 48);
	assert_int_equal(look(&admit, &fake, 6), NO);
	assert_int_equal(look(&admit, &fake, 11), NO);
	assert_int_equal(admit_limit(&admit, LANE_BASH, NULL), 11);
	assert_int_equal(look(&admit, &fake, 16), 0);
	assert_int_equal(admit_limit(&admit, LANE_BASH, NULL), 13);
	assert_int_equal(look(&admit, &fake, 21), 0);
	assert_int_equal(admit_limit(&admit, LANE_BASH, NULL), 16);
	fake_proc_free(&fake);
}

static void refusals(void **state)
{
	struct admit_ended refused = { .start_ns = 1, .now_ns = 2, .is_refused = true };
	struct admit admit;
	const char *why;

	(void)state;
	init(&admit, &plain);
	assert_int_equal(start_all(&admit, LANE_WEB_SEARCH), 32);
	assert_true(admit_ended(&admit, LANE_WEB_SEARCH, &refused));
	assert_int_equal(admit_limit(&admit, LANE_WEB_SEARCH, &why), 16);
	assert_string_equal(why, "more were refused");
	assert_int_equal(admit_gate_ns(&admit), 0);
	for (int i = 0; i < 32; i++)
		admit_give(&admit, LANE_WEB_SEARCH);
	refused = (struct admit_ended){
		.start_ns = 3, .now_ns = 4, .is_refused = true, .retry_ns = SECOND
	};
	assert_true(admit_ended(&admit, LANE_WEB_SEARCH, &refused));
	assert_int_equal(admit_gate_ns(&admit), SECOND + 4);
	assert_false(admit_ask(&admit, LANE_WEB_SEARCH, &why)); /* though nothing runs */
	assert_string_equal(why, "the other side said to come back later");
	assert_true(admit_ask(&admit, LANE_BASH, NULL));
	admit_open_gates(&admit, SECOND + 4);
	assert_int_equal(start_all(&admit, LANE_WEB_SEARCH), 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(free_memory),
		cmocka_unit_test(the_floor_of_a_small_machine),
		cmocka_unit_test(everything_waits),
		cmocka_unit_test(some_wait),
		cmocka_unit_test(what_cannot_be_read_asks_for_nothing),
		cmocka_unit_test(lane_and_pool),
		cmocka_unit_test(held_back_but_for_one),
		cmocka_unit_test(gate_of_load),
		cmocka_unit_test(gates_of_memory),
		cmocka_unit_test(gates_that_can_never_open),
		cmocka_unit_test(memory_is_shared_out),
		cmocka_unit_test(processors_are_shared_out),
		cmocka_unit_test(pressure_cuts),
		cmocka_unit_test(refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
