/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_CORE_H
#define ENGINE_CORE_H

#include "base/map.h"
#include "engine/bus.h"
#include "engine/child.h"
#include "engine/engine.h"
#include "engine/env.h"
#include "engine/journal.h"
#include "engine/pass.h"
#include "engine/retry.h"
#include "engine/schedule.h"
#include "engine/timer.h"
#include "recovery/recover.h"

#include <uv.h>

/**
 * The inside of the engine: who owns what. Only src/engine/ includes this.
 *
 *	record.c    what the journal is told, and what waits for it
 *	retry.c     calls that wait: for another attempt, or for a breaker
 *	run.c       a run's data; settle.c what becomes of it: waiting → ready → … → ended
 *	schedule.c  which ready call is started next: lanes, limits, locks
 *	pass.c      fused calls, on worker threads
 *	exec_host.c the other tools; child.c their processes
 *	engine.c    the loop
 *
 * Everything that changes a call only records it and kicks the engine; consequences (events,
 * dependents, halts) and starts are worked off at one point of the loop's turn, after all input
 * of that turn has been taken. So no function here is ever called from inside itself.
 */
struct engine {
	uv_loop_t loop;
	uv_check_t settle; /* where everything is worked off */
	uv_idle_t hurry;   /* active while there is something: the loop must not sleep */
	uv_async_t async;  /* passes knock here; referenced while a run is not done */
	bool is_kicked, is_attached;

	struct env *env;
	bool owns_env;
	struct timers timers;
	struct bus bus;
	bool stream_output;

	int root_fd;
	char *root_path, *spool_dir;
	struct cache *own_cache; /* until the passes have it */
	const char *const *environ;
	unsigned n_threads;

	struct schedule schedule;
	struct passes passes;
	struct children *children;
	struct journal *journal; /* of all its runs that are recorded, or NULL */
	struct timer hurry_journal;
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

/* ---- runs ---- */

enum call_state {
	CALL_WAITING, /* for its phase or for calls it needs */
	CALL_TWIN,    /* an equal call is ready or running: it gets that one's result */
	CALL_READY,
	CALL_PARKED,    /* waits for locks */
	CALL_RECORDING, /* has its place; starts when the journal has that it does */
	CALL_DELAYED,   /* waits for its timer: a retry, or an open breaker */
	CALL_RUNNING,
	CALL_ENDED,
};

struct run_call {
	struct heap_node ready; /* in its group, while ready */
	struct map_node equal;  /* in run->leaders, while it leads */
	struct run *run;
	const struct call *call;
	struct group *group;
	struct run_call *twins;      /* a leader's first; a twin's next */
	struct run_call *next_ended; /* in engine->ended */
	struct lock_want *wants;     /* n_wants of run->wants */
	uint32_t n_wants;
	uint32_t n_needs; /* not ended yet; the start of its phase counts as one */
	unsigned attempts;
	unsigned attempts_before; /* of earlier processes that worked on the run */
	enum call_state state;
	bool is_known; /* result was brought along; it ends without an attempt, and */
	bool is_new;   /* that has to be recorded */
	bool has_locks, has_place, leads, is_dropped; /* place: in its lane, alone */
	uint64_t ready_ns, start_ns;                  /* 0 = never */
	struct exec_host *host;                       /* while running, or */
	struct pass *pass;
	struct result *result; /* when ended; NULL again when dropped. Before its next attempt: of
	                          the last one */
	struct timer timer;    /* while delayed */
	struct recover_memo memo;
	uint32_t width_max; /* of a pass it is in; 0 = any */
};

/* Who waits for whom, turned round: the dependents of x are items[first[x]..first[x + 1]). */
struct fan {
	uint32_t *first, *items;
};

struct run_phase {
	uint32_t n_needs, n_left; /* phases to end first; calls not ended */
	bool is_started;
	uint64_t by_status[CALL_STATUS_COUNT];
	struct receipt receipt;
	struct group *groups; /* a few */
};

struct run {
	struct engine *engine;
	struct run *next, **back; /* in engine->runs */
	struct run *next_news;
	const struct plan *plan;
	char id[32];
	uint64_t seq, start_ns, deadline_ns; /* deadline 0 = none */
	struct timer deadline;
	struct run_call *calls;
	struct run_phase *phases;
	struct fan of_calls, of_phases, members; /* members: calls of a phase */
	struct lock_want *wants;
	size_t n_wants;
	struct map leaders; /* by tool and args: struct run_call.equal */
	size_t n_left;      /* calls not settled */
	size_t n_active;    /* calls that are neither waiting nor settled, */
	size_t n_ending;    /* and of those, that have ended */
	size_t n_passes;    /* under way with calls of this run */
	bool is_begun, is_done, is_plan_held, has_news;
	enum run_stop stop;    /* the first reason; NONE = it goes on */
	enum run_stop wanted;  /* asked for, not done yet */
	bool wanted_soon;      /* only start nothing more */
	bool is_past_deadline; /* of the plan: passes know it themselves */
	bool is_recorded;      /* in engine->journal, its calls from first_seq on */
	uint64_t first_seq;
	bool is_cancelled;   /* calls under way were told to end: next time, kill */
	char stop_text[256]; /* of a systemic stop */
	uint64_t n_failed;   /* for the halt policy: failed, timeout, denied, indeterminate */
	struct run_totals totals;
	uint64_t cpu_us_before;
	struct result no_memory; /* stands in for results there was no memory for */
};

/** Builds everything a run needs; nothing is started. */
int run_build(struct engine *engine, const struct plan *plan, struct run **ret_run,
	      struct error *err);
void run_destroy(struct run *run);

/** Something is to be begun or stopped. */
void run_add_news(struct run *run);
void run_past_deadline(struct run *run); /* its timer or a pass says so */
/** Starts and stops what was asked for, works off what ended, until nothing is left. */
void runs_settle(struct engine *engine);

/** A ready call is taken in hand. */
void run_call_started(struct run_call *call);
/** The end of a call, however it came. Contents of *own_result move. */
void run_call_end(struct run_call *call, struct result *own_result);
/** A result without output. */
struct result run_failure(enum call_status status, const struct error *err);
/** The same as run_call_end() with such a result. err is copied. */
void run_call_fail(struct run_call *call, enum call_status status, const struct error *err);
/** The end of a call that is asked about no more: run_call_end() without another attempt. */
void run_call_close(struct run_call *call, struct result *own_result);
/** What the engine knows of an attempt that has just ended. */
void run_fill_result(const struct run_call *call, struct result *result);
/** Every run of the engine stops: reason would fail all calls. */
void runs_stop_systemic(struct engine *engine, const char *reason);
/** Back to ready: its pass was stopped because of others. */
void run_call_again(struct run_call *call);
/** A pass with calls of this run is over. */
void run_pass_ended(struct run *run);
void run_emit(struct run *run, struct event *event); /* fills in time and run */
void run_output(struct run_call *call, const char *text, size_t len);

/* ---- the journal: record.c ---- */

/** A call that has its place starts, at once or when that is recorded. */
void run_call_start(struct run_call *call);
/** The attempt is over, and there will be another. */
void run_call_record_retry(struct run_call *call, const struct result *result);
/** True: call->result is being recorded, and run_call_told() follows. */
bool run_call_record_end(struct run_call *call);
/** An end may be told: its consequences are worked off next. */
void run_call_told(struct run_call *call);
/** Ends a call that never started, by why its run stops. */
void run_call_end_unstarted(struct run_call *call);
void engine_collect_journal(struct engine *engine);

/* ---- tools that are no fusers: exec_host.c ---- */

void exec_host_start(struct run_call *call);
/** Ends the call's child: as timed out, or as cancelled; at once, or after a short grace. */
void exec_host_stop(struct exec_host *self, bool is_timeout, bool at_once);

/* ---- twins: twin.c ---- */

uint64_t call_hash(const struct call *call);
bool call_equals(const struct call *a, const struct call *b); /* same tool, same bound args */
/** A copy that owns its strings and shares the blobs. False without memory. */
bool result_copy(const struct result *from, struct result *ret_copy);

#endif
