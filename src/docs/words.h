/* SPDX-License-Identifier: MIT */
#ifndef DOCS_WORDS_H
#define DOCS_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * The words of a query, as the index knows them: in lower case and stemmed as FTS5's porter does.
 * What has signs in it (--exclude-dir, pthread_create) is one word of several pieces, which match
 * where they follow one another. Fillers are dropped unless there is nothing else.
 */
enum { WORDS_MAX = 16, WORD_BYTES = 48, PIECES_MAX = 6, OTHERS_MAX = 6, QUERY_BYTES_MAX = 4096 };

struct word {
	char text[WORD_BYTES]; /* as asked, lower case */
	char pieces[PIECES_MAX][WORD_BYTES];
	unsigned n_pieces;
	char others[OTHERS_MAX][WORD_BYTES]; /* stems of words that mean the same */
	unsigned n_others;
	bool has_signs;
	bool is_known; /* it stands in the index; set, as its weight, by who knows the index */
	double weight; /* how rare it is */
};

struct words {
	struct word items[WORDS_MAX]; /* what is behind is not looked for */
	unsigned n;
	const char *sections; /* of the manual that the query hints at: "23"; "" = none */
	struct sb_stemmer *stemmer;
	uint64_t starts[1024]; /* a bit for each first two bytes of a stem */
};

/** Foreign text. 0 or -ENOMEM. */
int words_init(struct words *words, const char *query);
void words_release(struct words *words);

/** How often each word stands in a text: itself in n_own, its others in n_others; both zeroed by
 *  the caller. Returns how many words the text has. */
struct word_count {
	unsigned n_own, n_others;
};

size_t words_count(const struct words *words, const char *text, size_t len,
		   struct word_count counts[WORDS_MAX]);

#endif
