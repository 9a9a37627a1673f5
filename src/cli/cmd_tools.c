/* SPDX-License-Identifier: MIT */
/* volley tools: what can be called, with which inputs; all of it from the tools' own tables. */
#include "api/toolbox.h"
#include "base/json_write.h"
#include "cli/command.h"
#include "cli/diag.h"
#include "cli/options.h"
#include "cli/out.h"
#include "model/tool.h"
#include "model/tool_schema.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

static void write_json(const struct toolbox *toolbox, struct buf *out)
{
	struct json_write json = json_write_to(out);

	json_begin_array(&json);
	for (size_t i = 0; i < toolbox->n; i++) {
		const struct tool *tool = toolbox->tools[i];

		json_begin_object(&json);
		json_key_str(&json, "name", tool->name);
		json_key_str(&json, "description", tool->summary);
		json_key_str(&json, "lane", lane_name(tool->lane));
		json_key_bool(&json, "fused", tool->fuser != NULL);
		json_key_bool(&json, "read_only", !(tool->flags & TOOL_WRITES));
		json_key(&json, "input_schema");
		tool_schema_write(tool, NULL, &json);
		json_end_object(&json);
	}
	json_end_array(&json);
	buf_add_char(out, '\n');
}

static void write_text(const struct toolbox *toolbox, struct buf *out)
{
	for (size_t i = 0; i < toolbox->n; i++) {
		const struct tool *tool = toolbox->tools[i];

		buf_printf(out, "%s%s: %s (lane %s, %u at once%s)\n", i ? "\n" : "", tool->name,
			   tool->summary, lane_name(tool->lane), lane_default_limit(tool->lane),
			   tool->fuser ? ", fused" : "");
		for (const struct arg_spec *spec = tool->args; spec->type != ARG_END; spec++)
			buf_printf(out, "  %-16s %-8s %s%s\n", spec->name, tool_schema_type(spec),
				   spec->help, spec->required ? " (required)" : "");
	}
}

static int tools_run(const struct options *options)
{
	const struct toolbox *toolbox = toolbox_builtin();
	struct error err;
	struct out out;
	int r;

	if (options->format == FORMAT_JSONL) {
		diag_say("'tools' answers in md or json");
		return STATUS_USAGE;
	}
	out_init(&out, STDOUT_FILENO);
	if (options->format == FORMAT_JSON)
		write_json(toolbox, &out.buf);
	else
		write_text(toolbox, &out.buf);
	r = out_flush(&out, &err);
	if (r < 0)
		diag_error(&err);
	out_release(&out);
	return r < 0 ? STATUS_BROKEN : STATUS_OK;
}

const struct command command_tools = {
	.name = "tools",
	.summary = "the tools and their inputs; as JSON Schema with --format json",
	.run = tools_run,
};
