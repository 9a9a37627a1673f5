/* SPDX-License-Identifier: MIT */
/* volley batch: tool calls in, results out, one JSON object a line. */
#include "cli/batch.h"
#include "cli/command.h"

static int batch_command(const struct options *options)
{
	struct batch batch;

	return batch_run(&batch, options);
}

const struct command command_batch = {
	.name = "batch",
	.summary = "tool calls in, results out, one JSON object a line",
	.run = batch_command,
};
