/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_FAKE_TOOLS_H
#define TESTS_UNIT_FAKE_TOOLS_H

/* Tools that look like the real ones to a plan and do nothing. */
#include "base/str.h"
#include "plan/plan.h"

#include <errno.h>

static const struct fuser fake_fuser = { .name = "fake" };

enum { FAKE_PATTERN };

static const struct arg_spec fake_glob_args[] = {
	[FAKE_PATTERN] = { "pattern", ARG_STR, NULL, "glob", .required = true, .min = 1 },
	{ "path", ARG_PATH, NULL, "where", .required = false },
	{ .type = ARG_END },
};

static const char *const fake_modes[] = { "content", "files_with_matches", "count", NULL };

static const struct arg_spec fake_grep_args[] = {
	[FAKE_PATTERN] = { "pattern", ARG_STR, NULL, "regex", .required = true },
	{ "output_mode", ARG_ENUM, NULL, "what", .initial = 1, .choices = fake_modes },
	{ "-C", ARG_INT, "context", "lines around", .max = 100 },
	{ "-i", ARG_BOOL, NULL, "ignore case", .required = false },
	{ "-n", ARG_BOOL, NULL, "numbers", .initial = 1 },
	{ "head_limit", ARG_INT, NULL, "at most", .max = 1000000, .initial = 250 },
	{ "-o", ARG_BOOL, NULL, "only what matched", .required = false },
	{ "glob", ARG_STR, NULL, "which files", .required = false },
	{ .type = ARG_END },
};

static const struct arg_spec fake_read_args[] = {
	{ "file_path", ARG_PATH, NULL, "file", .required = true },
	{ "offset", ARG_INT, NULL, "first line", .min = 1, .max = 1000000000, .initial = 1 },
	{ "limit", ARG_INT, NULL, "lines", .min = 1, .max = 1000000000 },
	{ .type = ARG_END },
};

static const struct arg_spec fake_bash_args[] = {
	{ "command", ARG_STR, NULL, "shell text", .required = true, .min = 1 },
	{ "timeout", ARG_INT, NULL, "ms", .min = 1, .max = 600000, .initial = 120000 },
	{ "env", ARG_STR_MAP, NULL, "environment", .required = false },
	{ "words", ARG_STR_LIST, NULL, "words", .max = 8 },
	{ "idempotent", ARG_BOOL, NULL, "may be repeated", .required = false },
	{ .type = ARG_END },
};

static inline int fake_grep_check(const struct args *args, size_t *ret_arg, struct error *err)
{
	*ret_arg = FAKE_PATTERN;
	if (str_equal(args_str(args, FAKE_PATTERN), "("))
		return error_set(err, ERROR_INVALID, EINVAL, "missing closing parenthesis");
	return 0;
}

static const struct tool fake_glob = {
	.name = "Glob",
	.args = fake_glob_args,
	.lane = LANE_CODEBASE,
	.flags = TOOL_PURE | TOOL_RERUN,
	.fuser = &fake_fuser,
	.brief_key = "pattern",
};
static const struct tool fake_grep = {
	.name = "Grep",
	.args = fake_grep_args,
	.lane = LANE_CODEBASE,
	.flags = TOOL_PURE | TOOL_RERUN,
	.check = fake_grep_check,
	.fuser = &fake_fuser,
	.brief_key = "pattern",
};
static const struct tool fake_read = {
	.name = "Read",
	.args = fake_read_args,
	.lane = LANE_CODEBASE,
	.flags = TOOL_PURE | TOOL_RERUN,
	.fuser = &fake_fuser,
	.brief_key = "file_path",
};
static const struct tool fake_bash = {
	.name = "Bash",
	.args = fake_bash_args,
	.lane = LANE_BASH,
	.flags = TOOL_WRITES,
	.brief_key = "command",
};

static const struct tool *const fake_tools[] = { &fake_glob, &fake_grep, &fake_read, &fake_bash };
static const struct toolbox fake_toolbox = { fake_tools, countof(fake_tools) };

#endif
