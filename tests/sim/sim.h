/* SPDX-License-Identifier: MIT */
#ifndef TESTS_SIM_SIM_H
#define TESTS_SIM_SIM_H

/*
 * The simulated world of one seed. The engine, its journal and SQLite are the real ones; time,
 * children, threads and the disk are these:
 *
 *	sim_plan.c   the plan, and what each of its calls is like (its script)
 *	sim_tools.c  tools whose calls do what their script and the flaws say
 *	sim_env.c    clock and threads, sim_child.c children, as an env of the engine
 *	sim_disk.c   files of the journal, which survive a crash as a disk would; sim_vfs.c SQLite's
 *	             way to them
 *	sim_check.c  the rules: what may happen, and sim_answer.c what may be told
 *	sim_life.c   process after process works on the run, until one comes to its end
 *	sim_trace.c  all that happened, in order
 *
 * Everything that is chosen is chosen by random numbers that come from the seed.
 */
#include "base/attr.h"
#include "base/heap.h"
#include "engine/engine.h"
#include "engine/env.h"
#include "engine/recorded.h"
#include "engine/resume.h"
#include "plan/plan.h"

enum {
	SIM_MS = 1000000,
	SIM_CALLS_MAX = 64,
	SIM_TOOLS_MAX = 4,
	SIM_CRASHES_MAX = 3,
	SIM_CHILDREN_MAX = 1 << 12,
	SIM_QUIET_MS = 90000, /* of one life: from then on nothing goes wrong any more */
	SIM_LIFE_MS = 900000, /* of one life: it has ended by then, or hangs */
	SIM_EVENTS_MAX = 40000,
};

/* What can go wrong. Each kind is on in a quarter of all seeds, and then happens in a quarter of
 * the places where it can; in some seeds it storms. */
enum flaw {
	FLAW_EXIT,    /* unknown: a command ends with a status of its own */
	FLAW_CRASH,   /* transient, once: SIGSEGV */
	FLAW_OOM,     /* resource: killed for its memory */
	FLAW_BUSY,    /* transient: EBUSY, which counts for breakers */
	FLAW_COORD,   /* coordination: EDEADLK */
	FLAW_DEVICE,  /* systemic: EIO */
	FLAW_SPACE,   /* resource of the host: ENOSPC of a command */
	FLAW_DENIED,  /* permanent: EACCES */
	FLAW_TERM,    /* SIGTERM is ignored */
	FLAW_HOLD,    /* something that was left behind holds the pipe */
	FLAW_HANG,    /* half a minute instead */
	FLAW_LOST,    /* the supervisor dies, and with it all children */
	FLAW_NO_FORK, /* a spawn is refused at once */
	FLAW_NO_EXEC, /* … or fails a little later */
	FLAW_NO_THREAD,
	FLAW_LATE,   /* a thread of a pass runs late */
	FLAW_STUCK,  /* … or never */
	FLAW_MEMORY, /* a pass fails as a whole, having answered some */
	FLAW_TOO_BIG,
	FLAW_SILENT, /* a pass forgets a call */
	FLAW_SLOW_DISK,
	FLAW_DISK_ERROR,
	FLAW_DISK_FULL, /* until the ballast is given back */
	FLAW_DISK_STAYS_FULL,
	FLAW_INTERRUPT, /* somebody presses Ctrl-C */
	FLAW_COUNT
};

/* What a call is like when nothing goes wrong. */
struct sim_script {
	uint32_t name; /* equal for equal calls: what they bring depends on it alone */
	uint64_t ms;
	size_t out_len;
	int exit_status; /* or, of a fused call, not 0: it does not exist */
};

enum sim_policy { SIM_LEAVE, SIM_RERUN, SIM_SKIP, SIM_VERIFY, SIM_POLICY_COUNT };

struct sim_trace {
	struct sim *sim;
	bool prints;   /* each line at once */
	uint64_t hash; /* of all lines */
	size_t n;
	struct sim_line {
		char text[256];
	} lines[40]; /* the latest */
};

/* ---- the rules ---- */

/* What is known of a call from the outside. */
struct sim_call {
	/* of the process at work */
	bool is_started, is_running, is_probe, is_retrying, is_told;
	bool is_chosen; /* the policy ends it */
	unsigned n_starts;
	uint64_t not_before_ns; /* its next attempt */
	unsigned retries_told;  /* call.retry */
	bool is_firm;           /* it ended before this process: it ends like that again */
	/* of all of them */
	bool is_sure;          /* that it ended was told, and is durable, */
	unsigned sure_at;      /* or will be with this commit; 0 = it never will */
	bool was_cut;          /* the end of its run ended it */
	bool was_chosen;       /* the policy was to end it */
	bool is_settled;       /* the policy has ended it */
	enum call_status told; /* the latest */
	unsigned starts_of_all;
	unsigned n_born, n_effects; /* children, and those that had their effect */
	unsigned n_allowed;         /* so many children there may have been before the next */
};

struct sim_tool {
	const char *name;
	bool is_open, is_half_open;
	uint64_t since_ns;
};

struct sim_check {
	struct sim_call calls[SIM_CALLS_MAX];
	/* of the process at work */
	struct sim_tool tools[SIM_TOOLS_MAX];
	bool is_phase_started[SIM_CALLS_MAX];
	unsigned lane_running[LANE_COUNT], n_passes;
	unsigned n_by_status[CALL_STATUS_COUNT];
	unsigned n_commits; /* begun */
	bool is_halted;     /* nothing may start any more */
	bool was_stopped;   /* … or it was told to stop in some way */
	bool is_finished;
	int exit_status;
};

/* ---- all of it ---- */

struct sim {
	uint64_t seed;
	uint64_t now_ns;
	/* One sequence for each concern: a choice more in one does not change the others. */
	uint64_t plan_random, world_random, flaw_random, life_random, env_random;
	struct sim_trace trace;
	char broken[400]; /* the rule that was, or empty */
	/* the plan */
	struct plan *plan;
	struct sim_script scripts[SIM_CALLS_MAX];
	unsigned lane_limits[LANE_COUNT], total_limit, too_big, percent_failing;
	bool is_recorded, is_deferred; /* deferred: its first process writes nothing at first */
	/* flaws */
	bool flaw_on[FLAW_COUNT];
	unsigned flaw_percent[FLAW_COUNT];
	uint64_t busy_ms; /* 0: FLAW_BUSY is like any other; else it storms so long */
	/* the process at work */
	struct engine *engine;
	struct run *run;
	unsigned i_life, n_crashes;
	bool defers;
	uint64_t life_start_ns, interrupt_ns;
	uint64_t crash_at; /* event of this life; 0 = none */
	bool is_down;      /* it crashed, or is over: nothing counts any more */
	bool is_over;      /* stops the loop */
	enum sim_policy policy;
	struct sim_env *env;
	struct sim_disk *disk;
	char dir[200];
	struct sim_check check;
};

/* sim_trace.c */
void sim_say(struct sim *sim, const char *format, ...) ATTR_PRINTF(2, 3);
/** A rule is broken: the first one stays, and the process at work is stopped. */
void sim_break(struct sim *sim, const char *rule, const char *format, ...) ATTR_PRINTF(3, 4);
void sim_print_lines(const struct sim_trace *trace);

/* sim_plan.c */
uint64_t sim_pick(uint64_t *random, uint64_t n); /* from 0 to n - 1 */
void sim_make_plan(struct sim *sim);
void sim_make_flaws(struct sim *sim);
bool sim_flaw(struct sim *sim, enum flaw flaw); /* whether it happens here and now */
/** What a call with this script brings back: out_len bytes. */
void sim_write_body(const struct sim_script *script, char *ret_body);

/* sim_tools.c */
extern const struct tool sim_run, sim_ask, sim_look, sim_peek;
void sim_set(struct sim *sim); /* whose tools those are */
bool sim_is_fused(const struct call *call);

/* sim_tools.c: the seed at work, or NULL: for who has to tell of an abort. */
const struct sim *sim_at_work(void);

/* sim_life.c */
/** All of a seed. False: a rule was broken. *ret_hash: of all that happened. */
bool sim_seed(uint64_t seed, bool prints, uint64_t *ret_hash);

#endif
