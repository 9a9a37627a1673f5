/* SPDX-License-Identifier: MIT */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include "base/buf.h"
#include "engine/engine.h"
#include "model/call.h"
#include "plan/plan.h"

#include <stddef.h>

/**
 * The answer of a run, in the formats of --format, never longer than its budget. What does not
 * fit is left out in this order: text of the calls (each keeps a fair share), details of the
 * calls, whole calls (failed ones last; in JSON the synthesis and the account go before those);
 * what was left out is said. All borrowed.
 */
struct report {
	const struct plan *plan;
	const char *run_id;
	const struct result *const *results; /* by call; NULL = it has none */
	const struct run_totals *totals;
	const struct secrets *secrets; /* kept out of what calls were asked for */
	int exit_status;
	const char *stop_text; /* why nothing could go on, or NULL */
	const char *full_dir;  /* where the full outputs are, or NULL */
	size_t budget_bytes;   /* SIZE_MAX = all */
	/* What all results come to together, in the form of the answer; NULL = not asked for. */
	const struct buf *synthesis;
};

/** 0 or -ENOMEM (also when out's maximum is passed). */
int report_md(const struct report *report, struct buf *out);
int report_json(const struct report *report, struct buf *out);

/** "deadline reached", "interrupted", …; NULL for a run that went to its end. */
const char *report_stop_name(const struct report *report);

/** What confines commands, in words. */
enum { REPORT_SANDBOX_MAX = 160 };
void report_sandbox(const struct sandbox_report *sandbox, char out[REPORT_SANDBOX_MAX]);

/** The account of a run as a JSON object: calls by status, attempts, times, memory. */
void report_totals(const struct run_totals *totals, struct json_write *json);

/**
 * Which calls to name when not all can be: those that are not ok first, then in order. Marks
 * chosen[i] for as many as cost at most `room` together; costs[i] > 0.
 */
void report_choose(const struct report *report, const size_t *costs, size_t room, bool *ret_chosen);

#endif
