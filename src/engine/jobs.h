/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_JOBS_H
#define ENGINE_JOBS_H

#include "os/job_pool.h"
#include "os/sandbox.h"

#include <stdbool.h>

struct engine_conf;

/**
 * The job slots that every make of every command shares (os/job_pool.h), and the environment by
 * which commands find them: a directory first in PATH, and VOLLEY_JOBSERVER; with
 * them the slots of agents (os/slot_pool.h), by VOLLEY_AGENT_POOL. Made before the first
 * command; where it cannot be, commands do without. Loop thread.
 */
struct jobs {
	struct job_pool pool;
	char *parent;    /* NULL = no pool */
	unsigned n_jobs; /* 0 = not said */
	unsigned n_agents;
	const char *const *environ; /* of the engine */
	char *path, *tokens;        /* "PATH=…", "VOLLEY_JOBSERVER=…" */
	char *agents;               /* "VOLLEY_AGENT_POOL=…"; NULL = those above have one */
	const char **changed;       /* environ with those */
	bool was_tried;
	const char *shown[3]; /* the pool's directory, this program, NULL */
	char program[4096];
};

int jobs_init(struct jobs *jobs, const struct engine_conf *conf, struct error *err);
void jobs_release(struct jobs *jobs);

/** The environment for commands; makes the pool the first time. Never NULL. */
const char *const *jobs_environ(struct jobs *jobs);

/** Where slots of agents are; makes the pool the first time. NULL = nowhere. */
const char *jobs_agent_pool(struct jobs *jobs);

/** What commands must be able to reach although they are confined; nothing while there is no pool.
 *  Strings are the jobs'. */
void jobs_show(const struct jobs *jobs, struct sandbox_conf *conf);

#endif
