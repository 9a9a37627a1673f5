/* SPDX-License-Identifier: MIT */
#ifndef NET_HTML_H
#define NET_HTML_H

#include "base/buf.h"

#include <stdint.h>

/**
 * A page as readable Markdown: headings, paragraphs, lists, tables, code, quotes, links (made
 * absolute), images as their alternative text. What is not the page's own text (scripts, styles,
 * navigation, footers, banners, forms) is left out, unless there would be nothing left. Any thread.
 */
struct html_page {
	struct buf text;      /* Markdown, UTF-8 */
	struct buf title;     /* of the page, one line; may be empty */
	struct buf canonical; /* the address it gives itself, absolute; may be empty */
	int64_t published_s; /* since 1970, as it says itself (meta, time, JSON-LD); 0 = not said */
	int64_t modified_s;  /* likewise */
};

enum { HTML_TEXT_MAX = 4 << 20, HTML_DEPTH_MAX = 512 };

void html_page_release(struct html_page *page);

/**
 * Foreign text of any kind: what is deeper or longer than the bounds above is cut. url: where it
 * came from, for its links; NULL = unknown: links stay as they are. charset: as its transfer said,
 * or NULL: then what the page says of itself, else what its bytes look like.
 * 0, or -ENOMEM.
 */
int html_read(const char *data, size_t len, const char *url, const char *charset,
	      struct html_page *ret_page);

#endif
