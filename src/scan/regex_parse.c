/* SPDX-License-Identifier: MIT */
/*
 * The parser: recursive descent over the Rust regex crate's syntax. Alternation, concatenation,
 * repetition and atoms each have a function; brackets are in regex_bracket.c. Anything that only
 * a backtracking matcher can do (lookaround, backreferences, atomic groups, …) ends parsing
 * quietly with needs_pcre2: PCRE2 then reads the text itself.
 */
#include "scan/regex_parse.h"

#include "base/utf8.h"
#include "base/vec.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct regex_node *parse_alternation(struct regex_parser *p);

bool regex_parser_fail(struct regex_parser *p, size_t at, const char *what)
{
	if (!p->is_over) {
		p->is_over = true;
		p->error_at = at;
		p->status = error_set(p->err, ERROR_INVALID, EINVAL, "%s", what);
	}
	return false;
}

/* Stop: the pattern is one for PCRE2. */
bool regex_parser_hand_over(struct regex_parser *p)
{
	if (!p->is_over) {
		p->is_over = true;
		p->needs_pcre2 = true;
	}
	return false;
}

static struct regex_node *new_node(struct regex_parser *p, enum regex_op op)
{
	struct regex_node *node;

	if (++p->n_nodes > REGEX_NODES_MAX) {
		regex_parser_fail(p, p->at, "the pattern is too large");
		return NULL;
	}
	node = arena_alloc(p->arena, sizeof(*node));
	if (!node) {
		regex_parser_fail(p, p->at, "out of memory");
		return NULL;
	}
	node->op = op;
	return node;
}

static int peek(const struct regex_parser *p)
{
	return p->at < p->len ? (unsigned char)p->text[p->at] : -1;
}

static bool looking_at(const struct regex_parser *p, const char *text)
{
	size_t n = strlen(text);

	return p->len - p->at >= n && memcmp(p->text + p->at, text, n) == 0;
}

struct class_mode regex_parser_mode(const struct regex_parser *p)
{
	return (struct class_mode){
		.is_icase = p->flags & FLAG_ICASE,
		.is_bytes = !(p->flags & FLAG_UNICODE),
		.no_newline = !p->is_multiline,
	};
}

struct regex_node *regex_parser_class(struct regex_parser *p, struct class_set *set)
{
	struct class_mode mode = regex_parser_mode(p);
	struct regex_node *node = new_node(p, REGEX_CLASS);
	struct regex_class *class;

	if (!node)
		return NULL;
	class = class_finish(set, p->arena, &mode);
	if (!class) {
		regex_parser_fail(p, p->at, "out of memory");
		return NULL;
	}
	if (class->is_bytes && class->has_wide)
		p->has_byte_class = true;
	else if (class->has_wide)
		p->has_wide_class = true;
	node->class = class;
	if (class->has_wide || class->ascii[0] || class->ascii[1])
		return node;
	/* As ripgrep: it is a mistake more likely than not. */
	regex_parser_fail(p, p->at,
			  set->ascii[0]
				  ? "a line never holds '\\n': only multiline patterns may match it"
				  : "the class matches nothing");
	return NULL;
}

/* A literal code point under the flags in force. */
static struct regex_node *rune_node(struct regex_parser *p, uint32_t rune, size_t at)
{
	struct class_mode mode = regex_parser_mode(p);
	struct regex_node *node;

	if (rune == '\n' && mode.no_newline) {
		regex_parser_fail(p, at,
				  "a line never holds '\\n': only multiline patterns may match it");
		return NULL;
	}
	if (rune >= 0x80 && mode.is_bytes) {
		regex_parser_fail(p, at,
				  "(?-u) matches bytes: no character beyond ASCII fits here");
		return NULL;
	}
	if (mode.is_icase) {
		struct class_set set = { 0 };

		class_add_range(&set, p->arena, rune, rune);
		class_fold_case(&set, p->arena, &mode);
		if (set.has_wide || rune >= 0x80 || (rune | 32) - 'a' < 26)
			return regex_parser_class(p, &set);
	}
	node = new_node(p, REGEX_RUNE);
	if (node)
		node->rune = rune;
	return node;
}

static struct regex_node *byte_node(struct regex_parser *p, uint32_t byte)
{
	struct regex_node *node = new_node(p, REGEX_BYTE);

	if (node) {
		node->rune = byte;
		p->has_byte_class = true;
	}
	return node;
}

static struct regex_node *dot_node(struct regex_parser *p)
{
	struct class_set set = { 0 };

	class_add_range(&set, p->arena, 0, 0x10ffff);
	if (!(p->flags & FLAG_DOTALL))
		set.ascii[0] &= ~(1ull << '\n');
	return regex_parser_class(p, &set);
}

static bool hex_digits(struct regex_parser *p, size_t from, size_t n, uint32_t *ret_value)
{
	uint32_t value = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)p->text[from + i];
		unsigned digit = c >= '0' && c <= '9' ? c - 48u : (c | 32u) - 'a' + 10;

		if (digit > 15 || value > 0xfffffffu / 16)
			return regex_parser_fail(p, from + i, "invalid hexadecimal digit");
		value = value * 16 + digit;
	}
	if (value > 0x10ffff || (value >= 0xd800 && value < 0xe000))
		return regex_parser_fail(p, from, "not a Unicode code point");
	*ret_value = value;
	return true;
}

/* After \x, \u or \U: two, four or eight digits, or any number in braces. */
static bool parse_hex(struct regex_parser *p, char kind, uint32_t *ret_value)
{
	size_t n = kind == 'x' ? 2 : kind == 'u' ? 4 : 8;
	const char *close;

	if (peek(p) == '{') {
		close = memchr(p->text + p->at, '}', p->len - p->at);
		if (!close)
			return regex_parser_fail(p, p->at, "unclosed '{' in a hexadecimal escape");
		n = (size_t)(close - (p->text + p->at)) - 1;
		if (!n || n > 8)
			return regex_parser_fail(p, p->at,
						 "a hexadecimal escape takes 1 to 8 digits");
		if (!hex_digits(p, p->at + 1, n, ret_value))
			return false;
		p->at += n + 2;
		return true;
	}
	if (p->len - p->at < n)
		return regex_parser_fail(p, p->len, "the pattern ends inside an escape");
	if (!hex_digits(p, p->at, n, ret_value))
		return false;
	p->at += n;
	return true;
}

bool regex_parser_property(struct regex_parser *p, char letter, struct class_set *set)
{
	struct property property = { p->text + p->at, 1, letter == 'P' };
	size_t from = p->at;

	if (p->at >= p->len)
		return regex_parser_fail(p, p->at, "the pattern ends inside an escape");
	p->at++;
	if (*property.name == '{') {
		const char *close = memchr(property.name, '}', p->len - from);

		if (!close)
			return regex_parser_fail(p, from, "unclosed '{' in a Unicode class");
		property.len = (size_t)(close - property.name) - 1;
		property.name++;
		p->at = from + property.len + 2;
		if (property.len && *property.name == '^') {
			property.is_negated = !property.is_negated;
			property.name++;
			property.len--;
		}
	}
	if (!(p->flags & FLAG_UNICODE))
		return regex_parser_fail(p, from, "Unicode classes need (?u)");
	if (!class_add_property(set, p->arena, &property, p->flags & FLAG_ICASE))
		return regex_parser_fail(p, from, "unknown Unicode property");
	return true;
}

bool regex_parser_escape(struct regex_parser *p, struct regex_escape *ret)
{
	static const char simple[] = "a\af\ft\tn\nr\rv\v";
	size_t from = p->at - 1;
	int c = peek(p);
	const char *found;

	if (c < 0)
		return regex_parser_fail(p, from, "the pattern ends with a single backslash");
	p->at++;
	*ret = (struct regex_escape){ .kind = ESCAPE_RUNE, .letter = (char)c };
	if (c == 'x' || c == 'u' || c == 'U') {
		ret->is_byte = c == 'x' && peek(p) != '{';
		return parse_hex(p, (char)c, &ret->rune);
	}
	if (strchr("dDsSwW", c)) {
		ret->kind = ESCAPE_PERL;
		return true;
	}
	if (c == 'p' || c == 'P') {
		ret->kind = ESCAPE_PROPERTY;
		return true;
	}
	if (strchr("bBAz", c)) {
		ret->kind = ESCAPE_ASSERT;
		return true;
	}
	for (found = simple; *found; found += 2) {
		if (*found == c) {
			ret->rune = (unsigned char)found[1];
			return true;
		}
	}
	if ((c >= '1' && c <= '9') || strchr("gkKGRhHXZQEN", c))
		return regex_parser_hand_over(p);
	/* As in ripgrep since version 14: other ASCII signs but < and > stand for themselves. */
	if (c >= ' ' && c < 0x7f && c != '<' && c != '>' && !isalnum((int)c)) {
		ret->rune = (uint32_t)c;
		return true;
	}
	return regex_parser_fail(p, from, "unknown escape sequence");
}

static struct regex_node *assert_node(struct regex_parser *p, char letter)
{
	bool is_unicode = p->flags & FLAG_UNICODE;

	switch (letter) {
	case 'A':
		p->has_text_anchor = true;
		return new_node(p, REGEX_TEXT_START);
	case 'z':
		p->has_text_anchor = true;
		return new_node(p, REGEX_TEXT_END);
	case 'b':
		p->has_wide_class |= is_unicode;
		return new_node(p, is_unicode ? REGEX_WORD : REGEX_WORD_ASCII);
	default:
		p->has_wide_class |= is_unicode;
		return new_node(p, is_unicode ? REGEX_NOT_WORD : REGEX_NOT_WORD_ASCII);
	}
}

static struct regex_node *parse_escape(struct regex_parser *p)
{
	struct class_mode mode = regex_parser_mode(p);
	struct class_set set = { 0 };
	struct regex_escape escape;
	size_t from = p->at++;

	if (!regex_parser_escape(p, &escape))
		return NULL;
	switch (escape.kind) {
	case ESCAPE_ASSERT:
		return assert_node(p, escape.letter);
	case ESCAPE_PERL:
		class_add_perl(&set, p->arena, escape.letter, &mode);
		return regex_parser_class(p, &set);
	case ESCAPE_PROPERTY:
		if (!regex_parser_property(p, escape.letter, &set))
			return NULL;
		if (mode.is_icase)
			class_fold_case(&set, p->arena, &mode);
		return regex_parser_class(p, &set);
	default:
		if (escape.is_byte && mode.is_bytes && escape.rune >= 0x80 && escape.rune < 0x100)
			return byte_node(p, escape.rune);
		return rune_node(p, escape.rune, from);
	}
}

static unsigned flag_bit(char c)
{
	static const char letters[] = "imsUux";
	static const unsigned bits[] = { FLAG_ICASE, FLAG_LINES,   FLAG_DOTALL,
					 FLAG_SWAP,  FLAG_UNICODE, FLAG_VERBOSE };
	const char *found = c ? strchr(letters, c) : NULL;

	return found ? bits[found - letters] : 0;
}

/* After "(?": letters up to ')' or ':'. True with the new flags in *ret_flags. */
static bool parse_flags(struct regex_parser *p, unsigned *ret_flags)
{
	bool negated = false, any = false;

	*ret_flags = p->flags;
	for (;; p->at++) {
		int c = peek(p);
		unsigned bit = c > 0 ? flag_bit((char)c) : 0;

		if (c == ':' || (c == ')' && any))
			return true;
		if (c == '-' && !negated) {
			negated = true;
			any = false;
		} else if (bit) {
			any = true;
			*ret_flags = negated ? *ret_flags & ~bit : *ret_flags | bit;
		} else {
			return regex_parser_fail(p, p->at,
						 c < 0 ? "unclosed group" : "unknown group flag");
		}
	}
}

static bool add_group_name(struct regex_parser *p, size_t at, size_t len)
{
	struct regex_group_name *name = p->names;

	for (; name; name = name->next) {
		if (name->len == len && memcmp(p->text + name->at, p->text + at, len) == 0)
			return regex_parser_fail(p, at, "two groups have the same name");
	}
	name = arena_alloc(p->arena, sizeof(*name));
	if (!name)
		return regex_parser_fail(p, at, "out of memory");
	*name = (struct regex_group_name){ at, len, p->names };
	p->names = name;
	return true;
}

static bool parse_group_name(struct regex_parser *p)
{
	size_t from = p->at;

	while (peek(p) >= 0 && peek(p) != '>')
		p->at++;
	if (peek(p) < 0)
		return regex_parser_fail(p, from, "unclosed group name");
	if (p->at == from || (p->text[from] >= '0' && p->text[from] <= '9'))
		return regex_parser_fail(p, from, "a group name starts with a letter or '_'");
	for (size_t i = from; i < p->at; i++) {
		unsigned char c = (unsigned char)p->text[i];

		if (c < 0x80 && c != '_' && c != '.' && c != '[' && c != ']' &&
		    !(c >= '0' && c <= '9') && !((c | 32) >= 'a' && (c | 32) <= 'z'))
			return regex_parser_fail(p, i, "invalid character in a group name");
	}
	p->at++;
	return add_group_name(p, from, p->at - 1 - from);
}

/* At '('. A group, or NULL with *ret_flags_only when it only set flags. */
static struct regex_node *parse_group(struct regex_parser *p, bool *ret_flags_only)
{
	unsigned outer = p->flags, flags = p->flags;
	size_t from = p->at++;
	struct regex_node *node;

	*ret_flags_only = false;
	if (looking_at(p, "?")) {
		p->at++;
		if (looking_at(p, "P<") ||
		    (looking_at(p, "<") && !looking_at(p, "<=") && !looking_at(p, "<!"))) {
			p->at += peek(p) == 'P' ? 2 : 1;
			if (!parse_group_name(p))
				return NULL;
		} else if (peek(p) >= 0 && strchr("=!<>|#(&RP+'0123456789", peek(p))) {
			regex_parser_hand_over(p);
			return NULL;
		} else {
			if (!parse_flags(p, &flags))
				return NULL;
			if (p->text[p->at++] == ')') {
				p->flags = flags;
				*ret_flags_only = true;
				return NULL;
			}
		}
	} else if (looking_at(p, "*") && p->at + 1 < p->len && p->text[p->at + 1] >= 'A' &&
		   p->text[p->at + 1] <= 'Z') {
		regex_parser_hand_over(p); /* (*UTF) and the like */
		return NULL;
	}
	if (++p->depth > REGEX_DEPTH_MAX) {
		regex_parser_fail(p, from, "groups are nested too deeply");
		return NULL;
	}
	p->flags = flags;
	node = parse_alternation(p);
	p->depth--;
	p->flags = outer;
	if (!node)
		return NULL;
	if (peek(p) != ')') {
		regex_parser_fail(p, from, "unclosed group");
		return NULL;
	}
	p->at++;
	return node;
}

static struct regex_node *parse_char(struct regex_parser *p)
{
	uint32_t rune;
	size_t from = p->at;
	size_t n = utf8_decode((const unsigned char *)p->text + p->at, p->len - p->at, &rune);

	if (!n) {
		regex_parser_fail(p, p->at, "the pattern is not valid UTF-8");
		return NULL;
	}
	p->at += n;
	return rune_node(p, rune, from);
}

static struct regex_node *parse_atom(struct regex_parser *p, bool *ret_flags_only)
{
	*ret_flags_only = false;
	switch (peek(p)) {
	case '(':
		return parse_group(p, ret_flags_only);
	case '[':
		return regex_parser_bracket(p);
	case '\\':
		return parse_escape(p);
	case '.':
		p->at++;
		return dot_node(p);
	case '^':
		p->at++;
		p->has_text_anchor |= !(p->flags & FLAG_LINES);
		return new_node(p, p->flags & FLAG_LINES ? REGEX_LINE_START : REGEX_TEXT_START);
	case '$':
		p->at++;
		p->has_text_anchor |= !(p->flags & FLAG_LINES);
		return new_node(p, p->flags & FLAG_LINES ? REGEX_LINE_END : REGEX_TEXT_END);
	case '*':
	case '+':
	case '?':
		regex_parser_fail(p, p->at, "nothing to repeat");
		return NULL;
	case '{':
		regex_parser_fail(p, p->at, "nothing to repeat ('\\{' is a literal brace)");
		return NULL;
	default:
		return parse_char(p);
	}
}

static void skip_verbose(struct regex_parser *p)
{
	while (p->flags & FLAG_VERBOSE) {
		int c = peek(p);

		if (c == '#') {
			while (peek(p) >= 0 && peek(p) != '\n')
				p->at++;
		} else if (c == ' ' || (c >= '\t' && c <= '\r')) {
			p->at++;
		} else {
			return;
		}
	}
}

static bool parse_number(struct regex_parser *p, uint32_t *ret)
{
	size_t from;
	uint32_t value = 0;

	while (peek(p) == ' ')
		p->at++;
	from = p->at;
	while (peek(p) >= '0' && peek(p) <= '9') {
		value = value * 10 + (uint32_t)(p->text[p->at++] - '0');
		if (value > REGEX_REPEAT_MAX)
			return regex_parser_fail(p, from, "a repeat count is over 65535");
	}
	if (p->at == from)
		return regex_parser_fail(p, from, "a repeat count must be a number");
	while (peek(p) == ' ')
		p->at++;
	*ret = value;
	return true;
}

/* At '{'. */
static bool parse_counts(struct regex_parser *p, uint32_t *ret_min, uint32_t *ret_max)
{
	size_t from = p->at++;

	if (!parse_number(p, ret_min))
		return false;
	*ret_max = *ret_min;
	if (peek(p) == ',') {
		p->at++;
		while (peek(p) == ' ')
			p->at++;
		*ret_max = REGEX_NO_MAX;
		if (peek(p) != '}' && !parse_number(p, ret_max))
			return false;
	}
	if (peek(p) != '}')
		return regex_parser_fail(p, from, "unclosed repeat count");
	p->at++;
	if (*ret_min > *ret_max)
		return regex_parser_fail(p, from, "a repeat's minimum is over its maximum");
	return true;
}

/* Every repetition operator that follows node. */
static struct regex_node *parse_repeats(struct regex_parser *p, struct regex_node *node)
{
	unsigned depth = 0;

	for (;;) {
		uint32_t min = 0, max = REGEX_NO_MAX;
		struct regex_node *repeat;
		int c;

		skip_verbose(p);
		c = peek(p);
		if (c == '+') {
			min = 1;
		} else if (c == '?') {
			max = 1;
		} else if (c != '*' && c != '{') {
			return node;
		}
		if (c != '{')
			p->at++;
		else if (!parse_counts(p, &min, &max))
			return NULL;
		if (++depth > REGEX_DEPTH_MAX / 4) {
			regex_parser_fail(p, p->at, "too many repetition operators");
			return NULL;
		}
		repeat = new_node(p, REGEX_REPEAT);
		if (!repeat)
			return NULL;
		repeat->kid = node;
		repeat->min = min;
		repeat->max = max;
		repeat->is_lazy = p->flags & FLAG_SWAP;
		if (peek(p) == '?') {
			p->at++;
			repeat->is_lazy = !repeat->is_lazy;
		}
		node = repeat;
	}
}

struct node_list VEC(struct regex_node *);

static struct regex_node *join(struct regex_parser *p, enum regex_op op, struct node_list *kids)
{
	struct regex_node *node = NULL;

	if (p->is_over) {
		node = NULL;
	} else if (kids->n == 0) {
		node = new_node(p, REGEX_EMPTY);
	} else if (kids->n == 1) {
		node = kids->items[0];
	} else {
		node = new_node(p, op);
		if (node) {
			node->kids = arena_alloc_array(p->arena, kids->n, sizeof(*node->kids));
			node->n_kids = node->kids ? kids->n : 0;
		}
		if (node && node->kids)
			memcpy(node->kids, kids->items, kids->n * sizeof(*node->kids));
		else
			regex_parser_fail(p, p->at, "out of memory");
	}
	vec_release(kids);
	return p->is_over ? NULL : node;
}

static struct regex_node *parse_concat(struct regex_parser *p)
{
	struct node_list kids = { 0 };

	while (!p->is_over) {
		struct regex_node *node;
		bool flags_only;

		skip_verbose(p);
		if (peek(p) < 0 || peek(p) == '|' || peek(p) == ')')
			break;
		node = parse_atom(p, &flags_only);
		if (flags_only)
			continue;
		if (node)
			node = parse_repeats(p, node);
		if (node && !vec_push(&kids, node))
			regex_parser_fail(p, p->at, "out of memory");
	}
	return join(p, REGEX_CONCAT, &kids);
}

static struct regex_node *parse_alternation(struct regex_parser *p)
{
	struct node_list kids = { 0 };

	for (;;) {
		struct regex_node *node = parse_concat(p);

		if (!node)
			break;
		if (!vec_push(&kids, node)) {
			regex_parser_fail(p, p->at, "out of memory");
			break;
		}
		if (peek(p) != '|')
			break;
		p->at++;
	}
	return join(p, REGEX_ALT, &kids);
}

int regex_parse(const char *text, size_t len, enum regex_flags flags, struct arena *arena,
		struct regex *ret_regex, size_t *ret_at, struct error *err)
{
	struct regex_parser p = {
		.text = text,
		.len = len,
		.arena = arena,
		.err = err,
		.flags = FLAG_UNICODE | FLAG_LINES,
		.is_multiline = flags & REGEX_MULTILINE,
	};
	struct regex_node *root;

	*ret_at = 0;
	if (len > REGEX_LEN_MAX)
		return error_set(err, ERROR_LIMIT, E2BIG, "the pattern is over %d bytes",
				 REGEX_LEN_MAX);
	if (flags & REGEX_ICASE)
		p.flags |= FLAG_ICASE;
	if (flags & REGEX_MULTILINE)
		p.flags |= FLAG_DOTALL;
	root = parse_alternation(&p);
	if (!p.is_over && p.at < p.len)
		regex_parser_fail(&p, p.at, "unopened group");
	*ret_at = p.error_at;
	if (p.status)
		return p.status;
	*ret_regex = (struct regex){
		.root = p.needs_pcre2 ? NULL : root,
		.needs_pcre2 = p.needs_pcre2,
		.is_bytes = p.has_byte_class,
		.is_mixed = p.has_byte_class && p.has_wide_class,
		.loops_on_empty = !p.needs_pcre2 && regex_loops_on_empty(root),
		.has_text_anchor = p.has_text_anchor,
	};
	return 0;
}
