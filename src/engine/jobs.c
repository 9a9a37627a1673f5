/* SPDX-License-Identifier: MIT */
#include "engine/jobs.h"

#include "base/str.h"
#include "engine/engine.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <uv.h>

/* Where commands are looked up when the environment does not say. */
static const char *const default_path = "/usr/local/bin:/usr/bin:/bin";

int jobs_init(struct jobs *jobs, const struct engine_conf *conf, struct error *err)
{
	static const char *const no_environ[] = { NULL };

	jobs->environ = conf->environ ? conf->environ : no_environ;
	jobs->n_jobs = conf->jobs;
	jobs->n_agents = conf->limits[LANE_AGENTS] ? conf->limits[LANE_AGENTS]
						   : lane_default_limit(LANE_AGENTS);
	if (!conf->jobs_dir)
		return 0;
	jobs->parent = strdup(conf->jobs_dir);
	return jobs->parent ? 0 : error_errno(err, ENOMEM, "cannot start the engine");
}

static const char *variable(const struct jobs *jobs, const char *start)
{
	for (const char *const *at = jobs->environ; *at; at++)
		if (str_starts_with(*at, start))
			return *at + strlen(start);
	return NULL;
}

/* Started by a command of another volley: its pool is for us too, unless we are to have our own. */
static bool has_pool_above(const struct jobs *jobs)
{
	const char *tokens = variable(jobs, "VOLLEY_JOBSERVER=");

	return !jobs->n_jobs && tokens && access(tokens, R_OK | W_OK) == 0;
}

static bool has_agents_above(const struct jobs *jobs)
{
	const char *dir = variable(jobs, "VOLLEY_AGENT_POOL=");

	return dir && access(dir, R_OK | X_OK) == 0;
}

static bool is_changed(const struct jobs *jobs, const char *variable)
{
	return str_starts_with(variable, "PATH=") ||
	       str_starts_with(variable, "VOLLEY_JOBSERVER=") ||
	       (jobs->agents && str_starts_with(variable, "VOLLEY_AGENT_POOL="));
}

static int change_environ(struct jobs *jobs)
{
	const char *path = variable(jobs, "PATH=");
	size_t n = 0, n_changed = 0;

	while (jobs->environ[n])
		n++;
	jobs->changed = calloc(n + 4, sizeof(*jobs->changed));
	if (asprintf(&jobs->path, "PATH=%s/bin:%s", jobs->pool.dir, path ? path : default_path) < 0)
		jobs->path = NULL;
	if (asprintf(&jobs->tokens, "VOLLEY_JOBSERVER=%s/tokens", jobs->pool.dir) < 0)
		jobs->tokens = NULL;
	if (!has_agents_above(jobs) &&
	    asprintf(&jobs->agents, "VOLLEY_AGENT_POOL=%s/agents", jobs->pool.dir) < 0) {
		jobs->agents = NULL;
		return -ENOMEM;
	}
	if (!jobs->changed || !jobs->path || !jobs->tokens)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		if (!is_changed(jobs, jobs->environ[i]))
			jobs->changed[n_changed++] = jobs->environ[i];
	jobs->changed[n_changed++] = jobs->path;
	jobs->changed[n_changed++] = jobs->tokens;
	jobs->changed[n_changed] = jobs->agents;
	return 0;
}

static void forget_pool(struct jobs *jobs)
{
	job_pool_remove(&jobs->pool);
	free(jobs->changed);
	free(jobs->path);
	free(jobs->tokens);
	free(jobs->agents);
	jobs->changed = NULL;
	jobs->path = jobs->tokens = jobs->agents = NULL;
}

/* Of a program that was replaced since there is nothing to be seen: make is the real one then. */
static void set_shown(struct jobs *jobs)
{
	ssize_t len = readlink("/proc/self/exe", jobs->program, sizeof(jobs->program) - 1);

	jobs->program[len > 0 ? len : 0] = '\0';
	jobs->shown[0] = jobs->pool.dir;
	jobs->shown[1] = access(jobs->program, X_OK) == 0 ? jobs->program : NULL;
}

const char *const *jobs_environ(struct jobs *jobs)
{
	const struct job_pool_sizes sizes = {
		.n_jobs = jobs->n_jobs ? jobs->n_jobs : uv_available_parallelism(),
		.n_agents = jobs->n_agents,
	};

	if (!jobs->was_tried && jobs->parent && !has_pool_above(jobs)) {
		/* A full disk is no reason not to run a command. */
		if (job_pool_make(&jobs->pool, jobs->parent, &sizes, NULL) == 0 &&
		    change_environ(jobs) < 0)
			forget_pool(jobs);
		set_shown(jobs);
	}
	jobs->was_tried = true;
	return jobs->changed ? jobs->changed : jobs->environ;
}

const char *jobs_agent_pool(struct jobs *jobs)
{
	(void)jobs_environ(jobs); /* makes it */
	if (jobs->agents)
		return jobs->agents + strlen("VOLLEY_AGENT_POOL=");
	return has_agents_above(jobs) ? variable(jobs, "VOLLEY_AGENT_POOL=") : NULL;
}

void jobs_show(const struct jobs *jobs, struct sandbox_conf *conf)
{
	if (!jobs->pool.dir)
		return;
	conf->shown = jobs->shown;
}

void jobs_release(struct jobs *jobs)
{
	forget_pool(jobs);
	free(jobs->parent);
	jobs->parent = NULL;
}
