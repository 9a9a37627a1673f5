/* SPDX-License-Identifier: MIT */
#ifndef SCAN_LINES_H
#define SCAN_LINES_H

#include "base/vec.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Lines of a text: [start, end) without the '\n'. A text's last line may lack its '\n'. */

struct line {
	size_t start, end;
};

static inline size_t line_start(const unsigned char *text, size_t at)
{
	const unsigned char *before = at ? memrchr(text, '\n', at) : NULL;

	return before ? (size_t)(before - text) + 1 : 0;
}

static inline size_t line_end(const unsigned char *text, size_t len, size_t at)
{
	const unsigned char *end = at < len ? memchr(text + at, '\n', len - at) : NULL;

	return end ? (size_t)(end - text) : len;
}

/** The line that holds byte `at` (< len). */
static inline struct line line_around(const unsigned char *text, size_t len, size_t at)
{
	return (struct line){ line_start(text, at), line_end(text, len, at) };
}

/** The lines that a match touches, with the '\n' of the last one. */
static inline struct line lines_of_match(const unsigned char *text, size_t len, struct line match)
{
	struct line lines = { line_start(text, match.start), match.end };

	if (match.end > lines.start && text[match.end - 1] == '\n')
		return lines;
	lines.end = line_end(text, len, match.end);
	if (lines.end < len)
		lines.end++;
	return lines;
}

/** Newlines in text[0, len). Fast. */
size_t lines_count(const unsigned char *text, size_t len);

/** No byte >= 0x80. Fast. */
bool text_is_ascii(const unsigned char *text, size_t len);

/** Line numbers: how many newlines come before every 512th byte. Reused from file to file. */
struct line_index {
	struct VEC(uint32_t) before;
	const unsigned char *text;
	size_t len;
};

/** Starts anew for a text; counting is done by line_number() as far as it is asked. */
void line_index_reset(struct line_index *index, const unsigned char *text, size_t len);
void line_index_release(struct line_index *index);

/** Number (from 1) of the line that starts at `start`; 0 without memory. */
uint64_t line_number(struct line_index *index, size_t start);

#endif
