/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include "engine/journal_db.h"
#include "model/event.h"
#include "os/sandbox.h"
#include "plan/plan.h"

/**
 * Runs plans. The thread that calls engine_run_until() is the loop thread: it owns everything
 * here, and nothing here may be touched from another thread. Children go through the spawner,
 * fused passes through a worker thread; both report back to the loop.
 *
 * Several runs may be under way in one engine; they share its lanes, its spawner and its passes
 * (calls of different runs that are ready together are fused into one pass).
 */
struct cache;
struct env;
struct engine;
struct run;
struct secrets;

/** What the machine must be like for anything to start; all 0 = no matter. An engine whose gates
 *  could never open is not made. */
struct engine_gates {
	double load_max;        /* nothing starts at this load or over */
	bool load_is_percent;   /* of the processors: 100 is one task for each */
	uint64_t memfree_bytes; /* nothing starts while less is free; under half of it the youngest
	                           call that may be restarted is ended, and waits again */
	bool noswap;            /* nothing starts while memory is swapped in and out */
};

struct engine_conf {
	const char *root_path;       /* absolute; confines every path */
	unsigned limits[LANE_COUNT]; /* 0 = lane_default_limit() */
	unsigned total_limit;        /* calls under way at once, all lanes; 0 = 100 */
	struct engine_gates gates;   /* nothing starts while one is shut */
	unsigned n_threads;          /* of a pass; 0 = processors of this process */
	unsigned jobs;               /* make's, of all commands together; 0 = processors */
	const char *jobs_dir;        /* where their pool is; made when needed; NULL = no pool */
	const char *spool_dir;       /* where output too big to keep goes; made when needed */
	const char *const *environ;  /* volley's own; commands get an allow-list of it */
	enum sandbox_level sandbox_level; /* of commands; a call may ask for a stricter one */
	struct sandbox_conf sandbox;      /* root and root_fd are filled in; strings are borrowed */
	bool redact;                      /* keep secrets out of results and events */
	bool stream_output;               /* call.output events while calls run */
	struct cache *own_cache;          /* of results of fused calls; NULL = none */
	const struct search_conf *search; /* whom web searches ask; borrowed; NULL = nobody */
	const char *web_cache_dir;        /* of answers over HTTP; made when needed; NULL = none */
	const char *ca_file;              /* certificates to trust; NULL = the system's */
	const struct toolbox *toolbox;    /* for the calls that agents make; borrowed; or NULL */
	struct env *env;                  /* borrowed; NULL = a real one of its own */
};

int engine_new(const struct engine_conf *conf, struct engine **ret_engine, struct error *err);

/** Cancels what runs, leaves no child, frees the runs that are left. Blocks up to 3 s. Accepts
 *  NULL. Not from a listener. */
void engine_free(struct engine *engine);

/** What is kept out of every result: secrets of conf's environ. NULL when not asked for. */
const struct secrets *engine_secrets(const struct engine *engine);

/** Events of all runs of the engine, on the loop thread, only while the loop turns. Listeners may
 *  be added and removed, runs started and cancelled, and results dropped while an event is
 *  delivered; runs may not be freed. Returns a handle (> 0) or -ENOMEM. */
typedef void event_fn(void *data, struct run *run, const struct event *event);
int engine_listen(struct engine *engine, event_fn *listener, void *data);
void engine_unlisten(struct engine *engine, int handle);

/** Starts a plan, which must outlive the run. Nothing happens before the loop turns, so that the
 *  calls of plans started together share their passes. */
int run_start(struct engine *engine, const struct plan *plan, struct run **ret_run,
	      struct error *err);

/**
 * Why a run stops early. Calls under way end as cancelled (or timeout) with what they have; those
 * that never started end as timeout (deadline), skipped (halt) or cancelled (interrupt). Takes
 * effect when the loop turns. An interrupt after another stop kills children at once.
 * RUN_STOP_SYSTEMIC is the engine's own: what fails would fail every call. Nothing is begun any
 * more, and what was not is skipped; calls under way go on.
 */
enum run_stop {
	RUN_STOP_NONE,
	RUN_STOP_DEADLINE,
	RUN_STOP_HALT,
	RUN_STOP_INTERRUPT,
	RUN_STOP_SYSTEMIC,
};
void run_cancel(struct run *run, enum run_stop why);

/** What is written down of a run: see engine/journal.h. All borrowed for the call. */
struct record_conf {
	const char *dir; /* of the run, exists */
	const char *vfs; /* tests: SQLite's name of one; NULL */
	struct journal_run about;
	bool is_deferred; /* until 200 ms have passed; only for runs without effects */
};

/**
 * Records a run that was started since the loop last turned. From then on nothing with an effect
 * starts, and no end is told, before that is durable. The plan of a run that ended is read no
 * more, but a deferred one outlives the journal. The first run makes the journal; later ones go
 * into the same, and of theirs only the calls are written.
 */
int run_record(struct run *run, const struct record_conf *conf, struct error *err);

/** Goes on with a run of the same plan, whose id it gets. */
int run_take_over(struct run *run, const struct record_conf *conf, struct error *err);

/** The result of a call, known before the run begins. Contents move. The call ends with it as
 *  soon as it would have started, without an attempt; is_new: the journal does not have it yet.
 *  0 or -ENOMEM. */
int run_know(struct run *run, size_t i_call, struct result *own_result, bool is_new);

/** How many attempts of a call earlier processes made; its next one counts on from there. */
void run_know_attempts(struct run *run, size_t i_call, unsigned n);

/** Ends the journal of the engine, when its runs are done: waits until all is written. 0 when
 *  there is none. */
int engine_end_record(struct engine *engine, enum run_state state, int exit_status,
		      struct error *err);

bool run_is_done(const struct run *run);
enum run_stop run_stop_reason(const struct run *run);
const char *run_stop_text(const struct run *run); /* of a systemic stop: why; else NULL */
const struct plan *run_plan(const struct run *run);
/** What is kept out of the results; NULL when nothing is. As long as the run. */
const struct secrets *run_secrets(const struct run *run);
const char *run_id(const struct run *run); /* unique, sortable by time: "20260131T101502-x7k2" */

/** Result of call i; NULL until it has ended and after it was dropped. */
const struct result *run_result(const struct run *run, size_t i_call);

/** Gives up the contents of a result that has been delivered, to bound memory. */
void run_drop_result(struct run *run, size_t i_call);

/**
 * Only when done. Accepts NULL. True: the plan may be freed now. False: a worker that is stuck in
 * the kernel (a dead mount) may still read the plan, which must then be left to the end of the
 * process.
 */
bool run_free(struct run *run);

struct run_totals {
	uint64_t by_status[CALL_STATUS_COUNT];
	uint64_t attempts, retries;            /* equal calls that shared one attempt count once */
	uint64_t batches;                      /* passes and single calls started */
	uint64_t wall_ns, cpu_us, peak_rss_kb; /* own and children's */
	struct receipt receipt;                /* folded */
	enum sandbox_level sandbox_level;      /* what commands are run with, and */
	bool has_sandbox;                      /* of this engine's commands some were confined: */
	struct sandbox_report sandbox;
};
void run_totals(const struct run *run, struct run_totals *ret_totals);

/** Turns the loop until *done becomes true (or nothing is left to wait for). */
int engine_run_until(struct engine *engine, const bool *done, struct error *err);
/** The loop itself (libuv), for standard input, signals and progress timers. */
struct uv_loop_s *engine_loop(struct engine *engine);

#endif
