/* SPDX-License-Identifier: MIT */
#ifndef GRAPH_PAGE_H
#define GRAPH_PAGE_H

#include "base/arena.h"
#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Pages as searches tell of them: what says which page it is, and whose it is. Foreign text:
 * lengths are bounded, and what is kept of it has no control characters. Strings live in the arena
 * that is given.
 */
enum {
	PAGE_LINE_MAX = 256 << 10, /* longer lines of an answer are passed over */
	PAGE_URL_MAX = 4096,
	PAGE_TITLE_MAX = 300,
	PAGE_BY_MAX = 16,
};

struct page_hit {
	const char *url, *title, *passage; /* title and passage may be "" */
	int64_t published_s;               /* 0 = not said */
	const char *by[PAGE_BY_MAX];
	size_t n_by;
};

/** A line of WebSearch's answer (model/call.h). False: it is none, or no memory. */
bool page_read_hit(const char *line, size_t len, struct arena *arena, struct page_hit *ret_hit);

/** One for all addresses of a page: "https://example.org/a" also of http://www.example.org/a/#b.
 *  Of what has no host ("man:grep(1)") the address itself. NULL without memory. */
const char *page_identity(const char *url, struct arena *arena);

/** Who answers for a page, by its identity: the domain that somebody registered, about (the last
 *  two labels of the host, three below such as co.uk); of what has no host its scheme. NULL
 *  without memory. */
const char *page_site(const char *identity, struct arena *arena);

/** The text without control characters, its blanks and line ends one blank each, at most max
 *  bytes of it. NULL without memory. */
const char *page_line(const char *text, size_t len, size_t max, struct arena *arena);

/** One line of Markdown that shows the text and does nothing: what would be a tag, a link, code
 *  or emphasis is escaped, control characters and line ends are blanks. */
void page_write_md(const char *text, size_t len, struct buf *out);

/** The text without control characters; lines stay lines. NULL without memory. */
char *page_text(const char *text, size_t len, struct arena *arena, size_t *ret_len);

#endif
