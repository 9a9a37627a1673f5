/* SPDX-License-Identifier: MIT */
/* A tree as Markdown. Goes as deep as the tree, which is at most HTML_DEPTH_MAX. */
#include "net/html_write.h"

#include "base/attr.h"
#include "net/html_entity.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static void write_node(struct html_writer *writer, uint32_t at);

static const struct html_node *node_at(const struct html_writer *writer, uint32_t at)
{
	return &writer->tree->nodes.items[at];
}

void html_write_children(struct html_writer *writer, uint32_t at)
{
	for (at = node_at(writer, at)->first; at && !buf_error(writer->out);
	     at = node_at(writer, at)->next)
		write_node(writer, at);
}

static bool begins_with_star(const struct html_writer *writer, uint32_t at)
{
	while (node_at(writer, at)->first)
		at = node_at(writer, at)->first;
	return node_at(writer, at)->text.len && node_at(writer, at)->tag == TAG_NONE &&
	       node_at(writer, at)->text.at[0] == '*';
}

static void write_marked(struct html_writer *writer, uint32_t at, enum html_mark_kind kind)
{
	const struct html_slice *href =
		html_node_attr(writer->tree, node_at(writer, at), ATTR_HREF);
	bool is_on = false;

	/* Blocks are not emphasized as a whole: that is a mark somebody forgot to end. Nor are
	 * words that begin as the mark does, "*args". */
	if (kind == MARK_LINK || (!node_at(writer, at)->has_block && !begins_with_star(writer, at)))
		html_line_mark(writer, kind, href ? *href : (struct html_slice){ "", 0 }, &is_on);
	html_write_children(writer, at);
	if (is_on)
		html_line_unmark(writer);
}

static void write_block(struct html_writer *writer, uint32_t at)
{
	html_line_break(writer, 2);
	html_write_children(writer, at);
	html_line_break(writer, 2);
}

/* The sign that a heading's own address hides behind, or a picture of where it leads to: "top". */
static bool is_anchor(const struct html_writer *writer, uint32_t at)
{
	static const char *const signs[] = { "¶",      "§",      "🔗",       "⚓",
					     "#",      "&para;", "&#182;",  "&sect;",
					     "&#167;", "&#xB6;", "&#x00B6;" };
	const struct html_node *node = node_at(writer, at);
	const struct html_slice *href = html_node_attr(writer->tree, node, ATTR_HREF);

	if (!href || !href->len || href->at[0] != '#' || !node->n_text || node->n_text > 8)
		return false;
	while (node->first && !node_at(writer, node->first)->next)
		node = node_at(writer, node->first);
	if (node->tag == TAG_IMG)
		return true;
	for (size_t i = 0; node->tag == TAG_NONE && i < countof(signs); i++) {
		struct html_slice text = node->text;

		while (text.len && html_is_blank(text.at[0]))
			text.at++, text.len--;
		while (text.len && html_is_blank(text.at[text.len - 1]))
			text.len--;
		if (html_slice_is(text, signs[i]))
			return true;
	}
	return false;
}

static void write_heading(struct html_writer *writer, uint32_t at)
{
	static const char signs[] = "###### ";
	size_t rank = node_at(writer, at)->tag - TAG_H1 + 1u;
	size_t first_len, prefix_len = writer->prefix_len;
	size_t was = writer->out->len;

	if (writer->is_one_line || writer->is_cell) {
		write_block(writer, at);
		return;
	}
	if (!node_at(writer, at)->n_text)
		return;
	html_line_break_hard(writer, 2);
	first_len = writer->first_len;
	(void)html_line_indent(writer, signs + 6 - rank, ""); /* too deep: a paragraph */
	writer->is_one_line = true;
	html_write_children(writer, at);
	writer->is_one_line = false;
	writer->prefix_len = prefix_len;
	writer->is_generated = true; /* it begins with '#' */
	if (writer->out->len == was)
		writer->first_len = first_len;
	html_line_break(writer, 2);
}

static void write_item(struct html_writer *writer, uint32_t at, const char *marker)
{
	static const char blanks[] = "            ";
	size_t width = strlen(marker), prefix_len = writer->prefix_len;
	size_t first_len = writer->first_len, was = writer->out->len;
	bool was_fresh = writer->is_fresh;

	if (writer->is_cell || writer->is_one_line) {
		html_write_children(writer, at);
		return;
	}
	if (!html_line_indent(writer, marker, blanks + sizeof(blanks) - 1 - width)) {
		write_block(writer, at);
		return;
	}
	writer->is_fresh = true;
	html_write_children(writer, at);
	writer->prefix_len = prefix_len;
	if (writer->out->len == was) {
		writer->first_len = first_len;
		writer->is_fresh = was_fresh;
	} else {
		writer->is_fresh = false;
		html_line_break(writer, 1);
	}
}

static void write_list(struct html_writer *writer, uint32_t list)
{
	const struct html_node *node = node_at(writer, list);
	bool is_nested = node_at(writer, node->parent)->tag == TAG_LI, is_first = true;
	unsigned number = html_node_number(writer->tree, node, ATTR_START, 1);

	html_line_break_hard(writer, is_nested ? 1 : 2);
	if (is_nested && writer->break_due > 1)
		writer->break_due = 1;
	for (uint32_t at = node->first; at && !buf_error(writer->out);
	     at = node_at(writer, at)->next) {
		const struct html_node *item = node_at(writer, at);
		char marker[12] = "- ";
		size_t was = writer->out->len;

		if (item->tag != TAG_LI) {
			write_node(writer, at);
			continue;
		}
		if (item->is_clutter || !item->n_text)
			continue;
		if (!is_first && (writer->is_cell || writer->is_one_line)) {
			writer->space_due = false;
			html_line_put_generated(writer, ";");
			writer->space_due = true;
		}
		if (!is_first && writer->break_due > 1)
			writer->break_due = 1; /* however its paragraphs are set */
		number = html_node_number(writer->tree, item, ATTR_VALUE, number);
		if (node->tag == TAG_OL)
			(void)snprintf(marker, sizeof(marker), "%u. ", number % 100000000u);
		write_item(writer, at, marker);
		is_first = is_first && writer->out->len == was;
		number++;
	}
	html_line_break(writer, is_nested ? 1 : 2);
}

static void write_quote(struct html_writer *writer, uint32_t at)
{
	size_t prefix_len = writer->prefix_len, first_len = writer->first_len;
	size_t was = writer->out->len;

	if (writer->is_cell || writer->is_one_line) {
		write_block(writer, at);
		return;
	}
	html_line_break_hard(writer, 2);
	(void)html_line_indent(writer, "> ", "> "); /* too deep: a paragraph */
	html_write_children(writer, at);
	writer->prefix_len = prefix_len;
	if (writer->out->len == was)
		writer->first_len = first_len;
	html_line_break(writer, 2);
}

/* "**term** : text", "**term:** text" */
static void write_term(struct html_writer *writer, uint32_t at)
{
	html_line_break_hard(writer, writer->is_after_term ? 1 : 2);
	if (writer->is_after_term && writer->break_due > 1)
		writer->break_due = 1;
	writer->is_term = true;
	write_marked(writer, at, MARK_STRONG);
	writer->is_term = false;
	html_line_break(writer, 2);
	writer->is_after_term = node_at(writer, at)->n_text > 0;
}

/* "Note:" has its colon. */
static bool ends_with_colon(const struct buf *out)
{
	size_t n = out->len;

	while (n && strchr("*`", out->data[n - 1]))
		n--;
	return n && out->data[n - 1] == ':';
}

static void write_meaning(struct html_writer *writer, uint32_t at)
{
	if (writer->is_after_term && !writer->is_cell && !writer->is_one_line) {
		writer->break_due = 0;
		writer->lead_due = ends_with_colon(writer->out) ? " " : " : ";
		writer->is_fresh = true;
	} else {
		html_line_break(writer, 2);
	}
	html_write_children(writer, at);
	html_line_break_hard(writer, 2);
}

static bool is_picture_name(struct html_slice alt)
{
	static const char *const ends[] = { ".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp" };

	for (size_t i = 0; i < countof(ends); i++) {
		size_t n = strlen(ends[i]);

		if (alt.len >= n && strncasecmp(alt.at + alt.len - n, ends[i], n) == 0)
			return true;
	}
	return false;
}

static void write_image(struct html_writer *writer, uint32_t at)
{
	const struct html_slice *alt = html_node_attr(writer->tree, node_at(writer, at), ATTR_ALT);

	if (alt && !is_picture_name(*alt))
		html_line_add_text(writer, *alt);
}

/* 10<sup>6</sup> is not 106. */
static void write_raised(struct html_writer *writer, uint32_t at)
{
	const struct html_node *node = node_at(writer, at);
	char c;

	while (node->first && !node_at(writer, node->first)->next)
		node = node_at(writer, node->first);
	if (node->first && node_at(writer, node->first)->tag == TAG_NONE)
		node = node_at(writer, node->first);
	c = node->tag == TAG_NONE && node->text.len ? node->text.at[0] : 0;
	if ((c >= '0' && c <= '9') || c == '-' || c == '+' ||
	    (node->text.len == 1 && c >= 'a' && c <= 'z'))
		html_line_put(writer, "^", 1);
	html_write_children(writer, at);
}

static void write_rule(struct html_writer *writer)
{
	if (!writer->is_cell && !writer->is_one_line) {
		html_line_break_hard(writer, 2);
		html_line_put_generated(writer, "---");
	}
	html_line_break(writer, 2);
}

/* Words within a line. */
static void write_word(struct html_writer *writer, uint32_t at)
{
	const struct html_node *node = node_at(writer, at);

	switch ((enum html_tag)node->tag) {
	case TAG_A:
		if (!is_anchor(writer, at))
			write_marked(writer, at, MARK_LINK);
		break;
	case TAG_B:
	case TAG_STRONG:
		if (writer->is_one_line)
			html_write_children(writer, at);
		else
			write_marked(writer, at, MARK_STRONG);
		break;
	case TAG_I:
	case TAG_EM:
		if (writer->is_term)
			html_write_children(writer, at);
		else
			write_marked(writer, at, MARK_EM);
		break;
	case TAG_DEL:
	case TAG_S:
	case TAG_STRIKE:
		write_marked(writer, at, MARK_DEL);
		break;
	case TAG_Q:
		write_marked(writer, at, MARK_QUOTE);
		break;
	case TAG_SUP:
		write_raised(writer, at);
		break;
	case TAG_CODE:
	case TAG_KBD:
	case TAG_SAMP:
	case TAG_TT:
		if (node->has_block)
			html_write_children(writer, at);
		else
			html_code_write_word(writer, at);
		break;
	case TAG_IMG:
		write_image(writer, at);
		break;
	case TAG_BR:
		html_line_br(writer);
		break;
	default:
		html_write_children(writer, at);
	}
}

static void write_node(struct html_writer *writer, uint32_t at)
{
	const struct html_node *node = node_at(writer, at);
	unsigned traits = html_tag_traits((enum html_tag)node->tag);

	if (node->tag == TAG_NONE) {
		html_line_add_text(writer, node->text);
		return;
	}
	if (node->is_clutter)
		return;
	if (!(traits & HTML_BLOCK)) {
		write_word(writer, at);
		return;
	}
	if (traits & HTML_HEADING) {
		write_heading(writer, at);
		return;
	}
	switch ((enum html_tag)node->tag) {
	case TAG_UL:
	case TAG_OL:
	case TAG_MENU:
	case TAG_DIR:
		write_list(writer, at);
		break;
	case TAG_LI: /* of no list */
		html_line_break(writer, 1);
		write_item(writer, at, "- ");
		break;
	case TAG_BLOCKQUOTE:
		write_quote(writer, at);
		break;
	case TAG_DT:
		write_term(writer, at);
		break;
	case TAG_DD:
		write_meaning(writer, at);
		break;
	case TAG_PRE:
	case TAG_LISTING:
	case TAG_XMP:
		html_code_write_block(writer, at);
		break;
	case TAG_TABLE:
		html_table_write(writer, at);
		break;
	case TAG_HR:
		write_rule(writer);
		break;
	case TAG_SUMMARY:
		html_line_break(writer, 2);
		write_marked(writer, at, MARK_STRONG);
		html_line_break(writer, 2);
		break;
	default:
		if (html_code_is_block(writer, at))
			html_code_write_block(writer, at);
		else
			write_block(writer, at);
	}
}

int html_write(const struct html_tree *tree, uint32_t at, const char *base, struct buf *out)
{
	struct html_writer writer = { .out = out, .tree = tree, .base = base };

	html_write_children(&writer, at);
	html_line_end(&writer);
	if (buf_error(out) == -EFBIG)
		out->error = 0;
	return buf_error(out);
}
