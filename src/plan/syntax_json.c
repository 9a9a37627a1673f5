/* SPDX-License-Identifier: MIT */
/* JSON in, by recursive descent. Its own reader because none at hand keeps the place of each value,
 * which is what an error in a workflow needs; as strict as jansson, which the fuzzer holds it to.
 * Columns are counted on from the last place asked for, so that a long line costs no more. */
#include "base/utf8.h"
#include "plan/syntax.h"
#include "plan/tree.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBER_LEN_MAX = 400 };

struct json_reader {
	const char *at, *end;
	const char *counted; /* `here` is the place of this byte */
	struct place here;
	struct tree tree;
	unsigned depth;
};

static struct place place_at(struct json_reader *json, const char *at)
{
	for (; json->counted < at; json->counted++) {
		if (*json->counted == '\n') {
			json->here.line++;
			json->here.column = 1;
		} else if ((*json->counted & 0xc0) != 0x80) {
			json->here.column++;
		}
	}
	return json->here;
}

static int wrong(struct json_reader *json, const char *what)
{
	return problem_set(json->tree.problem, place_at(json, json->at), ERROR_INVALID, "%s", what);
}

/* What stands where something else should. */
static int expected(struct json_reader *json, const char *wanted)
{
	struct place place = place_at(json, json->at);
	const unsigned char *at = (const unsigned char *)json->at;

	if (json->at == json->end)
		return problem_set(json->tree.problem, place, ERROR_INVALID,
				   "the text ends where %s should be", wanted);
	if (*at > 0x20 && *at < 0x7f)
		return problem_set(json->tree.problem, place, ERROR_INVALID,
				   "expected %s, found '%c'", wanted, *at);
	return problem_set(json->tree.problem, place, ERROR_INVALID,
			   "expected %s, found byte 0x%02x", wanted, *at);
}

static void skip_space(struct json_reader *json)
{
	while (json->at < json->end &&
	       (*json->at == ' ' || *json->at == '\t' || *json->at == '\n' || *json->at == '\r'))
		json->at++;
}

static bool next_is(const struct json_reader *json, char c)
{
	return json->at < json->end && *json->at == c;
}

/* To the end of the string, checking its bytes. *ret_plain: no escapes. */
static int find_quote(struct json_reader *json, const char **ret_quote, bool *ret_plain)
{
	const char *at = json->at;

	*ret_plain = true;
	while (at < json->end && *at != '"') {
		unsigned char c = (unsigned char)*at;
		size_t n = 1;

		if (c == '\\') {
			*ret_plain = false;
			n = 2;
		} else if (c >= 0x80) {
			n = utf8_sequence((const unsigned char *)at, (size_t)(json->end - at));
		}
		if (!n || c < 0x20) {
			json->at = at;
			return wrong(json, n ? "a control character in a string must be escaped"
					     : "invalid UTF-8");
		}
		at += n;
	}
	if (at >= json->end)
		return wrong(json, "the string has no closing quote");
	*ret_quote = at;
	return 0;
}

static bool read_hex4(const char *at, const char *end, uint32_t *ret_unit)
{
	uint32_t unit = 0;

	if (end - at < 4)
		return false;
	for (int i = 0; i < 4; i++) {
		unsigned char c = (unsigned char)at[i];

		if (!isxdigit(c))
			return false;
		unit = unit << 4 | (uint32_t)(isdigit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
	}
	*ret_unit = unit;
	return true;
}

/* After "\u": one code point, of one or two units. */
static int read_unicode(struct json_reader *json, const char *quote, char **to)
{
	uint32_t unit, low;

	if (!read_hex4(json->at, quote, &unit))
		return wrong(json, "'\\u' needs four hexadecimal digits");
	json->at += 4;
	if (unit >= 0xdc00 && unit < 0xe000)
		return wrong(json, "half of a surrogate pair");
	if (unit >= 0xd800 && unit < 0xdc00) {
		if (quote - json->at < 6 || json->at[0] != '\\' || json->at[1] != 'u' ||
		    !read_hex4(json->at + 2, quote, &low) || low < 0xdc00 || low >= 0xe000)
			return wrong(json, "half of a surrogate pair");
		json->at += 6;
		unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
	}
	*to += utf8_encode(unit, *to);
	return 0;
}

static int read_escape(struct json_reader *json, const char *quote, char **to)
{
	static const char names[] = "\"\\/bfnrt";
	static const char meant[] = "\"\\/\b\f\n\r\t";
	char c = json->at[1];
	const char *name = c ? strchr(names, c) : NULL;

	if (c == 'u') {
		json->at += 2;
		return read_unicode(json, quote, to);
	}
	if (!name)
		return wrong(json, "unknown escape in a string");
	json->at += 2;
	*(*to)++ = meant[name - names];
	return 0;
}

/* After the opening quote. An escape is never shorter than what it stands for. */
static int read_string(struct json_reader *json, const char **ret_str, size_t *ret_len)
{
	const char *quote = json->at;
	char *copy, *to;
	bool is_plain;
	int r = find_quote(json, &quote, &is_plain);

	if (r < 0)
		return r;
	copy = to = arena_alloc(json->tree.arena, (size_t)(quote - json->at) + 1);
	if (!copy)
		return tree_no_memory(&json->tree, place_at(json, json->at));
	if (is_plain) {
		memcpy(copy, json->at, (size_t)(quote - json->at));
		to += quote - json->at;
	}
	while (!is_plain && json->at < quote) {
		if (*json->at != '\\') {
			*to++ = *json->at++;
			continue;
		}
		r = read_escape(json, quote, &to);
		if (r < 0)
			return r;
	}
	json->at = quote + 1;
	*ret_str = copy;
	*ret_len = (size_t)(to - copy);
	return 0;
}

static const char *skip_digits(const char *at, const char *end)
{
	while (at < end && *at >= '0' && *at <= '9')
		at++;
	return at;
}

/* The end of the number at json->at, or NULL if it is none. */
static const char *scan_number(const struct json_reader *json, bool *ret_whole)
{
	const char *at = json->at + (*json->at == '-');
	const char *digits = at;

	*ret_whole = true;
	at = skip_digits(at, json->end);
	if (at == digits || (*digits == '0' && at - digits > 1))
		return NULL;
	if (at < json->end && *at == '.') {
		*ret_whole = false;
		digits = ++at;
		at = skip_digits(at, json->end);
		if (at == digits)
			return NULL;
	}
	if (at < json->end && (*at | 0x20) == 'e') {
		*ret_whole = false;
		at++;
		if (at < json->end && (*at == '-' || *at == '+'))
			at++;
		digits = at;
		at = skip_digits(at, json->end);
		if (at == digits)
			return NULL;
	}
	return at;
}

static int read_number(struct json_reader *json, struct value *ret_value)
{
	char copy[NUMBER_LEN_MAX + 1];
	bool is_whole;
	const char *end = scan_number(json, &is_whole);

	if (!end)
		return wrong(json, "not a number as JSON writes them");
	if (end - json->at > NUMBER_LEN_MAX)
		return wrong(json, "the number is too long");
	memcpy(copy, json->at, (size_t)(end - json->at));
	copy[end - json->at] = '\0';
	errno = 0;
	if (is_whole) {
		ret_value->type = VALUE_INT;
		ret_value->integer = strtoll(copy, NULL, 10);
		if (errno)
			return wrong(json, "the number does not fit into 64 bits");
	} else {
		ret_value->type = VALUE_REAL;
		ret_value->real = strtod(copy, NULL);
		if (!isfinite(ret_value->real))
			return wrong(json, "the number is too big");
	}
	json->at = end;
	return 0;
}

static int read_word(struct json_reader *json, struct value *ret_value)
{
	static const struct {
		const char *word;
		enum value_type type;
	} words[] = { { "null", VALUE_NULL }, { "true", VALUE_BOOL }, { "false", VALUE_BOOL } };

	for (size_t i = 0; i < countof(words); i++) {
		size_t len = strlen(words[i].word);

		if ((size_t)(json->end - json->at) < len ||
		    memcmp(json->at, words[i].word, len) != 0)
			continue;
		json->at += len;
		ret_value->type = words[i].type;
		ret_value->boolean = words[i].word[0] == 't';
		return 0;
	}
	return expected(json, "a value");
}

static int read_value(struct json_reader *json, struct value *ret_value);

static int read_key(struct json_reader *json, struct value_pair *ret_pair)
{
	size_t len;
	int r;

	ret_pair->key_place = place_at(json, json->at);
	if (!next_is(json, '"'))
		return expected(json, "a key in double quotes");
	json->at++;
	r = read_string(json, &ret_pair->key, &len);
	if (r < 0)
		return r;
	if (memchr(ret_pair->key, '\0', len))
		return problem_set(json->tree.problem, ret_pair->key_place, ERROR_INVALID,
				   "a key holds a NUL");
	skip_space(json);
	if (!next_is(json, ':'))
		return expected(json, "':'");
	json->at++;
	return 0;
}

/* After the opening bracket, which said what ret_value is. */
static int read_items(struct json_reader *json, char close, struct value *ret_value)
{
	size_t from = json->tree.stack.n;
	int r;

	skip_space(json);
	while (!next_is(json, close)) {
		struct value_pair pair = { 0 };

		if (ret_value->type == VALUE_MAP) {
			r = read_key(json, &pair);
			if (r < 0)
				return r;
		}
		r = read_value(json, &pair.value);
		if (r < 0)
			return r;
		r = tree_push(&json->tree, &pair);
		if (r < 0)
			return r;
		skip_space(json);
		if (next_is(json, close))
			break;
		if (!next_is(json, ','))
			return expected(json, close == '}' ? "',' or '}'" : "',' or ']'");
		json->at++;
		skip_space(json);
		if (next_is(json, close))
			return expected(json, "a value after ','");
	}
	json->at++;
	return tree_close(&json->tree, from, ret_value);
}

static int read_nested(struct json_reader *json, struct value *ret_value)
{
	bool is_map = *json->at == '{';
	int r;

	if (json->depth == SYNTAX_DEPTH_MAX)
		return problem_set(json->tree.problem, ret_value->place, ERROR_LIMIT,
				   "nested more than %d deep", SYNTAX_DEPTH_MAX);
	json->depth++;
	json->at++;
	ret_value->type = is_map ? VALUE_MAP : VALUE_LIST;
	r = read_items(json, is_map ? '}' : ']', ret_value);
	json->depth--;
	return r;
}

static int read_value(struct json_reader *json, struct value *ret_value)
{
	skip_space(json);
	*ret_value = (struct value){ .place = place_at(json, json->at) };
	if (json->at == json->end)
		return expected(json, "a value");
	switch (*json->at) {
	case '{':
	case '[':
		return read_nested(json, ret_value);
	case '"':
		json->at++;
		ret_value->type = VALUE_STR;
		ret_value->quoted = true;
		return read_string(json, &ret_value->str, &ret_value->len);
	case '-':
	case '0' ... '9':
		return read_number(json, ret_value);
	default:
		return read_word(json, ret_value);
	}
}

int syntax_read_json(const struct syntax_text *text, struct arena *arena, struct value *ret_value,
		     struct problem *ret_problem)
{
	struct json_reader json = {
		.at = text->data,
		.end = text->data + text->len,
		.counted = text->data,
		.here = { text->line ? text->line : 1, 1 },
		.tree = { .arena = arena, .problem = ret_problem },
	};
	struct value value;
	int r = read_value(&json, &value);

	skip_space(&json);
	if (r == 0 && json.at != json.end)
		r = expected(&json, "the end of the text");
	tree_release(&json.tree);
	if (r == 0)
		*ret_value = value;
	return r;
}
