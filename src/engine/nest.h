/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_NEST_H
#define ENGINE_NEST_H

#include "model/host.h"

#include <stdbool.h>

struct agent;
struct engine;
struct nest;
struct run_call;

/**
 * Calls that an agent makes of volley's tools: a run of their own in the same engine, so that they
 * share its passes, its lanes and its cache. While the agent waits for them it gives its place in
 * its lane to them; its slot of the pool it lends to the agents among them (os/slot_pool.h). Of such
 * a run only the ends of calls are told, as events of the run at the top (agent.call), and it is
 * not recorded: it is part of a call that is. Loop thread.
 */
struct nest_owner {
	struct run_call *call;
	struct agent *agent;
	/** The results, in order; they are gone when it returns. Not from nest_start(). */
	void (*done)(void *data, const struct result *const *results, size_t n);
	void *data;
};

int nest_start(const struct host_nest *request, const struct nest_owner *owner,
	       struct nest **ret_nest, struct error *err);
/** It ends soon, as timed out or as cancelled. */
void nest_stop(struct nest *nest, bool is_timeout);
/** The call that its calls are made for. */
const struct run_call *nest_owner(const struct nest *nest);
/** Its run has ended. */
void nest_run_ended(struct nest *nest);

/** Those whose calls have ended come before all that has not started. */
void nests_reclaim(struct engine *engine);
/** Forgets those that are left, without telling their owners. */
void nests_release(struct engine *engine);

#endif
