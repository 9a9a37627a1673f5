/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_TIMER_H
#define ENGINE_TIMER_H

#include "base/heap.h"

struct env;

/**
 * All times the engine waits for, in one heap with one alarm of env behind it. A timer lives in
 * its owner and fires once; a zeroed timer is stopped. Loop thread.
 */
struct timer;
typedef void timer_fn(struct timer *timer);

struct timer {
	struct heap_node node; /* key: when, ns */
	timer_fn *fire;
};

struct timers {
	struct heap heap;
	struct env *env;
	uint64_t alarm_ns; /* when the alarm is set for; 0 = it is not */
};

void timer_start(struct timers *timers, struct timer *timer, uint64_t at_ns, timer_fn *fire);
void timer_stop(struct timers *timers, struct timer *timer); /* also when it is stopped */

/** The alarm went off: fires what is due and sets the alarm for what is left. */
void timers_run(struct timers *timers);

#endif
