/* SPDX-License-Identifier: MIT */
#ifndef OS_SANDBOX_MOUNTS_H
#define OS_SANDBOX_MOUNTS_H

#include "base/vec.h"
#include "os/sandbox.h"

/** The command line of bwrap in the making. Only os/sandbox_*.c include this. */
struct mounts {
	const struct sandbox_conf *conf;
	const struct sandbox_profile *profile;
	struct arena *arena;
	struct VEC(const char *) argv;
	struct VEC(const char *) guards;
	struct VEC(const char *) hidden; /* directories: made read-only when all is mounted */
	unsigned n_empty;
	struct error *err;
	int status; /* the first failure sticks */
};

/** Appends words up to NULL. */
void mounts_add(struct mounts *self, const char *word, ...) __attribute__((sentinel));

/** Formats into the arena; NULL after a failure. */
const char *mounts_path(struct mounts *self, const char *dir, const char *name);

/** Whether path is below dir, not dir itself. */
bool mounts_is_beneath(const char *path, const char *dir);

/** Protects what git executes: hooks and configuration of the repositories at and below the root.
 *  os/sandbox_git.c. */
void mounts_protect_git(struct mounts *self);

#endif
