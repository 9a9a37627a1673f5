/* SPDX-License-Identifier: MIT */
#ifndef CLI_RUNNING_H
#define CLI_RUNNING_H

#include "api/coordinator.h"
#include "cli/jsonl.h"
#include "cli/options.h"
#include "cli/out.h"
#include "cli/record.h"
#include "cli/spill.h"
#include "cli/work.h"

/**
 * A plan on its way to its answer on standard output: `run`, `resume`, and the questions. Loop
 * thread.
 */
struct running {
	const struct options *options;
	struct plan *plan; /* goes with it */
	const char *root;  /* NULL = where we are */
	struct record record;
	struct workflow_text text; /* of the plan, to be written down; data NULL = begin does it */
	/* Between the start of the run and the first turn of the loop; NULL = nothing more. */
	int (*begin)(struct running *running, struct error *err);
	void *data; /* of answer, and its command's */
	/* What the graph of its results is ranked by: there is one if the plan needs it (late
	 * calls, a synthesis), or if there is a question. NULL = none. */
	const struct question *question;
	coordinator_choose_fn *choose; /* what late reads are for; NULL = files by rank */
	/* Instead of the report of a run; NULL = that. */
	int (*answer)(struct running *running, int status, const struct run_totals *totals,
		      struct error *err);

	struct work work;
	struct run *run;
	struct coordinator *coordinator;
	struct out out;
	struct spill spill;
	struct jsonl jsonl;
	bool is_done;
	int exit_status; /* of the run, once it is done */
};

/** Runs the plan, prints the answer, frees all; the exit status of the process. */
int running_go(struct running *running);

/** The same for a command with a plan of its own, to which the command line is applied. */
int running_built(const struct options *options);

/** The end of answer(): r < 0 is no memory for it. */
int running_print(struct running *running, int r, const struct buf *text, struct error *err);

/** Calls that shared a pass looked at the same files: they are counted once. What was too much to
 *  keep of a command's output was read from its file all the same. */
void running_count_once(const struct running *running, struct run_totals *totals);

/** Why the run was stopped, for people; NULL = it was not. */
const char *running_stop_text(const struct running *running);

#endif
