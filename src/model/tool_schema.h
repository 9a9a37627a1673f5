/* SPDX-License-Identifier: MIT */
#ifndef MODEL_TOOL_SCHEMA_H
#define MODEL_TOOL_SCHEMA_H

#include "base/json_write.h"
#include "model/tool.h"

/** Which inputs are not to be offered. */
typedef bool tool_schema_skip_fn(const struct tool *tool, const struct arg_spec *spec);

/** An object: a JSON Schema of the tool's inputs. skip may be NULL. */
void tool_schema_write(const struct tool *tool, tool_schema_skip_fn *skip, struct json_write *json);

/** "string", "integer", …; static. */
const char *tool_schema_type(const struct arg_spec *spec);

#endif
