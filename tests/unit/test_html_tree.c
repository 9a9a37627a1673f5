/* SPDX-License-Identifier: MIT */
/*
 * The tree of a page against gumbo's, which follows the HTML standard to the letter: in tag soup
 * made at random each word must stand in the same lists, items, tables, cells, quotes, headings
 * and paragraphs. What html_tree.c does otherwise on purpose is not in the soup: text between the
 * rows of tables. Of a paragraph it is only asked whether the word is in one, as stray end tags
 * make empty ones.
 */
#include "net/html_tree.h"

#include "base/random.h"
#include "net/html_head.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <gumbo.h>

enum { SOUPS = 4000, PARTS_MAX = 40 };

static bool is_shown(const char *name)
{
	static const char *const names[] = { "ul",      "ol",         "li",      "dl", "dt",
					     "dd",      "table",      "tr",      "td", "th",
					     "caption", "blockquote", "h1",      "h2", "p",
					     "pre",     "div",        "section", "a",  "span" };

	for (size_t i = 0; i < countof(names); i++) {
		if (strcmp(name, names[i]) == 0)
			return true;
	}
	return false;
}

/* "ul li w3 w4" and so on: each word after the elements it stands in. */
static void add_word(struct buf *out, const char *path, const char *text, size_t len)
{
	for (size_t i = 0; i < len;) {
		size_t from = i;

		while (i < len && !html_is_blank(text[i]))
			i++;
		if (i > from) {
			buf_printf(out, "%s%.*s\n", path, (int)(i - from), text + from);
		}
		i++;
	}
}

static void add_gumbo(const GumboNode *node, const char *path, struct buf *out)
{
	char *deeper = NULL;

	if (node->type == GUMBO_NODE_TEXT) {
		add_word(out, path, node->v.text.text, strlen(node->v.text.text));
		return;
	}
	if (node->type != GUMBO_NODE_ELEMENT)
		return;
	if (is_shown(gumbo_normalized_tagname(node->v.element.tag)) &&
	    asprintf(&deeper, "%s%s ", path, gumbo_normalized_tagname(node->v.element.tag)) < 0)
		fail();
	for (unsigned i = 0; i < node->v.element.children.length; i++)
		add_gumbo(node->v.element.children.data[i], deeper ? deeper : path, out);
	free(deeper);
}

static const char *const tag_names[TAG_COUNT] = {
#define TAG(c, name, traits) [TAG_##c] = name,
#include "net/html_tags.def"
#undef TAG
};

static void add_ours(const struct html_tree *tree, uint32_t at, const char *path, struct buf *out)
{
	const struct html_node *node = &tree->nodes.items[at];
	char *deeper = NULL;
	char name[16];

	if (node->tag == TAG_NONE) {
		add_word(out, path, node->text.at, node->text.len);
		return;
	}
	(void)snprintf(name, sizeof(name), "%.*s", (int)node->text.len,
		       node->text.at ? node->text.at : "");
	if (node->tag != TAG_OTHER)
		(void)snprintf(name, sizeof(name), "%s", tag_names[node->tag]);
	if (is_shown(name) && asprintf(&deeper, "%s%s ", path, name) < 0)
		fail();
	for (uint32_t child = node->first; child; child = tree->nodes.items[child].next)
		add_ours(tree, child, deeper ? deeper : path, out);
	free(deeper);
}

static void compare(const char *html, size_t len)
{
	CLEANUP(buf) struct buf theirs = { .max = 1 << 24 }, ours = { .max = 1 << 24 };
	GumboOutput *gumbo = gumbo_parse_with_options(&kGumboDefaultOptions, html, len);
	struct html_head head = { 0 };
	struct html_tree tree = { 0 };

	assert_int_equal(html_tree_build(&tree, html, len, &head), 0);
	add_gumbo(gumbo->root, "", &theirs);
	add_ours(&tree, 0, "", &ours);
	buf_add_char(&theirs, '\0');
	buf_add_char(&ours, '\0');
	if (strcmp(theirs.data, ours.data) != 0)
		fail_msg("%.*s\nis\n%s\nnot\n%s", (int)len, html, ours.data, theirs.data);
	html_tree_release(&tree);
	gumbo_destroy_output(&kGumboDefaultOptions, gumbo);
}

/* Tags of one kind of soup, opened and ended in any order, a word after each. */
static void stir(const char *const *tags, size_t n_tags, uint64_t seed)
{
	CLEANUP(buf) struct buf html = { .max = 1 << 20 };
	uint64_t random = seed;
	size_t n = 1 + random_within(PARTS_MAX - 1, random_next(&random));

	for (size_t i = 0; i < n; i++) {
		const char *tag = tags[random_within(n_tags - 1, random_next(&random))];
		bool is_end = random_next(&random) % 5 < 2;

		buf_printf(&html, "<%s%s> w%zu ", is_end ? "/" : "", tag, i);
	}
	assert_int_equal(buf_error(&html), 0);
	compare(html.data, html.len);
}

static void test_blocks(void **state)
{
	static const char *const tags[] = { "p",  "div", "ul", "li",      "ol",         "dl",
					    "dt", "dd",  "h1", "h2",      "blockquote", "section",
					    "p",  "li",  "em", "article", "hr",         "span" };

	(void)state;
	for (uint64_t i = 0; i < SOUPS; i++)
		stir(tags, countof(tags), i);
}

/* Tables whose every text is in a cell; end tags are left out at random. */
static void test_tables(void **state)
{
	static const char *const starts[] = {
		"<tr><td>", "<td>", "<th>", "<tr><th>", "<tbody><tr><td>", "<table><tr><td>",
		"<ul><li>", "<li>", "<p>",  "<div>",    "<td><table><td>"
	};
	static const char *const ends[] = { "</p>",      "</div>",    "</ul>",
					    "</li>",     "</td><td>", "</tr><td>",
					    "</th><th>", "</span>",   "</h1>" };

	(void)state;
	for (uint64_t seed = 0; seed < SOUPS; seed++) {
		CLEANUP(buf) struct buf html = { .max = 1 << 20 };
		uint64_t random = seed;
		size_t n = 1 + random_within(PARTS_MAX - 1, random_next(&random));

		buf_add_str(&html, "a<table><tr><td>b");
		for (size_t i = 0; i < n; i++) {
			const char *part = random_next(&random) % 3
						   ? starts[random_within(countof(starts) - 1,
									  random_next(&random))]
						   : ends[random_within(countof(ends) - 1,
									random_next(&random))];

			buf_printf(&html, "%s w%zu ", part, i);
		}
		buf_add_str(&html, "</table> z");
		assert_int_equal(buf_error(&html), 0);
		compare(html.data, html.len);
	}
}

/* What is a tag and what is not: any signs of markup in any order. */
static void test_tokens(void **state)
{
	static const char *const parts[] = { "<",    ">",   "</", "<!--", "-->",  "--!>", "<!",
					     "<?",   "/",   "=",  "\"",   "'",    " ",    "<p",
					     "<div", "</p", "-",  "!",    "w1 ",  "w2 ",  "x",
					     "<p>",  "<a",  "--", "<!->", " a='", " b=c", "\n" };

	(void)state;
	for (uint64_t seed = 0; seed < 4 * SOUPS; seed++) {
		CLEANUP(buf) struct buf html = { .max = 1 << 20 };
		uint64_t random = seed;

		buf_add_str(&html, "w0 ");
		for (size_t i = 0; i < 24; i++)
			buf_add_str(&html,
				    parts[random_within(countof(parts) - 1, random_next(&random))]);
		assert_int_equal(buf_error(&html), 0);
		compare(html.data, html.len);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_blocks),
		cmocka_unit_test(test_tables),
		cmocka_unit_test(test_tokens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
