/* SPDX-License-Identifier: MIT */
#ifndef DOCS_ROFF_H
#define DOCS_ROFF_H

#include "base/buf.h"

#include <stdbool.h>

/**
 * A manual page, man(7) or mdoc(7), as Markdown that is read, not printed: sections are headings,
 * what is not filled is fenced, a paragraph is one line, fonts and sizes are left out. Known macros
 * are taken for what they mean; the arguments of unknown ones are text. Definitions are passed over
 * but for strings (.ds). Foreign text: what is over the bounds is cut. Any thread.
 */
struct roff_page {
	struct buf text;  /* Markdown, UTF-8 */
	struct buf title; /* "grep(1) - print lines that match patterns"; may be empty */
	struct buf names; /* all that its NAME section names, separated by spaces */
};

enum { ROFF_TEXT_MAX = 2 << 20, ROFF_DEPTH_MAX = 32 };

void roff_page_release(struct roff_page *page);

/** file_name is what the page is called where it does not say itself ("grep.1"). 0 or -ENOMEM. */
int roff_read(const char *data, size_t len, const char *file_name, struct roff_page *ret_page);

/** If the page is nothing but ".so man1/other.1", that path (at most max - 1 bytes). */
bool roff_alias(const char *data, size_t len, char *ret_path, size_t max);

#endif
