/* SPDX-License-Identifier: MIT */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static inline bool str_equal(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

static inline bool str_starts_with(const char *str, const char *prefix)
{
	return strncmp(str, prefix, strlen(prefix)) == 0;
}

/** Equal when letter case, '-' and '_' are ignored: "web_search" and "WebSearch". */
bool str_equal_loosely(const char *a, const char *b);

/** Optimal string alignment distance (insert, delete, replace, swap neighbours), bounded: any
 *  distance over max gives max + 1. Strings over 64 bytes give max + 1. */
size_t str_distance(const char *a, const char *b, size_t max);

/** The candidate nearest to word, within a third of its length (at least 1 edit), or NULL. */
const char *str_nearest(const char *word, const char *const *candidates, size_t n);

#endif
