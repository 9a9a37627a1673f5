/* SPDX-License-Identifier: MIT */
/* Code, of a word or in blocks: its text as it stands, between fences longer than what it holds. */
#include "net/html_write.h"

#include "base/utf8.h"
#include "net/html.h"
#include "net/html_entity.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

enum { LANGUAGE_MAX = 20, CLASS_WORDS_MAX = 8, CLASS_MAX = 200 };

static void add_line_end(struct buf *text)
{
	if (text->len && text->data[text->len - 1] != '\n')
		buf_add_char(text, '\n');
}

static void add_decoded(struct html_slice slice, struct buf *text)
{
	for (uint32_t i = 0; i < slice.len;) {
		const char *at = slice.at + i;
		const char *next = memchr(at, '&', slice.len - i);
		size_t plain = next ? (size_t)(next - at) : slice.len - i, taken, n;
		char utf8[HTML_ENTITY_UTF8_MAX];

		buf_add(text, at, plain);
		i += (uint32_t)plain;
		if (!next)
			return;
		taken = html_entity_read(next, slice.len - i, false, utf8, &n);
		buf_add(text, taken ? utf8 : "&", taken ? n : 1);
		i += (uint32_t)(taken ? taken : 1);
	}
}

/* The text of a subtree, line ends where its blocks have them. */
static void gather(const struct html_tree *tree, uint32_t top, struct buf *text)
{
	const struct html_node *nodes = tree->nodes.items;
	/* Between elements that are lines, line ends are nothing. */
	bool is_of_lines = nodes[top].tag == TAG_DIV;
	uint32_t at = nodes[top].first;

	while (at && !buf_error(text)) {
		const struct html_node *node = &nodes[at];
		bool is_block = html_tag_traits((enum html_tag)node->tag) & HTML_BLOCK;

		if (node->tag == TAG_NONE && (node->parent != top || !is_of_lines))
			add_decoded(node->text, text);
		else if (node->tag == TAG_BR)
			buf_add_char(text, '\n');
		else if (node->tag == TAG_IMG && html_node_attr(tree, node, ATTR_ALT))
			add_decoded(*html_node_attr(tree, node, ATTR_ALT), text);
		else if (is_block && !node->is_clutter)
			add_line_end(text);
		if (node->first && !node->is_clutter) {
			at = node->first;
			continue;
		}
		while (at != top && !nodes[at].next) {
			at = nodes[at].parent;
			if (at != top &&
			    (html_tag_traits((enum html_tag)nodes[at].tag) & HTML_BLOCK))
				add_line_end(text);
		}
		if (at == top)
			return;
		/* One form of the code beside another. */
		if (nodes[top].tag == TAG_PRE && nodes[at].tag == TAG_CODE &&
		    nodes[nodes[at].next].tag == TAG_CODE)
			add_line_end(text);
		at = nodes[at].next;
	}
}

/* Without returns, zero bytes and the like; blanks of any kind as ' '. In place. */
static void clean(struct buf *text, bool is_one_line)
{
	size_t n = 0, len = text->len;
	char *data = text->data;

	for (size_t i = 0; i < len;) {
		unsigned char c = (unsigned char)data[i];
		size_t one = c < 0x80 ? 1 : utf8_sequence((unsigned char *)data + i, len - i);
		bool is_hard = one == 2 && memcmp(data + i, "\xc2\xa0", 2) == 0;
		bool is_blank = c == ' ' || is_hard || c == '\n' || c == '\t' || c == '\f';

		if (is_one_line && is_blank) {
			if (n && data[n - 1] != ' ')
				data[n++] = ' ';
		} else if (is_hard) {
			data[n++] = ' ';
		} else if (c == '\r' && !is_one_line && (i + 1 == len || data[i + 1] != '\n')) {
			data[n++] = '\n';
		} else if ((c >= ' ' && c != 0x7f) || c == '\n' || c == '\t') {
			memmove(data + n, data + i, one ? one : 1);
			n += one ? one : 1;
		}
		i += one ? one : 1;
	}
	while (n && (data[n - 1] == ' ' || data[n - 1] == '\n' || data[n - 1] == '\t'))
		n--;
	text->len = n;
}

static size_t longest_run(const char *text, size_t len, char sign)
{
	size_t best = 0, n = 0;

	for (size_t i = 0; i < len; i++) {
		n = text[i] == sign ? n + 1 : 0;
		best = n > best ? n : best;
	}
	return best;
}

static void add_run(struct buf *out, char sign, size_t n)
{
	char *to = buf_reserve(out, n);

	if (!to)
		return;
	memset(to, sign, n);
	buf_advance(out, n);
}

/* A failure of scratch memory is one of the page; too long a text is only cut. */
static void keep_error(struct html_writer *writer, const struct buf *scratch)
{
	if (buf_error(scratch) == -ENOMEM)
		writer->out->error = -ENOMEM;
}

static bool is_hard_blank(const char *text)
{
	return memcmp(text, "\xc2\xa0", 2) == 0;
}

static bool begins_blank(const struct buf *text)
{
	return text->len &&
	       (html_is_blank(text->data[0]) || (text->len > 1 && is_hard_blank(text->data)));
}

static bool ends_blank(const struct buf *text)
{
	return text->len && (html_is_blank(text->data[text->len - 1]) ||
			     (text->len > 1 && is_hard_blank(text->data + text->len - 2)));
}

void html_code_write_word(struct html_writer *writer, uint32_t at)
{
	CLEANUP(buf) struct buf text = { .max = HTML_TEXT_MAX };
	CLEANUP(buf) struct buf code = { .max = HTML_TEXT_MAX };
	bool is_tight, is_blank_after;
	size_t run;

	gather(writer->tree, at, &text);
	keep_error(writer, &text);
	writer->space_due |= begins_blank(&text);
	is_blank_after = ends_blank(&text);
	clean(&text, true);
	if (!text.len)
		return;
	run = longest_run(text.data, text.len, '`');
	is_tight = text.data[0] != '`' && text.data[text.len - 1] != '`';
	add_run(&code, '`', run + 1);
	buf_add_str(&code, is_tight ? "" : " ");
	buf_add(&code, text.data, text.len);
	buf_add_str(&code, is_tight ? "" : " ");
	add_run(&code, '`', run + 1);
	keep_error(writer, &code);
	if (buf_error(&code))
		return;
	html_line_put(writer, code.data, code.len);
	writer->space_due |= is_blank_after;
}

/* Whether a word can name a language, and does. */
static bool is_language(struct html_slice word)
{
	static const char *const others[] = { "default",     "none",  "notranslate",
					      "nohighlight", "plain", "text",
					      "plaintext",   "txt",   "line-numbers" };

	if (!word.len || word.len > LANGUAGE_MAX)
		return false;
	for (uint32_t i = 0; i < word.len; i++) {
		char c = word.at[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      strchr("+#._-", c)))
			return false;
	}
	for (size_t i = 0; i < countof(others); i++) {
		if (html_slice_is(word, others[i]))
			return false;
	}
	return true;
}

/* "language-c" and its kin; "sourceCode c" and "hljs c". */
static bool language_of_class(const struct html_slice *class, struct html_slice *ret_language)
{
	static const char *const prefixes[] = { "language-", "lang-", "highlight-source-",
						"highlight-", "src-" };
	uint32_t len = !class ? 0 : class->len < CLASS_MAX ? class->len : CLASS_MAX;
	bool is_next = false;
	size_t n_words = 0;

	for (uint32_t i = 0; i < len && n_words++ < CLASS_WORDS_MAX; i++) {
		uint32_t from = i;
		struct html_slice word;

		while (i < len && !html_is_blank(class->at[i]))
			i++;
		word = (struct html_slice){ class->at + from, i - from };
		for (size_t j = 0; j < countof(prefixes); j++) {
			size_t n = strlen(prefixes[j]);
			struct html_slice rest = { word.at + n, word.len - (uint32_t)n };

			if (word.len > n && strncasecmp(word.at, prefixes[j], n) == 0 &&
			    is_language(rest)) {
				*ret_language = rest;
				return true;
			}
		}
		if (is_next && is_language(word)) {
			*ret_language = word;
			return true;
		}
		is_next = html_slice_is(word, "sourceCode") || html_slice_is(word, "hljs") ||
			  html_slice_is(word, "brush:");
	}
	return false;
}

static bool language_of_node(const struct html_tree *tree, uint32_t at,
			     struct html_slice *ret_language)
{
	static const enum html_attr_name names[] = { ATTR_DATA_LANG, ATTR_DATA_LANGUAGE };
	const struct html_node *node = &tree->nodes.items[at];

	for (size_t i = 0; i < countof(names); i++) {
		const struct html_slice *value = html_node_attr(tree, node, names[i]);

		if (value && is_language(*value)) {
			*ret_language = *value;
			return true;
		}
	}
	return language_of_class(html_node_attr(tree, node, ATTR_CLASS), ret_language);
}

/* Said by the block, the code within it, or one of the three elements around it. */
static struct html_slice find_language(const struct html_tree *tree, uint32_t at)
{
	const struct html_node *nodes = tree->nodes.items;
	struct html_slice language = { "", 0 };

	for (uint32_t child = nodes[at].first; child; child = nodes[child].next) {
		if (nodes[child].tag == TAG_CODE && language_of_node(tree, child, &language))
			return language;
	}
	for (size_t n = 0; n < 4; n++, at = nodes[at].parent) {
		if (language_of_node(tree, at, &language) || !at)
			return language;
	}
	return language;
}

static bool is_div_of(const struct html_tree *tree, uint32_t at, const char *class)
{
	const struct html_node *node = &tree->nodes.items[at];
	const struct html_slice *value = html_node_attr(tree, node, ATTR_CLASS);

	return node->tag == TAG_DIV && value && html_slice_is(*value, class);
}

/* As Doxygen writes them. */
bool html_code_is_block(const struct html_writer *writer, uint32_t at)
{
	const struct html_tree *tree = writer->tree;

	return is_div_of(tree, at, "fragment") &&
	       is_div_of(tree, tree->nodes.items[at].first, "line");
}

void html_code_write_block(struct html_writer *writer, uint32_t at)
{
	CLEANUP(buf) struct buf text = { .max = HTML_TEXT_MAX };
	CLEANUP(buf) struct buf fence = { .max = HTML_TEXT_MAX };
	struct html_slice language;
	size_t run, fence_len;

	if (writer->is_one_line || writer->is_cell) {
		writer->space_due = true;
		html_code_write_word(writer, at);
		writer->space_due = true;
		return;
	}
	gather(writer->tree, at, &text);
	keep_error(writer, &text);
	clean(&text, false);
	if (!text.len)
		return;
	run = longest_run(text.data, text.len, '`');
	add_run(&fence, '`', run < 3 ? 3 : run + 1);
	fence_len = fence.len;
	language = find_language(writer->tree, at);
	buf_add(&fence, language.at, language.len);
	keep_error(writer, &fence);
	if (buf_error(&fence))
		return;
	html_line_break_hard(writer, 2);
	html_line_put_generated(writer, fence.data);
	for (size_t i = text.data[0] == '\n'; i < text.len; i++) {
		const char *end = memchr(text.data + i, '\n', text.len - i);
		size_t len = end ? (size_t)(end - text.data) - i : text.len - i;

		html_line_add_verbatim(writer, text.data + i, len);
		i += len;
	}
	html_line_add_verbatim(writer, fence.data, fence_len);
	html_line_break(writer, 2);
}
