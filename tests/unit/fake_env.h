/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_FAKE_ENV_H
#define TESTS_UNIT_FAKE_ENV_H

/* A simulated environment: a clock that jumps to the next thing that happens, and threads that run
 * on the loop thread, at a time. Children: fake_children.h. */
#include "base/attr.h"
#include "base/heap.h"
#include "base/str.h"
#include "engine/env.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include <uv.h>

enum { FAKE_MS = 1000000, FAKE_CHILDREN_MAX = 20000 };

struct fake_event {
	struct heap_node node; /* key: when */
	struct fake_env *fake;
	struct spawn_event child; /* or */
	void (*body)(void *data);
	void *data;
	bool ignores_term, is_oom;
	int held_fd;
};

struct fake_env {
	struct env env;
	struct env_events events;
	uv_idle_t *idle;
	unsigned ticks;
	uint64_t now_ns, wake_ns; /* wake 0 = none */
	struct heap heap, held;
	struct fake_event *live[FAKE_CHILDREN_MAX]; /* children by id */
	uint64_t thread_ms;                         /* how long after its start a thread runs */
	bool threads_stuck;
	struct fake_event *stuck; /* the last thread that never ran */
	unsigned n_spawned, n_live, max_live, n_kills, n_terms, n_busy;
	uint64_t random;
	int fail_threads;       /* that many starts fail with EAGAIN */
	struct machine machine; /* nothing is known of it, or: */
	const struct machine_files *files;
	unsigned n_machine_reads;
	void (*before_read)(struct fake_env *fake); /* or NULL: a script of what happens */
	struct sandbox_profile profile;             /* of the last one */
	int fail_spawns;                            /* that many spawns fail with EMFILE */
};

static struct fake_env *fake_of(struct env *env)
{
	return container_of(env, struct fake_env, env);
}

static uint64_t fake_now_ns(struct env *env)
{
	return fake_of(env)->now_ns;
}

static int64_t fake_time_s(struct env *env)
{
	return 1769854502 + (int64_t)(fake_of(env)->now_ns / 1000000000u);
}

static uint64_t fake_random(struct env *env)
{
	uint64_t n = fake_of(env)->random;

	return n ? n : 4; /* chosen by a fair die */
}

static void fake_usage(struct env *env, uint64_t *ret_cpu_us, uint64_t *ret_rss_kb)
{
	(void)env;
	*ret_cpu_us = 0;
	*ret_rss_kb = 1;
}

static void fake_fire(struct fake_env *fake, struct fake_event *event)
{
	if (event->body) {
		event->body(event->data);
	} else {
		if (event->child.type != SPAWN_FAILED)
			fake->n_live--;
		fake->live[event->child.id] = NULL;
		fake->machine.oom_kills += event->is_oom;
		fake->events.on_child(fake->events.data, &event->child);
		if (event->held_fd >= 0) { /* something it left behind lives on */
			heap_push(&fake->held, &event->node, 0);
			return;
		}
	}
	free(event);
}

/* Between two steps of time the loop has a few turns to take what is in the pipes. */
static void fake_tick(uv_idle_t *idle)
{
	struct fake_env *fake = idle->data;
	struct heap_node *first = heap_first(&fake->heap);

	if (++fake->ticks % 4 != 0)
		return;
	if (first && (!fake->wake_ns || first->key <= fake->wake_ns)) {
		if (first->key > fake->now_ns)
			fake->now_ns = first->key;
		heap_remove(&fake->heap, first);
		fake_fire(fake, container_of(first, struct fake_event, node));
	} else if (fake->wake_ns) {
		if (fake->wake_ns > fake->now_ns)
			fake->now_ns = fake->wake_ns;
		fake->wake_ns = 0;
		fake->events.on_wake(fake->events.data);
	}
}

static int fake_attach(struct env *env, uv_loop_t *loop, const struct env_events *events,
		       struct error *err)
{
	struct fake_env *fake = fake_of(env);

	(void)err;
	fake->events = *events;
	fake->idle = malloc(sizeof(*fake->idle));
	if (!fake->idle)
		return -ENOMEM;
	(void)uv_idle_init(loop, fake->idle);
	(void)uv_idle_start(fake->idle, fake_tick);
	fake->idle->data = fake;
	uv_unref((uv_handle_t *)fake->idle);
	return 0;
}

static void fake_free_handle(uv_handle_t *handle)
{
	free(handle);
}

static void fake_detach(struct env *env)
{
	struct fake_env *fake = fake_of(env);
	struct heap_node *node;

	uv_close((uv_handle_t *)fake->idle, fake_free_handle);
	while ((node = heap_pop(&fake->heap)) || (node = heap_pop(&fake->held))) {
		struct fake_event *event = container_of(node, struct fake_event, node);

		if (event->held_fd >= 0)
			(void)close(event->held_fd);
		free(event);
	}
}

static void fake_wake_at(struct env *env, uint64_t at_ns)
{
	fake_of(env)->wake_ns = at_ns;
}

static struct fake_event *fake_event_at(struct fake_env *fake, uint64_t delay_ms)
{
	struct fake_event *event = calloc(1, sizeof(*event));

	if (!event)
		abort();
	event->fake = fake;
	event->held_fd = -1;
	heap_push(&fake->heap, &event->node, fake->now_ns + delay_ms * FAKE_MS);
	return event;
}

static int fake_start_thread(struct env *env, void (*body)(void *data), void *data)
{
	struct fake_env *fake = fake_of(env);
	struct fake_event *event;

	if (fake->fail_threads > 0) {
		fake->fail_threads--;
		return -EAGAIN;
	}
	event = fake_event_at(fake, fake->thread_ms);
	event->body = body;
	event->data = data;
	if (fake->threads_stuck) {
		heap_remove(&fake->heap, &event->node);
		fake->stuck = event;
	}
	return 0;
}

/* The kernel lets it go at last. */
static ATTR_UNUSED void fake_unstick(struct fake_env *fake)
{
	fake->stuck->body(fake->stuck->data);
	free(fake->stuck);
	fake->stuck = NULL;
}

#endif
