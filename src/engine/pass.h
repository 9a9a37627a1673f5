/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_PASS_H
#define ENGINE_PASS_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

struct cache;
struct engine;
struct pass;
struct pass_home;
struct queue;

/**
 * Fused passes: all ready calls of one fuser (of all runs) in one job on a worker thread.
 *
 *	loop: gather → start_thread ─► fuser->run() ─ done(i) ─► slots[i], done[] (mutex)
 *	loop: passes_collect() ◄──────── uv_async ◄───┘
 *
 * A pass counts as one instance of its lane, and of each phase it has calls of, however many
 * calls it carries: see docs/decisions/0003-fused-pass-and-lanes.md. Loop thread.
 */
enum {
	PASS_WIDTH_MAX = 4096,   /* calls in one pass */
	PASSES_MAX = 2,          /* at once: each uses all processors by itself */
	PASS_OVERSTAY_MS = 2000, /* after its deadline or cancelling: stuck in the kernel */
};

struct passes {
	struct pass *running;
	unsigned n_running;
	struct pass_home *home; /* what a pass may touch even when the engine is gone */
};

int passes_init(struct engine *engine, struct error *err);
void passes_release(struct engine *engine); /* leaves threads that still run to themselves */

/** Takes calls out of the queue and starts them; the queue is not empty. */
void pass_start(struct engine *engine, struct queue *queue);
/** What is in the cache is not looked for again; nothing if there is one already. */
void passes_share(struct engine *engine, struct cache *own_cache);
/** Tells the pass to come to an end; it does so for all its calls. */
void pass_cancel(struct pass *pass);
/** Takes over what passes have brought. */
void passes_collect(struct engine *engine);

#endif
