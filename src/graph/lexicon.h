/* SPDX-License-Identifier: MIT */
#ifndef GRAPH_LEXICON_H
#define GRAPH_LEXICON_H

#include "plan/question.h"

/**
 * The words of a question, ready to be found in any text: names are taken apart and stemmed as the
 * tool Mentions does it. Not shared between threads.
 */
struct lexicon;

/** NULL without memory. The question is borrowed. */
struct lexicon *lexicon_new(const struct question *question);
void lexicon_free(struct lexicon *lexicon);

/** Word `word` of the question is at [at, at + len) of the text. */
typedef void lexicon_found_fn(void *data, uint32_t word, size_t at, size_t len);

void lexicon_scan(struct lexicon *lexicon, const char *text, size_t len, lexicon_found_fn *found,
		  void *data);

#endif
