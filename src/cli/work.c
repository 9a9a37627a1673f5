/* SPDX-License-Identifier: MIT */
/* Setting up what runs calls, and stopping it. */
#include "cli/work.h"

#include "api/toolbox.h"
#include "base/str.h"
#include "cli/command.h"
#include "cli/origins.h"
#include "cli/spill.h"
#include "cli/user_dir.h"
#include "engine/cache.h"
#include "model/tool.h"
#include "os/spawner.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ORIGINS_BYTES_MAX = 1 << 20 };

/* A FIFO and a few links for as long as we live: a place that is emptied by itself is best. */
static int set_jobs_dir(struct work *work)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	char state[SPILL_PATH_MAX];
	int r = 0;

	if (runtime && *runtime == '/' && access(runtime, W_OK | X_OK) == 0)
		r = asprintf(&work->jobs_dir, "%s/volley", runtime);
	else if (spill_state_dir(state) == 0)
		r = asprintf(&work->jobs_dir, "%s/jobs", state);
	if (r < 0)
		work->jobs_dir = NULL;
	return r < 0 ? -ENOMEM : 0;
}

static int set_paths(struct work *work, const char *root, struct error *err)
{
	char state[SPILL_PATH_MAX];
	int r;

	work->root = realpath(root ? root : ".", NULL);
	if (!work->root)
		return error_errno(err, errno, "root '%s'", root ? root : ".");
	r = set_jobs_dir(work);
	if (r == 0 && spill_state_dir(state) < 0)
		return 0; /* then nothing can be spooled */
	if (r < 0)
		return error_set(err, ERROR_LIMIT, ENOMEM, "out of memory");
	work->state_dir = strdup(state);
	if (asprintf(&work->spool_dir, "%s/spool", state) < 0)
		work->spool_dir = NULL;
	if (!work->state_dir || !work->spool_dir)
		return error_set(err, ERROR_LIMIT, ENOMEM, "out of memory");
	return 0;
}

static int open_cache(struct cache **ret_cache, struct error *err)
{
	char path[SPILL_PATH_MAX + 8];
	size_t len;

	if (spill_state_dir(path) < 0)
		return error_set(err, ERROR_MISSING, ENOENT,
				 "--cache needs a state directory: XDG_STATE_HOME or HOME");
	(void)spill_make_dirs(path); /* what is wrong shows next */
	len = strlen(path);
	(void)snprintf(path + len, sizeof(path) - len, "/cache"); /* there is room */
	return cache_new(path, ret_cache, err);
}

/* Whom to search: a file of keys that others may read stops who searches, and nobody else. */
static int find_providers(void *data, const struct search_conf **ret_conf, struct error *err)
{
	struct work *work = data;
	const struct providers_conf conf = { .list = work->search_list,
					     .workspace = work->root,
					     .cache_dir = work->cache_dir };
	int r = work->has_providers ? 0 : providers_load(&work->providers, &conf, err);

	if (r < 0)
		return r;
	work->has_providers = true;
	*ret_conf = &work->providers.conf;
	return 0;
}

static int set_web(struct work *work, const struct options *options, struct engine_conf *conf,
		   struct error *err)
{
	char cache[SPILL_PATH_MAX];

	if (user_dir(USER_DIR_CACHE, NULL, cache, sizeof(cache)) == 0) {
		work->cache_dir = strdup(cache);
		if (!work->cache_dir || asprintf(&work->web_cache_dir, "%s/web", cache) < 0) {
			work->web_cache_dir = NULL;
			return error_set(err, ERROR_LIMIT, ENOMEM, "out of memory");
		}
	}
	work->search_list = options->search;
	arena_init(&work->origins, ORIGINS_BYTES_MAX);
	if (origins_read(options->origins, &work->origins, &conf->open, err) < 0)
		return -EINVAL;
	conf->search = find_providers;
	conf->search_data = work;
	conf->web_cache_dir = work->web_cache_dir;
	conf->ca_file = getenv("SSL_CERT_FILE");
	return 0;
}

static bool searches(const struct plan *plan)
{
	for (size_t i = 0; plan && i < plan->n_calls; i++)
		if (str_equal(plan->calls[i]->tool->name, "WebSearch"))
			return true;
	return false;
}

int work_status(const struct error *err)
{
	bool is_usage = err->class == ERROR_INVALID || err->class == ERROR_MISSING ||
			err->class == ERROR_DENIED;

	return is_usage ? STATUS_USAGE : STATUS_BROKEN;
}

int work_start(struct work *work, const struct options *options, const char *root,
	       const struct plan *plan, struct error *err)
{
	const struct search_conf *providers;
	struct engine_conf conf = {
		.total_limit = options->max_instances,
		.environ = (const char *const *)environ,
		.redact = !options->is_bare,
		.stream_output = options->format == FORMAT_JSONL,
		.jobs = options->jobs,
		.gates = { .load_max = options->load,
			   .load_is_percent = options->load_is_percent,
			   .memfree_bytes = options->memfree_bytes,
			   .noswap = options->noswap },
	};
	int r;

	*work = (struct work){ 0 };
	r = set_paths(work, root, err);
	if (r < 0)
		return r;
	for (unsigned i = 0; i < LANE_COUNT; i++)
		conf.limits[i] = options->max_instances;
	conf.root_path = work->root;
	conf.spool_dir = work->spool_dir;
	conf.jobs_dir = work->jobs_dir;
	if (options->cache && open_cache(&conf.own_cache, err) < 0)
		return -EIO;
	conf.toolbox = toolbox_builtin();
	conf.sandbox_level = options->sandbox;
	conf.sandbox.home = getenv("HOME");
	conf.sandbox.state_dir = work->state_dir;
	r = set_web(work, options, &conf, err);
	if (r == 0 && (options->search || searches(plan)))
		r = find_providers(work, &providers, err); /* a slip is told now */
	if (r < 0)
		return r;
	(void)spawner_die_with_parent(); /* where it cannot, only the parent's death is missed */
	return engine_new(&conf, &work->engine, err);
}

static void stop(struct work *work, enum run_stop why)
{
	if (work->stop != RUN_STOP_NONE)
		return;
	work->stop = why;
	work->on_stop(work->data, why);
}

static void on_signal(uv_signal_t *handle, int signo)
{
	struct work *work = handle->data;

	(void)signo; /* they all ask for the end */
	if (work->stop == RUN_STOP_INTERRUPT)
		_exit(STATUS_INTERRUPTED); /* children die with the supervisor's socket */
	if (work->stop != RUN_STOP_NONE) {
		work->stop = RUN_STOP_INTERRUPT;
		return;
	}
	stop(work, RUN_STOP_INTERRUPT);
}

static void on_deadline(uv_timer_t *handle)
{
	stop(handle->data, RUN_STOP_DEADLINE);
}

void work_watch(struct work *work, uint64_t timeout_ms, work_stop_fn *on_stop, void *data)
{
	static const int signos[] = { SIGINT, SIGTERM, SIGHUP };
	uv_loop_t *loop = engine_loop(work->engine);
	struct sigaction hangup;

	work->on_stop = on_stop;
	work->data = data;
	work->has_handles = true;
	for (size_t i = 0; i < countof(signos); i++) {
		(void)uv_signal_init(loop, &work->signals[i]); /* cannot fail on a new handle */
		work->signals[i].data = work;
		uv_unref((uv_handle_t *)&work->signals[i]);
		if (signos[i] == SIGHUP && sigaction(SIGHUP, NULL, &hangup) == 0 &&
		    hangup.sa_handler == SIG_IGN)
			continue;                                               /* nohup */
		(void)uv_signal_start(&work->signals[i], on_signal, signos[i]); /* valid number */
	}
	(void)uv_timer_init(loop, &work->deadline); /* cannot fail */
	work->deadline.data = work;
	if (timeout_ms)
		(void)uv_timer_start(&work->deadline, on_deadline, timeout_ms, 0); /* nor this */
	uv_unref((uv_handle_t *)&work->deadline);
}

static void on_closed(uv_handle_t *handle)
{
	struct work *work = handle->data;

	work->n_closing--;
}

void work_end(struct work *work)
{
	if (work->has_handles) {
		work->n_closing = countof(work->signals) + 1;
		for (size_t i = 0; i < countof(work->signals); i++)
			uv_close((uv_handle_t *)&work->signals[i], on_closed);
		uv_close((uv_handle_t *)&work->deadline, on_closed);
		while (work->n_closing)
			(void)uv_run(engine_loop(work->engine), UV_RUN_NOWAIT);
	}
	engine_free(work->engine);
	providers_release(&work->providers);
	arena_release(&work->origins);
	free(work->root);
	free(work->spool_dir);
	free(work->jobs_dir);
	free(work->state_dir);
	free(work->cache_dir);
	free(work->web_cache_dir);
	*work = (struct work){ 0 };
}

static void set_true(const struct args *args, const char *name)
{
	for (size_t i = 0; i < args->n; i++) {
		if (args->specs[i].type != ARG_BOOL || !str_equal(args->specs[i].name, name) ||
		    args->values[i].is_set)
			continue;
		args->values[i].is_set = true;
		args->values[i].boolean = true;
	}
}

void work_apply_options(const struct options *options, struct plan *plan, size_t first_call)
{
	for (size_t i = first_call; i < plan->n_calls; i++) {
		if (options->hidden)
			set_true(&plan->calls[i]->args, "hidden");
		if (options->no_ignore)
			set_true(&plan->calls[i]->args, "no_ignore");
	}
}
