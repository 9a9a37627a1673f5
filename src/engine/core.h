/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_CORE_H
#define ENGINE_CORE_H

#include "base/map.h"
#include "engine/agents.h"
#include "engine/bus.h"
#include "engine/child.h"
#include "engine/engine.h"
#include "engine/env.h"
#include "engine/exec_host.h"
#include "engine/jobs.h"
#include "engine/journal.h"
#include "engine/limits.h"
#include "engine/nest.h"
#include "engine/pass.h"
#include "engine/record.h"
#include "engine/retry.h"
#include "engine/run.h"
#include "engine/schedule.h"
#include "engine/timer.h"
#include "engine/twin.h"
#include "engine/web.h"
#include "model/redact.h"
#include "recovery/recover.h"

#include <uv.h>

/**
 * The inside of the engine: who owns what. Only src/engine/ includes this.
 *
 *	record.c    what the journal is told, and what waits for it
 *	retry.c     calls that wait: for another attempt, or for a breaker
 *	run.c       a run's data; settle.c what becomes of it: waiting → ready → … → ended
 *	schedule.c  which ready call is started next: queues, locks
 *	limits.c    readings for resources/, which decides whether it may; what follows from them
 *	jobs.c      the job slots that commands share
 *	agents.c    trees of agents; nest.c the calls that they make
 *	pass.c      fused calls, on worker threads
 *	exec_host.c the other tools; child.c their processes
 *	web.c       one HTTP client for all; search.c whom a web search asks, and when
 *	engine.c    the loop
 *
 * What changes a call only records it and kicks the engine; consequences (events, dependents,
 * halts) and starts are worked off at one point of the loop's turn, after all input of that turn
 * has been taken. So no function here is ever called from inside itself.
 */
struct engine {
	uv_loop_t loop;
	uv_check_t settle; /* where everything is worked off */
	uv_idle_t hurry;   /* active while there is something: the loop must not sleep */
	uv_async_t async;  /* passes knock here; referenced while a run is not done */
	bool is_kicked, is_attached, is_ending;

	struct env *env;
	bool owns_env;
	struct timers timers;
	struct bus bus;
	bool stream_output;

	int root_fd;
	char *root_path, *spool_dir;
	struct cache *own_cache; /* until the passes have it */
	const char *const *environ;
	struct secrets *secrets; /* of environ; NULL = nothing is redacted */
	struct sandbox_conf sandbox;
	enum sandbox_level sandbox_level;
	unsigned n_threads;

	struct schedule schedule;
	struct limits limits;
	struct jobs jobs;
	struct agents agents;
	struct nest *nests;
	const struct toolbox *toolbox; /* what agents may use of it; NULL = nothing */
	struct passes passes;
	struct children *children;
	struct web web;
	struct journal *journal; /* of all its runs that are recorded, or NULL */
	struct timer hurry_journal;
	int witness_fd; /* of the journal; 0 = none */
	struct recover *recover;

	struct run *runs;                     /* all that exist, newest first */
	size_t n_open;                        /* not done */
	struct run_call *ended, **ended_tail; /* their consequences are not worked off yet */
	struct run_call *told;                /* call.finished is being delivered for it */
	struct run *news, **news_tail;        /* runs to be begun or stopped */
	uint64_t n_runs;                      /* ever: orders the calls of runs */
	uint32_t id_base;
};

void engine_kick(struct engine *engine);

#endif
