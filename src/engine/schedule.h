/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_SCHEDULE_H
#define ENGINE_SCHEDULE_H

#include "base/heap.h"
#include "base/map.h"
#include "model/call.h"

struct agent;
struct engine;
struct fuser;
struct run;
struct run_call;

/**
 * Which ready call is started next. Loop thread.
 *
 *	queue   what one kind of starting takes from: a lane's calls, or those of one fuser
 *	 └ group   ready calls of one phase in that queue, in plan order, with the phase's limit
 *	    └ call
 *
 * A group stands in its queue, at the key of its first call, while it has ready calls and its
 * limit has room. The queue with the smallest key whose lane has room is served first, so calls
 * start in plan order, and older runs before younger ones. Nothing is scanned: every step costs
 * O(log n).
 *
 * Whether a lane has room is not decided here: resources/admit.h.
 *
 * Locks: a call that is taken while one of its locks is held, or wanted by a call before it,
 * waits in the queues of all its locks at once, in plan order, outside of any lane. It gets them
 * all together when it is first in each. The first waiter of all can always go on once the
 * holders end, so there is neither deadlock nor starvation.
 */
struct queue {
	struct queue *next;
	enum lane lane;
	const struct fuser *fuser; /* NULL: calls are started one by one */
	const struct agent *owner; /* whose agents these are; NULL = the runs' own */
	bool is_free;              /* its owner is gone: the next has it */
	bool is_waiting;           /* for a slot of agents, in this turn */
	struct heap groups;
};

struct group {
	struct group *next; /* of the same phase */
	struct heap_node node;
	struct heap ready;
	struct queue *queue;
	struct run *run;
	unsigned limit, n_running; /* calls; of a fuser: passes */
};

struct lock {
	struct map_node node;
	struct heap waiters; /* of lock_want.node */
	struct run_call *holder;
	size_t n_wants;              /* that exist, waiting or not */
	const struct run_call *mark; /* the last call whose wants were listed */
	char name[];
};

struct lock_want {
	struct heap_node node;
	struct lock *lock;
	struct run_call *call;
};

struct schedule {
	struct queue *queues; /* a few */
	struct map locks;
};

void schedule_release(struct schedule *schedule);

/** Finds or makes. Agents of an agent have a queue of their own: they may have a slot that others
 *  in front of them may not. NULL without memory. */
struct queue *schedule_queue(struct schedule *schedule, enum lane lane, const struct fuser *fuser,
			     const struct agent *owner);
/** The owner ends; its queue is empty. */
void schedule_disown(struct schedule *schedule, const struct agent *owner);
/** Finds or makes; counts one more want. NULL without memory. */
struct lock *schedule_lock(struct schedule *schedule, const char *name);
void schedule_unlock(struct schedule *schedule, struct lock *lock); /* one want less */
/** The same, of a want that may hold its lock or wait for it: nobody is woken. */
void schedule_forget(struct schedule *schedule, struct lock_want *want);

void schedule_add(struct run_call *call);    /* it is ready */
void schedule_remove(struct run_call *call); /* ready or parked: it will not be started */
void schedule_ended(struct run_call *call);  /* gives back its place and its locks, if any */
void schedule_again(struct run_call *call);  /* back to ready: keeps its locks, not its place */

void group_update(struct group *group); /* after its ready calls or n_running changed */
void schedule_take(struct engine *engine, enum lane lane);
void schedule_give(struct engine *engine, enum lane lane);

/** Starts what can be started. */
void schedule_dispatch(struct engine *engine);

#endif
