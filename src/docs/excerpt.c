/* SPDX-License-Identifier: MIT */
#include "docs/excerpt.h"

#include "base/utf8.h"

#include <string.h>

enum { PARTS_MAX = 256 };

struct part {
	size_t at, len;
	double worth;
};

/* Sentences of long lines, lines otherwise: each ends behind its newline or space. */
static size_t next_part(const char *text, size_t at, size_t len)
{
	size_t end = at;

	while (end < len && text[end] != '\n') {
		if (end > at + 60 && text[end] == ' ' && strchr(".!?;", text[end - 1]))
			break;
		end++;
	}
	return end < len ? end + 1 : end;
}

static double worth(const struct words *words, const char *text, size_t len)
{
	struct word_count counts[WORDS_MAX] = { 0 };
	double sum = 0;

	(void)words_count(words, text, len, counts);
	for (unsigned i = 0; i < words->n; i++)
		sum += words->items[i].weight * (counts[i].n_own      ? 1
						 : counts[i].n_others ? 0.5
								      : 0);
	return sum;
}

/* The stretch of parts that holds most, no longer than there is room for. */
static void best_stretch(const struct part *parts, size_t n, size_t *ret_first, size_t *ret_last)
{
	double best = -1;

	*ret_first = *ret_last = 0;
	for (size_t first = 0; first < n; first++) {
		size_t bytes = 0;
		double sum = 0;

		for (size_t i = first; i < n; i++) {
			bytes += parts[i].len;
			if (bytes > EXCERPT_BYTES && i > first)
				break;
			sum += parts[i].worth;
			if (sum > best + 1e-9) {
				best = sum;
				*ret_first = first;
				*ret_last = i;
			}
		}
	}
}

const char *excerpt(const struct words *words, const char *text, size_t len, struct arena *arena)
{
	struct part parts[PARTS_MAX];
	size_t n = 0, first, last, from, to;

	if (len <= EXCERPT_BYTES)
		return arena_memdup0(arena, text, len);
	for (size_t at = 0; at < len && n < PARTS_MAX; n++) {
		size_t end = next_part(text, at, len);

		parts[n] = (struct part){ at, end - at, worth(words, text + at, end - at) };
		at = end;
	}
	best_stretch(parts, n, &first, &last);
	/* What follows explains more than what was before, but a tag stands before. */
	if (first > 0 && parts[first - 1].len < 80)
		first--;
	from = parts[first].at;
	while (last + 1 < n && parts[last + 1].at + parts[last + 1].len - from <= EXCERPT_BYTES)
		last++;
	to = parts[last].at + parts[last].len;
	if (to - from > EXCERPT_BYTES + 100)
		to = from + utf8_fit(text + from, to - from, EXCERPT_BYTES);
	while (to > from && (text[to - 1] == '\n' || text[to - 1] == ' '))
		to--;
	return arena_memdup0(arena, text + from, to - from);
}
