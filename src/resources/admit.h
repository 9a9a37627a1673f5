/* SPDX-License-Identifier: MIT */
#ifndef RESOURCES_ADMIT_H
#define RESOURCES_ADMIT_H

#include "base/error.h"
#include "model/call.h"
#include "resources/aimd.h"
#include "resources/demand.h"
#include "resources/guard.h"
#include "resources/monitor.h"
#include "resources/slots.h"

/**
 * The one decision: may a call of this lane start now, and if not, why not. All limits meet here:
 *
 *	gates of the user     --load, --memfree, --noswap: nothing starts, whatever it costs
 *	the pool              calls under way at once, all lanes
 *	the lane              its width, and beneath it
 *	 ├ its allocation     what the machine has, shared by demand (allocate.h)
 *	 ├ its peer           what it was refused (aimd.h)
 *	 └ the guard          pressure of memory (guard.h)
 *
 * But for the gates of the user and a peer that said when to come back, one call may always run:
 * nothing waits for ever for what may never come.
 *
 * admit_ask() looks at a few numbers; readings are taken by admit_look(), once a second, and every
 * five seconds the limits follow their targets. Loop thread; no memory, no clock, no readings of
 * its own: a simulation gives it all.
 */
enum { ADMIT_WHY_MAX = 160, ADMIT_LOOK_MS = 1000 };

struct admit_conf {
	unsigned lane_caps[LANE_COUNT]; /* all at least 1 */
	unsigned total_cap;
	double lane_rates[LANE_COUNT]; /* calls a second that are wanted; 0 = all that may be */
	double load_max;               /* nothing starts at this load or over; 0 = no matter */
	bool load_is_percent;          /* of the processors: 100 is one task for each */
	uint64_t memfree_bytes;        /* nothing starts below; 0 = no matter */
	bool noswap;                   /* nothing starts while pages go both in and out */
};

struct admit_lane {
	unsigned cap, limit; /* 1..cap: allocation and guard */
	unsigned n_running;
	struct aimd aimd;
	struct demand demand;
	char why[ADMIT_WHY_MAX]; /* it is below its cap */
};

struct admit {
	struct admit_conf conf;
	struct slots slots;
	struct admit_lane lanes[LANE_COUNT];
	struct monitor monitor;
	struct guard guard;
	unsigned n_started; /* since the last reading: a load average is late */
	double load_max;    /* in tasks; 0 = none */
	uint64_t adjust_ns; /* when limits follow their targets next */
	bool is_shut;       /* by a gate of the user */
	bool is_held;       /* by the guard: only one call at a time */
	bool may_grow;
	char why[ADMIT_WHY_MAX]; /* shut or held */
};

/**
 * machine: a first reading when there is a gate of the user, or NULL. Fails when a gate can never
 * be kept: what it asks for cannot be read here, or the machine has less memory than is to be
 * free (ERROR_LIMIT: waiting would not help).
 */
int admit_init(struct admit *admit, const struct admit_conf *conf, const struct machine *machine,
	       struct error *err);

/** Whether the user set a gate: then readings are needed before anything starts. */
bool admit_has_gate(const struct admit_conf *conf);

/** May a call of the lane start now? ret_why may be NULL; it is set to NULL, or when the answer is
 *  no for another reason than that lane or pool are full, to a text that lives as long as admit
 *  and is right until the next admit_look(). */
bool admit_ask(const struct admit *admit, enum lane lane, const char **ret_why);

/** How many calls of the lane may be under way, as things are; 0 = none may start. */
unsigned admit_limit(const struct admit *admit, enum lane lane, const char **ret_why);

void admit_take(struct admit *admit, enum lane lane); /* one has started: admit_ask() said yes */
void admit_give(struct admit *admit, enum lane lane); /* it is over */

/** One that is under way waits for others, and gives them its place; then it wants it back, before
 *  all that has not started: false = ask again when one is over. */
void admit_lend(struct admit *admit, enum lane lane);
bool admit_reclaim(struct admit *admit, enum lane lane);
bool admit_reclaim_waiting(struct admit *admit, enum lane lane);

/** What an ended call says. True when a limit was cut: ask admit_gate_ns(). */
struct admit_ended {
	uint64_t start_ns, now_ns;
	uint64_t cpu_us, peak_bytes;
	bool is_refused;
	uint64_t retry_ns; /* refused: not before; 0 = not said */
};
bool admit_ended(struct admit *admit, enum lane lane, const struct admit_ended *ended);

/** When the next gate of a peer opens; 0 = none is shut. */
uint64_t admit_gate_ns(const struct admit *admit);
void admit_open_gates(struct admit *admit, uint64_t now_ns);

/** A new reading. Returns bits of enum guard_act; of GUARD_KILL the caller takes care. */
unsigned admit_look(struct admit *admit, const struct machine *machine, uint64_t now_ns);

#endif
