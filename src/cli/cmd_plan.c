/* SPDX-License-Identifier: MIT */
/* volley plan: what a workflow would run, and why in this order; nothing is run. */
#include "cli/command.h"
#include "cli/diag.h"
#include "cli/load.h"
#include "cli/options.h"
#include "cli/out.h"

#include <unistd.h>

static int plan_run(const struct options *options)
{
	struct plan *plan;
	struct error err;
	struct out out;
	int status;

	if (options->format == FORMAT_JSONL) {
		diag_say("'plan' answers in md or json");
		return STATUS_USAGE;
	}
	status = load_workflow(options, options->operands[0], &plan);
	if (status)
		return status;
	out_init(&out, STDOUT_FILENO);
	if (out_flush(&out, &err) < 0) {
		diag_error(&err);
		status = STATUS_BROKEN;
	}
	out_release(&out);
	plan_free(plan);
	return status;
}

const struct command command_plan = {
	.name = "plan",
	.operands = "FILE|-",
	.summary = "show what a workflow would run, and why; run nothing",
	.min_operands = 1,
	.max_operands = 1,
	.run = plan_run,
};
