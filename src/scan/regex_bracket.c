/* SPDX-License-Identifier: MIT */
/* Bracketed classes: ranges, escapes, POSIX names, nested sets and the set operators && -- ~~,
 * which bind weaker than union and group to the left. */
#include "scan/regex_parse.h"

#include "base/utf8.h"

static const char NOT_A_BYTE[] = "(?-u) matches bytes: no character beyond ASCII fits here";

static bool parse_set(struct regex_parser *p, struct class_set *ret);

static int byte_at(const struct regex_parser *p, size_t ahead)
{
	return p->at + ahead < p->len ? (unsigned char)p->text[p->at + ahead] : -1;
}

/* One end of a range, or a single character; *ret_is_set when it was a class of its own. */
static bool parse_item(struct regex_parser *p, struct class_set *set, uint32_t *ret_rune,
		       bool *ret_is_set)
{
	struct class_mode mode = regex_parser_mode(p);
	struct regex_escape escape;
	size_t n, from = p->at;
	bool is_byte = false;

	*ret_is_set = false;
	if (byte_at(p, 0) != '\\') {
		n = utf8_decode((const unsigned char *)p->text + p->at, p->len - p->at, ret_rune);
		if (!n)
			return regex_parser_fail(p, p->at, "the pattern is not valid UTF-8");
		p->at += n;
		return !mode.is_bytes || *ret_rune < 0x80 || regex_parser_fail(p, from, NOT_A_BYTE);
	}
	p->at++;
	if (!regex_parser_escape(p, &escape))
		return false;
	switch (escape.kind) {
	case ESCAPE_PERL:
		*ret_is_set = true;
		class_add_perl(set, p->arena, escape.letter, &mode);
		return true;
	case ESCAPE_PROPERTY:
		*ret_is_set = true;
		return regex_parser_property(p, escape.letter, set);
	case ESCAPE_ASSERT:
		return regex_parser_fail(p, p->at - 2, "an assertion inside a class");
	default:
		*ret_rune = escape.rune;
		is_byte = escape.is_byte && escape.rune < 0x100;
	}
	return !mode.is_bytes || *ret_rune < 0x80 || is_byte ||
	       regex_parser_fail(p, from, NOT_A_BYTE);
}

/* At "[:": true and *ret_found if it was a POSIX class. */
static bool parse_posix(struct regex_parser *p, struct class_set *set, bool *ret_found)
{
	struct class_mode mode = regex_parser_mode(p);
	size_t from = p->at + 2, end;
	bool negated = false;

	*ret_found = false;
	if (from < p->len && p->text[from] == '^') {
		negated = true;
		from++;
	}
	end = from;
	while (end < p->len && p->text[end] >= 'a' && p->text[end] <= 'z')
		end++;
	if (end + 1 >= p->len || p->text[end] != ':' || p->text[end + 1] != ']')
		return true;
	if (!class_add_posix(set, p->text + from, end - from, negated, &mode))
		return regex_parser_fail(p, p->at, "unknown POSIX class");
	p->at = end + 2;
	*ret_found = true;
	return true;
}

static bool parse_range(struct regex_parser *p, struct class_set *set)
{
	size_t from = p->at;
	uint32_t low, high;
	bool is_set;

	if (!parse_item(p, set, &low, &is_set))
		return false;
	if (is_set)
		return true;
	high = low;
	if (byte_at(p, 0) == '-' && byte_at(p, 1) != ']' && byte_at(p, 1) != '-' &&
	    byte_at(p, 1) >= 0) {
		p->at++;
		if (!parse_item(p, set, &high, &is_set))
			return false;
		if (is_set)
			return regex_parser_fail(p, from, "a class cannot end a range");
	}
	if (low > high)
		return regex_parser_fail(p, from, "the ends of a range are the wrong way round");
	class_add_range(set, p->arena, low, high);
	return true;
}

/* An operator that stands here: '&', '-' or '~', else 0. */
static char operator_at(const struct regex_parser *p)
{
	int c = byte_at(p, 0);

	return (c == '&' || c == '-' || c == '~') && byte_at(p, 1) == c ? (char)c : 0;
}

static void skip_blanks(struct regex_parser *p)
{
	while ((p->flags & FLAG_VERBOSE) &&
	       (byte_at(p, 0) == ' ' || (byte_at(p, 0) >= '\t' && byte_at(p, 0) <= '\r')))
		p->at++;
}

/* Items up to an operator or the closing ']'. */
static bool parse_union(struct regex_parser *p, struct class_set *set, bool is_first)
{
	for (;; is_first = false) {
		bool found = false;

		skip_blanks(p);
		if (byte_at(p, 0) < 0)
			return regex_parser_fail(p, p->open_at, "unclosed character class");
		if ((byte_at(p, 0) == ']' && !is_first) || (operator_at(p) && !is_first))
			return true;
		if (byte_at(p, 0) == '[') {
			struct class_set nested = { 0 };

			if (byte_at(p, 1) == ':' && !parse_posix(p, set, &found))
				return false;
			if (found)
				continue;
			if (!parse_set(p, &nested))
				return false;
			class_union(set, p->arena, &nested);
		} else if (is_first && byte_at(p, 0) == '-') {
			/* Any number of leading dashes are literals. */
			while (byte_at(p, 0) == '-')
				p->at++;
			class_add_range(set, p->arena, '-', '-');
		} else if (!parse_range(p, set)) {
			return false;
		}
	}
}

/* At '[': the whole of it. */
static bool parse_set(struct regex_parser *p, struct class_set *ret)
{
	struct class_mode mode = regex_parser_mode(p);
	size_t outer = p->open_at;
	bool negated = false;
	char op = 0;

	p->open_at = p->at++;
	if (++p->depth > REGEX_DEPTH_MAX)
		return regex_parser_fail(p, p->open_at, "classes are nested too deeply");
	if (byte_at(p, 0) == '^') {
		negated = true;
		p->at++;
	}
	for (bool is_first = true;; is_first = false) {
		struct class_set part = { 0 };

		if (!parse_union(p, &part, is_first))
			return false;
		if (mode.is_icase)
			class_fold_case(&part, p->arena, &mode);
		if (op)
			class_combine(ret, p->arena, &part, op);
		else
			*ret = part;
		op = operator_at(p);
		if (!op)
			break;
		p->at += 2;
	}
	p->at++; /* ']' */
	p->depth--;
	p->open_at = outer;
	if (negated)
		class_negate(ret, p->arena, &mode);
	return true;
}

struct regex_node *regex_parser_bracket(struct regex_parser *p)
{
	struct class_set set = { 0 };

	return parse_set(p, &set) ? regex_parser_class(p, &set) : NULL;
}
