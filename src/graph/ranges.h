/* SPDX-License-Identifier: MIT */
#ifndef GRAPH_RANGES_H
#define GRAPH_RANGES_H

#include "graph/answer.h"
#include "graph/grammar.h"

/**
 * Which lines of a file matter: places where words of the question stand close together, widened
 * to the definitions they are in; then, of little value, all the rest in pieces.
 */
struct ranges_conf {
	const char *path;
	const char *text;
	size_t len;
	struct lexicon *lexicon;
	const double *gains; /* of words: what a mention is worth */
	size_t n_words;
	struct grammar *grammar; /* for exact ranges of definitions; NULL: a guess will do */
};

struct range {
	uint32_t line, end_line;
	double score;   /* 0: the rest */
	int32_t symbol; /* index in the outline; -1 = none */
};

struct ranges {
	struct VEC(struct range) list; /* by score, best first; they do not overlap */
	struct grammar_text grammar;
	uint64_t *masks;  /* by line: the words it has */
	int32_t *owners;  /* by line (from 1): index of the innermost definition, or -1 */
	uint32_t *starts; /* of lines in the text, n_lines + 1 */
	uint32_t n_lines;
};

/** 0 or -ENOMEM; release in any case. */
int ranges_find(const struct ranges_conf *conf, struct ranges *ret_ranges);
void ranges_release(struct ranges *ranges);

/** The words of one line, as bits. */
uint64_t ranges_words_of(struct lexicon *lexicon, const char *line, size_t len);

#endif
