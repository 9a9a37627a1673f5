/* SPDX-License-Identifier: MIT */
#ifndef DOCS_BUILD_H
#define DOCS_BUILD_H

#include "docs/store.h"

#include <stdatomic.h>

/** What a build did. */
struct build_tally {
	uint64_t n_new, n_gone;
	bool is_cut; /* cancelled, or a bound was reached: there is more */
};

/**
 * Brings what the index holds of a root up to date: files are read by several threads and written
 * by this one, a transaction for each few. Whatever ends it, what was committed stays, and the next
 * build goes on from there. The caller sees to it that one builds at a time.
 */
int build_root(struct store *store, int64_t root, const struct docs_files *files,
	       const atomic_bool *cancel, struct build_tally *tally, struct error *err);

#endif
