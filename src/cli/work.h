/* SPDX-License-Identifier: MIT */
#ifndef CLI_WORK_H
#define CLI_WORK_H

#include "cli/options.h"
#include "cli/providers.h"
#include "engine/engine.h"
#include "plan/plan.h"

#include <stdbool.h>
#include <uv.h>

/**
 * What the commands that run calls have in common: the root, the engine, and the ways to be
 * stopped (a signal, the deadline). Loop thread.
 */
typedef void work_stop_fn(void *data, enum run_stop why);

struct work {
	char *root; /* absolute */
	char *spool_dir, *state_dir;
	char *cache_dir, *web_cache_dir; /* NULL = there is no place */
	char *jobs_dir;                  /* where make's job slots are */
	const char *search_list;         /* --search */
	struct arena origins;
	struct providers providers;
	bool has_providers; /* they were looked up */
	struct engine *engine;
	enum run_stop stop; /* why it was asked to end early */
	work_stop_fn *on_stop;
	void *data;
	uv_signal_t signals[3];
	uv_timer_t deadline;
	unsigned n_closing; /* handles */
	bool has_handles;
};

/** root: NULL for the working directory. plan: of what will run, as far as it is known; NULL.
 *  Nothing runs yet; no thread, no child. */
int work_start(struct work *work, const struct options *options, const char *root,
	       const struct plan *plan, struct error *err);

/** The exit status when that failed: wrong usage, or volley itself. */
int work_status(const struct error *err);

/** Signals and the deadline (0 = none) lead to on_stop(), once; a second signal ends all. */
void work_watch(struct work *work, uint64_t timeout_ms, work_stop_fn *on_stop, void *data);

/** Accepts one that work_start() failed on. Cancels what still runs; leaves no child. */
void work_end(struct work *work);

/** What --hidden and --no-ignore say, for calls that do not say otherwise. */
void work_apply_options(const struct options *options, struct plan *plan, size_t first_call);

#endif
