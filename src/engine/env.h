/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_ENV_H
#define ENGINE_ENV_H

#include "os/machine.h"
#include "os/sandbox.h"
#include "os/spawner.h"

#include <stdint.h>

struct uv_loop_s;

/**
 * Everything of the engine that is not deterministic: time, randomness, threads and children. A
 * simulation replaces this and nothing else, and a run becomes a function of its plan and a seed.
 * Pipes, files and the loop itself stay real. Loop thread, except where said.
 */
struct env {
	const struct env_ops *ops;
};

struct env_events {
	spawn_event_fn *on_child;
	void (*on_wake)(void *data); /* at or after the time asked for, or early: look again */
	void *data;
};

struct env_ops {
	uint64_t (*now_ns)(struct env *env); /* monotonic, never 0 */
	int64_t (*time_s)(struct env *env);  /* since 1970 */
	uint64_t (*random)(struct env *env);
	/* Of this process so far: processor time, and the most memory it held. */
	void (*usage)(struct env *env, uint64_t *ret_cpu_us, uint64_t *ret_rss_kb);

	/* The machine's load, memory and so on; under a millisecond. */
	void (*read_machine)(struct env *env, struct machine *ret_machine);

	/** Ties env to a loop; once. Its handles do not keep the loop alive. */
	int (*attach)(struct env *env, struct uv_loop_s *loop, const struct env_events *events,
		      struct error *err);
	/** Kills every child, closes the handles. No event comes after. Only after attach(). */
	void (*detach)(struct env *env);

	/** One alarm: a later call replaces an earlier one. */
	void (*wake_at)(struct env *env, uint64_t at_ns);

	/** Both as spawner_spawn() and spawner_kill(); outcomes through on_child, never from
	 *  inside of these. */
	int (*spawn)(struct env *env, const struct spawn_request *request,
		     const struct sandbox_profile *profile, struct error *err);
	void (*kill)(struct env *env, uint64_t id, int signo);

	/** What confines commands; false as long as none was confined. */
	bool (*sandbox)(struct env *env, struct sandbox_report *ret_report);

	/** Runs body(data) on a thread that nobody joins. Returns 0 or -errno. */
	int (*start_thread)(struct env *env, void (*body)(void *data), void *data);

	void (*free)(struct env *env);
};

/** sandbox: of the commands that ask for one; borrowed. */
int env_real_new(const struct sandbox_conf *sandbox, struct env **ret_env, struct error *err);

static inline uint64_t env_now_ns(struct env *env)
{
	return env->ops->now_ns(env);
}

static inline void env_free(struct env *env)
{
	if (env)
		env->ops->free(env);
}

#endif
