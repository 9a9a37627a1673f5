/* SPDX-License-Identifier: MIT */
#ifndef CLI_BATCH_H
#define CLI_BATCH_H

#include "cli/out.h"
#include "cli/reader.h"
#include "cli/record.h"
#include "cli/spill.h"
#include "cli/wave.h"
#include "cli/work.h"

/**
 * Lines in, answers out, while more lines come.
 *
 *	stdin ─► lines ─► wave ─► run ─┐ call.finished
 *	   ▲       (plan)              ▼
 *	   └── not read while ◄── answers ─► out ─► stdout
 *	       too much is open
 *
 * What has come in by the time the loop is about to wait becomes one wave, or a few; a single
 * line is a wave of one and answered at once. A wave is freed when all of its lines are answered.
 */
struct batch {
	const struct options *options;
	const struct toolbox *toolbox;
	struct work work;
	struct record record;
	struct out out;
	struct lines lines;
	struct reader reader;
	struct spill spill; /* open only while a line is written */
	struct map by_run;
	struct wave *first, **last; /* in the order of the input */
	size_t n_open;              /* lines without an answer */
	size_t answer_bytes;        /* of an answer, a moving average */
	size_t held_bytes;          /* of plans; keep-order: and of results that wait */
	uv_prepare_t prepare;
	uv_timer_t flush;   /* answers that gather wait no longer than this */
	uint64_t pushed_ms; /* loop time */
	int listener;
	bool is_failed;   /* some call did not succeed */
	bool is_systemic; /* a run was stopped by what stops all: nothing more is started */
	bool is_done;
	int error; /* -ENOMEM or what writing said */
};

/** Runs until the input ends and all is answered; the exit status. */
int batch_run(struct batch *batch, const struct options *options);

#endif
