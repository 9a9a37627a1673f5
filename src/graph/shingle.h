/* SPDX-License-Identifier: MIT */
#ifndef GRAPH_SHINGLE_H
#define GRAPH_SHINGLE_H

#include "base/arena.h"

#include <stddef.h>
#include <stdint.h>

/**
 * How alike two texts are: the runs of five words that they have in common (A. Broder, "On the
 * resemblance and containment of documents", 1997). Of a long text the runs with the least hashes
 * are kept, an even sample. Letter case, punctuation and marks of Markdown do not count.
 */
enum { SHINGLE_WORDS = 5, SHINGLES_MAX = 400 };

struct shingles {
	uint64_t *hashes; /* in their order, each once; in the arena */
	size_t n;
	bool is_sample; /* the text has more */
};

/** A text of fewer words than a run has one run of all of them. 0 or -ENOMEM. */
int shingles_read(const char *text, size_t len, struct arena *arena, struct shingles *ret);

/** What part of the runs of both they share, 0 to 1. */
double shingles_likeness(const struct shingles *a, const struct shingles *b);

/** What part of a's runs b has, 0 to 1; of samples a guess. */
double shingles_containment(const struct shingles *a, const struct shingles *b);

#endif
