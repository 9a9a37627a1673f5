/* SPDX-License-Identifier: MIT */
/* Glob: file names by pattern, newest first. */
#include "scan/cursor.h"
#include "scan/glob.h"
#include "tools/codebase.h"

static const struct arg_spec glob_args[] = {
	[GLOB_PATTERN] = { .name = "pattern",
			   .type = ARG_STR,
			   .required = true,
			   .min = 1,
			   .max = GLOB_LEN_MAX,
			   .help = "glob as in .gitignore: '**/*.{c,h}', 'Makefile', 'src/*.c'; "
				   "relative to path; a leading '!' excludes. As with rg -g, a "
				   "hidden or ignored file that it matches is listed" },
	[GLOB_PATH] = { .name = "path",
			.type = ARG_PATH,
			.help = "directory to look in; default: "
				"the workspace root" },
	[GLOB_HEAD_LIMIT] = { .name = "head_limit",
			      .type = ARG_INT,
			      .min = 0,
			      .max = 1000000000,
			      .initial = 100,
			      .help = "at most so many names; 0 = all" },
	[GLOB_OFFSET] = { .name = "offset",
			  .type = ARG_INT,
			  .min = 0,
			  .max = 1000000000,
			  .help = "leave out so many names first" },
	[GLOB_HIDDEN] = { .name = "hidden",
			  .type = ARG_BOOL,
			  .help = "with '!': hidden files too" },
	[GLOB_NO_IGNORE] = { .name = "no_ignore",
			     .type = ARG_BOOL,
			     .help = "with '!': ignored files too" },
	[GLOB_CURSOR] = { .name = "cursor",
			  .type = ARG_STR,
			  .max = CURSOR_LEN_MAX,
			  .help = "go on where an earlier answer's receipt says" },
	{ .type = ARG_END },
};

static tool_check_fn glob_check;
static int glob_check(const struct args *args, size_t *ret_arg, struct error *err)
{
	const char *pattern = args_str(args, GLOB_PATTERN);
	size_t len = args->values[GLOB_PATTERN].len;
	struct glob *glob = NULL;
	int r;

	*ret_arg = GLOB_PATTERN;
	if (*pattern == '!') {
		pattern++;
		len--;
	}
	r = glob_new(pattern, len, GLOB_SEPARATOR, &glob, err);
	glob_free(glob);
	return r;
}

static const char *const glob_aliases[] = { "glob", "find_files", NULL };

const struct tool tool_glob = {
	.name = "Glob",
	.aliases = glob_aliases,
	.summary = "Find files by name pattern, newest first",
	.args = glob_args,
	.lane = LANE_CODEBASE,
	.flags = TOOL_PURE | TOOL_RERUN,
	.check = glob_check,
	.fuser = &codebase_fuser,
	.brief_key = "pattern",
};
