/* SPDX-License-Identifier: MIT */
/*
 * Which part of a page is its own text. What is not: elements and roles that say so themselves,
 * what is hidden, and classes and ids by the words that makers of pages use. As those words name
 * contents too, they count only in elements that hold parts of pages, and only while these are a
 * smaller part of the page.
 */
#include "net/html_tree.h"

#include "base/attr.h"

#include <string.h>
#include <strings.h>

enum { WORD_MAX = 24, MAIN_ENOUGH = 2000, PLAIN_ENOUGH = 400 };

/* Of parts of pages: the first or last piece of a class or id, "site-nav", "footer_links". */
static const char *const part_words[] = {
	"ad",         "ads",         "advert",    "advertisement", "banner",
	"breadcrumb", "breadcrumbs", "comments",  "consent",       "cookie",
	"cookies",    "footer",      "gdpr",      "masthead",      "menu",
	"modal",      "nav",         "navbar",    "navfooter",     "navheader",
	"navigation", "newsletter",  "pager",     "pagination",    "popup",
	"promo",      "related",     "share",     "sharing",       "sidebar",
	"sidenav",    "signup",      "skip",      "social",        "sphinxsidebar",
	"sponsor",    "sponsored",   "subscribe", "toc",           "toolbar",
	NULL,
};

/* ... which do not count beside one of these. */
static const char *const content_words[] = {
	"article", "body",   "chapter",    "container", "content", "has",     "layout",
	"level1",  "level2", "level3",     "no",        "page",    "section", "sect1",
	"sect2",   "sect3",  "subsection", "with",      "wrap",    "wrapper", NULL,
};

/* Classes of any element. */
static const char *const small_words[] = {
	"anchorjs-link",   "copybtn",
	"gutter",          "headerlink",
	"linenodiv",       "lineno",
	"linenos",         "mobile-only",
	"mobileonly",      "mw-editsection",
	"noprint",         "screen-reader-text",
	"sr-only",         "ttc",
	"visually-hidden", NULL,
};

static const char *const out_roles[] = {
	"alertdialog", "banner",     "complementary", "contentinfo", "dialog", "menu",
	"menubar",     "navigation", "search",        "toolbar",     NULL,
};

/* What an <aside> is called that belongs to the text. */
static const char *const note_words[] = {
	"admonition", "callout", "caution", "danger", "footnote", "hint",
	"important",  "info",    "note",    "tip",    "warning",  NULL,
};

static bool is_among(struct html_slice word, const char *const *words)
{
	for (; *words; words++) {
		if (html_slice_is(word, *words))
			return true;
	}
	return false;
}

/* The next of the words of a value, which blanks part. */
static bool next_word(struct html_slice *value, struct html_slice *ret_word)
{
	uint32_t n = 0;

	while (value->len && html_is_blank(*value->at))
		value->at++, value->len--;
	while (n < value->len && !html_is_blank(value->at[n]))
		n++;
	*ret_word = (struct html_slice){ value->at, n };
	value->at += n;
	value->len -= n;
	return n > 0;
}

/* How the pieces of a word, parted by '-' and '_', stand to the lists. */
struct pieces {
	bool is_part;    /* the first or last is one of part_words */
	bool is_content; /* one is of content_words */
	bool is_note;
};

static struct pieces look_at(struct html_slice word)
{
	struct pieces pieces = { 0 };

	for (uint32_t i = 0; i <= word.len; i++) {
		uint32_t from = i;
		struct html_slice piece;

		while (i < word.len && word.at[i] != '-' && word.at[i] != '_')
			i++;
		piece = (struct html_slice){ word.at + from, i - from };
		if (!piece.len || piece.len > WORD_MAX)
			continue;
		if (from == 0 || i == word.len)
			pieces.is_part |= is_among(piece, part_words);
		pieces.is_content |= is_among(piece, content_words);
		pieces.is_note |= is_among(piece, note_words);
	}
	return pieces;
}

static struct pieces look_at_words(const struct html_tree *tree, const struct html_node *node,
				   enum html_attr_name name)
{
	const struct html_slice *attr = html_node_attr(tree, node, name);
	struct html_slice left = attr ? *attr : (struct html_slice){ "", 0 }, word;
	struct pieces all = { 0 };

	for (size_t n = 0; n < 32 && next_word(&left, &word); n++) {
		struct pieces one = look_at(word);

		all.is_part |= one.is_part;
		all.is_content |= one.is_content;
		all.is_note |= one.is_note;
	}
	return all;
}

static bool has_small_word(const struct html_tree *tree, const struct html_node *node)
{
	const struct html_slice *attr = html_node_attr(tree, node, ATTR_CLASS);
	struct html_slice left = attr ? *attr : (struct html_slice){ "", 0 }, word;

	for (size_t n = 0; n < 32 && next_word(&left, &word); n++) {
		if (is_among(word, small_words))
			return true;
	}
	return false;
}

/* "display: none", blanks or not. */
static bool is_styled_away(const struct html_slice *style)
{
	char room[200];
	size_t n = 0;

	for (uint32_t i = 0; style && i < style->len && n + 1 < sizeof(room); i++) {
		if (!html_is_blank(style->at[i]))
			room[n++] = style->at[i];
	}
	room[n] = '\0';
	return strcasestr(room, "display:none") || strcasestr(room, "visibility:hidden");
}

static bool is_hidden(const struct html_tree *tree, const struct html_node *node)
{
	const struct html_slice *hidden = html_node_attr(tree, node, ATTR_HIDDEN);
	const struct html_slice *aria = html_node_attr(tree, node, ATTR_ARIA_HIDDEN);

	return (hidden && !html_slice_is(*hidden, "until-found")) ||
	       (aria && html_slice_is(*aria, "true")) ||
	       is_styled_away(html_node_attr(tree, node, ATTR_STYLE));
}

static bool is_within_text(const struct html_tree *tree, const struct html_node *node)
{
	while (node->parent) {
		node = &tree->nodes.items[node->parent];
		if (node->tag == TAG_ARTICLE || node->tag == TAG_MAIN || node->tag == TAG_SECTION ||
		    node->tag == TAG_BLOCKQUOTE || node->tag == TAG_FIGURE)
			return true;
	}
	return false;
}

/* A tag that holds a part of a page: whether its class or id says which. */
static bool is_named_clutter(const struct html_tree *tree, const struct html_node *node,
			     uint32_t total)
{
	struct pieces by_class, by_id;

	switch ((enum html_tag)node->tag) {
	case TAG_DIV:
	case TAG_UL:
	case TAG_OL:
	case TAG_SECTION:
	case TAG_ASIDE:
	case TAG_HEADER:
	case TAG_FOOTER:
	case TAG_FORM:
	case TAG_TABLE:
		break;
	default:
		return false;
	}
	if ((uint64_t)node->n_text * 5 > (uint64_t)total * 2)
		return false;
	by_class = look_at_words(tree, node, ATTR_CLASS);
	by_id = look_at_words(tree, node, ATTR_ID);
	/* Sections are called what their headings say. */
	if (by_class.is_content || by_id.is_content)
		return false;
	return by_class.is_part || (by_id.is_part && node->tag != TAG_SECTION);
}

static bool is_clutter(const struct html_tree *tree, const struct html_node *node, uint32_t total)
{
	const struct html_slice *role = html_node_attr(tree, node, ATTR_ROLE);

	switch ((enum html_tag)node->tag) {
	case TAG_NAV:
	case TAG_DIALOG:
	case TAG_SEARCH:
	case TAG_NOSCRIPT:
		return true;
	case TAG_ASIDE:
		if (!look_at_words(tree, node, ATTR_CLASS).is_note &&
		    !(role &&
		      (html_slice_is(*role, "note") || html_slice_is(*role, "doc-footnote"))))
			return true;
		break;
	case TAG_HEADER:
		if (!node->has_heading && !is_within_text(tree, node))
			return true;
		break;
	case TAG_FOOTER:
		if (!is_within_text(tree, node))
			return true;
		break;
	case TAG_FORM: /* some hold all of their page */
		if ((uint64_t)node->n_text * 4 < total)
			return true;
		break;
	default:
		break;
	}
	if (!node->n_attrs)
		return false;
	if (role && is_among(*role, out_roles) &&
	    !(node->has_heading && html_slice_is(*role, "banner")))
		return true;
	return is_hidden(tree, node) || has_small_word(tree, node) ||
	       is_named_clutter(tree, node, total);
}

static uint32_t count_text(struct html_slice text)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < text.len; i++)
		n += !html_is_blank(text.at[i]);
	return n;
}

static bool is_part(enum html_tag tag)
{
	return tag == TAG_TABLE || tag == TAG_PRE || tag == TAG_BLOCKQUOTE || tag == TAG_DL ||
	       (html_tag_traits(tag) & HTML_HEADING);
}

/* What each node holds, from the leaves up. */
static void count(struct html_tree *tree)
{
	struct html_node *nodes = tree->nodes.items;

	for (size_t i = 0; i < tree->nodes.n; i++) {
		nodes[i].n_text = 0;
		nodes[i].n_linked = nodes[i].n_links = 0;
		if (nodes[i].tag == TAG_NONE)
			nodes[i].n_text = count_text(nodes[i].text);
		else if (nodes[i].tag == TAG_IMG && html_node_attr(tree, &nodes[i], ATTR_ALT))
			nodes[i].n_text = count_text(*html_node_attr(tree, &nodes[i], ATTR_ALT));
	}
	for (size_t i = tree->nodes.n; i-- > 1;) {
		struct html_node *node = &nodes[i], *parent = &nodes[node->parent];

		if (node->is_clutter)
			continue;
		if (node->tag == TAG_A) {
			node->n_links++;
			node->n_linked = node->n_text;
		}
		parent->n_text += node->n_text;
		parent->n_linked += node->n_linked;
		parent->n_links += node->n_links;
		parent->has_block |=
			node->has_block || (html_tag_traits((enum html_tag)node->tag) & HTML_BLOCK);
		parent->has_part |= node->has_part || is_part((enum html_tag)node->tag);
		parent->has_heading |= node->has_heading || node->tag == TAG_H1;
	}
}

/* The greatest element of a tag or role; 0: there is none with any text. */
static uint32_t find_greatest(const struct html_tree *tree, enum html_tag tag, const char *role)
{
	const struct html_node *nodes = tree->nodes.items;
	uint32_t best = 0;

	for (uint32_t i = 1; i < tree->nodes.n; i++) {
		const struct html_slice *has = html_node_attr(tree, &nodes[i], ATTR_ROLE);

		if ((nodes[i].tag == tag || (has && role && html_slice_is(*has, role))) &&
		    !nodes[i].is_clutter && nodes[i].n_text > (best ? nodes[best].n_text : 0))
			best = i;
	}
	return best;
}

/* Mostly of links, and nothing says that it is a section or the head of the text. */
static bool is_list_of_links(const struct html_tree *tree, const struct html_node *node)
{
	struct pieces pieces;

	if (node->n_links <= 3 || node->n_linked <= node->n_text / 2)
		return false;
	pieces = look_at_words(tree, node, ATTR_CLASS);
	return pieces.is_part || !(pieces.is_content || node->has_heading);
}

/* Beside the one part that holds nearly all of what is not links, lists of links are clutter. */
static void leave_out_links(struct html_tree *tree)
{
	struct html_node *nodes = tree->nodes.items;
	uint32_t plain = nodes[0].n_text - nodes[0].n_linked, at = 0;

	if (plain < PLAIN_ENOUGH || plain < nodes[0].n_text / 4)
		return;
	for (;;) {
		uint32_t great = 0;

		for (uint32_t i = nodes[at].first; i; i = nodes[i].next) {
			if (!nodes[i].is_clutter && nodes[i].tag != TAG_NONE &&
			    (uint64_t)(nodes[i].n_text - nodes[i].n_linked) * 10 >=
				    (uint64_t)plain * 9)
				great = i;
		}
		if (!great)
			return;
		for (uint32_t i = nodes[at].first; i; i = nodes[i].next) {
			if (i != great && is_list_of_links(tree, &nodes[i]))
				nodes[i].is_clutter = true;
		}
		at = great;
	}
}

uint32_t html_main_find(struct html_tree *tree)
{
	struct html_node *nodes = tree->nodes.items;
	uint32_t total, best;

	count(tree);
	total = nodes[0].n_text;
	for (size_t i = 1; i < tree->nodes.n; i++)
		nodes[i].is_clutter =
			nodes[nodes[i].parent].is_clutter ||
			(nodes[i].tag != TAG_NONE && is_clutter(tree, &nodes[i], total));
	count(tree);
	best = find_greatest(tree, TAG_MAIN, "main");
	if (best &&
	    (nodes[best].n_text >= MAIN_ENOUGH || nodes[best].n_text >= nodes[0].n_text / 4))
		return best;
	best = find_greatest(tree, TAG_ARTICLE, NULL);
	if (best && nodes[best].n_text >= nodes[0].n_text / 5 * 3)
		return best;
	leave_out_links(tree);
	return 0;
}

void html_main_take_all(struct html_tree *tree)
{
	for (size_t i = 0; i < tree->nodes.n; i++)
		tree->nodes.items[i].is_clutter = false;
	count(tree);
}
