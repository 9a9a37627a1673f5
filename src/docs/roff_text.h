/* SPDX-License-Identifier: MIT */
#ifndef DOCS_ROFF_TEXT_H
#define DOCS_ROFF_TEXT_H

#include "base/buf.h"

/** Strings that a page defines (.ds), and the text of a line once its escapes are read. Borrowed
 *  pieces point into the page. */
enum { ROFF_STRINGS_MAX = 256, ROFF_NEST_MAX = 4 };

struct roff_string {
	const char *name, *value;
	size_t name_len, value_len;
};

struct roff_strings {
	struct roff_string items[ROFF_STRINGS_MAX]; /* more are passed over */
	size_t n;
};

/** Copies a page, len bytes at most, with its continued lines (\ at the end, but not of a comment)
 *  as one. Returns how many bytes it has then. */
size_t roff_lines_join(const char *data, size_t len, char *out);

void roff_string_set(struct roff_strings *self, const char *text, size_t len);

/** Adds the text without its escapes, as UTF-8. Returns whether it ended in \c (what follows is
 *  joined to it). */
bool roff_text_add(const struct roff_strings *strings, const char *text, size_t len,
		   struct buf *out);

#endif
