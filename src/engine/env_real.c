/* SPDX-License-Identifier: MIT */
/*
 * The real environment. There is a spawner for each way to confine commands, made when it is first
 * needed. Its socket is watched by a poll handle that is made anew whenever the spawner starts
 * another supervisor.
 *
 * The limit of open files is raised only after the first supervisor is there, so that commands
 * are started with the limit the user gave: programs that use select() need it small.
 */
#include "engine/env.h"

#include "base/attr.h"
#include "base/clock.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <time.h>
#include <uv.h>

enum { POST_COUNT = 1 + 2 * (SANDBOX_LEVEL_COUNT - 1) }; /* levels, with and without network */

struct post {
	struct env_real *env;
	struct spawner *spawner; /* NULL = not needed yet */
	uv_poll_t *poll;
	int polled_fd; /* -1 = none */
	int polled_for;
	bool is_supervisor_lost; /* its socket may have got the same number again */
};

struct env_real {
	struct env env;
	struct env_events events;
	uv_loop_t *loop;
	uv_timer_t *alarm; /* in memory of its own: closing takes a turn of the loop */
	const struct sandbox_conf *sandbox;
	enum sandbox_level around; /* us: what is confined is confined by that */
	bool is_around_used;
	struct post posts[POST_COUNT];
	struct machine_files machine; /* open when has_machine: when first asked */
	bool has_machine;
	bool is_limit_raised;
};

static struct env_real *real_of(struct env *env)
{
	return container_of(env, struct env_real, env);
}

static uint64_t real_now_ns(struct env *env ATTR_UNUSED)
{
	return clock_now_ns();
}

static int64_t real_time_s(struct env *env ATTR_UNUSED)
{
	return (int64_t)time(NULL);
}

static uint64_t real_random(struct env *env ATTR_UNUSED)
{
	uint64_t n = 0;

	if (getrandom(&n, sizeof(n), GRND_NONBLOCK) != (ssize_t)sizeof(n))
		n = clock_now_ns(); /* early boot: only run names depend on it */
	return n;
}

static void real_usage(struct env *env ATTR_UNUSED, uint64_t *ret_cpu_us, uint64_t *ret_rss_kb)
{
	struct rusage usage;

	(void)getrusage(RUSAGE_SELF, &usage); /* cannot fail with these arguments */
	*ret_cpu_us = (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000u +
		      (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
	*ret_rss_kb = (uint64_t)usage.ru_maxrss;
}

static void real_read_machine(struct env *env, struct machine *ret_machine)
{
	struct env_real *self = real_of(env);

	if (!self->has_machine)
		machine_open(&self->machine, "");
	self->has_machine = true;
	machine_read(&self->machine, ret_machine);
}

static void free_handle(uv_handle_t *handle)
{
	free(handle);
}

static void on_alarm(uv_timer_t *alarm)
{
	struct env_real *self = alarm->data;

	self->events.on_wake(self->events.data);
}

static void on_socket(uv_poll_t *poll, int status, int events);

/* Follows the spawner: which socket, and whether it waits for room to write. */
static void watch_spawner(struct post *self)
{
	int fd = spawner_fd(self->spawner);
	int wanted = UV_READABLE | (spawner_wants_write(self->spawner) ? UV_WRITABLE : 0);

	if (self->poll && (fd != self->polled_fd || self->is_supervisor_lost)) {
		uv_close((uv_handle_t *)self->poll, free_handle);
		self->poll = NULL;
		self->polled_fd = -1;
	}
	self->is_supervisor_lost = false;
	if (fd < 0 || (self->poll && wanted == self->polled_for))
		return;
	if (!self->poll) {
		self->poll = malloc(sizeof(*self->poll));
		if (!self->poll || uv_poll_init(self->env->loop, self->poll, fd) != 0) {
			free(self->poll);
			self->poll = NULL;
			return; /* tried again at the next spawn */
		}
		self->poll->data = self;
		self->polled_fd = fd;
		uv_unref((uv_handle_t *)self->poll);
	}
	self->polled_for = wanted;
	(void)uv_poll_start(self->poll, wanted, on_socket); /* only fails when closing */
}

static void on_socket(uv_poll_t *poll, int status ATTR_UNUSED, int events ATTR_UNUSED)
{
	struct post *self = poll->data;

	/* Errors are reported to the children concerned. */
	(void)spawner_dispatch(self->spawner, NULL);
	watch_spawner(self);
}

static void on_child(void *data, const struct spawn_event *event)
{
	struct post *self = data;

	self->is_supervisor_lost |= event->type == SPAWN_LOST;
	self->env->events.on_child(self->env->events.data, event);
}

static int real_attach(struct env *env, uv_loop_t *loop, const struct env_events *events,
		       struct error *err)
{
	struct env_real *self = real_of(env);

	(void)signal(SIGPIPE, SIG_IGN); /* a child that closes its stdin must not end volley */
	self->loop = loop;
	self->events = *events;
	self->alarm = malloc(sizeof(*self->alarm));
	if (!self->alarm)
		return error_errno(err, ENOMEM, "cannot start the engine");
	(void)uv_timer_init(loop, self->alarm); /* always 0 */
	self->alarm->data = self;
	uv_unref((uv_handle_t *)self->alarm);
	return 0;
}

static void real_detach(struct env *env)
{
	struct env_real *self = real_of(env);

	for (size_t i = 0; i < POST_COUNT; i++) {
		if (self->posts[i].poll)
			uv_close((uv_handle_t *)self->posts[i].poll, free_handle);
	}
	if (self->alarm)
		uv_close((uv_handle_t *)self->alarm, free_handle);
	self->alarm = NULL;
	/* Backwards: the first takes what the others would still have to end. */
	for (size_t i = POST_COUNT; i-- > 0;) {
		spawner_free(self->posts[i].spawner);
		self->posts[i] = (struct post){ .polled_fd = -1 };
	}
}

static void real_wake_at(struct env *env, uint64_t at_ns)
{
	struct env_real *self = real_of(env);
	uint64_t now_ns = clock_now_ns();
	uint64_t ms = at_ns > now_ns ? (at_ns - now_ns + 999999) / 1000000 : 0;

	/* The loop's own idea of now may lag by the length of this turn. */
	uv_update_time(self->loop);
	(void)uv_timer_start(self->alarm, on_alarm, ms, 0); /* only fails when closing */
}

static void raise_fd_limit(struct env_real *self)
{
	struct rlimit limit;

	if (self->is_limit_raised || getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	self->is_limit_raised = true;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit); /* then the old one does */
}

static int get_post(struct env_real *self, const struct sandbox_profile *profile,
		    struct post **ret_post, struct error *err)
{
	bool is_confined = profile->level > self->around;
	size_t i = is_confined ? 2 * (size_t)profile->level - (profile->network ? 0 : 1) : 0;
	struct post *post = &self->posts[i];
	int r = 0;

	if (is_confined && self->around != SANDBOX_OFF)
		return error_set(err, ERROR_DENIED, EPERM,
				 "this volley is a command in a sandbox itself, '%s', and cannot "
				 "confine its own any more than that ('%s')",
				 sandbox_level_name(self->around),
				 sandbox_level_name(profile->level));
	self->is_around_used |= profile->level != SANDBOX_OFF && !is_confined;
	if (!post->spawner) {
		post->env = self;
		r = spawner_new(on_child, post, &post->spawner, err);
		if (r == 0 && is_confined)
			spawner_confine(post->spawner, self->sandbox, profile);
	}
	*ret_post = post;
	return r;
}

static int real_spawn(struct env *env, const struct spawn_request *request,
		      const struct sandbox_profile *profile, struct error *err)
{
	struct env_real *self = real_of(env);
	struct post *post = NULL;
	int r = get_post(self, profile, &post, err);

	if (r < 0)
		return r;
	r = spawner_spawn(post->spawner, request, err);
	watch_spawner(post);
	if (r == 0)
		raise_fd_limit(self);
	return r;
}

static bool real_sandbox(struct env *env, struct sandbox_report *ret_report)
{
	struct env_real *self = real_of(env);
	bool has_any = self->is_around_used;

	if (has_any)
		*ret_report = (struct sandbox_report){ .level = self->around, .is_around = true };

	for (size_t i = 1; i < POST_COUNT; i++) {
		const struct spawner *spawner = self->posts[i].spawner;
		const struct sandbox_report *report = spawner ? spawner_report(spawner) : NULL;
		bool network = has_any && ret_report->network;

		if (!report)
			continue;
		if (!has_any)
			*ret_report = *report;
		ret_report->network = network || report->network;
		has_any = true;
	}
	return has_any;
}

static void real_kill(struct env *env, uint64_t id, int signo)
{
	struct env_real *self = real_of(env);

	for (size_t i = 0; i < POST_COUNT; i++) { /* to one of them the id means something */
		if (!self->posts[i].spawner)
			continue;
		spawner_kill(self->posts[i].spawner, id, signo);
		watch_spawner(&self->posts[i]);
	}
}

struct thread_start {
	void (*body)(void *data);
	void *data;
};

static void *thread_main(void *arg)
{
	struct thread_start start = *(struct thread_start *)arg;

	free(arg);
	start.body(start.data);
	return NULL;
}

/* Signals are the loop thread's business. */
static int real_start_thread(struct env *env ATTR_UNUSED, void (*body)(void *data), void *data)
{
	struct thread_start *start = malloc(sizeof(*start));
	pthread_attr_t attr;
	sigset_t all, before;
	pthread_t thread;
	int code;

	if (!start)
		return -ENOMEM;
	*start = (struct thread_start){ body, data };
	(void)pthread_attr_init(&attr); /* these cannot fail on Linux */
	(void)pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	code = pthread_create(&thread, &attr, thread_main, start);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	(void)pthread_attr_destroy(&attr);
	if (code != 0)
		free(start);
	return -code;
}

static void real_free(struct env *env)
{
	struct env_real *self = real_of(env);

	if (self->has_machine)
		machine_close(&self->machine);
	free(self);
}

static const struct env_ops real_ops = {
	.now_ns = real_now_ns,
	.time_s = real_time_s,
	.random = real_random,
	.usage = real_usage,
	.read_machine = real_read_machine,
	.attach = real_attach,
	.detach = real_detach,
	.wake_at = real_wake_at,
	.spawn = real_spawn,
	.kill = real_kill,
	.sandbox = real_sandbox,
	.start_thread = real_start_thread,
	.free = real_free,
};

int env_real_new(const struct sandbox_conf *sandbox, struct env **ret_env, struct error *err)
{
	struct env_real *self = calloc(1, sizeof(*self));

	if (!self)
		return error_errno(err, ENOMEM, "cannot start the engine");
	self->env.ops = &real_ops;
	self->sandbox = sandbox;
	self->around = sandbox_around();
	for (size_t i = 0; i < POST_COUNT; i++)
		self->posts[i].polled_fd = -1;
	*ret_env = &self->env;
	return 0;
}
