/* SPDX-License-Identifier: MIT */
#ifndef NET_HTML_TREE_H
#define NET_HTML_TREE_H

#include "base/buf.h"
#include "base/vec.h"
#include "net/html_token.h"

struct html_head;

/** What is longer is cut: elements and texts of a page. */
enum { HTML_NODES_MAX = 1 << 20 };

/** An element or a text. Others are named by their index, 0 meaning none: it is the body's. */
struct html_node {
	struct html_slice text; /* a text's; an element's name where its tag is TAG_OTHER */
	uint32_t parent;
	uint32_t first, last; /* child */
	uint32_t next;        /* sibling */
	uint32_t attrs;       /* index of the first */
	uint8_t n_attrs;
	uint8_t tag;       /* enum html_tag */
	bool is_clutter;   /* left out, see html_main_find() */
	bool has_block;    /* within it is an element that stands on lines of its own */
	bool has_heading;  /* ... a heading of the page's first rank */
	bool has_part;     /* ... what does not fit into the cell of a table */
	uint32_t n_text;   /* bytes of its text that are not blank, clutter not counted */
	uint32_t n_linked; /* of them, those within links */
	uint32_t n_links;
};

/**
 * A page as a tree, at most HTML_DEPTH_MAX deep. It is built as the HTML standard, 13.2.6, says in
 * what a reader notices: end tags that may be left out, tags that cross, cells without rows. What
 * differs is said in html_tree.c. Borrows the page's text. Any thread.
 */
struct html_tree {
	struct VEC(struct html_node) nodes; /* parents stand before their children */
	struct VEC(struct html_attr) attrs;
};

/** head: gets what the page says of itself. 0 or -ENOMEM. */
int html_tree_build(struct html_tree *tree, const char *page, size_t len, struct html_head *head);
void html_tree_release(struct html_tree *tree);

/** NULL: it has none. */
const struct html_slice *html_node_attr(const struct html_tree *tree, const struct html_node *node,
					enum html_attr_name name);

/** An attribute that is a small number; otherwise, and where it is none, fallback. */
unsigned html_node_number(const struct html_tree *tree, const struct html_node *node,
			  enum html_attr_name name, unsigned fallback);

/** Marks what is not the page's own text, and returns the node that holds what is; 0: the body. */
uint32_t html_main_find(struct html_tree *tree);

/** Nothing is clutter, because otherwise there would be nothing. */
void html_main_take_all(struct html_tree *tree);

#endif
