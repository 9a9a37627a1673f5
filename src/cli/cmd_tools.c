/* SPDX-License-Identifier: MIT */
/* volley tools: what can be called, with which inputs; all of it from the tools' own tables. */
#include "api/toolbox.h"
#include "base/json_write.h"
#include "cli/command.h"
#include "cli/diag.h"
#include "cli/options.h"
#include "cli/out.h"
#include "model/tool.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

static const char *type_name(const struct arg_spec *spec)
{
	static const char *const names[] = {
		[ARG_END] = "",           [ARG_STR] = "string",     [ARG_PATH] = "string",
		[ARG_INT] = "integer",    [ARG_BOOL] = "boolean",   [ARG_ENUM] = "string",
		[ARG_STR_LIST] = "array", [ARG_STR_MAP] = "object", [ARG_MAP] = "object",
	};

	return names[spec->type];
}

static void write_choices(const struct arg_spec *spec, struct json_write *json)
{
	json_key(json, "enum");
	json_begin_array(json);
	for (const char *const *choice = spec->choices; *choice; choice++)
		json_str(json, *choice);
	json_end_array(json);
	json_key_str(json, "default", spec->choices[spec->initial]);
}

static void write_item_type(const char *key, struct json_write *json)
{
	json_key(json, key);
	json_begin_object(json);
	json_key_str(json, "type", "string");
	json_end_object(json);
}

static void write_property(const struct arg_spec *spec, struct json_write *json)
{
	json_key(json, spec->name);
	json_begin_object(json);
	json_key_str(json, "type", type_name(spec));
	json_key_str(json, "description", spec->help);
	if (spec->type == ARG_ENUM)
		write_choices(spec, json);
	if (spec->type == ARG_STR_LIST)
		write_item_type("items", json);
	if (spec->type == ARG_STR_MAP)
		write_item_type("additionalProperties", json);
	if (spec->type == ARG_INT) {
		json_key(json, "minimum");
		json_int(json, spec->min);
		json_key(json, "maximum");
		json_int(json, spec->max);
	}
	if (spec->type == ARG_BOOL)
		json_key_bool(json, "default", spec->initial);
	json_end_object(json);
}

static void write_schema(const struct tool *tool, struct json_write *json)
{
	json_begin_object(json);
	json_key_str(json, "type", "object");
	json_key(json, "properties");
	json_begin_object(json);
	for (const struct arg_spec *spec = tool->args; spec->type != ARG_END; spec++)
		write_property(spec, json);
	json_end_object(json);
	json_key(json, "required");
	json_begin_array(json);
	for (const struct arg_spec *spec = tool->args; spec->type != ARG_END; spec++)
		if (spec->required)
			json_str(json, spec->name);
	json_end_array(json);
	json_key_bool(json, "additionalProperties", false);
	json_end_object(json);
}

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
		write_schema(tool, &json);
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
			buf_printf(out, "  %-16s %-8s %s%s\n", spec->name, type_name(spec),
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
