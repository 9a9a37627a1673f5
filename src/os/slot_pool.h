/* SPDX-License-Identifier: MIT */
#ifndef OS_SLOT_POOL_H
#define OS_SLOT_POOL_H

/**
 * Slots that processes share, whatever starts them: a tree of agents gets through a pool of one.
 *
 *	DIR/agents/0.0  1.0  …     one file for each slot; whoever holds it has it locked
 *	DIR/agents/0.1  1.1  …     the same slot, lent by its holder to those beneath it,
 *	DIR/agents/0.2  1.2  …     and by those once more
 *
 * Whoever holds slot 3.0 and waits for agents that it has started lends it: one of them at a time
 * may have 3.1 instead of a slot of the pool. So as many run as there are slots, not counting those
 * that wait, and nobody waits for what only he could give back.
 *
 * Locks, not bytes in a FIFO: the kernel takes back what a process held that was killed. Who finds
 * all taken asks again after SLOT_POOL_WAIT_MS.
 */
enum { SLOT_POOL_MAX = 1024, SLOT_POOL_LEVELS = 3, SLOT_POOL_WAIT_MS = 20 };

struct slot {
	int fd; /* -1 = none */
	unsigned number, level;
};

/** Makes the files, n at most SLOT_POOL_MAX. dir_fd: of DIR. 0 or -errno. */
int slot_pool_make(int dir_fd, unsigned n);

/** dir: DIR/agents. -EAGAIN: all are taken; -ENOENT: there is no such pool. */
int slot_pool_take(const char *dir, struct slot *ret_slot);
/** One that is lent. -EAGAIN: it is taken. */
int slot_pool_take_lent(const char *dir, unsigned number, unsigned level, struct slot *ret_slot);
/** Accepts one that was never taken (fd -1). */
void slot_give(struct slot *slot);

#endif
