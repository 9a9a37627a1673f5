/* SPDX-License-Identifier: MIT */
#include "tools/passages.h"

#include "base/attr.h"
#include "base/vec.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 32, WORD_BYTES_MIN = 3, WORD_BYTES_MAX = 63 };

struct paragraph {
	size_t at, len;
	uint32_t has; /* bits of words */
	double score;
	bool is_kept;
};

struct paragraphs VEC(struct paragraph);

struct words {
	char items[WORDS_MAX][WORD_BYTES_MAX + 1];
	size_t n;
};

static bool is_word_byte(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c >= 0x80;
}

static unsigned char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (unsigned char)(c - 'A' + 'a') : (unsigned char)c;
}

/* The next word of text, in lower case, from *at on. False: there is none. */
static bool next_word(const char *text, size_t len, size_t *at, char word[WORD_BYTES_MAX + 1])
{
	size_t n = 0;

	while (*at < len && !is_word_byte(lower(text[*at])))
		++*at;
	for (; *at < len && is_word_byte(lower(text[*at])); ++*at) {
		if (n < WORD_BYTES_MAX)
			word[n++] = (char)lower(text[*at]);
	}
	word[n] = '\0';
	return n > 0;
}

static size_t find_word(const struct words *words, const char *word)
{
	size_t i = 0;

	while (i < words->n && strcmp(words->items[i], word) != 0)
		i++;
	return i;
}

static void read_prompt(const char *prompt, struct words *words)
{
	size_t at = 0, len = strlen(prompt);
	char word[WORD_BYTES_MAX + 1];

	words->n = 0;
	while (words->n < WORDS_MAX && next_word(prompt, len, &at, word)) {
		if (strlen(word) >= WORD_BYTES_MIN && find_word(words, word) == words->n)
			memcpy(words->items[words->n++], word, sizeof(word));
	}
}

static bool is_blank_line(const char *line, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (!strchr(" \t\r", line[i]))
			return false;
	}
	return true;
}

/* Ends where a blank line begins that is not inside a fence. */
static bool split(const struct buf *text, struct paragraphs *paragraphs)
{
	struct paragraph paragraph = { 0 };
	bool in_fence = false;

	for (size_t at = 0; at < text->len;) {
		const char *line = text->data + at, *end = memchr(line, '\n', text->len - at);
		size_t len = end ? (size_t)(end - line) : text->len - at;

		if (len >= 3 && memcmp(line, "```", 3) == 0)
			in_fence = !in_fence;
		if (!in_fence && is_blank_line(line, len)) {
			if (paragraph.len && !vec_push(paragraphs, paragraph))
				return false;
			paragraph.len = 0;
		} else {
			if (!paragraph.len)
				paragraph.at = at;
			paragraph.len = at + len - paragraph.at;
		}
		at += len + 1;
	}
	return !paragraph.len || vec_push(paragraphs, paragraph);
}

static void score(const struct buf *text, const struct words *words, struct paragraphs *paragraphs)
{
	size_t n_with[WORDS_MAX] = { 0 };
	char word[WORD_BYTES_MAX + 1];

	for (size_t i = 0; i < paragraphs->n; i++) {
		struct paragraph *paragraph = &paragraphs->items[i];

		for (size_t at = 0;
		     next_word(text->data + paragraph->at, paragraph->len, &at, word);) {
			size_t w = find_word(words, word);

			if (w < words->n && !(paragraph->has >> w & 1)) {
				paragraph->has |= UINT32_C(1) << w;
				n_with[w]++;
			}
		}
	}
	for (size_t i = 0; i < paragraphs->n; i++) {
		for (size_t w = 0; w < words->n; w++) {
			if (paragraphs->items[i].has >> w & 1)
				paragraphs->items[i].score +=
					log(1 + (double)paragraphs->n / (double)n_with[w]);
		}
	}
}

static int by_score(const void *a, const void *b)
{
	const struct paragraph *const *x = a, *const *y = b;

	if ((*x)->score != (*y)->score)
		return (*x)->score < (*y)->score ? 1 : -1;
	return ((*x)->at > (*y)->at) - ((*x)->at < (*y)->at);
}

static bool matches(const struct paragraphs *paragraphs)
{
	for (size_t i = 0; i < paragraphs->n; i++)
		if (paragraphs->items[i].score > 0)
			return true;
	return false;
}

static void choose_first(struct paragraphs *paragraphs, size_t keep_bytes)
{
	size_t used = 0;

	for (size_t i = 0; i < paragraphs->n; i++) {
		used += paragraphs->items[i].len;
		if (i > 0 && used > keep_bytes)
			return;
		paragraphs->items[i].is_kept = true;
	}
}

static bool choose(struct paragraphs *paragraphs, size_t keep_bytes)
{
	struct paragraph **order = calloc(paragraphs->n, sizeof(struct paragraph *));
	size_t used = paragraphs->items[0].len;

	if (!order)
		return false;
	for (size_t i = 0; i < paragraphs->n; i++)
		order[i] = &paragraphs->items[i];
	qsort(order, paragraphs->n, sizeof(*order), by_score);
	paragraphs->items[0].is_kept = true;
	for (size_t i = 0; i < paragraphs->n; i++) {
		if (order[i]->is_kept || order[i]->score <= 0 || used + order[i]->len > keep_bytes)
			continue;
		order[i]->is_kept = true;
		used += order[i]->len;
	}
	free(order);
	return true;
}

static void write_kept(const struct buf *text, const struct paragraphs *paragraphs, struct buf *out)
{
	bool has_gap = false;

	for (size_t i = 0; i < paragraphs->n; i++) {
		const struct paragraph *paragraph = &paragraphs->items[i];

		if (!paragraph->is_kept) {
			has_gap = true;
			continue;
		}
		if (has_gap)
			buf_add_str(out, "[...]\n\n");
		has_gap = false;
		buf_add(out, text->data + paragraph->at, paragraph->len);
		buf_add_str(out, "\n\n");
	}
	if (has_gap)
		buf_add_str(out, "[...]\n");
}

int passages_keep(struct buf *text, const char *prompt, size_t keep_bytes, bool *ret_matches)
{
	struct paragraphs paragraphs = { 0 };
	struct words words;
	struct buf out;
	int r = -ENOMEM;

	*ret_matches = true;
	read_prompt(prompt, &words);
	buf_init(&out, text->max);
	if (split(text, &paragraphs) && paragraphs.n > 0) {
		score(text, &words, &paragraphs);
		*ret_matches = matches(&paragraphs);
		if (!*ret_matches)
			choose_first(&paragraphs, keep_bytes);
		if (!*ret_matches || choose(&paragraphs, keep_bytes)) {
			write_kept(text, &paragraphs, &out);
			r = buf_error(&out);
		}
	} else if (paragraphs.n == 0) {
		r = 0;
	}
	vec_release(&paragraphs);
	if (r == 0 && out.len) {
		buf_release(text);
		*text = out;
	} else {
		buf_release(&out);
	}
	return r;
}
