/* SPDX-License-Identifier: MIT */
#ifndef CLI_LINES_H
#define CLI_LINES_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>

/**
 * Cuts a stream of bytes into lines of bounded length. A line that is too long is reported once,
 * with its number, and thrown away as it comes in.
 */
struct lines {
	struct buf buf;
	size_t from;    /* bytes of buf that have been given out */
	size_t scanned; /* bytes after from that hold no newline */
	size_t max;
	unsigned number; /* of the last line given out, from 1 */
	bool is_skipping;
	bool is_ended;
};

enum lines_found { LINES_NONE, LINES_LINE, LINES_TOO_LONG };

struct line {
	const char *data; /* without its newline; until more is filled in */
	size_t len;
	unsigned number;
};

void lines_init(struct lines *lines, size_t max_line);
void lines_release(struct lines *lines);

/** Where to read to; NULL without memory. */
char *lines_space(struct lines *lines, size_t want);
void lines_fill(struct lines *lines, size_t n);
void lines_end(struct lines *lines); /* no more comes; what is left is the last line */

enum lines_found lines_next(struct lines *lines, struct line *ret_line);

#endif
