/* SPDX-License-Identifier: MIT */
#ifndef SCAN_GLOB_H
#define SCAN_GLOB_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

/**
 * Globs as ripgrep 13's globset understands them: ? * [a-z] [!x] {a,b}, backslash quotes; with
 * GLOB_SEPARATOR neither ? nor * matches '/', and a whole component "**" matches any number of
 * components. It works on bytes: ? takes one byte, a class one byte of its characters' bytes, and
 * a class that has '/' in it (as [!a] has) does match a '/'. An empty alternative of a brace
 * never matches. Two things are more generous than ripgrep 13 unless GLOB_STRICT is given: braces
 * nest, and a glob that ends in a literal '.' matches names that do. Line ends are bytes like all
 * others. Matching is linear in the path's length times the glob's: no backtracking.
 */
enum glob_flags {
	GLOB_SEPARATOR = 1, /* '/' is only matched by '/', by "**" and by classes that have it */
	GLOB_ICASE = 2,     /* ASCII letters only */
	GLOB_STRICT = 4,    /* exactly what ripgrep 13 does, as ignore files need it */
};

enum { GLOB_LEN_MAX = 4096, GLOB_NESTING_MAX = 16 };

struct glob; /* immutable once compiled; free to share between threads */

/** A bad glob: err tells what and at which byte (from 1). */
int glob_new(const char *pattern, size_t len, enum glob_flags flags, struct glob **ret_glob,
	     struct error *err);
bool glob_match(const struct glob *glob, const char *path, size_t len);
void glob_free(struct glob *glob);

#endif
