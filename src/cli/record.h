/* SPDX-License-Identifier: MIT */
#ifndef CLI_RECORD_H
#define CLI_RECORD_H

#include "cli/options.h"
#include "engine/engine.h"
#include "plan/workflow.h"

/**
 * What the commands have written down of their runs, and where: STATE/runs/RUN, whose lock they
 * hold meanwhile. A run that cannot be recorded runs all the same; that it cannot be resumed is
 * said on standard error.
 */
struct record {
	bool is_on;
	int dir_fd;  /* while is_on: open and locked, so that it is not pruned; or -1 */
	int lock_fd; /* while is_on */
};

/** After run_start(). text: as it was read. Nothing with --no-journal. */
void record_workflow(struct record *record, const struct options *options, struct run *run,
		     const char *root, const struct workflow_text *text);

/** The same for calls that came one by one; later runs of the engine go into the same journal. */
void record_calls(struct record *record, const struct options *options, struct run *run,
		  const char *root);

/** is_ended: there is nothing to resume. engine: NULL if it never started. */
void record_end(struct record *record, struct engine *engine, bool is_ended, int exit_status);

/** Whether a plan has calls that must not be done twice. */
bool record_has_effects(const struct plan *plan);

#endif
