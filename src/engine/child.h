/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_CHILD_H
#define ENGINE_CHILD_H

#include "model/host.h"

struct child;
struct children;
struct env;
struct secrets;
struct spawn_event;
struct timers;
struct uv_loop_s;

/**
 * Child processes of tools: their pipes, time limits, and the output that is kept. Loop thread.
 * Output is redacted as it comes, each stream by itself: nothing behind this sees a secret.
 *
 * A child has ended when its exit is known and its pipes are at their end; if something it left
 * behind holds the pipes, DRAIN_MS after the exit. What cannot be killed is given up KILL_WAIT_MS
 * after SIGKILL, as lost. When descriptors or processes are short, a start waits until another
 * child has ended, or for RETRY_MS, up to RETRIES_MAX times.
 */
struct children_conf {
	struct env *env;
	struct timers *timers;
	struct uv_loop_s *loop;
	int root_fd;
	const char *root_path;
	const char *spool_dir; /* NULL = output that is too long is only cut */
};

struct child_owner {
	void (*done)(void *data, struct child_outcome *own_outcome); /* not from child_start() */
	void (*output)(void *data, const char *text, size_t len);    /* or NULL */
	void *data;
	int witness_fd; /* spawn_request's; 0 = none */
	uint64_t witness_key;
	const char *spool_name;        /* valid until done */
	const struct secrets *secrets; /* kept out of the output; NULL = none; valid until done */
};

int children_new(const struct children_conf *conf, struct children **ret_children,
		 struct error *err);
/** Forgets children that are left, without telling their owners. Accepts NULL. */
void children_free(struct children *children);

/** For env_events.on_child. */
void children_event(struct children *children, const struct spawn_event *event);

int child_start(struct children *children, const struct host_child *host_child,
		const struct child_owner *owner, struct child **ret_child, struct error *err);

/** TERM, then KILL after grace_ms (0 = at once). May be called again with less grace. */
void child_stop(struct child *child, bool is_timeout, uint64_t grace_ms);

#endif
