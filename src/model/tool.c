/* SPDX-License-Identifier: MIT */
/* Finding a tool by any of its names. */
#include "model/tool.h"

#include "base/str.h"

static bool has_name(const struct tool *tool, const char *name)
{
	if (str_equal_loosely(tool->name, name))
		return true;
	for (const char *const *alias = tool->aliases; alias && *alias; alias++) {
		if (str_equal_loosely(*alias, name))
			return true;
	}
	return false;
}

bool tool_may_rerun(const struct call *call)
{
	const struct tool *tool = call->tool;

	if (tool->flags & (TOOL_PURE | TOOL_RERUN))
		return true;
	for (size_t i = 0; i < call->args.n; i++) {
		const struct arg_spec *spec = &call->args.specs[i];

		for (size_t k = 0; k < countof(tool->rerun_keys); k++) {
			if (tool->rerun_keys[k] && str_equal(spec->name, tool->rerun_keys[k]) &&
			    (spec->type == ARG_BOOL ? args_bool(&call->args, i)
						    : args_is_set(&call->args, i)))
				return true;
		}
	}
	return false;
}

const struct tool *tool_find(const struct tool *const *tools, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (has_name(tools[i], name))
			return tools[i];
	}
	return NULL;
}
