/* SPDX-License-Identifier: MIT */
/* volley ps: runs that are under way, and the processes of their commands. */
#include "base/str.h"
#include "cli/command.h"
#include "cli/diag.h"
#include "cli/options.h"
#include "cli/out.h"
#include "cli/run_dir.h"
#include "cli/run_state.h"
#include "os/marked.h"

#include <string.h>
#include <unistd.h>

enum { RUNS_LOOKED_AT = 1000 };

struct listing {
	const struct options *options;
	struct out out;
	struct json_write json;
	const char *id; /* whose processes are being listed */
	size_t n;
};

static bool add_process(void *data, const struct marked *marked)
{
	struct listing *self = data;

	if (!str_equal(marked->value, self->id))
		return true;
	if (self->options->format == FORMAT_JSON) {
		json_begin_object(&self->json);
		json_key_uint(&self->json, "pid", (uint64_t)marked->pid);
		json_key_str(&self->json, "command", marked->command);
		json_end_object(&self->json);
	} else {
		buf_printf(&self->out.buf, "  %7d  %s\n", (int)marked->pid, marked->command);
	}
	return true;
}

static bool add_run(void *data, const char *id, const char *path)
{
	struct listing *self = data;
	struct run_brief brief;

	if (!run_lock_holder(path) || !run_brief_read(id, path, &brief))
		return true;
	self->n++;
	self->id = id;
	if (self->options->format == FORMAT_JSON) {
		json_begin_object(&self->json);
		run_brief_write(&brief, &self->json);
		json_key(&self->json, "processes");
		json_begin_array(&self->json);
	} else {
		buf_printf(&self->out.buf, "%7d  %s  %s  %zu of %zu calls\n", (int)brief.pid, id,
			   brief.name, brief.n_ended, brief.n_calls);
	}
	(void)marked_each("VOLLEY_RUN", add_process, self); /* without /proc there are none */
	if (self->options->format == FORMAT_JSON) {
		json_end_array(&self->json);
		json_end_object(&self->json);
	}
	run_brief_release(&brief);
	return true;
}

static int ps_run(const struct options *options)
{
	struct listing self = { .options = options };
	struct error err;
	int r;

	if (options->format == FORMAT_JSONL) {
		diag_say("'ps' answers in md or json");
		return STATUS_USAGE;
	}
	out_init(&self.out, STDOUT_FILENO);
	self.json = json_write_to(&self.out.buf);
	if (options->format == FORMAT_JSON)
		json_begin_array(&self.json);
	r = run_dir_each(RUNS_LOOKED_AT, add_run, &self, &err);
	if (options->format == FORMAT_JSON) {
		json_end_array(&self.json);
		buf_add_char(&self.out.buf, '\n');
	}
	if (r == 0)
		r = out_flush(&self.out, &err);
	if (r < 0)
		diag_error(&err);
	else if (self.n == 0 && options->format != FORMAT_JSON)
		diag_say("no run is under way");
	out_release(&self.out);
	return r < 0 ? STATUS_BROKEN : STATUS_OK;
}

const struct command command_ps = {
	.name = "ps",
	.operands = "",
	.summary = "list runs that are under way, and their processes",
	.run = ps_run,
};
