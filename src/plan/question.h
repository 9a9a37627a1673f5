/* SPDX-License-Identifier: MIT */
#ifndef PLAN_QUESTION_H
#define PLAN_QUESTION_H

#include "base/arena.h"
#include "base/error.h"
#include "scan/words.h"

/**
 * A question in a person's words, as words to look for. Names (parse_url, HttpClient) are looked
 * for whole, and their parts as words of their own; of words with one stem only the first is
 * kept; words that say nothing ("the", "when") are left out; abbreviations that programs use are
 * looked for with their words (directory, dir). What was redacted is no word. Owned by the
 * caller's arena.
 */
enum { QUESTION_BYTES_MAX = 64 << 10, QUESTION_WORDS_MAX = 64 };

struct question_word {
	const char *text;                /* in lower case, or a name as it is */
	const char *variants[WORDS_MAX]; /* what is looked for: text first */
	size_t n_variants;
	const char *stem; /* of a plain word */
	bool is_name;
	bool is_first;  /* in the first line */
	double weight;  /* 1 and more: how often it is said, and whether at the beginning */
	uint32_t first; /* its place among all words */
};

struct question {
	const char *text;
	const char *asked; /* the text without the marks of what was redacted: what is searched */
	struct question_word *words; /* in the order of the text */
	size_t n;
	size_t n_left_out; /* words beyond max */
};

/** max: words at most, 1 to QUESTION_WORDS_MAX; those that tell most are kept. -EINVAL if it has
 *  no word to look for, -EFBIG, -ENOMEM. */
int question_read(const char *text, size_t max, struct arena *arena, struct question *ret_question,
		  struct error *err);

/** The same with max words at most, those that tell most. 0 or -ENOMEM. */
int question_shorten(const struct question *question, size_t max, struct arena *arena,
		     struct question *ret_question);

/** Whether a word (in lower case) says nothing of what a text is about: "the", "when". */
bool question_is_stop_word(const char *word);

#endif
