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

static int change_environ(struct jobs *jobs)
{
	const char *path = variable(jobs, "PATH=");
	size_t n = 0, n_changed = 0;

	while (jobs->environ[n])
		n++;
	jobs->changed = calloc(n + 3, sizeof(*jobs->changed));
	if (asprintf(&jobs->path, "PATH=%s/bin:%s", jobs->pool.dir, path ? path : default_path) < 0)
		jobs->path = NULL;
	if (asprintf(&jobs->tokens, "VOLLEY_JOBSERVER=%s/tokens", jobs->pool.dir) < 0)
		jobs->tokens = NULL;
	if (!jobs->changed || !jobs->path || !jobs->tokens)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		if (!str_starts_with(jobs->environ[i], "PATH=") &&
		    !str_starts_with(jobs->environ[i], "VOLLEY_JOBSERVER="))
			jobs->changed[n_changed++] = jobs->environ[i];
	jobs->changed[n_changed++] = jobs->path;
	jobs->changed[n_changed] = jobs->tokens;
	return 0;
}

static void forget_pool(struct jobs *jobs)
{
	job_pool_remove(&jobs->pool);
	free(jobs->changed);
	free(jobs->path);
	free(jobs->tokens);
	jobs->changed = NULL;
	jobs->path = jobs->tokens = NULL;
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
	unsigned n_jobs = jobs->n_jobs ? jobs->n_jobs : uv_available_parallelism();

	if (!jobs->was_tried && jobs->parent && !has_pool_above(jobs)) {
		/* A full disk is no reason not to run a command. */
		if (job_pool_make(&jobs->pool, jobs->parent, n_jobs, NULL) == 0 &&
		    change_environ(jobs) < 0)
			forget_pool(jobs);
		set_shown(jobs);
	}
	jobs->was_tried = true;
	return jobs->changed ? jobs->changed : jobs->environ;
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
