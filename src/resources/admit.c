/* SPDX-License-Identifier: MIT */
#include "resources/admit.h"

#include "resources/adjust.h"
#include "resources/allocate.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* A command has three pipes, one descriptor each here; some are kept for the rest of us. */
enum { FILES_OF_A_CALL = 4, FILES_KEPT = 64, PIDS_OF_A_CALL = 4 };

static const double cut_by = 0.7;

/* Lanes whose calls are processes: what they need shows in memory. */
static bool is_heavy(enum lane lane)
{
	return lane == LANE_BASH || lane == LANE_AGENTS;
}

/* ---- gates of the user ---- */

bool admit_has_gate(const struct admit_conf *conf)
{
	return conf->load_max > 0 || conf->memfree_bytes > 0 || conf->noswap;
}

static int check_gates(const struct admit *admit, struct error *err)
{
	const struct admit_conf *conf = &admit->conf;
	const struct usage *usage = &admit->monitor.usage;

	if (conf->load_max > 0 && !machine_has(&usage->machine, MACHINE_LOAD))
		return error_set(err, ERROR_MISSING, ENODATA,
				 "--load: the load of this machine cannot be read");
	if (conf->noswap && !machine_has(&usage->machine, MACHINE_SWAP))
		return error_set(err, ERROR_MISSING, ENODATA,
				 "--noswap: the swapping of this machine cannot be read");
	if (conf->memfree_bytes && !usage->has_memory)
		return error_set(err, ERROR_MISSING, ENODATA,
				 "--memfree: the free memory of this machine cannot be read");
	if (conf->memfree_bytes && conf->memfree_bytes >= usage->total_bytes)
		return error_set(err, ERROR_INVALID, E2BIG,
				 "--memfree: %.0f MiB are never free here: there are %.0f MiB",
				 (double)conf->memfree_bytes / (1 << 20),
				 (double)usage->total_bytes / (1 << 20));
	return 0;
}

/* What runs now counts as much as the average, which is a minute late; what was started since
 * the reading is in neither. */
static double load_of(const struct admit *admit)
{
	const struct machine *machine = &admit->monitor.usage.machine;
	double runnable = machine->n_runnable > 1 ? (double)machine->n_runnable - 1 : 0;

	return (runnable > machine->load1 ? runnable : machine->load1) + admit->n_started;
}

static void watch_load(struct admit *admit)
{
	double load = admit->load_max > 0 ? load_of(admit) : 0;

	if (admit->is_shut || admit->load_max <= 0 || load < admit->load_max)
		return;
	admit->is_shut = true;
	(void)snprintf(admit->why, sizeof(admit->why), "the load of %.2f is not under --load %g%s",
		       load, admit->conf.load_max, admit->conf.load_is_percent ? "%" : "");
}

static void watch_gates(struct admit *admit)
{
	const struct usage *usage = &admit->monitor.usage;
	uint64_t memfree = admit->conf.memfree_bytes;

	admit->is_shut = memfree && usage->has_memory && usage->free_bytes < memfree;
	if (!admit->is_shut && admit->conf.noswap && usage->has_rates && usage->swap_in > 0 &&
	    usage->swap_out > 0) {
		admit->is_shut = true;
		(void)snprintf(admit->why, sizeof(admit->why),
			       "memory is swapped in (%.0f pages/s) and out (%.0f), and --noswap",
			       usage->swap_in, usage->swap_out);
	}
	watch_load(admit);
}

int admit_init(struct admit *admit, const struct admit_conf *conf, const struct machine *machine,
	       struct error *err)
{
	*admit = (struct admit){
		.conf = *conf,
		.slots = { .size = conf->total_cap },
		.guard = { .floor_bytes = conf->memfree_bytes },
		.may_grow = true,
	};
	for (int i = 0; i < LANE_COUNT; i++) {
		admit->lanes[i].cap = admit->lanes[i].limit = conf->lane_caps[i];
		aimd_init(&admit->lanes[i].aimd, conf->lane_caps[i]);
	}
	if (!machine)
		return 0;
	(void)admit_look(admit, machine, 1); /* no call runs that could be killed */
	return check_gates(admit, err);
}

/* ---- the decision ---- */

static const char *said(const char *why)
{
	return *why ? why : NULL;
}

static const char *const gate_why = "the other side said to come back later";
static const char *const refused_why = "more were refused";

unsigned admit_limit(const struct admit *admit, enum lane lane, const char **ret_why)
{
	const struct admit_lane *self = &admit->lanes[lane];
	const char *why = NULL;
	unsigned limit = self->limit;

	if (admit->is_shut || admit->is_held) {
		why = said(admit->why);
		limit = admit->is_shut ? 0 : 1;
	} else if (self->aimd.gate_ns) {
		why = gate_why;
		limit = 0;
	} else if (aimd_limit(&self->aimd) < limit) {
		why = refused_why;
		limit = aimd_limit(&self->aimd);
	} else if (limit < self->cap) {
		why = said(self->why);
	}
	if (ret_why)
		*ret_why = why;
	return limit;
}

bool admit_ask(const struct admit *admit, enum lane lane, const char **ret_why)
{
	const struct admit_lane *self = &admit->lanes[lane];
	unsigned limit;

	if (ret_why)
		*ret_why = NULL;
	if (!slots_has_room(&admit->slots) || self->n_running >= self->cap)
		return false;
	limit = admit_limit(admit, lane, ret_why);
	if (limit == 0)
		return false;
	if (admit->slots.n_taken == 0)
		return true;
	return !admit->is_held && self->n_running < limit;
}

void admit_take(struct admit *admit, enum lane lane)
{
	bool has_slot = slots_take(&admit->slots);

	assert(has_slot);
	(void)has_slot; /* asserts stay on */
	admit->lanes[lane].n_running++;
	admit->n_started++;
	watch_load(admit);
}

void admit_give(struct admit *admit, enum lane lane)
{
	assert(admit->lanes[lane].n_running > 0);
	admit->lanes[lane].n_running--;
	slots_give(&admit->slots);
}

void admit_lend(struct admit *admit, enum lane lane)
{
	assert(admit->lanes[lane].n_running > 0);
	admit->lanes[lane].n_running--;
	slots_lend(&admit->slots);
}

bool admit_reclaim(struct admit *admit, enum lane lane)
{
	bool has_slot = slots_reclaim(&admit->slots);

	admit->lanes[lane].n_running += has_slot;
	return has_slot;
}

bool admit_reclaim_waiting(struct admit *admit, enum lane lane)
{
	bool has_slot = slots_reclaim_waiting(&admit->slots);

	admit->lanes[lane].n_running += has_slot;
	return has_slot;
}

bool admit_ended(struct admit *admit, enum lane lane, const struct admit_ended *ended)
{
	struct admit_lane *self = &admit->lanes[lane];
	struct demand_sample used = {
		.run_ns = ended->now_ns - ended->start_ns,
		.cpu_us = ended->cpu_us,
		.peak_bytes = ended->peak_bytes,
	};
	struct aimd_sample sample = {
		.start_ns = ended->start_ns,
		.now_ns = ended->now_ns,
		.n_running = self->n_running,
		.is_refused = ended->is_refused,
		.retry_ns = ended->retry_ns,
	};

	if (!ended->is_refused)
		demand_add(&self->demand, &used);
	return aimd_add(&self->aimd, &sample);
}

uint64_t admit_gate_ns(const struct admit *admit)
{
	uint64_t first = 0;

	for (int i = 0; i < LANE_COUNT; i++) {
		uint64_t gate_ns = admit->lanes[i].aimd.gate_ns;

		if (gate_ns && (!first || gate_ns < first))
			first = gate_ns;
	}
	return first;
}

void admit_open_gates(struct admit *admit, uint64_t now_ns)
{
	for (int i = 0; i < LANE_COUNT; i++)
		aimd_open(&admit->lanes[i].aimd, now_ns);
}

/* ---- following the machine ---- */

/* How wide the pool is does not matter here: whoever comes first has its slots, and none of them
 * stays empty for a lane that does not want it. */
static double slots_there(const struct admit *admit)
{
	const struct machine *machine = &admit->monitor.usage.machine;
	double running = admit->slots.n_taken;
	double slots = INFINITY;

	if (machine_has(machine, MACHINE_FILES)) {
		double room = (double)machine->files_max - (double)machine->files_open - FILES_KEPT;

		slots = fmin(slots, running + fmax(0, room / FILES_OF_A_CALL));
	}
	if (machine_has(machine, MACHINE_CGROUP_PIDS)) {
		double room = (double)(machine->cgroup_pids_max - machine->cgroup_pids_used);

		slots = fmin(slots, running + room / PIDS_OF_A_CALL);
	}
	return fmax(1, floor(slots));
}

/* What is there in all: what calls under way hold by now counts as there. */
static void set_capacity(const struct admit *admit, double capacity[RESOURCE_COUNT])
{
	const struct usage *usage = &admit->monitor.usage;
	double bytes = INFINITY;

	if (usage->has_memory) {
		bytes = (double)usage->free_bytes - (double)guard_floor(&admit->guard, usage);
		for (int i = 0; i < LANE_COUNT; i++)
			bytes += admit->lanes[i].n_running * admit->lanes[i].demand.mean_peak;
	}
	capacity[RESOURCE_CPU] = usage->cpus;
	capacity[RESOURCE_MEMORY] = fmax(0, bytes);
	/* Nobody has said or measured what disks and peers bear; their refusals tell. */
	capacity[RESOURCE_IO] = capacity[RESOURCE_NETWORK] = INFINITY;
	capacity[RESOURCE_SLOTS] = slots_there(admit);
}

static void explain(struct admit_lane *lane, const struct allocation *allocation)
{
	enum resource resource = allocation->resource;
	double memory = demand_memory(&lane->demand) / (1 << 20);

	if (resource == RESOURCE_MEMORY)
		(void)snprintf(lane->why, sizeof(lane->why),
			       allocation->is_refused
				       ? "one call takes %.0f MiB of memory, more than is free"
				       : "memory: a call takes %.0f MiB",
			       memory);
	else if (resource == RESOURCE_CPU)
		(void)snprintf(lane->why, sizeof(lane->why),
			       "processors: a call keeps %.1f of them busy", lane->demand.cpus);
	else
		(void)snprintf(lane->why, sizeof(lane->why),
			       "%s: open files or processes are short", resource_name(resource));
}

/* A call never needs more processors than there are: it would run, only longer. */
static void set_class(const struct admit *admit, enum lane i, struct allocate_class *class)
{
	const struct admit_lane *lane = &admit->lanes[i];

	*class = (struct allocate_class){
		.weight = lane->cap,
		.wanted = allocate_wanted(lane->cap, admit->conf.lane_rates[i],
					  lane->demand.latency_s),
	};
	class->demand[RESOURCE_CPU] = fmin(lane->demand.cpus, admit->monitor.usage.cpus);
	class->demand[RESOURCE_MEMORY] = demand_memory(&lane->demand);
	class->demand[RESOURCE_NETWORK] = i == LANE_WEB_SEARCH;
	class->demand[RESOURCE_SLOTS] = 1;
}

/* Lanes that nothing has run in take no part: their shares would be taken from those that have. */
static void follow_targets(struct admit *admit)
{
	double capacity[RESOURCE_COUNT];
	struct allocate_class classes[LANE_COUNT];
	struct allocation got[LANE_COUNT];
	enum lane lanes[LANE_COUNT];
	size_t n = 0;

	set_capacity(admit, capacity);
	for (int i = 0; i < LANE_COUNT; i++) {
		if (admit->lanes[i].demand.n == 0 && admit->lanes[i].n_running == 0)
			continue;
		lanes[n] = (enum lane)i;
		set_class(admit, (enum lane)i, &classes[n++]);
	}
	allocate(capacity, classes, n, got);
	for (size_t i = 0; i < n; i++) {
		struct admit_lane *lane = &admit->lanes[lanes[i]];
		unsigned target = got[i].n > 1 ? got[i].n : 1;
		unsigned limit = adjust_limit(lane->limit, target, admit->may_grow);

		if (limit < lane->limit && got[i].is_short)
			explain(lane, &got[i]);
		lane->limit = limit;
	}
}

static void cut(struct admit *admit, const char *why)
{
	for (int i = 0; i < LANE_COUNT; i++) {
		struct admit_lane *lane = &admit->lanes[i];
		unsigned limit = (unsigned)(lane->limit * cut_by);

		if (!is_heavy((enum lane)i))
			continue;
		lane->limit = limit > 1 ? limit : 1;
		(void)snprintf(lane->why, sizeof(lane->why), "%s", why);
	}
}

unsigned admit_look(struct admit *admit, const struct machine *machine, uint64_t now_ns)
{
	char why[ADMIT_WHY_MAX];
	unsigned acts;

	monitor_take(&admit->monitor, machine, now_ns);
	admit->n_started = 0;
	admit->load_max = admit->conf.load_max;
	if (admit->conf.load_is_percent)
		admit->load_max *= admit->monitor.usage.cpus / 100;
	acts = guard_take(&admit->guard, &admit->monitor.usage, why, sizeof(why));
	admit->may_grow = !(acts & GUARD_NO_GROWTH);
	admit->is_held = acts & GUARD_HOLD;
	memcpy(admit->why, why, sizeof(why));
	if (acts & GUARD_CUT)
		cut(admit, why);
	watch_gates(admit);
	if (admit->adjust_ns == 0)
		admit->adjust_ns = now_ns + ADJUST_EVERY_MS * 1000000ull;
	if (now_ns >= admit->adjust_ns) {
		admit->adjust_ns = now_ns + ADJUST_EVERY_MS * 1000000ull;
		follow_targets(admit);
	}
	return acts;
}
