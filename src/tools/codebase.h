/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_CODEBASE_H
#define TOOLS_CODEBASE_H

#include "tools/registry.h"

/* What Glob, Grep and Read share: one pass over the root runs all of them. */

extern const struct fuser codebase_fuser;

enum glob_arg {
	GLOB_PATTERN,
	GLOB_PATH,
	GLOB_HEAD_LIMIT,
	GLOB_OFFSET,
	GLOB_HIDDEN,
	GLOB_NO_IGNORE,
	GLOB_CURSOR
};

enum grep_arg {
	GREP_PATTERN,
	GREP_PATH,
	GREP_GLOB,
	GREP_TYPE,
	GREP_OUTPUT_MODE,
	GREP_AFTER,
	GREP_BEFORE,
	GREP_AROUND,
	GREP_CONTEXT,
	GREP_NUMBERS,
	GREP_ICASE,
	GREP_ONLY,
	GREP_MULTILINE,
	GREP_HEAD_LIMIT,
	GREP_OFFSET,
	GREP_HIDDEN,
	GREP_NO_IGNORE,
	GREP_CURSOR
};

enum read_arg { READ_FILE_PATH, READ_OFFSET, READ_LIMIT };

#endif
