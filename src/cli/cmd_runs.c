/* SPDX-License-Identifier: MIT */
/* volley runs: the runs there are, newest first. */
#include "cli/command.h"
#include "cli/diag.h"
#include "cli/options.h"
#include "cli/out.h"
#include "cli/run_dir.h"
#include "cli/run_state.h"

#include <stdlib.h>
#include <unistd.h>

enum { RUNS_SHOWN = 100 };

struct listing {
	const struct options *options;
	struct out out;
	struct json_write json;
	size_t n;
};

static void add_json(struct listing *self, const struct run_brief *brief)
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
	struct listing *self = data;
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
	struct listing self = { .options = options };
	struct error err;
	int r;

	out_init(&self.out, STDOUT_FILENO);
	self.json = json_write_to(&self.out.buf);
	if (options->format == FORMAT_JSON)
		json_begin_array(&self.json);
	r = run_dir_each(RUNS_SHOWN, add_run, &self, &err);
	if (options->format == FORMAT_JSON) {
		json_end_array(&self.json);
		buf_add_char(&self.out.buf, '\n');
	}
	if (r == 0)
		r = out_flush(&self.out, &err);
	if (r < 0)
		diag_error(&err);
	else if (self.n == 0)
		diag_say("there are no runs yet");
	out_release(&self.out);
	return r < 0 ? STATUS_BROKEN : STATUS_OK;
}

const struct command command_runs = {
	.name = "runs",
	.operands = "",
	.summary = "list the latest runs: what became of them",
	.run = runs_run,
};
