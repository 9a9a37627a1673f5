/* SPDX-License-Identifier: MIT */
#ifndef OS_SUPERVISOR_H
#define OS_SUPERVISOR_H

/**
 * The supervising process of os/spawner.h: this same program, executed again with a name of its
 * own and a socket. Every main() of a program that spawns calls this before anything else:
 *
 *	int status = supervisor_main_if_asked(argc, argv);
 *	if (status >= 0)
 *		return status;
 *
 * -1 when this process is not meant to be a supervisor. Otherwise it has been one, all that it
 * started is dead, and the result is the exit status.
 */
int supervisor_main_if_asked(int argc, char **argv);

#endif
