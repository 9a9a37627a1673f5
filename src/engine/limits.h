/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_LIMITS_H
#define ENGINE_LIMITS_H

#include "engine/timer.h"
#include "resources/admit.h"

struct engine;
struct engine_conf;
struct result;
struct run_call;

/**
 * The engine's side of resources/admit.h: takes the readings, tells of limits that changed, and
 * restarts a call when memory is about to run out. Loop thread.
 *
 * A reading takes about 0.2 ms, once a second while a run is under way. The first is taken before
 * the first command, or before anything where the user set a gate: a search that ends within a
 * second needs none.
 */
struct limits {
	struct admit admit;
	struct timer tick, gate;   /* the next reading; a peer that said when to come back */
	unsigned told[LANE_COUNT]; /* the limit that was last heard of */
	bool has_looked;
	uint64_t oom_kills; /* of the latest reading */
};

/* A call that made room this often is left alone: it would never end. */
enum { LIMITS_RESTARTS_MAX = 3 };

int limits_init(struct engine *engine, const struct engine_conf *conf, struct error *err);
void limits_release(struct engine *engine);

/** A run was started: readings are taken until none is left. */
void limits_watch(struct engine *engine);

/** Before a command starts. True when a reading was taken: ask again whether it may. */
bool limits_look_first(struct engine *engine);

/** A command starts. */
void limits_call_starts(struct run_call *call);

/** A command has ended, before anyone hears of it. May say more of why in the result. */
void limits_call_ended(struct run_call *call, struct result *result);

#endif
