/* SPDX-License-Identifier: MIT */
#include "resources/guard.h"

#include <stdio.h>

#define SECOND_NS ((uint64_t)1000000000)

static const uint64_t cut_every_ns = 2 * SECOND_NS, freeze_ns = 10 * SECOND_NS,
		      hold_after_ns = 10 * SECOND_NS, kill_after_ns = 30 * SECOND_NS;
static const double stalled_max = 0.1, hold_full10 = 20, kill_full10 = 60;

uint64_t guard_floor(const struct guard *guard, const struct usage *usage)
{
	uint64_t floor = usage->total_bytes / 10;
	uint64_t most = usage->total_bytes / 4;

	if (guard->floor_bytes)
		return guard->floor_bytes;
	floor = floor > GUARD_FLOOR_MIN ? floor : GUARD_FLOOR_MIN;
	return floor < most ? floor : most;
}

/* How long it has been over. */
static uint64_t over_for(uint64_t *since_ns, bool is_over, uint64_t now_ns)
{
	if (!is_over) {
		*since_ns = 0;
		return 0;
	}
	if (*since_ns == 0)
		*since_ns = now_ns;
	return now_ns - *since_ns;
}

static double mib(uint64_t bytes)
{
	return (double)bytes / (1 << 20);
}

static unsigned about_free(const struct guard *guard, const struct usage *usage, char *ret_why,
			   size_t size)
{
	uint64_t floor = guard_floor(guard, usage);

	if (!usage->has_memory || usage->free_bytes >= floor)
		return 0;
	(void)snprintf(ret_why, size, "%.0f MiB of memory are free, under %s%.0f MiB",
		       mib(usage->free_bytes), guard->floor_bytes ? "--memfree " : "the floor of ",
		       mib(floor));
	return GUARD_HOLD | (usage->free_bytes < floor / 2 ? GUARD_KILL : 0);
}

static unsigned about_full(struct guard *guard, const struct usage *usage, char *ret_why,
			   size_t size)
{
	bool is_there = machine_has(&usage->machine, MACHINE_PSI_MEMORY);
	double full10 = usage->machine.psi[PSI_MEMORY].full10;
	uint64_t over20 =
		over_for(&guard->over20_ns, is_there && full10 > hold_full10, usage->at_ns);
	uint64_t over60 =
		over_for(&guard->over60_ns, is_there && full10 > kill_full10, usage->at_ns);

	if (over20 < hold_after_ns)
		return 0;
	(void)snprintf(ret_why, size, "everything waits for memory %.0f %% of the time", full10);
	return GUARD_HOLD | (over60 >= kill_after_ns ? GUARD_KILL : 0);
}

static unsigned about_stalls(struct guard *guard, const struct usage *usage, char *ret_why,
			     size_t size)
{
	unsigned acts = 0;

	if (usage->has_rates && usage->memory_stalled >= stalled_max &&
	    (!guard->cut_ns || usage->at_ns - guard->cut_ns >= cut_every_ns)) {
		guard->cut_ns = usage->at_ns;
		acts = GUARD_CUT;
		(void)snprintf(ret_why, size, "calls wait for memory %.0f %% of the time",
			       usage->memory_stalled * 100);
	}
	if (guard->cut_ns && usage->at_ns - guard->cut_ns < freeze_ns)
		acts |= GUARD_NO_GROWTH;
	return acts;
}

unsigned guard_take(struct guard *guard, const struct usage *usage, char *ret_why, size_t size)
{
	unsigned acts;

	if (size > 0)
		*ret_why = '\0';
	acts = about_stalls(guard, usage, ret_why, size);
	acts |= about_full(guard, usage, ret_why, size);
	return acts | about_free(guard, usage, ret_why, size);
}
