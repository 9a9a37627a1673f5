/* SPDX-License-Identifier: MIT */
/* Grep: what ripgrep means by it. */
#include "scan/cursor.h"
#include "scan/glob.h"
#include "scan/matcher.h"
#include "scan/type.h"
#include "tools/codebase.h"

#include <errno.h>
#include <string.h>

static const char *const modes[] = { "files_with_matches", "content", "count", NULL };

enum { CONTEXT_MAX = 10000 };

#define CONTEXT(name_, help_)                                                                      \
	{                                                                                          \
		.name = name_, .type = ARG_INT, .min = 0, .max = CONTEXT_MAX, .help = help_        \
	}

static const struct arg_spec grep_args[] = {
	[GREP_PATTERN] = { .name = "pattern",
			   .type = ARG_STR,
			   .required = true,
			   .max = REGEX_LEN_MAX,
			   .help = "regular expression, ripgrep's syntax; lookaround and "
				   "backreferences work too, under a step limit" },
	[GREP_PATH] = { .name = "path",
			.type = ARG_PATH,
			.help = "file or directory; default: the workspace root" },
	[GREP_GLOB] = { .name = "glob",
			.type = ARG_STR,
			.max = GLOB_LEN_MAX,
			.help = "only files this matches, as rg -g" },
	[GREP_TYPE] = { .name = "type",
			.type = ARG_STR,
			.max = 64,
			.help = "only files of this type, as rg -t: c, py, rust …" },
	[GREP_OUTPUT_MODE] = { .name = "output_mode",
			       .type = ARG_ENUM,
			       .choices = modes,
			       .help = "what to answer" },
	[GREP_AFTER] = CONTEXT("-A", "lines of context after a match (content)"),
	[GREP_BEFORE] = CONTEXT("-B", "lines of context before a match (content)"),
	[GREP_AROUND] = CONTEXT("-C", "lines of context around a match (content)"),
	[GREP_CONTEXT] = CONTEXT("context", "the same as -C"),
	[GREP_NUMBERS] = { .name = "-n",
			   .type = ARG_BOOL,
			   .initial = 1,
			   .help = "line numbers (content)" },
	[GREP_ICASE] = { .name = "-i", .type = ARG_BOOL, .help = "ignore case" },
	[GREP_ONLY] = { .name = "-o", .type = ARG_BOOL, .help = "only the parts that match" },
	[GREP_MULTILINE] = { .name = "multiline",
			     .type = ARG_BOOL,
			     .help = "matches may span lines, '.' matches newlines" },
	[GREP_HEAD_LIMIT] = { .name = "head_limit",
			      .type = ARG_INT,
			      .min = 0,
			      .max = 1000000000,
			      .initial = 250,
			      .help = "at most so many lines, files or counts; 0 = all" },
	[GREP_OFFSET] = { .name = "offset",
			  .type = ARG_INT,
			  .min = 0,
			  .max = 1000000000,
			  .help = "leave out so many of them first" },
	[GREP_HIDDEN] = { .name = "hidden", .type = ARG_BOOL, .help = "hidden files too" },
	[GREP_NO_IGNORE] = { .name = "no_ignore",
			     .type = ARG_BOOL,
			     .help = "files that .gitignore and the like exclude too" },
	[GREP_CURSOR] = { .name = "cursor",
			  .type = ARG_STR,
			  .max = CURSOR_LEN_MAX,
			  .help = "go on where an earlier answer's receipt says" },
	{ .type = ARG_END },
};

static int check_pattern(const struct args *args, struct error *err)
{
	enum regex_flags flags = (args_bool(args, GREP_ICASE) ? REGEX_ICASE : 0) |
				 (args_bool(args, GREP_MULTILINE) ? REGEX_MULTILINE : 0);
	size_t at;
	int r = matcher_check(args_str(args, GREP_PATTERN), args->values[GREP_PATTERN].len, flags,
			      &at, err);

	if (r)
		error_prefix(err, "pattern, byte %zu", at + 1);
	return r;
}

static tool_check_fn grep_check;
static int grep_check(const struct args *args, size_t *ret_arg, struct error *err)
{
	int r;

	*ret_arg = GREP_PATTERN;
	r = check_pattern(args, err);
	return r ? r : codebase_check_files(args, GREP_GLOB, GREP_TYPE, ret_arg, err);
}

static const char *const grep_aliases[] = { "grep", "grep_search", "search", NULL };

const struct tool tool_grep = {
	.name = "Grep",
	.aliases = grep_aliases,
	.summary = "Search file contents for a regular expression",
	.args = grep_args,
	.lane = LANE_CODEBASE,
	.flags = TOOL_PURE | TOOL_RERUN,
	.check = grep_check,
	.fuser = &codebase_fuser,
	.brief_key = "pattern",
};
