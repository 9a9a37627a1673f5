/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_RUN_H
#define ENGINE_RUN_H

#include "base/map.h"
#include "engine/agents.h"
#include "engine/engine.h"
#include "engine/exec_host.h"
#include "engine/pass.h"
#include "engine/schedule.h"
#include "engine/timer.h"
#include "recovery/recover.h"

/** The inside of a run: its calls and phases, and what becomes of them. Only src/engine/ includes
 *  this, with core.h. */

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
	bool is_known;   /* result was brought along; it ends without an attempt, and */
	bool is_new;     /* that has to be recorded */
	bool is_blocked; /* skipped for what may be another time: it is not over */
	bool has_locks, has_place, leads, is_dropped; /* place: in its lane, alone */
	uint64_t ready_ns, start_ns;                  /* 0 = never */
	struct agent *agent;    /* what is set aside for it, until it starts; NULL = none */
	struct exec_host *host; /* while running, or */
	struct pass *pass;
	struct result *result; /* when ended; NULL again when dropped. Before its next attempt: of
	                          the last one */
	struct timer timer;    /* while delayed */
	struct recover_memo memo;
	uint64_t oom_kills; /* of the machine when its attempt began */
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
	struct group *groups;  /* a few */
	struct ledger *agents; /* of its agents, while there is a budget for them */
};

struct run {
	struct engine *engine;
	struct run *next, **back; /* in engine->runs */
	struct run *next_news;
	const struct plan *plan;
	struct agent *above; /* whose calls it runs; NULL = none's */
	struct nest *nest;   /* the same */
	char id[32];
	uint64_t seq, start_ns, deadline_ns; /* deadline 0 = none */
	struct timer deadline;
	struct run_call *calls;
	struct run_phase *phases;
	struct fan of_calls, of_phases, members; /* members: calls of a phase */
	struct lock_want *wants;
	size_t n_wants;
	struct secrets *secrets; /* the engine's, and those that its calls bring */
	struct map leaders;      /* by tool and args: struct run_call.equal */
	size_t n_left;           /* calls not settled */
	size_t n_active;         /* calls that are neither waiting nor settled, */
	size_t n_ending;         /* and of those, that have ended */
	size_t n_passes;         /* under way with calls of this run */
	bool is_begun, is_done, is_plan_held, has_news;
	enum run_stop stop;    /* the first reason; NONE = it goes on */
	enum run_stop wanted;  /* asked for, not done yet */
	bool wanted_soon;      /* only start nothing more */
	bool is_past_deadline; /* of the plan: passes know it themselves */
	bool is_recorded;      /* in engine->journal, its calls from first_seq on */
	uint64_t first_seq;
	bool is_cancelled;     /* calls under way were told to end: next time, kill */
	char stop_text[256];   /* of a systemic stop */
	uint64_t n_failed;     /* for the halt policy: failed, timeout, denied, indeterminate */
	uint64_t n_not_needed; /* late calls that were skipped */
	struct run_totals totals;
	uint64_t cpu_us_before;
	struct result no_memory; /* stands in for results there was no memory for */
};

/** Builds everything a run needs; nothing is started. above: whose calls they are, or NULL. */
int run_build(struct engine *engine, const struct plan *plan, struct agent *above,
	      struct run **ret_run, struct error *err);
/** run_start(), for calls of an agent. */
int run_start_above(struct engine *engine, const struct plan *plan, struct agent *above,
		    struct run **ret_run, struct error *err);
void run_destroy(struct run *run);

void run_add_news(struct run *run);      /* something is to be begun or stopped */
void run_past_deadline(struct run *run); /* its timer or a pass says so */
/** Starts and stops what was asked for, works off what ended, until nothing is left. */
void runs_settle(struct engine *engine);

/** A ready call is taken in hand. */
void run_call_started(struct run_call *call);
/** The end of a call, however it came. Contents of *own_result move. */
void run_call_end(struct run_call *call, struct result *own_result);
/** An end may be told: its consequences are worked off next. */
void run_call_told(struct run_call *call);
/** Ends a call that never started, by why its run stops. */
void run_call_end_unstarted(struct run_call *call);
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

#endif
