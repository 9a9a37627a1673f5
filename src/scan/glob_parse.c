/* SPDX-License-Identifier: MIT */
/*
 * From a glob's text to its tokens, with the corners of globset 0.4.9: where "**" is a component
 * and where two stars, what may follow a class's '-', and that '}' and ',' are ordinary outside
 * of braces.
 */
#include "scan/glob_parse.h"

#include "base/utf8.h"

#include <errno.h>

struct parser {
	const unsigned char *text;
	size_t len, pos;
	enum glob_flags flags;
	int prev, cur; /* the two bytes read last; -1 = none */
	size_t open_at[GLOB_NESTING_MAX];
	unsigned depth;
	struct glob_tokens *tokens;
	struct glob_problem *problem;
};

static int problem(struct parser *parser, const char *what, size_t at)
{
	parser->problem->what = what;
	parser->problem->at = at;
	return -EINVAL;
}

/** The next byte, taken; -1 at the end, which also counts as read. */
static int bump(struct parser *parser)
{
	parser->prev = parser->cur;
	parser->cur = parser->pos < parser->len ? parser->text[parser->pos++] : -1;
	return parser->cur;
}

static int peek(const struct parser *parser)
{
	return parser->pos < parser->len ? parser->text[parser->pos] : -1;
}

static int push(struct parser *parser, struct glob_token token)
{
	struct glob_tokens *tokens = parser->tokens;

	/* Two stars match what one does. */
	if (token.kind == TOKEN_STAR && tokens->list.n &&
	    tokens->list.items[tokens->list.n - 1].kind == TOKEN_STAR)
		return 0;
	return vec_push(&tokens->list, token) ? 0 : -ENOMEM;
}

static int push_kind(struct parser *parser, enum glob_token_kind kind)
{
	return push(parser, (struct glob_token){ .kind = (uint8_t)kind });
}

static int push_byte(struct parser *parser, int byte)
{
	return push(parser, (struct glob_token){ .kind = TOKEN_BYTE, .byte = (uint8_t)byte });
}

/** The kind of the last token of the current alternative, or -1. */
static int last_kind(const struct parser *parser)
{
	const struct glob_tokens *tokens = parser->tokens;
	int kind;

	if (!tokens->list.n)
		return -1;
	kind = tokens->list.items[tokens->list.n - 1].kind;
	return kind == TOKEN_OPEN || kind == TOKEN_COMMA ? -1 : kind;
}

static int parse_star(struct parser *parser)
{
	int before = parser->prev, kind;
	bool in_braces = parser->depth > 0, is_suffix;

	if (peek(parser) != '*')
		return push_kind(parser, TOKEN_STAR);
	(void)bump(parser); /* the second star, just seen */
	if (last_kind(parser) < 0) {
		if (peek(parser) != '/' && peek(parser) != -1)
			return push_kind(parser, TOKEN_STAR);
		(void)bump(parser); /* the slash belongs to it */
		return push_kind(parser, TOKEN_PREFIX);
	}
	if (before != '/' && !(in_braces && (before == ',' || before == '{')))
		return push_kind(parser, TOKEN_STAR);
	switch (peek(parser)) {
	case -1:
		is_suffix = true;
		break;
	case ',':
	case '}':
		if (!in_braces)
			return push_kind(parser, TOKEN_STAR);
		is_suffix = true;
		break;
	case '/':
		(void)bump(parser); /* the slash belongs to it */
		is_suffix = false;
		break;
	default:
		return push_kind(parser, TOKEN_STAR);
	}
	kind = last_kind(parser);
	parser->tokens->list.n--; /* the slash before it, or an equal "**" */
	if (kind != TOKEN_PREFIX && kind != TOKEN_SUFFIX)
		kind = is_suffix ? TOKEN_SUFFIX : TOKEN_MIDDLE;
	return push_kind(parser, (enum glob_token_kind)kind);
}

/** A character of a class, as its bytes. */
struct rune {
	const unsigned char *at;
	size_t len;
	uint32_t value;
};

struct range {
	struct rune low, high;
};

static bool next_rune(struct parser *parser, struct rune *ret_rune)
{
	const unsigned char *at = parser->text + parser->pos;

	if (parser->pos >= parser->len)
		return false;
	ret_rune->at = at;
	ret_rune->len = utf8_decode(at, parser->len - parser->pos, &ret_rune->value);
	if (!ret_rune->len) { /* a stray byte is a character of its own, after all others */
		ret_rune->len = 1;
		ret_rune->value = 0x110000u + *at;
	}
	for (size_t i = 0; i < ret_rune->len; i++)
		(void)bump(parser); /* the same bytes */
	return true;
}

static void set_add(struct byte_set *set, unsigned from, unsigned to)
{
	for (unsigned byte = from; byte <= to; byte++)
		set->bits[byte / 64] |= (uint64_t)1 << (byte % 64);
}

/** Adds a range as a byte-wise regex engine reads "low-high": the two inner bytes are its ends. */
static void set_add_range(struct byte_set *set, const struct range *range)
{
	const struct rune *low = &range->low, *high = &range->high;
	bool is_single = low->value == high->value;
	size_t from = is_single ? 0 : 1;

	for (size_t i = 0; i < low->len - from; i++)
		set_add(set, low->at[i], low->at[i]);
	if (is_single)
		return;
	set_add(set, low->at[low->len - 1], high->at[0]);
	for (size_t i = 1; i < high->len; i++)
		set_add(set, high->at[i], high->at[i]);
}

static int push_class(struct parser *parser, struct byte_set *set, bool is_negated)
{
	struct glob_tokens *tokens = parser->tokens;
	struct glob_token token = { .kind = TOKEN_CLASS, .class = (uint16_t)tokens->classes.n };

	if (parser->flags & GLOB_ICASE)
		for (unsigned c = 'A'; c <= 'Z'; c++)
			if (byte_set_has(set, (unsigned char)c) ||
			    byte_set_has(set, (unsigned char)(c | 0x20))) {
				set_add(set, c, c);
				set_add(set, c | 0x20, c | 0x20);
			}
	for (size_t i = 0; is_negated && i < 4; i++)
		set->bits[i] = ~set->bits[i];
	if (!vec_push(&tokens->classes, *set))
		return -ENOMEM;
	return push(parser, token);
}

static int parse_class(struct parser *parser)
{
	static const struct rune minus = { (const unsigned char *)"-", 1, '-' };
	size_t open_at = parser->pos - 1;
	struct byte_set set = { 0 };
	struct range range;
	struct rune rune;
	bool is_negated = peek(parser) == '!' || peek(parser) == '^';
	bool is_first = true, in_range = false;

	if (is_negated)
		(void)bump(parser); /* just seen */
	for (;; is_first = false) {
		if (!next_rune(parser, &rune))
			return problem(parser, "'[' is never closed", open_at);
		if (rune.value == ']' && !is_first)
			break;
		if (rune.value == '-' && !is_first && !in_range) {
			in_range = true;
			continue;
		}
		if (in_range) {
			range.high = rune;
			if (rune.value < range.low.value)
				return problem(parser, "a range runs backwards",
					       parser->pos - rune.len);
		} else {
			if (!is_first)
				set_add_range(&set, &range);
			range.low = range.high = rune;
		}
		in_range = false;
	}
	set_add_range(&set, &range);
	if (in_range)
		set_add_range(&set, &(struct range){ minus, minus });
	return push_class(parser, &set, is_negated);
}

static int parse_open(struct parser *parser)
{
	unsigned max = parser->flags & GLOB_STRICT ? 1 : GLOB_NESTING_MAX;

	if (parser->depth >= max)
		return problem(parser,
			       max == 1 ? "braces do not nest" : "braces are nested too deeply",
			       parser->pos - 1);
	parser->open_at[parser->depth++] = parser->pos - 1;
	return push_kind(parser, TOKEN_OPEN);
}

static int parse_one(struct parser *parser, int c)
{
	switch (c) {
	case '?':
		return push_kind(parser, TOKEN_ANY);
	case '*':
		return parse_star(parser);
	case '[':
		return parse_class(parser);
	case '{':
		return parse_open(parser);
	case '}':
		if (!parser->depth)
			return push_kind(parser, TOKEN_EMPTY);
		parser->depth--;
		return push_kind(parser, TOKEN_CLOSE);
	case ',':
		return parser->depth ? push_kind(parser, TOKEN_COMMA) : push_byte(parser, ',');
	case '\\':
		c = bump(parser);
		if (c < 0)
			return problem(parser, "nothing follows the '\\'", parser->len - 1);
		return push_byte(parser, c);
	default:
		return push_byte(parser, c);
	}
}

int glob_parse(const char *pattern, size_t len, enum glob_flags flags, struct glob_tokens *tokens,
	       struct glob_problem *ret_problem)
{
	struct parser parser = { .text = (const unsigned char *)pattern,
				 .len = len,
				 .flags = flags,
				 .prev = -1,
				 .cur = -1,
				 .tokens = tokens,
				 .problem = ret_problem };
	int c, r;

	*tokens = (struct glob_tokens){ 0 };
	*ret_problem = (struct glob_problem){ 0 };
	if (len > GLOB_LEN_MAX)
		return problem(&parser, "the glob is too long", GLOB_LEN_MAX);
	while ((c = bump(&parser)) >= 0) {
		r = parse_one(&parser, c);
		if (r < 0)
			return r;
	}
	if (parser.depth)
		return problem(&parser, "'{' is never closed", parser.open_at[parser.depth - 1]);
	return 0;
}

void glob_tokens_release(struct glob_tokens *tokens)
{
	vec_release(&tokens->list);
	vec_release(&tokens->classes);
}
