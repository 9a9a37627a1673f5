/* SPDX-License-Identifier: MIT */
/* Lines of Markdown: prefixes, breaks, blanks, marks, and the escape of a line's start. */
#include "net/html_write.h"

#include "base/utf8.h"
#include "net/html_entity.h"
#include "net/reference.h"

#include <errno.h>
#include <string.h>

enum { LINKS_MAX = 20000 };

static bool has_run(const char *at, const char *end, const char *signs, size_t least)
{
	size_t n = 0;

	while (at + n < end && at[n] == at[0])
		n++;
	return at < end && strchr(signs, at[0]) && n >= least;
}

static bool is_rule(const char *at, const char *end)
{
	char sign = *at;
	size_t n = 0;

	if (!strchr("-_*=", sign))
		return false;
	for (; at < end; at++) {
		if (*at != sign && *at != ' ')
			return false;
		n += *at == sign;
	}
	return n >= 3 || sign == '=' || sign == '-';
}

/* Where a '\' must stand so that the line is not taken for something else; NULL: nowhere. */
static const char *find_escape(const char *at, const char *end)
{
	const char *from = at, *close;
	bool is_blank_next = end - at == 1 || (end - at > 1 && at[1] == ' ');

	if (at == end)
		return NULL;
	if (*at == '#') {
		while (at < end && *at == '#')
			at++;
		return at - from <= 6 && (at == end || *at == ' ') ? from : NULL;
	}
	if (*at >= '0' && *at <= '9') {
		while (at < end && at - from < 10 && *at >= '0' && *at <= '9')
			at++;
		return at < end && at - from < 10 && (*at == '.' || *at == ')') &&
				       (at + 1 == end || at[1] == ' ')
			       ? at
			       : NULL;
	}
	if (*at == '[') {
		close = memchr(at, ']', (size_t)(end - at));
		return close && close + 1 < end && close[1] == ':' ? from : NULL;
	}
	if (*at == '<')
		return end - at > 1 && !strchr(" =<", at[1]) && (at[1] | 32) != ' ' ? from : NULL;
	if (*at == '>' || (strchr("-+*", *at) && is_blank_next) || has_run(at, end, "`~", 3) ||
	    is_rule(at, end))
		return from;
	return NULL;
}

static void end_line(struct html_writer *writer)
{
	struct buf *out = writer->out;
	const char *at;

	if (writer->is_generated || !out->len || writer->line_start >= out->len)
		return;
	at = find_escape(out->data + writer->line_start, out->data + out->len);
	if (at) {
		size_t offset = (size_t)(at - out->data);

		buf_add_char(out, '\\');
		if (!buf_error(out)) {
			memmove(out->data + offset + 1, out->data + offset, out->len - 1 - offset);
			out->data[offset] = '\\';
		}
	}
	writer->line_start = out->len;
}

static size_t without_blanks(const char *text, size_t len)
{
	while (len && text[len - 1] == ' ')
		len--;
	return len;
}

static void begin_line(struct html_writer *writer, bool is_generated)
{
	struct buf *out = writer->out;

	end_line(writer);
	if (out->len) {
		buf_add_char(out, '\n');
		if (writer->break_due > 1) {
			buf_add(out, writer->prefix,
				without_blanks(writer->prefix, writer->blank_prefix));
			buf_add_char(out, '\n');
		}
	}
	if (writer->first_len)
		buf_add(out, writer->first, writer->first_len);
	else
		buf_add(out, writer->prefix, writer->prefix_len);
	writer->first_len = 0;
	writer->break_due = 0;
	writer->blank_prefix = writer->prefix_len;
	writer->space_due = false;
	writer->line_start = out->len;
	writer->is_generated = is_generated;
}

/* Everything that is due before a word. */
static void begin_word(struct html_writer *writer, bool is_generated)
{
	if (writer->lead_due)
		buf_add_str(writer->out, writer->lead_due);
	else if (writer->break_due || writer->first_len || !writer->out->len)
		begin_line(writer, is_generated);
	else if (writer->space_due)
		buf_add_char(writer->out, ' ');
	writer->lead_due = NULL;
	writer->space_due = false;
	writer->is_fresh = false;
	writer->is_after_term = false;
}

/* An address between parentheses. */
static void add_address(struct buf *out, const char *address, size_t len)
{
	size_t depth = 0;
	bool is_even = true;

	for (size_t i = 0; i < len; i++) {
		depth += address[i] == '(';
		if (address[i] == ')' && !depth--)
			is_even = false, depth = 0;
	}
	is_even = is_even && !depth;
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)address[i];

		if (c <= ' ' || strchr("<>\"\\|", c) || (!is_even && strchr("()", c)))
			buf_printf(out, "%%%02X", c);
		else
			buf_add_char(out, (char)c);
	}
}

static void close_mark(struct html_writer *writer, struct html_mark *mark)
{
	static const char *const closes[] = { "", "**", "*", "~~", "\"" };
	struct buf *out = writer->out;

	if (mark->state != MARK_OPEN) {
		mark->state = MARK_DONE;
		return;
	}
	mark->state = MARK_DONE;
	buf_add_str(out, closes[mark->kind]);
	if (mark->kind == MARK_LINK) {
		CLEANUP(buf) struct buf href = { .max = REFERENCE_MAX };
		CLEANUP(buf) struct buf address = { .max = 2 * REFERENCE_MAX };

		html_entity_add_value(mark->href.at, mark->href.len, &href);
		(void)reference_resolve(writer->base, href.data ? href.data : "", href.len,
					&address); /* it was looked at when the mark was set */
		buf_add_str(out, "](");
		add_address(out, address.data ? address.data : "", address.len);
		buf_add_char(out, ')');
		if (buf_error(&href) == -ENOMEM || buf_error(&address) == -ENOMEM)
			out->error = -ENOMEM;
	}
}

static void open_marks(struct html_writer *writer)
{
	static const char *const opens[] = { "[", "**", "*", "~~", "\"" };

	for (size_t i = 0; i < writer->n_marks; i++) {
		if (writer->marks[i].state == MARK_WAITS) {
			writer->marks[i].state = MARK_OPEN;
			buf_add_str(writer->out, opens[writer->marks[i].kind]);
		}
	}
}

void html_line_break(struct html_writer *writer, unsigned n)
{
	if (writer->is_one_line || writer->is_cell) {
		writer->space_due = true;
		return;
	}
	if (writer->is_fresh)
		return;
	for (size_t i = writer->n_marks; i-- > 0;) {
		if (writer->marks[i].state == MARK_OPEN)
			close_mark(writer, &writer->marks[i]);
	}
	if (writer->break_due < n)
		writer->break_due = n;
	if (writer->blank_prefix > writer->prefix_len)
		writer->blank_prefix = writer->prefix_len;
	writer->space_due = false;
}

void html_line_break_hard(struct html_writer *writer, unsigned n)
{
	if (writer->lead_due) {
		writer->lead_due = NULL;
		writer->is_fresh = false;
	}
	html_line_break(writer, n);
}

void html_line_br(struct html_writer *writer)
{
	if (writer->is_one_line || writer->is_cell) {
		writer->space_due = true;
	} else if (writer->break_due) {
		html_line_break(writer, 2);
	} else if (!writer->is_fresh) {
		writer->break_due = 1;
		writer->space_due = false;
	}
}

static void add_escaped(struct html_writer *writer, const char *text, size_t len)
{
	const char *bar;

	while (writer->is_cell && (bar = memchr(text, '|', len))) {
		buf_add(writer->out, text, (size_t)(bar - text));
		buf_add_str(writer->out, "\\|");
		len -= (size_t)(bar - text) + 1;
		text = bar + 1;
	}
	buf_add(writer->out, text, len);
}

static void put(struct html_writer *writer, const char *text, size_t len)
{
	begin_word(writer, false);
	open_marks(writer);
	add_escaped(writer, text, len);
}

void html_line_put(struct html_writer *writer, const char *text, size_t len)
{
	bool begins = writer->break_due || writer->first_len || !writer->out->len;

	put(writer, text, len);
	writer->is_generated |= begins;
}

void html_line_put_generated(struct html_writer *writer, const char *text)
{
	begin_word(writer, true);
	buf_add_str(writer->out, text);
}

enum sort { SORT_WORD, SORT_BLANK, SORT_NOTHING };

static enum sort sort_of(uint32_t rune)
{
	if (rune == ' ' || rune == '\n' || rune == '\t' || rune == '\r' || rune == '\f' ||
	    rune == 0xa0 || (rune >= 0x2000 && rune <= 0x200a) || rune == 0x2028 ||
	    rune == 0x2029 || rune == 0x202f || rune == 0x205f)
		return SORT_BLANK;
	/* Controls, soft hyphens, joints of no width, and the letters of icon fonts. */
	if (rune < ' ' || (rune >= 0x7f && rune < 0xa0) || rune == 0xad || rune == 0x200b ||
	    rune == 0x2060 || rune == 0xfeff || (rune >= 0xe000 && rune <= 0xf8ff))
		return SORT_NOTHING;
	return SORT_WORD;
}

/* One character; the bytes of a word are written together where they can be. */
static void add_char(struct html_writer *writer, const char *utf8, size_t len)
{
	uint32_t rune = 0xfffd;

	(void)utf8_decode((const unsigned char *)utf8, len, &rune); /* the text is valid */
	switch (sort_of(rune)) {
	case SORT_WORD:
		put(writer, utf8, len);
		break;
	case SORT_BLANK:
		writer->space_due = true;
		break;
	case SORT_NOTHING:
		break;
	}
}

void html_line_add_text(struct html_writer *writer, struct html_slice text)
{
	for (size_t i = 0; i < text.len && !buf_error(writer->out);) {
		size_t from = i, n;
		char utf8[HTML_ENTITY_UTF8_MAX];

		while (i < text.len && text.at[i] > ' ' && text.at[i] != '&' && text.at[i] != 0x7f)
			i++;
		if (i > from) {
			put(writer, text.at + from, i - from);
			continue;
		}
		if (text.at[i] == '&') {
			size_t taken = html_entity_read(text.at + i, text.len - i, false, utf8, &n);

			for (size_t at = 0; taken && at < n;) {
				size_t one =
					utf8_sequence((const unsigned char *)utf8 + at, n - at);

				add_char(writer, utf8 + at, one);
				at += one;
			}
			if (!taken)
				put(writer, "&", 1);
			i += taken ? taken : 1;
			continue;
		}
		n = utf8_sequence((const unsigned char *)text.at + i, text.len - i);
		add_char(writer, text.at + i, n ? n : 1);
		i += n ? n : 1;
	}
}

void html_line_add_verbatim(struct html_writer *writer, const char *line, size_t len)
{
	struct buf *out = writer->out;

	buf_add_char(out, '\n');
	buf_add(out, writer->prefix,
		len ? writer->prefix_len : without_blanks(writer->prefix, writer->prefix_len));
	buf_add(out, line, len);
}

bool html_line_indent(struct html_writer *writer, const char *first, const char *rest)
{
	size_t n_first = strlen(first), n_rest = strlen(rest);
	size_t was = writer->first_len ? writer->first_len : writer->prefix_len;

	if (was + n_first > HTML_PREFIX_MAX || writer->prefix_len + n_rest > HTML_PREFIX_MAX)
		return false;
	if (!writer->first_len)
		memcpy(writer->first, writer->prefix, writer->prefix_len);
	memcpy(writer->first + was, first, n_first);
	writer->first_len = was + n_first;
	memcpy(writer->prefix + writer->prefix_len, rest, n_rest);
	writer->prefix_len += n_rest;
	return true;
}

/* Whether an address is one that a reader can follow. */
static bool leads_somewhere(struct html_writer *writer, struct html_slice href)
{
	CLEANUP(buf) struct buf value = { .max = REFERENCE_MAX };
	CLEANUP(buf) struct buf address = { .max = 2 * REFERENCE_MAX };
	struct html_slice scheme;

	if (!href.len || href.len > REFERENCE_MAX || writer->n_links == LINKS_MAX)
		return false;
	html_entity_add_value(href.at, href.len, &value);
	if (!buf_error(&value) && value.len &&
	    !reference_resolve(NULL, value.data, value.len, &address))
		return false;
	if (buf_error(&value) == -ENOMEM || buf_error(&address) == -ENOMEM)
		writer->out->error = -ENOMEM;
	if (buf_error(&value) || buf_error(&address) || !address.len || address.data[0] == '#')
		return false;
	scheme = (struct html_slice){ address.data,
				      (uint32_t)reference_scheme(address.data, address.len) };
	return !html_slice_is(scheme, "javascript") && !html_slice_is(scheme, "data") &&
	       !html_slice_is(scheme, "vbscript") && !html_slice_is(scheme, "blob");
}

void html_line_mark(struct html_writer *writer, enum html_mark_kind kind, struct html_slice href,
		    bool *ret_is_on)
{
	*ret_is_on = false;
	if (writer->n_marks == HTML_MARKS_MAX)
		return;
	for (size_t i = 0; i < writer->n_marks; i++) {
		if (writer->marks[i].kind == kind)
			return;
	}
	if (kind == MARK_LINK && !leads_somewhere(writer, href))
		return;
	writer->n_links += kind == MARK_LINK;
	writer->marks[writer->n_marks++] = (struct html_mark){ kind, MARK_WAITS, href };
	*ret_is_on = true;
}

void html_line_unmark(struct html_writer *writer)
{
	close_mark(writer, &writer->marks[--writer->n_marks]);
}

void html_line_end(struct html_writer *writer)
{
	end_line(writer);
	if (writer->out->len)
		buf_add_char(writer->out, '\n');
}
