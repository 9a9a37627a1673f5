/* SPDX-License-Identifier: MIT */
#ifndef RESOURCES_SLOTS_H
#define RESOURCES_SLOTS_H

#include <stdbool.h>

/**
 * One pool of slots for all that runs, whatever its depth, after the manner of make's job slots.
 * Whoever runs holds a slot; a parent that waits for its children lends its own to them, so that a
 * tree of any depth gets through a pool of 1. A pool for each level, or a slot held while waiting,
 * would deadlock.
 *
 * A parent that goes on wants its slot back and comes before all that have not started: it holds
 * what they may be waiting for. Loop thread.
 */
struct slots {
	unsigned size, n_taken;
	unsigned n_wanting; /* parents that want to go on */
};

/** For something new. False: no slot is free. */
bool slots_take(struct slots *slots);
void slots_give(struct slots *slots);

/** For a parent that begins to wait, and for one that wants to go on: true when it may at once;
 *  otherwise slots_reclaim_waiting() is to be asked when a slot has been given back. */
void slots_lend(struct slots *slots);
bool slots_reclaim(struct slots *slots);
/** For one of the parents that slots_reclaim() said no to. */
bool slots_reclaim_waiting(struct slots *slots);

static inline bool slots_has_room(const struct slots *slots)
{
	return slots->n_taken + slots->n_wanting < slots->size;
}

#endif
