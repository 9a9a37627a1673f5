/* SPDX-License-Identifier: MIT */
#ifndef OS_BOX_H
#define OS_BOX_H

#include "os/confine.h"

#include <sys/types.h>

/**
 * The inside of a sandbox, for the supervisor that serves it. bwrap has made the mounts; here are
 * the namespaces of pids, so that what ends ends whole:
 *
 *	bwrap (outside) ─► door, pid 1 of bwrap's ─► supervisor, pid 1 of its own
 *	                                                ├─ keeper, pid 1 of a cell
 *	                                                └─ command, pid 2 of that cell, …
 *
 * A cell is killed with its keeper, by the kernel and at once, whoever has forked how often. The
 * supervisor is the parent of commands and keepers alike, so it signals, reaps and counts the
 * commands as if there were no cell. The door exists because only who owns a namespace may come
 * back to it, and bwrap's belongs to an outer user.
 */
struct box;

struct cell {
	pid_t keeper; /* 0 = none */
};

/** Called by a process that bwrap has executed: becomes the door, and returns in the supervisor,
 *  ready: the peer knows. NULL when it could not, which the peer knows too. */
struct box *box_enter(void);
void box_free(struct box *box);

const struct confine *box_confine(const struct box *box);

/** Makes a cell; the children of this process are born into it, until box_leave(). 0 or -errno. */
int box_open_cell(struct box *box, struct cell *ret_cell);
void box_leave(struct box *box);

/** Kills all that is in it; the keeper is to be reaped as any child. */
void box_close_cell(struct cell *cell);

/** Removes files that a command must not leave behind. */
void box_sweep(const struct box *box);

#endif
