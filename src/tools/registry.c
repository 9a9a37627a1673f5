/* SPDX-License-Identifier: MIT */
/* The list of tools. */
#include "tools/registry.h"

#include "base/attr.h"

const struct tool *const builtin_tools[] = {
#define TOOL(name) &tool_##name,
#include "tools/tools.def"
#undef TOOL
};

const size_t builtin_tool_count = countof(builtin_tools);
