/* SPDX-License-Identifier: MIT */
#ifndef NET_HTML_HEAD_H
#define NET_HTML_HEAD_H

#include "net/html_token.h"

#include <stdint.h>

struct html_page;
struct html_tree;

/** A date and how much its source is worth: the lowest rank is kept. */
struct html_date {
	int64_t s;
	unsigned rank; /* 0 = none yet */
};

/**
 * What a page says of itself, gathered while it is read: starts as { .now_s = ... }. Borrows the
 * page's text. Dates before 1990 and from two days ahead of now on are none. Any thread.
 */
struct html_head {
	int64_t now_s; /* the wall clock, in seconds since 1970 */
	struct html_slice title, og_title;
	struct html_slice base;
	struct html_slice canonical, og_url;
	struct html_date published, modified;
};

void html_head_add_tag(struct html_head *head, const struct html_token *token);
void html_head_add_title(struct html_head *head, struct html_slice text);
void html_head_add_script(struct html_head *head, const struct html_token *token,
			  struct html_slice text);

/** The lines near the page's end of the kind "Last updated on May 3, 2024". */
void html_head_add_footer(struct html_head *head, const struct html_tree *tree);

/** Fills all but text; base: what the page's references are relative to, NULL = unknown. Failures
 *  are kept in the bufs. */
void html_head_tell(const struct html_head *head, const struct html_tree *tree, const char *base,
		    struct html_page *page);

#endif
