/* SPDX-License-Identifier: MIT */
/* The list of tools. */
#include "tools/registry.h"

const struct tool *const builtin_tools[] = {
#define TOOL(name) &tool_##name,
#include "tools/tools.def"
#undef TOOL
};
