/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_CODEBASE_H
#define TOOLS_CODEBASE_H

#include "scan/words.h"
#include "tools/registry.h"

/* What Glob, Grep, Mentions and Read share: one pass over the root runs all of them. */

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

enum mentions_arg {
	MENTIONS_WORDS,
	MENTIONS_PATH,
	MENTIONS_GLOB,
	MENTIONS_TYPE,
	MENTIONS_HEAD_LIMIT,
	MENTIONS_OFFSET,
	MENTIONS_HIDDEN,
	MENTIONS_NO_IGNORE
};

/** The words of a call, WORDS_MAX of them at most; how many it has, which may be more. */
size_t mentions_words(const struct args *args, const char *ret_words[WORDS_MAX]);

/** Checks the glob and the type of a call; *ret_arg: the one that is wrong. */
int codebase_check_files(const struct args *args, size_t glob_arg, size_t type_arg, size_t *ret_arg,
			 struct error *err);

enum read_arg { READ_FILE_PATH, READ_OFFSET, READ_LIMIT };

#endif
