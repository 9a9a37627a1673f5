/* SPDX-License-Identifier: MIT */
/* Lines out of a stream. */
#include "cli/lines.h"

#include <stdint.h>
#include <string.h>

enum { READ_MAX = 1 << 20 }; /* that may lie behind an unfinished line */

void lines_init(struct lines *lines, size_t max_line)
{
	*lines = (struct lines){ .max = max_line };
	buf_init(&lines->buf, 2 * (max_line + READ_MAX));
}

void lines_release(struct lines *lines)
{
	buf_release(&lines->buf);
}

char *lines_space(struct lines *lines, size_t want)
{
	struct buf *buf = &lines->buf;

	if (lines->from) {
		memmove(buf->data, buf->data + lines->from, buf->len - lines->from);
		buf->len -= lines->from;
		lines->from = 0;
	}
	return buf_reserve(buf, want < READ_MAX ? want : READ_MAX);
}

void lines_fill(struct lines *lines, size_t n)
{
	buf_advance(&lines->buf, n);
}

void lines_end(struct lines *lines)
{
	lines->is_ended = true;
}

/* The unfinished line at the end of buf. */
static enum lines_found unfinished(struct lines *lines, struct line *ret_line)
{
	struct buf *buf = &lines->buf;
	size_t len = buf->len - lines->from;

	lines->scanned = len;
	if (lines->is_skipping) {
		lines->from = buf->len;
		lines->scanned = 0;
		return LINES_NONE;
	}
	if (len <= lines->max && !(lines->is_ended && len))
		return LINES_NONE;
	*ret_line = (struct line){ buf->data + lines->from, len, ++lines->number };
	lines->from = buf->len;
	lines->scanned = 0;
	if (len <= lines->max)
		return LINES_LINE;
	lines->is_skipping = true;
	return LINES_TOO_LONG;
}

enum lines_found lines_next(struct lines *lines, struct line *ret_line)
{
	struct buf *buf = &lines->buf;

	for (;;) {
		size_t at = lines->from + lines->scanned;
		const char *end =
			at < buf->len ? memchr(buf->data + at, '\n', buf->len - at) : NULL;
		size_t len;

		if (!end)
			return unfinished(lines, ret_line);
		len = (size_t)(end - buf->data) - lines->from;
		*ret_line = (struct line){ buf->data + lines->from, len, lines->number + 1 };
		lines->from += len + 1;
		lines->scanned = 0;
		if (lines->is_skipping) {
			lines->is_skipping = false; /* its end; it has been counted */
			continue;
		}
		lines->number++;
		return len <= lines->max ? LINES_LINE : LINES_TOO_LONG;
	}
}
