/* SPDX-License-Identifier: MIT */
/* volley run: a workflow from its file to its answer. */
#include "cli/command.h"
#include "cli/load.h"
#include "cli/running.h"

static int run_run(const struct options *options)
{
	CLEANUP(buf) struct buf buf;
	struct running running = { .options = options };
	int status;

	buf_init(&buf, WORKFLOW_BYTES_MAX);
	status = load_workflow(options, options->operands[0], &buf, &running.text, &running.plan);
	if (status)
		return status;
	if (!load_finds_root(&running.text, running.plan)) {
		plan_free(running.plan);
		return STATUS_USAGE;
	}
	running.root = running.plan->root;
	return running_go(&running);
}

const struct command command_run = {
	.name = "run",
	.operands = "FILE|-",
	.summary = "run a workflow file (YAML or JSON; - for standard input)",
	.min_operands = 1,
	.max_operands = 1,
	.run = run_run,
};
