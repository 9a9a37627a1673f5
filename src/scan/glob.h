/* SPDX-License-Identifier: MIT */
#ifndef SCAN_GLOB_H
#define SCAN_GLOB_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

/**
 * Globs as ripgrep's globset understands them: ? * [a-z] [!x] {a,b} (nested), backslash quotes;
 * with GLOB_SEPARATOR neither ?, * nor a class matches '/', and a whole component "**" matches
 * any number of components. Works on bytes except that ? and classes take one UTF-8 character.
 * Matching is linear in the path's length times the glob's (no backtracking blow-up).
 */
enum glob_flags {
	GLOB_SEPARATOR = 1, /* '/' is only matched by '/' and by a "**" component */
	GLOB_ICASE = 2,
};

enum { GLOB_LEN_MAX = 4096 };

struct glob; /* immutable once compiled; free to share between threads */

/** A bad glob: err tells what and at which byte (from 1). */
int glob_new(const char *pattern, size_t len, enum glob_flags flags, struct glob **ret_glob,
	     struct error *err);
bool glob_match(const struct glob *glob, const char *path, size_t len);
void glob_free(struct glob *glob);

#endif
