/* SPDX-License-Identifier: MIT */
/* Read: lines of a file. */
#include "scan/read.h"
#include "tools/codebase.h"

static const struct arg_spec read_args[] = {
	[READ_FILE_PATH] = { .name = "file_path",
			     .type = ARG_PATH,
			     .alias = "path",
			     .required = true,
			     .min = 1,
			     .help = "file to read" },
	[READ_OFFSET] = { .name = "offset",
			  .type = ARG_INT,
			  .min = 0,
			  .max = 1000000000,
			  .initial = 1,
			  .help = "first line, from 1" },
	[READ_LIMIT] = { .name = "limit",
			 .type = ARG_INT,
			 .min = 0,
			 .max = 1000000000,
			 .initial = READ_DEFAULT_LIMIT,
			 .help = "at most so many lines; 0 = all" },
	{ .type = ARG_END },
};

static const char *const read_aliases[] = { "read", "read_file", NULL };

const struct tool tool_read = {
	.name = "Read",
	.aliases = read_aliases,
	.summary = "Read lines of a file, numbered as by cat -n",
	.args = read_args,
	.lane = LANE_CODEBASE,
	.flags = TOOL_PURE | TOOL_RERUN,
	.fuser = &codebase_fuser,
	.brief_key = "file_path",
};
