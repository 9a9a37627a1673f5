/* SPDX-License-Identifier: MIT */
#ifndef TESTS_SIM_SIM_PROCESS_H
#define TESTS_SIM_SIM_PROCESS_H

/* The inside of the env of a process: sim_env.c has time and threads, sim_child.c children. */
#include "tests/sim/sim_env.h"

#include <uv.h>

struct sim_event {
	struct heap_node node; /* key: when, ns */
	void (*fire)(struct sim_env *self, struct sim_event *event);
};

struct sim_env {
	struct env env;
	struct sim *sim;
	struct env_events events;
	uv_idle_t *idle;
	unsigned n_ticks, n_turns, n_idle;
	bool is_interrupted, was_interrupted;
	uint64_t wake_ns, n_events, slowest_ns;
	struct heap heap;
	struct sim_child *children[SIM_CHILDREN_MAX]; /* by id */
	size_t n_children, id_end;
	struct sim_thread *stuck, *disk;
};

struct sim_env *sim_env_of(struct env *env);
uint64_t sim_env_pick(struct sim_env *self, uint64_t n);
void sim_env_at(struct sim_env *self, struct sim_event *event, uint64_t delay_ns);

int sim_spawn(struct env *env, const struct spawn_request *request,
	      const struct sandbox_profile *profile, struct error *err);
void sim_kill(struct env *env, uint64_t id, int signo);
/** A child is gone. Its effect has happened if its time had come. */
void sim_leave(struct sim_env *self, struct sim_child *child, bool is_lucky);
/* Events: all children are lost; one is forgotten. */
void sim_lose_all(struct sim_env *self, struct sim_event *event);
void sim_release_child(struct sim_env *self, struct sim_event *event);

#endif
