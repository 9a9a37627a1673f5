/* SPDX-License-Identifier: MIT */
/* The one place that knows which tools there are. */
#include "api/toolbox.h"

#include "tools/registry.h"

enum {
	N_BUILTIN = 0
#define TOOL(name) +1
#include "tools/tools.def"
#undef TOOL
};

const struct toolbox *toolbox_builtin(void)
{
	static const struct toolbox toolbox = { .tools = builtin_tools, .n = N_BUILTIN };

	return &toolbox;
}
