/* SPDX-License-Identifier: MIT */
#ifndef DOCS_PAGE_H
#define DOCS_PAGE_H

#include "base/buf.h"
#include "docs/kind.h"

#include <stdbool.h>
#include <stddef.h>

/** A document as it is kept: Markdown, whatever it was written in. */
struct page {
	struct buf text;
	struct buf title;  /* one line, never empty */
	struct buf names;  /* what it is called besides its file's name; may be empty */
	struct buf target; /* not empty: it only says ".so TARGET", and nothing else is filled */
};

void page_release(struct page *page);

/** file_name without ".gz". Foreign bytes, unpacked. 0 or -ENOMEM. Any thread. */
int page_read(enum docs_kind kind, const char *file_name, const char *data, size_t len,
	      struct page *ret_page);

/** A part of a page under one heading; offsets into its text. */
struct passage {
	size_t at, len;
	size_t heading_at, heading_len; /* without its signs; 0 = none */
};

enum { PASSAGE_BYTES = 2000, PASSAGE_BITS = 12, PASSAGES_MAX = 1 << PASSAGE_BITS };

struct passages {
	struct passage *items;
	size_t n, cap;
};

/**
 * Cuts a text by headings and then by paragraphs into parts of about PASSAGE_BYTES at most, never
 * within a word; a part begins with the end of the one before it where both lie under one heading.
 * Sections that say nothing of the matter (authors, licences) are left out. What it gives for a
 * text must not change while STORE_VERSION does not: it is how passages are taken out again.
 * passages: zeroed or reused. 0 or -ENOMEM.
 */
int passages_cut(struct passages *passages, const char *text, size_t len);
void passages_release(struct passages *passages);

#endif
