/* SPDX-License-Identifier: MIT */
/*
 * Timers. The alarm is moved forward, never back: most timers are stopped before they are due, and
 * an alarm that goes off for nothing costs less than setting it at every stop.
 */
#include "engine/timer.h"

#include "base/attr.h"
#include "engine/env.h"

static void set_alarm(struct timers *timers)
{
	struct heap_node *first = heap_first(&timers->heap);

	if (!first || (timers->alarm_ns != 0 && timers->alarm_ns <= first->key))
		return;
	timers->alarm_ns = first->key;
	timers->env->ops->wake_at(timers->env, first->key);
}

void timer_start(struct timers *timers, struct timer *timer, uint64_t at_ns, timer_fn *fire)
{
	timer_stop(timers, timer);
	timer->fire = fire;
	heap_push(&timers->heap, &timer->node, at_ns ? at_ns : 1);
	set_alarm(timers);
}

void timer_stop(struct timers *timers, struct timer *timer)
{
	if (heap_has(&timer->node))
		heap_remove(&timers->heap, &timer->node);
}

void timers_run(struct timers *timers)
{
	uint64_t now_ns = env_now_ns(timers->env);
	struct heap_node *first;

	timers->alarm_ns = 0;
	while ((first = heap_first(&timers->heap)) && first->key <= now_ns) {
		struct timer *timer = container_of(first, struct timer, node);

		heap_remove(&timers->heap, first);
		timer->fire(timer);
	}
	set_alarm(timers);
}
