/* SPDX-License-Identifier: MIT */
/* volley ps: runs that are under way, and the processes of their commands. */
#include "base/str.h"
#include "cli/command.h"
#include "cli/diag.h"
#include "cli/run_dir.h"
#include "cli/run_list.h"
#include "cli/run_state.h"
#include "os/marked.h"

enum { RUNS_LOOKED_AT = 1000 };

struct listing {
	struct run_list list;
	const char *id; /* whose processes are being listed */
};

static bool add_process(void *data, const struct marked *marked)
{
	struct listing *self = data;

	if (!str_equal(marked->value, self->id))
		return true;
	if (self->list.options->format == FORMAT_JSON) {
		json_begin_object(&self->list.json);
		json_key_uint(&self->list.json, "pid", (uint64_t)marked->pid);
		json_key_str(&self->list.json, "command", marked->command);
		json_end_object(&self->list.json);
	} else {
		buf_printf(&self->list.out.buf, "  %7d  %s\n", (int)marked->pid, marked->command);
	}
	return true;
}

static bool add_run(void *data, const char *id, const char *path)
{
	struct listing *self = data;
	struct run_brief brief;

	if (!run_lock_holder(path) || !run_brief_read(id, path, &brief))
		return true;
	self->list.n++;
	self->id = id;
	if (self->list.options->format == FORMAT_JSON) {
		json_begin_object(&self->list.json);
		run_brief_write(&brief, &self->list.json);
		json_key(&self->list.json, "processes");
		json_begin_array(&self->list.json);
	} else {
		buf_printf(&self->list.out.buf, "%7d  %s  %s  %zu of %zu calls\n", (int)brief.pid,
			   id, brief.name, brief.n_ended, brief.n_calls);
	}
	(void)marked_each(add_process, self); /* without /proc there are none */
	if (self->list.options->format == FORMAT_JSON) {
		json_end_array(&self->list.json);
		json_end_object(&self->list.json);
	}
	run_brief_release(&brief);
	return true;
}

static int ps_run(const struct options *options)
{
	struct listing self = { .list.options = options };
	int status;

	if (options->format == FORMAT_JSONL) {
		diag_say("'ps' answers in md or json");
		return STATUS_USAGE;
	}
	status = run_list_print(&self.list, RUNS_LOOKED_AT, add_run);
	if (status == STATUS_OK && self.list.n == 0 && options->format != FORMAT_JSON)
		diag_say("no run is under way");
	return status;
}

const struct command command_ps = {
	.name = "ps",
	.operands = "",
	.summary = "list runs that are under way, and their processes",
	.run = ps_run,
};
