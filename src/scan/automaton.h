/* SPDX-License-Identifier: MIT */
#ifndef SCAN_AUTOMATON_H
#define SCAN_AUTOMATON_H

#include "base/error.h"
#include "scan/matcher.h"

/**
 * Many weak patterns in one pass, by Hyperscan: linear in the text whatever the patterns. It
 * finds a superset of the matching lines; see automaton_is_exact(). Compiling costs milliseconds
 * a pattern, so this pays for large jobs only.
 */
struct automaton;         /* immutable, shared between threads */
struct automaton_scratch; /* one per thread and automaton */

/**
 * Takes those of matchers[indexes[0 … n)] that it can express; automaton_has() tells which.
 * NULL when it takes none, or without memory.
 */
struct automaton *automaton_new(struct matcher *const *matchers, const uint32_t *indexes, size_t n);
void automaton_free(struct automaton *automaton);

bool automaton_has(const struct automaton *automaton, uint32_t index);

/** On a line without bytes >= 0x80, what it finds for this matcher is a match for sure. */
bool automaton_is_exact(const struct automaton *automaton, uint32_t index);

struct automaton_scratch *automaton_scratch_new(const struct automaton *automaton);
void automaton_scratch_free(struct automaton_scratch *scratch);

/** A match of matcher `index` ends before byte `end` (> 0). In order of `end` per matcher. */
typedef void automaton_found_fn(void *data, uint32_t index, size_t end);

/** 0, or -EIO if Hyperscan fails. len up to 4 GiB - 1. */
int automaton_scan(const struct automaton *automaton, struct automaton_scratch *scratch,
		   const unsigned char *text, size_t len, automaton_found_fn *found, void *data);

/** Known answers at every alignment: a library that misses matches (Debian 12's Vectorscan 5.4.9
 *  does) is refused. 0, or -EIO and what was wrong. */
int automaton_self_test(struct error *err);

/** "5.4.0 2021-…" */
const char *automaton_version(void);

#endif
