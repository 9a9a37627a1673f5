/* SPDX-License-Identifier: MIT */
#ifndef OS_JOB_MAKE_H
#define OS_JOB_MAKE_H

#include <stdbool.h>

/**
 * This program called as `make`: it stands before the real one in the PATH of commands, and puts
 * makes that were asked to run jobs side by side (-j) under the one pool of job_pool.h.
 *
 * GNU make joins a pool when MAKEFLAGS names two open descriptors of it and -j is not on its
 * command line. So -j is taken away, the pool is opened, and the real make runs beneath us, which
 * holds the token for the first of its jobs (make takes tokens only for more). A make without -j,
 * or with -j1, is executed as it is. One that is started by a recipe is in the pool already, and
 * its recipe has the token; if it has a -j of its own, which would take it out again, that is
 * taken away too.
 *
 * A -jN of less than the pool has gets a pool of its own: a pipe, into which we put tokens of the
 * large one, N at most with our own, as many as are free now and then more. It keeps them to its
 * end, as nobody can see which of them make has no use for.
 *
 * Whoever holds a token, or waits beside one who does, has a shared lock on the pool's `lock`. A
 * make that was killed can give nothing back; when the lock can be had alone, nobody holds a
 * token, and the pool is filled up again.
 */

/** First thing in main(). -1: not called as make; else the exit status, if it returns at all. */
int job_make_main_if_asked(int argc, char **argv);

/** What -j asked for, and the command line without it. */
struct job_args {
	bool is_bad;     /* make will say what is wrong with it */
	bool has_jobs;   /* -j stood there; the last one counts: */
	unsigned long n; /* how many, 0 = no limit */
	char **argv;     /* NULL-terminated; strings are argv's or, in clusters, malloc'd */
};

/** Fills ret_args for a command line; argv[0] is kept. False without memory. */
bool job_args_parse(int argc, char **argv, struct job_args *ret_args);

/** A value for MAKEFLAGS that joins the pool at these descriptors: `flags` (may be NULL) without
 *  its own -j and pool. *ret_n: what its -j asked for, 0 = no limit; 1 without one. malloc'd; NULL
 *  without memory. */
char *job_makeflags(const char *flags, int read_fd, int write_fd, unsigned long *ret_n);

#endif
