/* SPDX-License-Identifier: MIT */
/*
 * Children of tools. One epoll instance watches all their pipes, and the loop watches that: a
 * pipe costs one system call to watch and none to forget, as closing it does that.
 *
 *	WAITING ─► RUNNING ─► TERMED ─► KILLED ─► given up     one timer drives these
 *	   ▲ no fds   └───────────┴────────┴────► EXITED ─► done
 *	   └──────────┘                            drains its pipes, DRAIN_MS at most
 */
#include "engine/child.h"

#include "base/attr.h"
#include "base/map.h"
#include "base/vec.h"
#include "engine/env.h"
#include "engine/keep.h"
#include "engine/spool.h"
#include "engine/timer.h"
#include "model/redact.h"
#include "os/path.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>
#include <uv.h>

enum {
	DRAIN_MS = 100,
	KILL_WAIT_MS = 2000,
	GRACE_MS = 2000,
	RETRY_MS = 100,
	RETRIES_MAX = 50,
	KEEP_BYTES = 30000,
	READ_BYTES = 64 << 10, /* what a pipe holds */
	EVENTS_A_TURN = 64,
};

enum pipe_id { PIPE_IN, PIPE_OUT, PIPE_ERR, PIPE_COUNT };

enum stage { STAGE_WAITING, STAGE_RUNNING, STAGE_TERMED, STAGE_KILLED, STAGE_EXITED, STAGE_DONE };

struct child_pipe {
	struct child *child;
	int fd; /* -1 = closed */
};

struct child {
	struct map_node node;        /* in children->by_id */
	struct child *next, **back;  /* in children->all */
	struct child *next_in_queue; /* in waiting, or in done */
	uint64_t id;
	struct children *children;
	struct child_owner owner;
	struct host_child conf; /* argv, envp and cwd in block */
	char *block;
	struct child_pipe pipes[PIPE_COUNT];
	size_t stdin_at;
	struct keep keeps[PIPE_COUNT];
	struct redactor redactors[PIPE_COUNT];
	struct spool spool;
	struct child_outcome outcome;
	struct timer timer;
	enum stage stage;
	uint64_t start_ns; /* of the latest try */
	unsigned n_tries;
};

struct children {
	struct children_conf conf;
	int epoll_fd, null_fd;
	uv_poll_t *poll;
	struct map by_id;
	struct child *all;
	struct child *waiting, **waiting_tail; /* for descriptors or processes */
	struct child *done; /* freed at the end of the batch: it may hold events of theirs */
	struct timer retry;
	bool in_batch;
	uint64_t last_id;
	char buffer[READ_BYTES];
};

static void children_free_done(struct children *self);

/* ---- memory ---- */

static size_t list_size(const char *const *list, size_t *ret_n)
{
	size_t size = sizeof(char *);

	*ret_n = 0;
	for (; list[*ret_n]; (*ret_n)++)
		size += sizeof(char *) + strlen(list[*ret_n]) + 1;
	return size;
}

/* Copies a list to *at: first the pointers, then the strings. */
static const char *const *copy_list(const char *const *list, size_t n, char **at)
{
	const char **copy = (const char **)(void *)*at;
	char *str = *at + (n + 1) * sizeof(char *);

	for (size_t i = 0; i < n; i++) {
		size_t size = strlen(list[i]) + 1;

		copy[i] = memcpy(str, list[i], size);
		str += size;
	}
	copy[n] = NULL;
	/* The next list's pointers need their alignment. */
	*at += ((size_t)(str - *at) + sizeof(char *) - 1) / sizeof(char *) * sizeof(char *);
	return copy;
}

static bool copy_conf(struct child *child, const struct host_child *from)
{
	size_t n_args, n_vars;
	size_t cwd_size = from->cwd ? strlen(from->cwd) + 1 : 0;
	size_t size = list_size(from->argv, &n_args) + list_size(from->envp, &n_vars) +
		      2 * sizeof(char *) + cwd_size;
	char *at = malloc(size);

	if (!at)
		return false;
	child->block = at;
	child->conf = *from;
	child->conf.argv = copy_list(from->argv, n_args, &at);
	child->conf.envp = copy_list(from->envp, n_vars, &at);
	if (from->cwd)
		child->conf.cwd = memcpy(at, from->cwd, cwd_size);
	if (child->conf.grace_ms == 0)
		child->conf.grace_ms = GRACE_MS;
	if (child->conf.keep_bytes == 0)
		child->conf.keep_bytes = KEEP_BYTES;
	return true;
}

static void child_free(struct child *child)
{
	for (int i = 0; i < PIPE_COUNT; i++) {
		keep_release(&child->keeps[i]);
		redactor_release(&child->redactors[i]);
		if (child->pipes[i].fd >= 0)
			(void)close(child->pipes[i].fd); /* pipes have nothing to say */
	}
	spool_release(&child->spool);
	free(child->block);
	free(child);
}

static struct child *child_new(struct children *children, const struct host_child *conf,
			       const struct child_owner *owner)
{
	struct child *child = calloc(1, sizeof(*child));

	if (!child)
		return NULL;
	child->children = children;
	child->owner = *owner;
	child->spool.fd = -1;
	for (int i = 0; i < PIPE_COUNT; i++) {
		child->pipes[i] = (struct child_pipe){ .child = child, .fd = -1 };
		redactor_init(&child->redactors[i], owner->secrets, REDACT_ALL);
	}
	if (!copy_conf(child, conf)) {
		child_free(child);
		return NULL;
	}
	child->keeps[PIPE_OUT].max = child->conf.keep_bytes;
	child->keeps[PIPE_ERR].max = child->conf.keep_bytes;
	child->id = ++children->last_id;
	return child;
}

static void link_child(struct child *child)
{
	struct children *self = child->children;

	map_add(&self->by_id, &child->node, hash_uint(0, child->id));
	child->next = self->all;
	child->back = &self->all;
	if (child->next)
		child->next->back = &child->next;
	self->all = child;
}

static void unlink_child(struct child *child)
{
	map_remove(&child->children->by_id, &child->node);
	*child->back = child->next;
	if (child->next)
		child->next->back = child->back;
}

static bool has_id(const struct map_node *node, const void *id)
{
	return ((const struct child *)node)->id == *(const uint64_t *)id; /* node comes first */
}

static struct child *find_child(const struct children *self, uint64_t id)
{
	return (struct child *)map_find(&self->by_id, hash_uint(0, id), has_id, &id);
}

/* ---- the end ---- */

static void close_pipe(struct child_pipe *pipe)
{
	if (pipe->fd >= 0)
		(void)close(pipe->fd); /* pipes have nothing to say */
	pipe->fd = -1;
}

static void on_retry(struct timer *timer);

static void retry_at(struct children *self, uint64_t delay_ms)
{
	timer_start(self->conf.timers, &self->retry,
		    env_now_ns(self->conf.env) + delay_ms * 1000000u, on_retry);
}

static bool must_spool(const struct child *child, const struct keep *keep, size_t len)
{
	return child->children->conf.spool_dir && !child->spool.path && !child->spool.is_failed &&
	       keep->total + len > keep->max;
}

/* From here on there are no secrets in it. */
static void pass_on(struct child *child, struct keep *keep, const char *data, size_t len)
{
	if (!len)
		return;
	if (must_spool(child, keep, len)) {
		spool_open(&child->spool, child->children->conf.spool_dir, child->owner.spool_name);
		for (int i = PIPE_OUT; i <= PIPE_ERR; i++) {
			if (!child->keeps[i].is_lossy)
				spool_add(&child->spool, child->keeps[i].data,
					  (size_t)child->keeps[i].total);
		}
	}
	spool_add(&child->spool, data, len);
	keep_add(keep, data, len);
	if (child->owner.output)
		child->owner.output(child->owner.data, data, len);
}

/* What was held back may have been no secret. */
static void end_output(struct child *child)
{
	for (int i = PIPE_OUT; i <= PIPE_ERR; i++) {
		struct redacted text;

		if (redactor_end(&child->redactors[i], &text) < 0)
			child->keeps[i].is_lossy = true;
		pass_on(child, &child->keeps[i], text.text, text.len);
		child->outcome.redacted += child->redactors[i].n_redacted;
	}
}

static void child_done(struct child *child)
{
	struct children *self = child->children;
	struct child_outcome *outcome = &child->outcome;

	for (int i = 0; i < PIPE_COUNT; i++)
		close_pipe(&child->pipes[i]);
	child->stage = STAGE_DONE;
	timer_stop(self->conf.timers, &child->timer);
	unlink_child(child);
	end_output(child);
	spool_close(&child->spool);
	outcome->cut = keep_is_cut(&child->keeps[PIPE_OUT]) || keep_is_cut(&child->keeps[PIPE_ERR]);
	outcome->spool_path = child->spool.path;
	outcome->out = keep_take(&child->keeps[PIPE_OUT], outcome->spool_path);
	outcome->err = keep_take(&child->keeps[PIPE_ERR], outcome->spool_path);
	child->owner.done(child->owner.data, outcome);
	child->next_in_queue = self->done;
	self->done = child;
	if (self->waiting) /* there may be room now; not from in here */
		retry_at(self, 0);
	if (!self->in_batch)
		children_free_done(self);
}

static void children_free_done(struct children *self)
{
	while (self->done) {
		struct child *child = self->done;

		self->done = child->next_in_queue;
		child_free(child);
	}
}

static void done_if_over(struct child *child)
{
	if (child->stage == STAGE_EXITED && child->pipes[PIPE_OUT].fd < 0 &&
	    child->pipes[PIPE_ERR].fd < 0)
		child_done(child);
}

/* ---- pipes ---- */

static void take_output(struct child *child, enum pipe_id which, size_t len)
{
	struct redacted text;

	if (redactor_feed(&child->redactors[which], child->children->buffer, len, &text) < 0)
		child->keeps[which].is_lossy = true;
	pass_on(child, &child->keeps[which], text.text, text.len);
}

/* The pipe is readable or at its end, and nobody else reads it: this does not block. */
static void read_pipe(struct child *child, enum pipe_id which)
{
	struct children *self = child->children;
	ssize_t n = read(child->pipes[which].fd, self->buffer, sizeof(self->buffer));

	if (n > 0) {
		take_output(child, which, (size_t)n);
	} else if (n == 0 || errno != EINTR) {
		close_pipe(&child->pipes[which]);
		done_if_over(child);
	}
}

/* A command need not read what it is given: EPIPE is no failure. */
static void write_stdin(struct child *child)
{
	struct child_pipe *pipe = &child->pipes[PIPE_IN];

	while (child->stdin_at < child->conf.stdin_len) {
		ssize_t n = write(pipe->fd, child->conf.stdin_data + child->stdin_at,
				  child->conf.stdin_len - child->stdin_at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0)
			break;
		child->stdin_at += (size_t)n;
	}
	close_pipe(pipe);
}

static void on_readable(uv_poll_t *poll, int status ATTR_UNUSED, int events_seen ATTR_UNUSED)
{
	struct children *self = poll->data;
	struct epoll_event events[EVENTS_A_TURN];
	int n = epoll_wait(self->epoll_fd, events, EVENTS_A_TURN, 0);

	self->in_batch = true;
	for (int i = 0; i < n; i++) {
		struct child_pipe *pipe = events[i].data.ptr;
		enum pipe_id which = (enum pipe_id)(pipe - pipe->child->pipes);

		if (pipe->fd < 0)
			continue; /* closed by an event before */
		if (which == PIPE_IN)
			write_stdin(pipe->child);
		else
			read_pipe(pipe->child, which);
	}
	self->in_batch = false;
	children_free_done(self);
}

/* Makes one pipe: ours is watched, theirs is given to the child. */
static int open_pipe(struct child *child, enum pipe_id which, int *ret_theirs)
{
	struct child_pipe *pipe = &child->pipes[which];
	struct epoll_event event = { .data.ptr = pipe };
	int ours = which == PIPE_IN ? 1 : 0;
	int fds[2];
	int r;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	pipe->fd = fds[ours];
	*ret_theirs = fds[1 - ours];
	event.events = which == PIPE_IN ? EPOLLOUT : EPOLLIN;
	r = epoll_ctl(child->children->epoll_fd, EPOLL_CTL_ADD, pipe->fd, &event);
	if (r == 0 && which == PIPE_IN)
		r = fcntl(pipe->fd, F_SETFL, O_NONBLOCK);
	return r < 0 ? -errno : 0;
}

static int open_pipes(struct child *child, int theirs[PIPE_COUNT])
{
	int r = 0;

	if (child->conf.stdin_data) {
		child->stdin_at = 0;
		r = open_pipe(child, PIPE_IN, &theirs[PIPE_IN]);
		if (r == 0)
			write_stdin(child); /* mostly all of it fits into the pipe */
	}
	if (r == 0)
		r = open_pipe(child, PIPE_OUT, &theirs[PIPE_OUT]);
	if (r == 0)
		r = open_pipe(child, PIPE_ERR, &theirs[PIPE_ERR]);
	return r;
}

/* ---- starting ---- */

static bool is_shortage(int code)
{
	return code == EMFILE || code == ENFILE || code == EAGAIN || code == ENOMEM ||
	       code == ENOBUFS;
}

static void on_timer(struct timer *timer);

static void start_timer(struct child *child, uint64_t delay_ms)
{
	struct children *self = child->children;

	timer_start(self->conf.timers, &child->timer,
		    env_now_ns(self->conf.env) + delay_ms * 1000000u, on_timer);
}

static int open_cwd(const struct child *child, char clean[PATH_LEN_MAX], struct error *err)
{
	const struct children_conf *conf = &child->children->conf;
	int r = path_clean(conf->root_path, child->conf.cwd, clean);

	if (r == 0)
		r = path_open_dir(conf->root_fd, clean);
	if (r < 0)
		(void)error_errno(err, -r, "cannot enter '%s'", child->conf.cwd);
	if (r == -EXDEV || r == -ELOOP)
		error_from(err, ERROR_FROM_CONFINED, 0);
	return r;
}

static int request_spawn(struct child *child, const int theirs[PIPE_COUNT], struct error *err)
{
	struct children *self = child->children;
	const struct sandbox_profile profile = { .level = child->conf.sandbox,
						 .network = child->conf.network };
	char clean[PATH_LEN_MAX] = "";
	struct spawn_request request = {
		.id = child->id,
		.argv = child->conf.argv,
		.envp = child->conf.envp,
		.cwd_fd = self->conf.root_fd,
		.cwd = clean,
		.stdin_fd = child->conf.stdin_data ? theirs[PIPE_IN] : self->null_fd,
		.stdout_fd = theirs[PIPE_OUT],
		.stderr_fd = theirs[PIPE_ERR],
		.witness_fd = child->owner.witness_fd,
		.witness_key = child->owner.witness_key,
	};
	int r;

	if (child->conf.cwd) {
		request.cwd_fd = open_cwd(child, clean, err);
		if (request.cwd_fd < 0)
			return request.cwd_fd;
	}
	r = self->conf.env->ops->spawn(self->conf.env, &request, &profile, err);
	if (child->conf.cwd)
		(void)close(request.cwd_fd); /* a directory: nothing to lose */
	return r;
}

static int launch(struct child *child, struct error *err)
{
	int theirs[PIPE_COUNT] = { -1, -1, -1 };
	int r = open_pipes(child, theirs);

	if (r < 0)
		(void)error_errno(err, -r, "cannot make pipes for a command");
	else
		r = request_spawn(child, theirs, err);
	for (int i = 0; i < PIPE_COUNT; i++) {
		if (theirs[i] >= 0)
			(void)close(theirs[i]); /* the child has its own */
		if (r < 0)
			close_pipe(&child->pipes[i]);
	}
	if (r < 0)
		return r;
	child->stage = STAGE_RUNNING;
	child->start_ns = env_now_ns(child->children->conf.env);
	if (child->conf.timeout_ms)
		start_timer(child, child->conf.timeout_ms);
	return 0;
}

static void wait_for_room(struct child *child)
{
	struct children *self = child->children;

	timer_stop(self->conf.timers, &child->timer);
	for (int i = 0; i < PIPE_COUNT; i++)
		close_pipe(&child->pipes[i]);
	child->stage = STAGE_WAITING;
	child->next_in_queue = NULL;
	*self->waiting_tail = child;
	self->waiting_tail = &child->next_in_queue;
	retry_at(self, RETRY_MS);
}

/* In order of arrival, until one has no room again. */
static void on_retry(struct timer *timer)
{
	struct children *self = container_of(timer, struct children, retry);

	while (self->waiting) {
		struct child *child = self->waiting;
		int r = launch(child, NULL);

		if (r < 0 && is_shortage(-r) && ++child->n_tries < RETRIES_MAX) {
			retry_at(self, RETRY_MS);
			return;
		}
		self->waiting = child->next_in_queue;
		if (!self->waiting)
			self->waiting_tail = &self->waiting;
		if (r < 0) {
			child->outcome.spawn_errno = -r;
			child_done(child);
		}
	}
}

int child_start(struct children *children, const struct host_child *host_child,
		const struct child_owner *owner, struct child **ret_child, struct error *err)
{
	struct child *child = child_new(children, host_child, owner);
	int r;

	if (!child)
		return error_errno(err, ENOMEM, "cannot start a command");
	r = children->waiting ? -EAGAIN : launch(child, err);
	if (r < 0 && !is_shortage(-r)) {
		child_free(child);
		return r;
	}
	link_child(child);
	if (r < 0)
		wait_for_room(child);
	*ret_child = child;
	return 0;
}

/* ---- stopping ---- */

static void leave_queue(struct child *child)
{
	struct children *self = child->children;
	struct child **at = &self->waiting;

	while (*at != child)
		at = &(*at)->next_in_queue;
	*at = child->next_in_queue;
	if (!*at)
		self->waiting_tail = at;
}

static void kill_child(struct child *child, int signo, enum stage stage, uint64_t wait_ms)
{
	struct env *env = child->children->conf.env;

	child->stage = stage;
	env->ops->kill(env, child->id, signo);
	start_timer(child, wait_ms);
}

static void set_timed_out(struct child *child)
{
	uint64_t now_ns = env_now_ns(child->children->conf.env);

	child->outcome.timed_out = true;
	if (child->start_ns)
		child->outcome.timed_out_after_ms = (now_ns - child->start_ns) / 1000000u;
}

static void on_timer(struct timer *timer)
{
	struct child *child = container_of(timer, struct child, timer);

	switch (child->stage) {
	case STAGE_RUNNING:
		set_timed_out(child);
		kill_child(child, SIGTERM, STAGE_TERMED, child->conf.grace_ms);
		return;
	case STAGE_TERMED:
		kill_child(child, SIGKILL, STAGE_KILLED, KILL_WAIT_MS);
		return;
	case STAGE_KILLED: /* it hangs in the kernel */
		child->outcome.lost = true;
		child_done(child);
		return;
	default:
		child_done(child); /* something it left behind still holds its pipes */
	}
}

void child_stop(struct child *child, bool is_timeout, uint64_t grace_ms)
{
	struct child_outcome *outcome = &child->outcome;

	if (child->stage >= STAGE_KILLED)
		return;
	if (!outcome->timed_out && !outcome->cancelled) {
		if (is_timeout)
			set_timed_out(child);
		outcome->run_timed_out = is_timeout;
		outcome->cancelled = !is_timeout;
	}
	if (child->stage == STAGE_WAITING) {
		leave_queue(child);
		outcome->spawn_errno = ECANCELED;
		child_done(child);
	} else if (grace_ms == 0) {
		kill_child(child, SIGKILL, STAGE_KILLED, KILL_WAIT_MS);
	} else if (child->stage == STAGE_RUNNING) {
		kill_child(child, SIGTERM, STAGE_TERMED, grace_ms);
	} else {
		start_timer(child,
			    grace_ms < child->conf.grace_ms ? grace_ms : child->conf.grace_ms);
	}
}

/* ---- what the spawner says ---- */

static void on_failed(struct child *child, int code)
{
	if (is_shortage(code) && child->stage == STAGE_RUNNING && ++child->n_tries < RETRIES_MAX) {
		wait_for_room(child);
		return;
	}
	child->outcome.spawn_errno = code;
	child_done(child);
}

static void on_exit_known(struct child *child, const struct spawn_event *event)
{
	child->outcome.lost = event->type == SPAWN_LOST;
	child->outcome.status = event->status;
	child->outcome.cpu_us = event->user_us + event->system_us;
	child->outcome.max_rss_kb = event->max_rss_kb;
	child->stage = STAGE_EXITED;
	start_timer(child, DRAIN_MS);
	done_if_over(child);
}

void children_event(struct children *children, const struct spawn_event *event)
{
	struct child *child = find_child(children, event->id);

	if (!child || child->stage == STAGE_EXITED)
		return; /* given up before */
	switch (event->type) {
	case SPAWN_STARTED:
		return;
	case SPAWN_FAILED:
		on_failed(child, event->code);
		return;
	case SPAWN_EXITED:
	case SPAWN_LOST:
		on_exit_known(child, event);
	}
}

/* ---- all of them ---- */

static void free_handle(uv_handle_t *handle)
{
	free(handle);
}

static int watch_epoll(struct children *self)
{
	int r;

	self->poll = malloc(sizeof(*self->poll));
	if (!self->poll)
		return -ENOMEM;
	r = uv_poll_init(self->conf.loop, self->poll, self->epoll_fd);
	if (r < 0) {
		free(self->poll);
		self->poll = NULL;
		return r;
	}
	self->poll->data = self;
	(void)uv_poll_start(self->poll, UV_READABLE, on_readable); /* only fails when closing */
	uv_unref((uv_handle_t *)self->poll);
	return 0;
}

int children_new(const struct children_conf *conf, struct children **ret_children,
		 struct error *err)
{
	struct children *self = calloc(1, sizeof(*self));
	int r;

	if (!self)
		return error_errno(err, ENOMEM, "cannot start the engine");
	self->conf = *conf;
	self->waiting_tail = &self->waiting;
	self->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	self->null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	r = self->epoll_fd < 0 || self->null_fd < 0 ? -errno : watch_epoll(self);
	if (r < 0) {
		children_free(self);
		return error_errno(err, -r, "cannot watch children");
	}
	*ret_children = self;
	return 0;
}

void children_free(struct children *children)
{
	if (!children)
		return;
	for (struct child *child = children->all, *next; child; child = next) {
		next = child->next;
		timer_stop(children->conf.timers, &child->timer);
		child_free(child);
	}
	timer_stop(children->conf.timers, &children->retry);
	map_release(&children->by_id);
	if (children->poll)
		uv_close((uv_handle_t *)children->poll, free_handle);
	if (children->epoll_fd >= 0)
		(void)close(children->epoll_fd); /* nothing to lose */
	if (children->null_fd >= 0)
		(void)close(children->null_fd); /* read only */
	free(children);
}
