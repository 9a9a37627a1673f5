/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_REGISTRY_H
#define TOOLS_REGISTRY_H

#include "model/tool.h"

#define TOOL(name) extern const struct tool tool_##name;
#include "tools/tools.def"
#undef TOOL

extern const struct tool *const builtin_tools[];
extern const size_t builtin_tool_count;

#endif
