/* SPDX-License-Identifier: MIT */
/* A tool's inputs as JSON Schema, from its own table. */
#include "model/tool_schema.h"

const char *tool_schema_type(const struct arg_spec *spec)
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
	json_key_str(json, "type", tool_schema_type(spec));
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

void tool_schema_write(const struct tool *tool, tool_schema_skip_fn *skip, struct json_write *json)
{
	json_begin_object(json);
	json_key_str(json, "type", "object");
	json_key(json, "properties");
	json_begin_object(json);
	for (const struct arg_spec *spec = tool->args; spec->type != ARG_END; spec++)
		if (!skip || !skip(tool, spec))
			write_property(spec, json);
	json_end_object(json);
	json_key(json, "required");
	json_begin_array(json);
	for (const struct arg_spec *spec = tool->args; spec->type != ARG_END; spec++)
		if (spec->required && (!skip || !skip(tool, spec)))
			json_str(json, spec->name);
	json_end_array(json);
	json_key_bool(json, "additionalProperties", false);
	json_end_object(json);
}
