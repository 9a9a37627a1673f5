/* SPDX-License-Identifier: MIT */
/* Problems for people: place, text, the line itself and a caret under it. */
#include "cli/quote.h"

#include "base/utf8.h"

#include <string.h>

enum { SHOWN_BEFORE = 60, SHOWN_MAX = 96 }; /* code points: left of the caret, in all */

/* The line with this number, from 1; false if the text has none. */
static bool find_line(const struct quoted_text *text, unsigned line, const char **ret_at,
		      size_t *ret_len)
{
	const char *at = text->data, *end = at + text->len, *newline;

	for (unsigned i = 1; i < line; i++) {
		newline = at < end ? memchr(at, '\n', (size_t)(end - at)) : NULL;
		if (!newline)
			return false;
		at = newline + 1;
	}
	newline = at < end ? memchr(at, '\n', (size_t)(end - at)) : NULL;
	*ret_at = at;
	*ret_len = (size_t)((newline ? newline : end) - at);
	if (*ret_len && at[*ret_len - 1] == '\r')
		--*ret_len;
	return true;
}

/* Columns that a terminal takes for a code point; near enough for a caret. */
static unsigned width_of(uint32_t rune)
{
	static const struct {
		uint32_t first, last;
	} wide[] = {
		{ 0x1100, 0x115f }, { 0x2e80, 0xa4cf },   { 0xac00, 0xd7a3 },
		{ 0xf900, 0xfaff }, { 0xfe30, 0xfe6f },   { 0xff00, 0xff60 },
		{ 0xffe0, 0xffe6 }, { 0x1f300, 0x1faff }, { 0x20000, 0x3fffd },
	};

	if (rune >= 0x300 && rune <= 0x36f)
		return 0;
	for (size_t i = 0; i < countof(wide); i++) {
		if (rune >= wide[i].first && rune <= wide[i].last)
			return 2;
	}
	return 1;
}

static size_t next_rune(const char *at, size_t len, uint32_t *ret_rune)
{
	size_t n = utf8_decode((const unsigned char *)at, len, ret_rune);

	if (!n || (*ret_rune < 0x20 && *ret_rune != '\t') ||
	    (*ret_rune >= 0x7f && *ret_rune < 0xa0) ||
	    (*ret_rune >= 0x200e && *ret_rune <= 0x202e)) /* directions, line separators */
		*ret_rune = 0;
	return n ? n : 1;
}

/* One code point of the quoted line, and what stands under it. */
static void quote_rune(struct buf *line, struct buf *under, const char *at, size_t n, uint32_t rune)
{
	if (rune)
		buf_add(line, at, n);
	else
		buf_add_char(line, '?');
	if (rune == '\t')
		buf_add_char(under, '\t');
	for (unsigned i = 0; rune != '\t' && i < width_of(rune); i++)
		buf_add_char(under, ' ');
}

static void quote_line(struct buf *buf, const char *at, size_t len, struct place place)
{
	CLEANUP(buf) struct buf line = { .max = 4096 }, under = { .max = 4096 };
	unsigned from = place.column > SHOWN_BEFORE ? place.column - SHOWN_BEFORE : 1;
	unsigned column = 1;
	size_t i = 0;

	if (from > 1) {
		buf_add_str(&line, "...");
		buf_add_str(&under, "   ");
	}
	for (; i < len && column < from + SHOWN_MAX; column++) {
		uint32_t rune;
		size_t n = next_rune(at + i, len - i, &rune);

		if (column >= from && column < place.column)
			quote_rune(&line, &under, at + i, n, rune);
		else if (column >= place.column)
			buf_add(&line, rune ? at + i : "?", rune ? n : 1);
		i += n;
	}
	buf_printf(buf, "%5u | %s%s\n", place.line, line.data ? line.data : "",
		   i < len ? "..." : "");
	buf_printf(buf, "      | %s^\n", under.data ? under.data : "");
}

void quote_problem(struct buf *buf, const struct quoted_text *text, const struct problem *problem)
{
	const struct place place = problem->place;
	const char *at;
	size_t len;

	buf_add_str(buf, text->name);
	if (place.line)
		buf_printf(buf, ":%u", place.line);
	if (place.line && place.column)
		buf_printf(buf, ":%u", place.column);
	buf_printf(buf, ": %s\n", problem->error.text);
	if (text->data && place.line && place.column && find_line(text, place.line, &at, &len))
		quote_line(buf, at, len, place);
}

void quote_problems(struct buf *buf, const struct quoted_text *text,
		    const struct problems *problems)
{
	for (size_t i = 0; i < problems->n; i++)
		quote_problem(buf, text, &problems->items[i]);
	if (problems->n_dropped)
		buf_printf(buf, "%s: and %zu more\n", text->name, problems->n_dropped);
}
