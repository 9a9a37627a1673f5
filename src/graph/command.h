/* SPDX-License-Identifier: MIT */
#ifndef GRAPH_COMMAND_H
#define GRAPH_COMMAND_H

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * What a command's output means, as far as its words tell for sure: one simple command, without
 * pipes, redirections, variables or substitutions. Everything else is COMMAND_OTHER.
 */
enum command_kind {
	COMMAND_OTHER,
	COMMAND_PATHS,   /* prints paths, one a line: find, ls, git ls-files, rg -l, grep -l */
	COMMAND_MATCHES, /* prints path:line:text: grep -n, rg -n, git grep -n */
	COMMAND_TEXT,    /* prints lines of a file: cat, head -n, sed -n 'A,Bp' */
	COMMAND_LENGTH,  /* prints numbers of lines: wc -l */
	COMMAND_TEST,    /* its status says whether a path exists: test -e, [ -f … ] */
	COMMAND_LOG,     /* git log, git show */
};

enum { COMMAND_WORDS_MAX = 256 };

struct command {
	enum command_kind kind;
	const char *file;         /* the one file it is about; NULL = none, or many */
	const char *dir;          /* what printed names are relative to (ls DIR), or NULL */
	uint32_t line;            /* TEXT: the first line it prints */
	bool is_whole;            /* TEXT: the whole file */
	bool names_changes;       /* LOG: the paths that a commit changed, one a line */
	bool quotes_paths;        /* git: names with odd bytes stand in double quotes */
	bool is_unordered;        /* the same answer may come in another order of lines */
	bool names_missing_paths; /* "X: No such file or directory" on its standard error */
};

/** Reads a command line; strings are in the arena. */
void command_read(const char *text, struct arena *arena, struct command *ret_command);

#endif
