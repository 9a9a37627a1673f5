/* SPDX-License-Identifier: MIT */
/*
 * The tree as text for other matchers.
 *
 * PCRE2, ASCII form: every class is its bitmap, so the pattern is compiled without UTF and is
 * small and fast; right wherever the subject has no byte >= 0x80.
 * PCRE2, Unicode form: exact everywhere, a few times slower; used on the few lines that need it.
 * Hyperscan: bytes, a superset; a code point >= 0x80 is "some bytes >= 0x80".
 */
#include "scan/regex.h"

#include "base/utf8.h"
#include "scan/regex_class.h"

enum form { FORM_ASCII, FORM_UNICODE, FORM_AUTOMATON };

struct emitter {
	struct buf *out;
	enum form form;
	bool is_utf; /* FORM_UNICODE: \x{e9} is a code point, not a byte */
	bool exact;  /* FORM_AUTOMATON */
	bool failed;
};

static void emit(struct emitter *e, const struct regex_node *node, const struct regex_node *prev,
		 const struct regex_node *next);

static bool can_be_empty(const struct regex_node *node, bool by_assertions)
{
	switch (node->op) {
	case REGEX_EMPTY:
		return true;
	case REGEX_RUNE:
	case REGEX_BYTE:
	case REGEX_CLASS:
	case REGEX_FAIL:
		return false;
	case REGEX_CONCAT:
		for (size_t i = 0; i < node->n_kids; i++) {
			if (!can_be_empty(node->kids[i], by_assertions))
				return false;
		}
		return true;
	case REGEX_ALT:
		for (size_t i = 0; i < node->n_kids; i++) {
			if (can_be_empty(node->kids[i], by_assertions))
				return true;
		}
		return false;
	case REGEX_REPEAT:
		return node->min == 0 || can_be_empty(node->kid, by_assertions);
	default:
		return by_assertions;
	}
}

bool regex_can_be_empty(const struct regex_node *node)
{
	return can_be_empty(node, true);
}

bool regex_is_empty_anywhere(const struct regex_node *node)
{
	return can_be_empty(node, false);
}

/* Of a concatenation or an alternation. */
static bool any_kid(const struct regex_node *node, bool (*test)(const struct regex_node *))
{
	for (size_t i = 0; i < node->n_kids; i++) {
		if (test(node->kids[i]))
			return true;
	}
	return false;
}

/* Is the empty match tried before a longer one? */
static bool prefers_empty(const struct regex_node *node)
{
	switch (node->op) {
	case REGEX_ALT:
		for (size_t i = 0; i + 1 < node->n_kids; i++) {
			if (regex_can_be_empty(node->kids[i]))
				return true;
		}
		return prefers_empty(node->kids[node->n_kids - 1]);
	case REGEX_CONCAT:
		return any_kid(node, prefers_empty);
	case REGEX_REPEAT:
		return (node->is_lazy && node->min == 0) || prefers_empty(node->kid);
	default:
		return false;
	}
}

bool regex_loops_on_empty(const struct regex_node *node)
{
	switch (node->op) {
	case REGEX_CONCAT:
	case REGEX_ALT:
		return any_kid(node, regex_loops_on_empty);
	case REGEX_REPEAT:
		return (node->max == REGEX_NO_MAX && regex_can_be_empty(node->kid) &&
			prefers_empty(node->kid)) ||
		       regex_loops_on_empty(node->kid);
	default:
		return false;
	}
}

bool regex_can_span_lines(const struct regex_node *node)
{
	switch (node->op) {
	case REGEX_RUNE:
		return node->rune == '\n';
	case REGEX_CLASS:
		return regex_class_has_ascii(node->class, '\n');
	case REGEX_CONCAT:
	case REGEX_ALT:
		return any_kid(node, regex_can_span_lines);
	case REGEX_REPEAT:
		return regex_can_span_lines(node->kid);
	case REGEX_LINE_START:
	case REGEX_LINE_END:
	case REGEX_TEXT_START:
	case REGEX_TEXT_END:
		return true;
	default:
		return false;
	}
}

static void emit_byte(struct emitter *e, unsigned byte)
{
	bool is_plain = (byte >= '0' && byte <= '9') || byte == '_' ||
			((byte | 32) >= 'a' && (byte | 32) <= 'z' && byte < 0x80);

	if (is_plain)
		buf_add_char(e->out, (char)byte);
	else
		buf_printf(e->out, "\\x%02x", byte);
}

static void emit_rune(struct emitter *e, uint32_t rune)
{
	char bytes[4];
	size_t n;

	if (rune < 0x80) {
		emit_byte(e, rune);
		return;
	}
	if (e->form == FORM_ASCII) {
		buf_add_str(e->out, "(?!)");
		return;
	}
	if (e->is_utf) {
		buf_printf(e->out, "\\x{%x}", rune);
		return;
	}
	n = utf8_encode(rune, bytes);
	buf_add_str(e->out, "(?:");
	for (size_t i = 0; i < n; i++)
		buf_printf(e->out, "\\x%02x", (unsigned char)bytes[i]);
	buf_add_char(e->out, ')');
}

/* Ranges of the bitmap, without brackets. high: bytes 0x80 … 0xff, or NULL. */
static void emit_bitmap(struct emitter *e, const uint64_t low[2], const uint64_t high[2])
{
	for (unsigned c = 0; c < 256; c++) {
		unsigned first = c;

		for (; c < 256; c++) {
			const uint64_t *half = c < 128 ? low : high;

			if (!half || !(half[c >> 6 & 1] >> (c & 63) & 1))
				break;
		}
		if (c > first)
			buf_printf(e->out, "\\x%02x", first);
		if (c > first + 1)
			buf_printf(e->out, "-\\x%02x", c - 1);
	}
}

static bool has_ascii(const struct regex_class *class)
{
	return class->ascii[0] || class->ascii[1];
}

static void emit_class_unicode(struct emitter *e, const struct regex_class *class)
{
	const char *wide = class->wide;

	if (class->is_bytes || !class->has_wide) {
		buf_add_char(e->out, '[');
		emit_bitmap(e, class->ascii, class->is_bytes ? class->high : NULL);
		buf_add_char(e->out, ']');
		return;
	}
	/* The wide expression may match ASCII too, beyond the bitmap: keep it above. */
	buf_add_str(e->out, "(?:");
	if (has_ascii(class)) {
		buf_add_char(e->out, '[');
		emit_bitmap(e, class->ascii, NULL);
		buf_add_str(e->out, "]|");
	}
	buf_printf(e->out, "(?![\\x00-\\x7f])%s)", wide);
}

static void emit_class(struct emitter *e, const struct regex_class *class)
{
	if (e->form == FORM_UNICODE) {
		emit_class_unicode(e, class);
	} else if (e->form == FORM_ASCII) {
		if (!has_ascii(class)) {
			buf_add_str(e->out, "(?!)");
			return;
		}
		buf_add_char(e->out, '[');
		emit_bitmap(e, class->ascii, NULL);
		buf_add_char(e->out, ']');
	} else if (class->has_wide && !class->is_bytes) {
		buf_add_str(e->out, "(?:");
		if (has_ascii(class)) {
			buf_add_char(e->out, '[');
			emit_bitmap(e, class->ascii, NULL);
			buf_add_str(e->out, "]|");
		}
		buf_add_str(e->out, "[\\x80-\\xff]{1,4})");
	} else {
		buf_add_char(e->out, '[');
		emit_bitmap(e, class->ascii, class->is_bytes ? class->high : NULL);
		buf_add_char(e->out, ']');
	}
}

static void emit_counts(struct emitter *e, uint32_t min, uint32_t max)
{
	if (max == REGEX_NO_MAX && min < 2)
		buf_add_char(e->out, min ? '+' : '*');
	else if (min == 0 && max == 1)
		buf_add_char(e->out, '?');
	else if (max == REGEX_NO_MAX)
		buf_printf(e->out, "{%u,}", min);
	else if (min == max)
		buf_printf(e->out, "{%u}", min);
	else
		buf_printf(e->out, "{%u,%u}", min, max);
}

static void emit_repeat(struct emitter *e, const struct regex_node *node)
{
	const struct regex_node *kid = node->kid;

	/* Unbounded, one code point may as well be counted as several. */
	if (e->form == FORM_AUTOMATON && node->max == REGEX_NO_MAX && kid->op == REGEX_CLASS &&
	    kid->class->has_wide && !kid->class->is_bytes) {
		buf_add_char(e->out, '[');
		emit_bitmap(e, kid->class->ascii, NULL);
		buf_add_str(e->out, "\\x80-\\xff]");
		emit_counts(e, node->min, node->max);
		return;
	}
	buf_add_str(e->out, "(?:");
	emit(e, kid, NULL, NULL);
	buf_add_char(e->out, ')');
	emit_counts(e, node->min, node->max);
	if (node->is_lazy && e->form != FORM_AUTOMATON)
		buf_add_char(e->out, '?');
}

/* Is the character next to a \b surely an ASCII word character? Then ASCII \b misses nothing. */
static bool is_surely_word(const struct regex_node *node)
{
	struct class_set word = { 0 };
	const struct class_mode bytes = { .is_bytes = true };

	if (!node)
		return false;
	if (node->op == REGEX_REPEAT && node->min > 0)
		return is_surely_word(node->kid);
	class_add_perl(&word, NULL, 'w', &bytes);
	if (node->op == REGEX_RUNE)
		return node->rune < 128 && (word.ascii[node->rune >> 6] >> (node->rune & 63) & 1);
	return node->op == REGEX_CLASS && !node->class->has_wide &&
	       !(node->class->ascii[0] & ~word.ascii[0]) &&
	       !(node->class->ascii[1] & ~word.ascii[1]);
}

static void emit_boundary(struct emitter *e, const struct regex_node *node,
			  const struct regex_node *prev, const struct regex_node *next)
{
	static const char word[] = "[" CLASS_WORD_ITEMS "]";
	bool negated = node->op == REGEX_NOT_WORD || node->op == REGEX_NOT_WORD_ASCII;

	if (e->form == FORM_ASCII || node->op == REGEX_WORD_ASCII ||
	    node->op == REGEX_NOT_WORD_ASCII) {
		buf_add_str(e->out, negated ? "\\B" : "\\b");
	} else if (e->form == FORM_UNICODE) {
		if (negated)
			buf_printf(e->out, "(?:(?<=%s)(?=%s)|(?<!%s)(?!%s))", word, word, word,
				   word);
		else
			buf_printf(e->out, "(?:(?<=%s)(?!%s)|(?<!%s)(?=%s))", word, word, word,
				   word);
	} else if (!negated && (is_surely_word(prev) || is_surely_word(next))) {
		buf_add_str(e->out, "\\b");
	} else {
		e->exact = false;
	}
}

static void emit_alternation(struct emitter *e, const struct regex_node *node)
{
	buf_add_str(e->out, "(?:");
	for (size_t i = 0; i < node->n_kids; i++) {
		if (i)
			buf_add_char(e->out, '|');
		emit(e, node->kids[i], NULL, NULL);
	}
	buf_add_char(e->out, ')');
}

static void emit(struct emitter *e, const struct regex_node *node, const struct regex_node *prev,
		 const struct regex_node *next)
{
	switch (node->op) {
	case REGEX_EMPTY:
		break;
	case REGEX_FAIL:
		buf_add_str(e->out, e->form == FORM_AUTOMATON ? "[^\\x00-\\xff]" : "(?!)");
		e->failed |= e->form == FORM_AUTOMATON;
		break;
	case REGEX_RUNE:
		emit_rune(e, node->rune);
		break;
	case REGEX_BYTE:
		if (e->form == FORM_ASCII)
			buf_add_str(e->out, "(?!)");
		else
			buf_printf(e->out, "\\x%02x", node->rune);
		break;
	case REGEX_CLASS:
		emit_class(e, node->class);
		break;
	case REGEX_CONCAT:
		for (size_t i = 0; i < node->n_kids; i++)
			emit(e, node->kids[i], i ? node->kids[i - 1] : NULL,
			     i + 1 < node->n_kids ? node->kids[i + 1] : NULL);
		break;
	case REGEX_ALT:
		emit_alternation(e, node);
		break;
	case REGEX_REPEAT:
		emit_repeat(e, node);
		break;
	case REGEX_LINE_START:
		buf_add_char(e->out, '^');
		break;
	case REGEX_LINE_END:
		buf_add_char(e->out, '$');
		break;
	case REGEX_TEXT_START:
	case REGEX_TEXT_END:
		buf_add_str(e->out, node->op == REGEX_TEXT_START ? "\\A" : "\\z");
		e->failed |= e->form == FORM_AUTOMATON;
		break;
	default:
		emit_boundary(e, node, prev, next);
	}
}

void regex_emit_ascii(const struct regex_node *node, struct buf *out)
{
	struct emitter e = { .out = out, .form = FORM_ASCII };

	emit(&e, node, NULL, NULL);
}

void regex_emit_unicode(const struct regex_node *node, bool is_utf, struct buf *out)
{
	struct emitter e = { .out = out, .form = FORM_UNICODE, .is_utf = is_utf };

	emit(&e, node, NULL, NULL);
}

bool regex_emit_automaton(const struct regex_node *node, struct buf *out, bool *ret_exact)
{
	struct emitter e = { .out = out, .form = FORM_AUTOMATON, .exact = true };

	emit(&e, node, NULL, NULL);
	*ret_exact = e.exact;
	return !e.failed;
}
