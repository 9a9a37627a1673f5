/* SPDX-License-Identifier: MIT */
#ifndef BASE_TOKEN_COUNT_H
#define BASE_TOKEN_COUNT_H

#include <stddef.h>
#include <stdint.h>

/*
 * How many tokens a text is for a language model, at most: an estimate from above for the byte pair
 * vocabularies cl100k_base and o200k_base, whichever takes more. It needs no vocabulary. How close
 * it comes, and where it may be wrong, is in docs/decisions/0013-token-counts.md; in short: over
 * text of 200 tokens and more, of code, Markdown and JSON, it is 0-20 % too high, 8 % on average.
 * A shorter text is not more than the estimate either, but the reserve (TOKEN_RESERVE) weighs more.
 *
 * Pure functions of their arguments: any thread, no allocation, no failure, any bytes.
 */

/** A text that is counted in parts. Starts as { 0 }; a copy is a way to try a part. */
struct token_counter {
	uint64_t sixteenths; /* of a token, without the reserve */
};

enum { TOKEN_RESERVE = 8 }; /* in tokens, once for each text */

/**
 * Counts a part more. The total over the parts is an upper estimate of the whole if they are cut
 * where a word, a number or a run of signs ends: after a newline, always. O(len), 20-40 MB/s.
 */
void token_counter_add(struct token_counter *self, const char *text, size_t len);

/** In tokens; 0 if nothing was counted. */
size_t token_counter_total(const struct token_counter *self);

/** The total of a counter that counted this text and nothing else. */
size_t token_count(const char *text, size_t len);

#endif
