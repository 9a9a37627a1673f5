/* SPDX-License-Identifier: MIT */
/* Queues, groups and locks: see schedule.h for how they hang together. */
#include "engine/schedule.h"

#include "base/str.h"
#include "engine/core.h"

#include <assert.h>
#include <stdlib.h>

static struct group *group_of(struct heap_node *node)
{
	return container_of(node, struct group, node);
}

static struct run_call *call_of(struct heap_node *node)
{
	return container_of(node, struct run_call, ready);
}

void schedule_release(struct schedule *schedule)
{
	while (schedule->queues) {
		struct queue *queue = schedule->queues;

		schedule->queues = queue->next;
		free(queue);
	}
	map_release(&schedule->locks);
}

static bool is_queue(const struct queue *queue, enum lane lane, const struct fuser *fuser,
		     const struct agent *owner)
{
	return queue->lane == lane && queue->fuser == fuser && queue->owner == owner;
}

struct queue *schedule_queue(struct schedule *schedule, enum lane lane, const struct fuser *fuser,
			     const struct agent *owner)
{
	struct queue *queue = schedule->queues, *spare = NULL;

	for (; queue && (queue->is_free || !is_queue(queue, lane, fuser, owner));
	     queue = queue->next)
		if (queue->is_free)
			spare = queue;
	if (!queue && owner && spare) {
		spare->is_free = false;
		spare->owner = owner;
		queue = spare;
	}
	if (queue)
		return queue;
	queue = calloc(1, sizeof(*queue));
	if (!queue)
		return NULL;
	queue->lane = lane;
	queue->fuser = fuser;
	queue->owner = owner;
	queue->next = schedule->queues;
	schedule->queues = queue;
	return queue;
}

void schedule_disown(struct schedule *schedule, const struct agent *owner)
{
	for (struct queue *queue = schedule->queues; queue; queue = queue->next) {
		if (queue->owner != owner)
			continue;
		queue->owner = NULL;
		queue->is_free = true;
	}
}

static bool lock_is_named(const struct map_node *node, const void *name)
{
	return str_equal(((const struct lock *)node)->name, name); /* node comes first */
}

struct lock *schedule_lock(struct schedule *schedule, const char *name)
{
	size_t len = strlen(name);
	uint64_t hash = hash_bytes(0, name, len);
	struct map_node *node = map_find(&schedule->locks, hash, lock_is_named, name);
	struct lock *lock;

	if (node) {
		lock = container_of(node, struct lock, node);
	} else {
		lock = calloc(1, sizeof(*lock) + len + 1);
		if (!lock)
			return NULL;
		memcpy(lock->name, name, len);
		map_add(&schedule->locks, &lock->node, hash);
	}
	lock->n_wants++;
	return lock;
}

void schedule_unlock(struct schedule *schedule, struct lock *lock)
{
	if (--lock->n_wants > 0)
		return;
	assert(!lock->holder && !heap_first(&lock->waiters));
	map_remove(&schedule->locks, &lock->node);
	free(lock);
}

/* Of a run that is given up before its end, while a child of it cannot be killed, say. */
void schedule_forget(struct schedule *schedule, struct lock_want *want)
{
	if (want->lock->holder == want->call)
		want->lock->holder = NULL;
	if (heap_has(&want->node))
		heap_remove(&want->lock->waiters, &want->node);
	schedule_unlock(schedule, want->lock);
}

void group_update(struct group *group)
{
	struct heap_node *first = heap_first(&group->ready);
	bool is_open = first && group->n_running < group->limit;

	if (heap_has(&group->node)) {
		if (is_open && group->node.key == first->key)
			return;
		heap_remove(&group->queue->groups, &group->node);
	}
	if (is_open)
		heap_push(&group->queue->groups, &group->node, first->key);
}

/* All its locks or none; it must wait in the queue of each. */
static bool locks_try(struct run_call *call)
{
	for (uint32_t i = 0; i < call->n_wants; i++) {
		const struct lock_want *want = &call->wants[i];

		if (want->lock->holder || heap_first(&want->lock->waiters) != &want->node)
			return false;
	}
	for (uint32_t i = 0; i < call->n_wants; i++) {
		struct lock_want *want = &call->wants[i];

		heap_remove(&want->lock->waiters, &want->node);
		want->lock->holder = call;
	}
	call->has_locks = true;
	return true;
}

static bool locks_take(struct run_call *call)
{
	for (uint32_t i = 0; i < call->n_wants; i++)
		heap_push(&call->wants[i].lock->waiters, &call->wants[i].node, call->ready.key);
	return locks_try(call);
}

/* Something left the lock or its queue: its first waiter may go on. */
static void lock_wake(struct lock *lock)
{
	struct heap_node *first = heap_first(&lock->waiters);
	struct run_call *call;

	if (!first)
		return;
	call = container_of(first, struct lock_want, node)->call;
	if (locks_try(call))
		schedule_add(call);
}

static void release_locks(struct run_call *call)
{
	call->has_locks = false;
	for (uint32_t i = 0; i < call->n_wants; i++)
		call->wants[i].lock->holder = NULL;
	for (uint32_t i = 0; i < call->n_wants; i++)
		lock_wake(call->wants[i].lock);
}

void schedule_add(struct run_call *call)
{
	call->state = CALL_READY;
	heap_push(&call->group->ready, &call->ready, call->ready.key);
	group_update(call->group);
}

void schedule_remove(struct run_call *call)
{
	if (call->state == CALL_READY) {
		heap_remove(&call->group->ready, &call->ready);
		group_update(call->group);
		return;
	}
	assert(call->state == CALL_PARKED);
	for (uint32_t i = 0; i < call->n_wants; i++)
		heap_remove(&call->wants[i].lock->waiters, &call->wants[i].node);
	for (uint32_t i = 0; i < call->n_wants; i++)
		lock_wake(call->wants[i].lock);
}

void schedule_take(struct engine *engine, enum lane lane)
{
	admit_take(&engine->limits.admit, lane);
}

void schedule_give(struct engine *engine, enum lane lane)
{
	admit_give(&engine->limits.admit, lane);
	engine_kick(engine);
}

static void give_place(struct run_call *call)
{
	call->has_place = false;
	agents_put_back(call);
	call->group->n_running--;
	group_update(call->group);
	schedule_give(call->run->engine, call->group->queue->lane);
}

void schedule_again(struct run_call *call)
{
	give_place(call);
	schedule_add(call);
}

void schedule_ended(struct run_call *call)
{
	if (call->has_locks)
		release_locks(call);
	if (call->has_place)
		give_place(call);
}

static void start_next(struct engine *engine, struct queue *queue)
{
	struct group *group = group_of(heap_first(&queue->groups));
	struct run_call *call = call_of(heap_first(&group->ready));

	if (queue->lane == LANE_AGENTS && !agents_take(call)) {
		queue->is_waiting = true;
		return;
	}
	(void)heap_pop(&group->ready); /* the call */

	if (call->n_wants && !call->has_locks && !locks_take(call)) {
		call->state = CALL_PARKED;
		agents_put_back(call);
		group_update(group);
		return;
	}
	if (!retry_allows(call)) {
		agents_put_back(call);
		group_update(group);
		return;
	}
	call->has_place = true;
	group->n_running++;
	schedule_take(engine, queue->lane);
	group_update(group);
	call->run->totals.batches++;
	run_call_start(call);
}

/*
 * The queue whose first call comes before those of all others that could start now. Passes go
 * first while there is room for more than them: they run beside the loop, which is then busy for
 * milliseconds with the starting of commands.
 */
static struct queue *next_queue(const struct engine *engine)
{
	const struct slots *slots = &engine->limits.admit.slots;
	bool passes_first = slots->n_taken + 1 < slots->size;
	struct queue *best = NULL;

	for (struct queue *queue = engine->schedule.queues; queue; queue = queue->next) {
		const struct heap_node *first = heap_first(&queue->groups);

		if (!first || queue->is_waiting ||
		    !admit_ask(&engine->limits.admit, queue->lane, NULL))
			continue;
		if (queue->fuser && engine->passes.n_running >= PASSES_MAX)
			continue;
		if (passes_first && best && !best->fuser != !queue->fuser) {
			best = queue->fuser ? queue : best;
			continue;
		}
		if (!best || first->key < heap_first(&best->groups)->key)
			best = queue;
	}
	return best;
}

void schedule_dispatch(struct engine *engine)
{
	struct queue *queue;

	for (queue = engine->schedule.queues; queue; queue = queue->next)
		queue->is_waiting = false;
	nests_reclaim(engine);
	while ((queue = next_queue(engine))) {
		if (queue->fuser)
			pass_start(engine, queue);
		else if (!limits_look_first(engine)) /* or it may have to wait after all */
			start_next(engine, queue);
	}
}
