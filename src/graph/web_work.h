/* SPDX-License-Identifier: MIT */
#ifndef GRAPH_WEB_WORK_H
#define GRAPH_WEB_WORK_H

#include "graph/shingle.h"
#include "graph/web_answer.h"
#include "plan/question.h"

/**
 * The making of an answer of the web, step by step: pages are collected and fused, their texts
 * taken apart, paragraphs chosen, copies folded, sentences compared. Only src/graph/web_*.c
 * include this. All of it lives in `arena`, scratch of the making, or in the answer's.
 */

/** How often words of the question are in a text, and how long it is. */
struct web_tally {
	float tf[QUESTION_WORDS_MAX];
	uint32_t len; /* bytes */
};

/** A paragraph of a page, or a piece of code with what introduces it. */
struct web_block {
	const char *text;
	uint32_t len;
	const char *heading; /* in the arena; "" = none */
	bool is_code;        /* and nothing else */
	double score;        /* against the question; 0 = none, or chosen */
	uint64_t words;      /* of the question, that it has */
};

struct web_draft {
	struct web_page page;
	const char *passage; /* the longest that a search told */
	const char *text;    /* of the page, once it was read; NULL = was not */
	size_t len;
	double fusion, words; /* raw */
	bool is_plain;        /* a search without the words of a theme found it */
	struct VEC(struct web_block) blocks;
	struct shingles shingles; /* of its text */
	uint32_t origin;          /* pages of one site, and copies, have the same */
	struct web_block *chosen[WEB_PASSAGES_MAX];
	struct shingles chosen_shingles[WEB_PASSAGES_MAX];
	unsigned best_sites; /* independent sites of its best claim */
	size_t n_chosen;
};

struct web_maker {
	const struct web_conf *conf;
	struct arena *arena; /* of the answer: what stays */
	struct arena scratch;
	struct web_draft *drafts;
	size_t n, n_left_out; /* left out: they are about something else */
	struct VEC(struct web_claim) claims;
	bool is_out_of_memory;
};

/** web_pages.c: fills drafts with pages of searches and those that were read, by identity. */
int web_collect(struct web_maker *maker);
/** Features of finding and of words; to be called before and after texts are known alike. Pages
 *  that have no word of the question go. */
int web_score_pages(struct web_maker *maker);
/** Scores by features, pages in their order. */
void web_sort_pages(struct web_maker *maker);
/** Of this machine: its site is no domain, and nobody owns all that is of it. */
bool web_is_local(const struct web_page *page);
void web_drafts_release(struct web_maker *maker);

/** Counts words of the question in a text, each as `weight`. */
void web_tally(struct lexicon *lexicon, const char *text, size_t len, double weight,
	       struct web_tally *tally);

/** web_blocks.c: takes the Markdown of a page apart; of one that was not read, what a search told
 *  of it. */
int web_split(struct web_draft *draft, struct arena *arena);
/** The end of a sentence in text[from, len): where the next one begins. */
size_t web_sentence_end(const char *text, size_t from, size_t len);

/** web_passages.c: the paragraphs that answer best; then, in the order of pages, those that say
 *  the same folded into the first. */
int web_choose_passages(struct web_maker *maker);
int web_fold_passages(struct web_maker *maker);

/** web_claims.c: what sites agree on, and where they clash. */
int web_compare(struct web_maker *maker);

/** web_code.c: what of the code the pages name. */
int web_find_code(struct web_maker *maker);

/** "2024-01-31". */
const char *web_date(int64_t time_s, struct arena *arena);
void web_add_why(struct web_maker *maker, struct web_page *page, const char *text);

#endif
