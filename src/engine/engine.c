/* SPDX-License-Identifier: MIT */
/*
 * The loop. One turn: libuv waits and calls back (input, children, passes, timers), which only
 * records things; then the check handle works all of it off at once. An idle handle that is
 * active while something is left keeps the loop from sleeping over it.
 */
#include "engine/core.h"
#include "model/cache.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { END_MS = 3000 };

static void on_settle(uv_check_t *check)
{
	struct engine *engine = check->data;

	while (engine->is_kicked) {
		engine->is_kicked = false;
		runs_settle(engine);
		schedule_dispatch(engine);
		if (engine->journal)
			journal_dispatch(engine->journal);
	}
	(void)uv_idle_stop(&engine->hurry); /* always 0 */
}

static void on_hurry(uv_idle_t *idle)
{
	(void)idle; /* it is enough that it is active */
}

void engine_kick(struct engine *engine)
{
	if (engine->is_kicked)
		return;
	engine->is_kicked = true;
	(void)uv_idle_start(&engine->hurry, on_hurry); /* always 0 */
}

static void on_async(uv_async_t *async)
{
	passes_collect(async->data);
	engine_collect_journal(async->data);
}

static void on_wake(void *data)
{
	struct engine *engine = data;

	timers_run(&engine->timers);
}

static void on_child(void *data, const struct spawn_event *event)
{
	struct engine *engine = data;

	children_event(engine->children, event);
}

static int start_loop(struct engine *engine, struct error *err)
{
	int r = uv_loop_init(&engine->loop);

	if (r < 0)
		return error_errno(err, -r, "cannot start the loop");
	engine->loop.data = engine;
	r = uv_async_init(&engine->loop, &engine->async, on_async);
	if (r < 0) {
		(void)uv_loop_close(&engine->loop); /* it has no handles */
		engine->loop.data = NULL;
		return error_errno(err, -r, "cannot start the loop");
	}
	(void)uv_check_init(&engine->loop, &engine->settle); /* these are always 0 */
	(void)uv_idle_init(&engine->loop, &engine->hurry);
	(void)uv_check_start(&engine->settle, on_settle);
	engine->async.data = engine->settle.data = engine->hurry.data = engine;
	uv_unref((uv_handle_t *)&engine->async);
	uv_unref((uv_handle_t *)&engine->settle);
	uv_unref((uv_handle_t *)&engine->hurry);
	return 0;
}

static void close_loop(struct engine *engine)
{
	if (!engine->loop.data)
		return;
	uv_close((uv_handle_t *)&engine->async, NULL);
	uv_close((uv_handle_t *)&engine->settle, NULL);
	uv_close((uv_handle_t *)&engine->hurry, NULL);
	(void)uv_run(&engine->loop, UV_RUN_DEFAULT); /* for the handles to be closed */
	(void)uv_loop_close(&engine->loop); /* busy only if the caller left handles of his own */
}

static int take_conf(struct engine *engine, const struct engine_conf *conf, struct error *err)
{
	static const char *const no_environ[] = { NULL };
	int r = 0;

	engine->n_threads = conf->n_threads ? conf->n_threads : uv_available_parallelism();
	engine->stream_output = conf->stream_output;
	engine->environ = conf->environ ? conf->environ : no_environ;
	engine->own_cache = conf->own_cache;
	engine->toolbox = conf->toolbox;
	engine->root_path = strdup(conf->root_path);
	engine->spool_dir = conf->spool_dir ? strdup(conf->spool_dir) : NULL;
	if (!engine->root_path || (conf->spool_dir && !engine->spool_dir))
		return error_errno(err, ENOMEM, "cannot start the engine");
	if (conf->redact)
		r = secrets_new(engine->environ, NULL, 0, &engine->secrets, err);
	if (r < 0)
		return r;
	engine->root_fd = open(conf->root_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (engine->root_fd < 0)
		return error_errno(err, errno, "cannot open the root '%s'", conf->root_path);
	engine->sandbox_level = conf->sandbox_level;
	engine->sandbox = conf->sandbox;
	engine->sandbox.root = engine->root_path;
	engine->sandbox.root_fd = engine->root_fd;
	return 0;
}

static int start_parts(struct engine *engine, const struct engine_conf *conf, struct error *err)
{
	const struct env_events events = { .on_child = on_child,
					   .on_wake = on_wake,
					   .data = engine };
	struct children_conf children = {
		.timers = &engine->timers,
		.loop = &engine->loop,
		.root_fd = engine->root_fd,
		.root_path = engine->root_path,
		.spool_dir = engine->spool_dir,
	};
	int r = 0;

	engine->env = conf->env;
	engine->owns_env = !conf->env;
	if (engine->owns_env)
		r = env_real_new(&engine->sandbox, &engine->env, err);
	if (r == 0)
		r = engine->env->ops->attach(engine->env, &engine->loop, &events, err);
	if (r < 0)
		return r;
	engine->is_attached = true;
	engine->timers.env = engine->env;
	engine->id_base = (uint32_t)engine->env->ops->random(engine->env);
	children.env = engine->env;
	r = children_new(&children, &engine->children, err);
	if (r == 0)
		r = retry_init(engine, err);
	if (r == 0)
		r = limits_init(engine, conf, err);
	if (r == 0)
		r = jobs_init(&engine->jobs, conf, err);
	if (r == 0)
		r = web_init(&engine->web, engine, conf, err);
	if (r == 0)
		r = passes_init(engine, err);
	if (r == 0)
		agents_join(engine);
	return r;
}

int engine_new(const struct engine_conf *conf, struct engine **ret_engine, struct error *err)
{
	struct engine *engine = calloc(1, sizeof(*engine));
	int r;

	if (!engine)
		return error_errno(err, ENOMEM, "cannot start the engine");
	engine->root_fd = -1;
	engine->ended_tail = &engine->ended;
	engine->news_tail = &engine->news;
	r = take_conf(engine, conf, err);
	if (r == 0)
		r = start_loop(engine, err);
	if (r == 0)
		r = start_parts(engine, conf, err);
	if (r < 0) {
		engine_free(engine);
		return r;
	}
	*ret_engine = engine;
	return 0;
}

static void stop_runs(struct engine *engine)
{
	uint64_t end_ns = env_now_ns(engine->env) + END_MS * 1000000ull;

	for (int i = 0; i < 2; i++) { /* the second time kills */
		for (struct run *run = engine->runs; run; run = run->next)
			run_cancel(run, RUN_STOP_INTERRUPT);
		(void)uv_run(&engine->loop, UV_RUN_NOWAIT); /* what is left is asked below */
	}
	while (engine->n_open > 0 && env_now_ns(engine->env) < end_ns)
		(void)uv_run(&engine->loop, UV_RUN_ONCE);
}

void engine_free(struct engine *engine)
{
	if (!engine)
		return;
	if (engine->n_open > 0)
		stop_runs(engine);
	engine->is_ending = true;
	web_release(&engine->web);
	timer_stop(&engine->timers, &engine->hurry_journal);
	(void)engine_end_record(engine, RUN_STOPPED, 0, NULL); /* who minds ends it himself */
	limits_release(engine);
	agents_release(engine);
	children_free(engine->children);
	if (engine->is_attached)
		engine->env->ops->detach(engine->env);
	passes_release(engine);
	nests_release(engine);
	while (engine->runs) {
		engine->runs->is_done = true;
		(void)run_free(engine->runs); /* the plans are the caller's */
	}
	close_loop(engine);
	if (engine->owns_env)
		env_free(engine->env);
	recover_free(engine->recover);
	jobs_release(&engine->jobs);
	schedule_release(&engine->schedule);
	bus_release(&engine->bus);
	if (engine->root_fd >= 0)
		(void)close(engine->root_fd); /* a directory: nothing to lose */
	if (engine->own_cache)
		engine->own_cache->ops->free(engine->own_cache);
	secrets_unref(engine->secrets);
	free(engine->root_path);
	free(engine->spool_dir);
	free(engine);
}

int engine_listen(struct engine *engine, event_fn *listener, void *data)
{
	return bus_add(&engine->bus, listener, data);
}

void engine_unlisten(struct engine *engine, int handle)
{
	bus_remove(&engine->bus, handle);
}

static void on_deadline(struct timer *timer)
{
	run_past_deadline(container_of(timer, struct run, deadline));
}

void run_past_deadline(struct run *run)
{
	run->is_past_deadline = true;
	run_cancel(run, RUN_STOP_DEADLINE);
}

int run_start(struct engine *engine, const struct plan *plan, struct run **ret_run,
	      struct error *err)
{
	return run_start_above(engine, plan, NULL, ret_run, err);
}

int run_start_above(struct engine *engine, const struct plan *plan, struct agent *above,
		    struct run **ret_run, struct error *err)
{
	struct run *run;
	int r = run_build(engine, plan, above, &run, err);

	if (r < 0)
		return r;
	run->next = engine->runs;
	run->back = &engine->runs;
	if (run->next)
		run->next->back = &run->next;
	engine->runs = run;
	if (engine->n_open++ == 0)
		uv_ref((uv_handle_t *)&engine->async);
	if (run->deadline_ns)
		timer_start(&engine->timers, &run->deadline, run->deadline_ns, on_deadline);
	limits_watch(engine);
	run_add_news(run);
	*ret_run = run;
	return 0;
}

static void forget_news(struct run *run)
{
	struct engine *engine = run->engine;
	struct run **at = &engine->news;

	while (*at != run)
		at = &(*at)->next_news;
	*at = run->next_news;
	if (!*at)
		engine->news_tail = at;
}

bool run_free(struct run *run)
{
	bool is_plan_free;

	if (!run)
		return true;
	assert(run->is_done);
	is_plan_free = !run->is_plan_held;
	if (run->has_news)
		forget_news(run);
	timer_stop(&run->engine->timers, &run->deadline);
	*run->back = run->next;
	if (run->next)
		run->next->back = run->back;
	run_destroy(run);
	return is_plan_free;
}

int engine_run_until(struct engine *engine, const bool *done, struct error *err)
{
	(void)err; /* nothing can fail yet; callers check it all the same */
	while (!*done) {
		if (uv_run(&engine->loop, UV_RUN_ONCE) == 0)
			break;
	}
	return 0;
}

const struct secrets *engine_secrets(const struct engine *engine)
{
	return engine->secrets;
}

struct uv_loop_s *engine_loop(struct engine *engine)
{
	return &engine->loop;
}
