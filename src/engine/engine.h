/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

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
struct env;
struct engine;
struct run;

struct engine_conf {
	const char *root_path;            /* absolute; confines every path */
	unsigned limits[LANE_COUNT];      /* 0 = lane_default_limit() */
	unsigned total_limit;             /* calls under way at once, all lanes; 0 = 100 */
	unsigned n_threads;               /* of a pass; 0 = processors of this process */
	const char *spool_dir;            /* where output too big to keep goes; made when needed */
	const char *const *environ;       /* volley's own; commands get an allow-list of it */
	enum sandbox_level sandbox_level; /* of commands; a call may ask for a stricter one */
	struct sandbox_conf sandbox;      /* root and root_fd are filled in; strings are borrowed */
	bool stream_output;               /* call.output events while calls run */
	struct env *env;                  /* borrowed; NULL = a real one of its own */
};

int engine_new(const struct engine_conf *conf, struct engine **ret_engine, struct error *err);

/** Cancels what runs, leaves no child, frees the runs that are left. Blocks up to 3 s. Accepts
 *  NULL. Not from a listener. */
void engine_free(struct engine *engine);

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
 */
enum run_stop { RUN_STOP_NONE, RUN_STOP_DEADLINE, RUN_STOP_HALT, RUN_STOP_INTERRUPT };
void run_cancel(struct run *run, enum run_stop why);

bool run_is_done(const struct run *run);
enum run_stop run_stop_reason(const struct run *run);
const struct plan *run_plan(const struct run *run);
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
