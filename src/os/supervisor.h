/* SPDX-License-Identifier: MIT */
#ifndef OS_SUPERVISOR_H
#define OS_SUPERVISOR_H

#include <sys/types.h>

/**
 * The supervising process of os/spawner.h: this same program, executed again with a name of its
 * own and a socket. Every main() of a program that spawns calls this before anything else:
 *
 *	int status = supervisor_main_if_asked(argc, argv);
 *	if (status >= 0)
 *		return status;
 *
 * Where it does not, no supervisor starts another one: spawning fails with EDEADLK.
 *
 * -1 when this process is not meant to be a supervisor. Otherwise it has been one, all that it
 * started is dead, and the result is the exit status.
 */
int supervisor_main_if_asked(int argc, char **argv);

/** For spawner.c: starts one, a child of the caller; *ret_fd is our end of its socket (see
 *  os/spawn_wire.h), and closing it ends the supervisor. 0 or -errno. */
int supervisor_start(int *ret_fd, pid_t *ret_pid);

#endif
