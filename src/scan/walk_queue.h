/* SPDX-License-Identifier: MIT */
#ifndef SCAN_WALK_QUEUE_H
#define SCAN_WALK_QUEUE_H

#include "base/vec.h"

#include <pthread.h>
#include <stdint.h>

struct ignore_dir;
struct walk_shared;

/**
 * Something a worker can do: a directory to look into, or a slice of one that is open. Owned by
 * the queue, then by the worker that takes it. Its path is what it is ordered by; for a slice
 * that of its first file.
 */
struct walk_item {
	struct walk_shared *shared;  /* a slice's directory (a reference); else NULL */
	size_t from, to;             /* its names */
	struct ignore_dir *ignore;   /* what holds in the parent directory (a reference) */
	uint32_t start_lo, start_hi; /* starts at its path or below */
	uint32_t link_len;           /* so much of the path may lead over links */
	uint32_t path_len;
	char *path;        /* in the item's own memory */
	uint64_t *active;  /* the classes that want the directory; NULL = none */
	uint64_t memory[]; /* active, if any, then path */
};

typedef void walk_item_free_fn(struct walk_item *item);

/**
 * The items to do, smallest path first. Workers take and add under a lock; next() blocks while
 * there is nothing to take but others may still add something.
 */
struct walk_queue {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct VEC(struct walk_item *) heap;
	walk_item_free_fn *item_free;
	unsigned busy, busy_max, waiting;
	bool is_stopped;
};

int walk_queue_init(struct walk_queue *queue, unsigned n_workers, walk_item_free_fn *item_free);
void walk_queue_release(struct walk_queue *queue);

/** Takes all items, also when it fails (-ENOMEM). */
int walk_queue_add(struct walk_queue *queue, struct walk_item *const *own_items, size_t n);

/** The next item, or NULL when all is done or the queue was stopped. Every item taken is to be
 *  followed by walk_queue_done() or walk_queue_put_back(). */
struct walk_item *walk_queue_next(struct walk_queue *queue);
void walk_queue_done(struct walk_queue *queue);

/** Gives an item back for want of descriptors; from now on fewer workers are let run. False, and
 *  nothing done, if this was the only one already. */
bool walk_queue_put_back(struct walk_queue *queue, struct walk_item *own_item);

/** Wakes all and gives them no more items. */
void walk_queue_stop(struct walk_queue *queue);

/** The smallest item left, or NULL. When no worker runs. */
const struct walk_item *walk_queue_first(const struct walk_queue *queue);

#endif
