/* SPDX-License-Identifier: MIT */
#ifndef OS_CONFINE_H
#define OS_CONFINE_H

#include "os/sandbox.h"

#include <limits.h>
#include <linux/filter.h>
#include <sys/types.h>

struct wire_box;

/* Runs in memory that it shares with its parent, beside or instead of that. */
#define IN_CHILD __attribute__((no_sanitize("address", "thread", "undefined")))

/**
 * What is done to each command between its clone and its exec, inside of bwrap's mounts. All that
 * can be made once is made by confine_prepare(), in the supervisor; the two halves of the child
 * run in memory shared with it, as after vfork: they allocate and change nothing.
 *
 *	clone ─► confine_enter() own /proc, directory ─► descriptors 0-2 ─► confine_seal() ─► exec
 */
struct confine {
	unsigned layers; /* bits of enum sandbox_layer */
	enum sandbox_level level;
	bool network;
	char root[PATH_MAX];
	int landlock_fd; /* a ruleset, or -1 */
	int landlock_abi;
	struct sock_fprog filter; /* none: NULL */
	uint64_t data_bytes;
	bool has_own_pid_max; /* a pid namespace has a bound of its own to set */
};

/** Says what could not be done in *ret_what, a static text. 0 or -errno. */
int confine_prepare(const struct wire_box *box, const char *root, struct confine *ret_confine,
		    const char **ret_what);

/** Lets commands read what is at path, and write to it where it is no file: a FIFO. 0 or -errno. */
int confine_show(const struct confine *self, const char *path);

/* Where a child has failed: one a line of the table in confine.c. */
enum confine_step {
	CONFINE_PROC,
	CONFINE_CWD,
	CONFINE_LIMITS,
	CONFINE_LANDLOCK,
	CONFINE_PRIVILEGES,
	CONFINE_SECCOMP,
	CONFINE_DONE,
};

const char *confine_step_name(enum confine_step step);

/** In the child, which is in a mount namespace of its own. 0 or an errno value; *ret_step is the
 *  step that failed. *ret_bounded: the number of its processes is. */
int confine_enter(const struct confine *self, const char *cwd, enum confine_step *ret_step,
		  bool *ret_bounded);

/** In the child, last before exec: nothing can be undone after it. As confine_enter(). */
int confine_seal(const struct confine *self, enum confine_step *ret_step);

enum {
	CONFINE_PROCESSES = 1024, /* of a command, where the kernel lets us say so */
	CONFINE_TASKS = 4096,     /* of a user in a box, all commands together; not of root */
};

/** The filter of system calls; owned by the caller, free() its instructions. 0 or -errno. */
int confine_filter(bool network, struct sock_fprog *ret_filter);

#endif
