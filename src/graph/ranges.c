/* SPDX-License-Identifier: MIT */
#include "graph/ranges.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
	GAP_MAX = 7,         /* lines without a word between two that have one */
	CLUSTER_MAX = 40,    /* lines */
	SYMBOL_MAX = 50,     /* a definition of so many lines is shown whole */
	AROUND = 2,          /* lines shown before and after a cluster */
	SIGNATURE_REACH = 8, /* lines up to the head of the definition */
	REST_LINES = 30,     /* of a piece of the rest */
};

static void note_word(void *data, uint32_t word, size_t at, size_t len)
{
	uint64_t *mask = data;

	(void)at;
	(void)len;
	*mask |= UINT64_C(1) << word;
}

uint64_t ranges_words_of(struct lexicon *lexicon, const char *line, size_t len)
{
	uint64_t mask = 0;

	lexicon_scan(lexicon, line, len < OUTLINE_LINE_MAX ? len : OUTLINE_LINE_MAX, note_word,
		     &mask);
	return mask;
}

static int split_lines(const struct ranges_conf *conf, struct ranges *ranges)
{
	uint32_t n = 0;

	for (size_t at = 0; at < conf->len; n++) {
		const char *end = memchr(conf->text + at, '\n', conf->len - at);

		at = end ? (size_t)(end - conf->text) + 1 : conf->len;
	}
	ranges->n_lines = n;
	ranges->masks = calloc(n + 1, sizeof(*ranges->masks));
	ranges->starts = calloc(n + 1, sizeof(*ranges->starts));
	if (!ranges->masks || !ranges->starts)
		return -ENOMEM;
	n = 0;
	for (size_t at = 0; at < conf->len; n++) {
		const char *end = memchr(conf->text + at, '\n', conf->len - at);
		size_t next = end ? (size_t)(end - conf->text) + 1 : conf->len;

		ranges->starts[n] = (uint32_t)at;
		ranges->masks[n] =
			ranges_words_of(conf->lexicon, conf->text + at, next - at - (end != NULL));
		at = next;
	}
	ranges->starts[n] = (uint32_t)conf->len;
	return 0;
}

/* The innermost definition around each line. Items are by line, so that what is inside of another
 * comes after it. */
static int find_owners(struct ranges *ranges)
{
	const struct outline *outline = &ranges->grammar.outline;

	ranges->owners = malloc((ranges->n_lines + 1) * sizeof(*ranges->owners));
	if (!ranges->owners)
		return -ENOMEM;
	for (uint32_t line = 0; line <= ranges->n_lines; line++)
		ranges->owners[line] = -1;
	for (size_t i = 0; i < outline->n; i++) {
		const struct outline_symbol *symbol = &outline->items[i];

		if (symbol->kind != OUTLINE_DEFINITION || symbol->end_line <= symbol->line)
			continue;
		for (uint32_t line = symbol->line;
		     line <= symbol->end_line && line <= ranges->n_lines; line++)
			ranges->owners[line] = (int32_t)i;
	}
	return 0;
}

static double score_lines(const struct ranges_conf *conf, const struct ranges *ranges,
			  uint32_t line, uint32_t end_line)
{
	uint32_t counts[QUESTION_WORDS_MAX] = { 0 };
	double score = 0;

	for (uint32_t i = line; i <= end_line; i++) {
		for (uint64_t mask = ranges->masks[i - 1]; mask; mask &= mask - 1)
			counts[__builtin_ctzll(mask)]++;
	}
	for (size_t w = 0; w < conf->n_words; w++) {
		if (counts[w])
			score += conf->gains[w] * (2 - 1.0 / counts[w]);
	}
	return score;
}

/* From the first line of a cluster to what is shown of it. */
static struct range widen(const struct ranges_conf *conf, const struct ranges *ranges,
			  uint32_t from, uint32_t to)
{
	struct range range = { .symbol = ranges->owners[from] };
	const struct outline_symbol *symbol =
		range.symbol >= 0 ? &ranges->grammar.outline.items[range.symbol] : NULL;

	range.line = from > AROUND ? from - AROUND : 1;
	range.end_line = to + AROUND < ranges->n_lines ? to + AROUND : ranges->n_lines;
	if (symbol && symbol->end_line - symbol->line < SYMBOL_MAX) {
		range.line = symbol->line;
		range.end_line = symbol->end_line > to ? symbol->end_line : range.end_line;
	} else if (symbol) {
		if (from - symbol->line <= SIGNATURE_REACH || range.line < symbol->line)
			range.line = symbol->line;
		if (range.end_line > symbol->end_line && symbol->end_line >= to)
			range.end_line = symbol->end_line;
	}
	range.score = score_lines(conf, ranges, range.line, range.end_line);
	if (symbol) {
		uint64_t named = ranges_words_of(conf->lexicon, conf->text + symbol->name_at,
						 symbol->name_len);

		for (; named; named &= named - 1)
			range.score += conf->gains[__builtin_ctzll(named)];
	}
	return range;
}

static bool add_range(struct ranges *ranges, struct range range, uint32_t *done)
{
	if (range.line <= *done)
		range.line = *done + 1;
	if (range.line > range.end_line)
		return true;
	*done = range.end_line;
	return vec_push(&ranges->list, range);
}

/* Pieces without words, up to where the next range begins. */
static bool add_rest(struct ranges *ranges, uint32_t from, uint32_t to)
{
	while (from <= to) {
		uint32_t end = from + REST_LINES - 1 < to ? from + REST_LINES - 1 : to;
		struct range range = { from, end, 0, ranges->owners[from] };

		if (!vec_push(&ranges->list, range))
			return false;
		from = end + 1;
	}
	return true;
}

static bool find_clusters(const struct ranges_conf *conf, struct ranges *ranges)
{
	uint32_t done = 0;

	for (uint32_t line = 1; line <= ranges->n_lines; line++) {
		uint32_t to = line, next = line + 1;
		struct range range;
		uint32_t before = done;

		if (!ranges->masks[line - 1] || line <= done)
			continue;
		for (; next <= ranges->n_lines && next - to <= GAP_MAX &&
		       next - line < CLUSTER_MAX && ranges->owners[next] == ranges->owners[line];
		     next++) {
			if (ranges->masks[next - 1])
				to = next;
		}
		range = widen(conf, ranges, line, to);
		if (range.line > done + 1 && !add_rest(ranges, done + 1, range.line - 1))
			return false;
		if (!add_range(ranges, range, &done))
			return false;
		if (done == before)
			done = line;
	}
	return add_rest(ranges, done + 1, ranges->n_lines);
}

static int best_first(const void *a_, const void *b_)
{
	const struct range *a = a_, *b = b_;

	if (a->score != b->score)
		return a->score < b->score ? 1 : -1;
	return (a->line > b->line) - (a->line < b->line);
}

static int read_symbols(const struct ranges_conf *conf, const struct outline_lang *lang,
			struct ranges *ranges)
{
	if (!conf->grammar)
		return outline_text(lang, conf->text, conf->len, &ranges->grammar.outline);
	return grammar_read(conf->grammar, lang, conf->text, conf->len, 0, &ranges->grammar);
}

int ranges_find(const struct ranges_conf *conf, struct ranges *ret_ranges)
{
	const struct outline_lang *lang = outline_lang_of(conf->path, strlen(conf->path));

	*ret_ranges = (struct ranges){ 0 };
	if (conf->len >= UINT32_MAX || split_lines(conf, ret_ranges) < 0 ||
	    (lang && read_symbols(conf, lang, ret_ranges) < 0) || find_owners(ret_ranges) < 0 ||
	    !find_clusters(conf, ret_ranges))
		return -ENOMEM;
	if (ret_ranges->list.n)
		qsort(ret_ranges->list.items, ret_ranges->list.n, sizeof(struct range), best_first);
	return 0;
}

void ranges_release(struct ranges *ranges)
{
	vec_release(&ranges->list);
	grammar_text_release(&ranges->grammar);
	free(ranges->masks);
	free(ranges->owners);
	free(ranges->starts);
	*ranges = (struct ranges){ 0 };
}
