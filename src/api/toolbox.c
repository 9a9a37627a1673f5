/* SPDX-License-Identifier: MIT */
/* The one place that knows which tools there are. */
#include "api/toolbox.h"

#include "tools/registry.h"

const struct toolbox *toolbox_builtin(void)
{
	static struct toolbox toolbox;

	toolbox = (struct toolbox){ builtin_tools, builtin_tool_count };
	return &toolbox;
}
