/* SPDX-License-Identifier: MIT */
/* volley runs: the runs there are, newest first. */
#include "cli/command.h"
#include "cli/diag.h"
#include "cli/run_list.h"
#include "cli/run_state.h"

enum { RUNS_SHOWN = 100 };

static void add_json(struct run_list *self, const struct run_brief *brief)
{
	struct json_write *json = &self->json;

	if (self->options->format == FORMAT_JSONL)
		*json = json_write_to(&self->out.buf);
	json_begin_object(json);
	run_brief_write(brief, json);
	json_end_object(json);
	if (self->options->format == FORMAT_JSONL)
		buf_add_char(&self->out.buf, '\n');
}

static bool add_run(void *data, const char *id, const char *path)
{
	struct run_list *self = data;
	struct run_brief brief;

	if (!run_brief_read(id, path, &brief))
		return true;
	if (self->options->format == FORMAT_JSON || self->options->format == FORMAT_JSONL) {
		add_json(self, &brief);
	} else {
		if (self->n == 0)
			buf_add_str(&self->out.buf,
				    "| run | state | calls | not ok | in doubt | name |\n"
				    "|---|---|--:|--:|--:|---|\n");
		buf_printf(&self->out.buf, "| %s | %s | %zu of %zu | %zu | %zu | %s |\n", brief.id,
			   brief.state, brief.n_ended, brief.n_calls, brief.n_not_ok,
			   brief.n_in_doubt, brief.name);
	}
	run_brief_release(&brief);
	self->n++;
	return true;
}

static int runs_run(const struct options *options)
{
	struct run_list self = { .options = options };
	int status = run_list_print(&self, RUNS_SHOWN, add_run);

	if (status == STATUS_OK && self.n == 0)
		diag_say("there are no runs yet");
	return status;
}

const struct command command_runs = {
	.name = "runs",
	.operands = "",
	.summary = "list the latest runs: what became of them",
	.run = runs_run,
};
