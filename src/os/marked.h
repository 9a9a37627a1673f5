/* SPDX-License-Identifier: MIT */
#ifndef OS_MARKED_H
#define OS_MARKED_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/** The variable in the environment of commands; its value is the id of their run. */
#define MARKED_NAME "VOLLEY_RUN"

/** What the processes above all commands are called: 15 bytes at most, as the kernel keeps. */
#define MARKED_SUPERVISOR "volley-super"
#define MARKED_KEEPER "volley-keeper" /* the first in the pid namespace of a confined one */

/**
 * Processes that carry the variable: also those that left their session, their group and their
 * parents. One that was started with an environment of its own has no mark. proc(5):
 * /proc/PID/environ.
 */
struct marked {
	pid_t pid;
	const char *value;   /* of the variable */
	const char *command; /* what it was started as, words with blanks between, cut; "" */
};

/** Calls each() for every one that may be looked into, until it returns false; not for the
 *  calling process. 0 or -errno when there is no /proc. */
int marked_each(bool (*each)(void *data, const struct marked *marked), void *data);

/**
 * The environments, as they were started with, of all processes above us, the nearest first:
 * NAME=value, each with its NUL, len bytes, gone when each() returns. For what a process inherits
 * even if somebody between cleared or changed the environment. Of those that may not be looked
 * into, len is 0. is_ours: it is a supervisor of commands, so we are beneath one of them.
 */
void marked_above(void (*each)(void *data, const char *text, size_t len, bool is_ours), void *data);

/** Whether a keeper is the first process of our pid namespace: a sandbox is around us. */
bool marked_is_kept(void);

/** SIGKILL, if pid still carries this value: its number may be another's by now. Returns whether
 *  it was sent. */
bool marked_kill(pid_t pid, const char *value);

#endif
