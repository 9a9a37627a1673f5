/* SPDX-License-Identifier: MIT */
#ifndef SCAN_SEARCH_H
#define SCAN_SEARCH_H

#include "scan/matcher.h"
#include "scan/text.h"

/**
 * Many matchers over one text: which lines does each match? Matchers with needles share the
 * sieve; each other one goes over the text by itself. The plan (struct search) is made once for
 * all files and shared between threads; a worker has the state.
 */
struct search; /* shared between threads */

struct hits VEC(struct line); /* line mode: lines, in order, without their '\n'.
				 multiline: the matches themselves */

/** What one worker holds. hits[i] belongs to matchers[i] and is valid until the next file. */
struct search_state {
	struct hits *hits;
	size_t *done;      /* per matcher: judged up to here; SIZE_MAX = not wanted (any more) */
	bool *was_limited; /* per matcher: a step limit was reached in this text */
	struct matcher_scratch *scratch;
	struct automaton_scratch *automaton_scratch; /* once there is an automaton */
	struct line line;                            /* around the last candidate */
	bool line_is_ascii;
	int error; /* -ENOMEM, sticky */
};

/** matchers are borrowed and must outlive the search. NULL without memory. */
struct search *search_new(struct matcher *const *matchers, size_t n);
void search_free(struct search *search);

bool search_state_init(struct search_state *state, const struct search *search);
void search_state_release(struct search_state *state, const struct search *search);

/** Which matchers look for how much: bit i = matcher i. */
struct search_wish {
	const uint64_t *wanted, *once, *few; /* once: the first hit is enough; few: SEARCH_FEW */
};

enum { SEARCH_FEW = 64 };

/** Searches text.data[0, limit). Hits go to state->hits. */
void search_text(struct search *search, struct search_state *state, const struct text *text,
		 size_t limit, const struct search_wish *wish);

/** "literal", "pcre2" or "hyperscan": what finds (or proposes) the lines of matcher i. */
const char *search_engine(const struct search *search, size_t i);

static inline bool bit_get(const uint64_t *bits, size_t i)
{
	return bits[i >> 6] >> (i & 63) & 1;
}

static inline void bit_set(uint64_t *bits, size_t i)
{
	bits[i >> 6] |= 1ull << (i & 63);
}

static inline void bit_clear(uint64_t *bits, size_t i)
{
	bits[i >> 6] &= ~(1ull << (i & 63));
}

static inline size_t bit_words(size_t n)
{
	return (n + 63) / 64;
}

#endif
