/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_JOBS_H
#define ENGINE_JOBS_H

#include "os/job_pool.h"

#include <stdbool.h>

struct engine_conf;

/**
 * The job slots that every make of every command shares (os/job_pool.h), and the environment by
 * which commands find them: a directory first in PATH, and VOLLEY_JOBSERVER. Made before the first
 * command; where it cannot be, commands do without. Loop thread.
 */
struct jobs {
	struct job_pool pool;
	char *parent;               /* NULL = no pool */
	unsigned n_jobs;            /* 0 = not said */
	const char *const *environ; /* of the engine */
	char *path, *tokens;        /* "PATH=…", "VOLLEY_JOBSERVER=…" */
	const char **changed;       /* environ with those two */
	bool was_tried;
};

int jobs_init(struct jobs *jobs, const struct engine_conf *conf, struct error *err);
void jobs_release(struct jobs *jobs);

/** The environment for commands; makes the pool the first time. Never NULL. */
const char *const *jobs_environ(struct jobs *jobs);

/** The directory of the pool, which commands must be able to reach, and write the FIFO in it; NULL
 *  while there is none. */
const char *jobs_dir(const struct jobs *jobs);

#endif
