/* SPDX-License-Identifier: MIT */
#ifndef DOCS_RANK_H
#define DOCS_RANK_H

#include "docs/docs.h"
#include "docs/store.h"

enum { RANK_ROOTS_MAX = 32, RANK_HITS_MAX = 100 };

/** What is asked of the index: only documents beneath these roots count. */
struct rank_query {
	const char *text;
	const int64_t *roots;
	size_t n_roots;
	unsigned n_max;
};

/**
 * Candidates come from FTS5 (any of the words, those that mean the same, titles, names); each is
 * then read whole and weighed: how much of the question it covers, how rare those words are,
 * whether its title and name have them, how well its best passages answer, and how many manual
 * pages refer to it. Hits live in the arena.
 */
int rank_search(struct store *store, const struct rank_query *query, struct arena *arena,
		struct docs_hit **ret_hits, size_t *ret_n, struct error *err);

#endif
