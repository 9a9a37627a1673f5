/* SPDX-License-Identifier: MIT */
#ifndef RECOVERY_BREAKER_H
#define RECOVERY_BREAKER_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * A circuit breaker: after too many failures, nothing is sent for a while, then three probes.
 *
 *	CLOSED ──10 of the last 20 failed, or 16 were slow──► OPEN ──time──► HALF_OPEN
 *	   ▲                                                   ▲                │ │
 *	   └──────────────── all 3 probes pass ────────────────┼────────────────┘ │
 *	                                                       └── one fails ─────┘
 *	FORCED_OPEN: the operator's; only he ends it.
 *
 * Times are passed in; a change of state happens when somebody asks or reports. Any thread: locked
 * inside. Caller's memory.
 */
enum breaker_state { BREAKER_CLOSED, BREAKER_OPEN, BREAKER_HALF_OPEN, BREAKER_FORCED_OPEN };

const char *breaker_state_name(enum breaker_state state); /* "closed", "open", … */

enum {
	BREAKER_WINDOW = 20,    /* attempts looked at, and that there must be */
	BREAKER_PROBES = 3,     /* at once when half open; all must pass */
	BREAKER_TIMES = 64,     /* run times kept, for their 95th percentile */
	BREAKER_OPEN_MS = 5000, /* doubled each time in a row, up to the next */
	BREAKER_OPEN_MAX_MS = 60000,
	BREAKER_RECHECK_MS = 250, /* whoever finds all probes taken asks again after that */
};

struct breaker_conf {
	uint64_t seed;         /* of the jitter: ±20 % of the time it stays open */
	uint64_t probe_max_ms; /* a probe that takes longer has failed */
	bool looks_at_times;   /* slow = over 4 times the 95th percentile; opens at 80 % of them */
};

struct breaker_change {
	enum breaker_state from, to;       /* equal: none */
	uint64_t until_ns;                 /* OPEN: when probes may be made */
	unsigned n_failed, n_slow, n_seen; /* when it opened: of the window */
};

/** What an attempt carries from breaker_allow() to breaker_report(). Zeroed: it was not asked. */
struct breaker_ticket {
	uint32_t epoch;   /* of the breaker's state; 0 = none */
	uint32_t i_probe; /* from 1; 0 = no probe */
};

enum breaker_outcome {
	BREAKER_PASSED,
	BREAKER_FAILED,
	BREAKER_IGNORED, /* cancelled, or the caller's fault */
};

struct breaker {
	pthread_mutex_t mutex;
	struct breaker_conf conf;
	enum breaker_state state;
	uint32_t epoch; /* of the state: reports from before it do not count */
	uint64_t random_state, until_ns;
	unsigned n_opened;                    /* in a row */
	unsigned char window[BREAKER_WINDOW]; /* bits: failed, slow */
	unsigned n_seen, at, n_failed, n_slow;
	uint64_t probes_ns[BREAKER_PROBES]; /* start of the probes under way; 0 = none */
	unsigned n_passed;
	uint64_t times_ns[BREAKER_TIMES]; /* the latest that were not slow */
	unsigned n_times, times_at;
};

void breaker_init(struct breaker *breaker, const struct breaker_conf *conf);
void breaker_release(struct breaker *breaker);

/**
 * May an attempt be made now? True: *ret_ticket must be reported. False: *ret_until_ns is when to
 * ask again, UINT64_MAX = the operator knows. *ret_change is always set.
 */
bool breaker_allow(struct breaker *breaker, uint64_t now_ns, struct breaker_ticket *ret_ticket,
		   uint64_t *ret_until_ns, struct breaker_change *ret_change);

/** run_ns: how long it took. */
void breaker_report(struct breaker *breaker, struct breaker_ticket ticket,
		    enum breaker_outcome outcome, uint64_t run_ns, uint64_t now_ns,
		    struct breaker_change *ret_change);

/** The operator opens it, or gives it back: it then starts anew as closed. */
void breaker_force(struct breaker *breaker, bool is_open, struct breaker_change *ret_change);

/** As it is now, without looking at the time. */
enum breaker_state breaker_state(struct breaker *breaker);

#endif
