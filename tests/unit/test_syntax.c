/* SPDX-License-Identifier: MIT */
/* YAML and JSON to value trees: what is read, where it stands, what is refused and in which words.
 */
#include "base/buf.h"
#include "base/json_write.h"
#include "base/str.h"
#include "plan/syntax.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct arena arena;

static int set_up(void **state)
{
	(void)state;
	arena_init(&arena, 1 << 28);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_release(&arena);
	return 0;
}

static void dump(struct json_write *json, const struct value *value)
{
	switch (value->type) {
	case VALUE_NULL:
		json_null(json);
		return;
	case VALUE_BOOL:
		json_bool(json, value->boolean);
		return;
	case VALUE_INT:
		json_int(json, value->integer);
		return;
	case VALUE_REAL:
		json_fixed(json, value->real, 3);
		return;
	case VALUE_STR:
		json_strn(json, value->str, value->len);
		return;
	case VALUE_LIST:
		json_begin_array(json);
		for (size_t i = 0; i < value->n_items; i++)
			dump(json, &value->items[i]);
		json_end_array(json);
		return;
	case VALUE_MAP:
		json_begin_object(json);
		for (size_t i = 0; i < value->n_pairs; i++) {
			json_key(json, value->pairs[i].key);
			dump(json, &value->pairs[i].value);
		}
		json_end_object(json);
		return;
	}
}

static void assert_reads(const char *data, const char *wanted)
{
	struct syntax_text text = { .data = data, .len = strlen(data) };
	CLEANUP(buf) struct buf buf = { .max = 1 << 20 };
	struct json_write json = json_write_to(&buf);
	struct problem problem = { 0 };
	struct value value;

	if (syntax_read(&text, &arena, &value, &problem) < 0)
		fail_msg("%s\n%u:%u: %s", data, problem.place.line, problem.place.column,
			 problem.error.text);
	dump(&json, &value);
	assert_string_equal(buf.data, wanted);
}

static void assert_refused_n(const char *data, size_t len, const char *wanted)
{
	struct syntax_text text = { .data = data, .len = len };
	struct problem problem = { 0 };
	struct value value;
	char got[1024];

	assert_true(syntax_read(&text, &arena, &value, &problem) < 0);
	(void)snprintf(got, sizeof(got), "%u:%u: %s", problem.place.line, problem.place.column,
		       problem.error.text);
	assert_string_equal(got, wanted);
	assert_true(problem.error.class == ERROR_INVALID || problem.error.class == ERROR_LIMIT);
}

static void assert_refused(const char *data, const char *wanted)
{
	assert_refused_n(data, strlen(data), wanted);
}

static void yaml_scalars(void **state)
{
	(void)state;
	assert_reads("[true, yes, On, FALSE, no, off]", "[true,true,true,false,false,false]");
	assert_reads("[~, null, Null, NULL]", "[null,null,null,null]");
	assert_reads("a:\nb: ''", "{\"a\":null,\"b\":\"\"}");
	assert_reads("[0, 7, -7, +7, 1_000, 0x1F, 0b101, 010, 08]",
		     "[0,7,-7,7,1000,31,5,8,\"08\"]");
	assert_reads("[1.5, -.5, 1., 1.5e+3, 1e3]", "[1.500,-0.500,1.000,1500.000,\"1e3\"]");
	assert_reads("- 9223372036854775807\n- -9223372036854775808",
		     "[9223372036854775807,-9223372036854775808]");
	assert_reads("['true', \"7\", y, n, 12:30, 1.2.3, -, -x, 0x, 1-2, .]",
		     "[\"true\",\"7\",\"y\",\"n\",\"12:30\",\"1.2.3\",\"-\",\"-x\",\"0x\",\"1-2\","
		     "\".\"]");
	assert_reads("a: |\n  x\n  y\nb: >\n  x\n  y\n", "{\"a\":\"x\\ny\\n\",\"b\":\"x y\\n\"}");
	assert_reads("{pattern: \"back_?off\", -i: true, -C: 2}",
		     "{\"pattern\":\"back_?off\",\"-i\":true,\"-C\":2}");
	assert_reads("yes: 1\n7: 2\n", "{\"yes\":1,\"7\":2}");
}

static void json_texts(void **state)
{
	(void)state;
	assert_reads("\t{\t\"a\"\n:\t1 }\r\n", "{\"a\":1}");
	assert_reads("{\"a\":\"\\/\\uD83D\\uDE00\\u00e9\\n\\\"\"}",
		     "{\"a\":\"/\xf0\x9f\x98\x80\xc3\xa9\\n\\\"\"}");
	assert_reads("[1e3, -0, 0.5, 1E-2, \"\x7f\"]", "[1000.000,0,0.500,0.010,\"\x7f\"]");
	assert_reads("\xef\xbb\xbf{\"a\": [true, false, null, {}, []]}",
		     "{\"a\":[true,false,null,{},[]]}");
	assert_reads("{\"a\": 1,}", "{\"a\":1}"); /* not JSON, but YAML */
	assert_reads("{a: [b, 'c']}", "{\"a\":[\"b\",\"c\"]}");
}

static const struct value *read_all(const char *data)
{
	struct syntax_text text = { .data = data, .len = strlen(data) };
	struct value *value = arena_alloc(&arena, sizeof(*value));

	assert_int_equal(syntax_read(&text, &arena, value, NULL), 0);
	return value;
}

static void assert_place(struct place place, unsigned line, unsigned column)
{
	assert_int_equal(place.line, line);
	assert_int_equal(place.column, column);
}

static void places(void **state)
{
	static const char *const texts[] = { "\xc3\xa9: 1\nlist:\n  - a\n  - \"b\"\n",
					     "{\"\xc3\xa9\":1, \"list\":\n[\"a\",\n \"b\"]}" };
	static const unsigned wanted[][4][2] = { { { 2, 1 }, { 3, 3 }, { 3, 5 }, { 4, 5 } },
						 { { 1, 9 }, { 2, 1 }, { 2, 2 }, { 3, 2 } } };

	(void)state;
	for (size_t i = 0; i < countof(texts); i++) {
		const struct value *map = read_all(texts[i]);
		const struct value *list = value_find(map, "list");

		assert_place(map->pairs[1].key_place, wanted[i][0][0], wanted[i][0][1]);
		assert_place(list->place, wanted[i][1][0], wanted[i][1][1]);
		assert_place(list->items[0].place, wanted[i][2][0], wanted[i][2][1]);
		assert_place(list->items[1].place, wanted[i][3][0], wanted[i][3][1]);
	}
}

static void yaml_refusals(void **state)
{
	static const char *const cases[][2] = {
		{ "", "1:1: the text is empty" },
		{ "# nothing\n", "2:1: the text is empty" },
		{ "a: 1\nb: 2\na: 3\n", "3:1: 'a' is given twice; first at 1:1" },
		{ "a: [**/*.c]", "1:5: a value that starts with '*' must be put in quotes" },
		{ "a: *x",
		  "1:4: aliases ('*') are not supported; put text that starts so in quotes" },
		{ "a: &x 1",
		  "1:4: anchors ('&') are not supported; put text that starts so in quotes" },
		{ "a: [!foo]", "1:5: a value that starts with '!' must be put in quotes" },
		{ "a: !!str 1",
		  "1:4: tags ('!') are not supported; put text that starts so in quotes" },
		{ "a: @b", "1:4: a value that starts with '@' must be put in quotes" },
		{ "<<: {a: 1}",
		  "1:1: merge keys ('<<') are not supported; put text that starts so in quotes" },
		{ "a:\n\t- b", "2:1: YAML is indented with spaces, not with tabs" },
		{ "a: git log: x",
		  "1:11: a ':' is not expected here; put text that holds ': ' in quotes" },
		{ "a: [b\n", "2:1: did not find expected ',' or ']' while parsing a flow sequence "
			     "that starts at 1:4" },
		{ "? [a]\n: b", "1:3: a key must be a word or a string" },
		{ "a\n---\nb", "2:1: a second document is not expected" },
		{ "a: x\x01y", "1:5: the control character 0x01 is not allowed here" },
		{ "a: 1\nb: \xc3\xa9\xff", "2:5: invalid UTF-8" },
		{ "n: 9223372036854775808", "1:4: the number '9223372036854775808' is too big; put "
					    "it in quotes if it is a text" },
		{ "n: 1.0e+999",
		  "1:4: the number '1.0e+999' is too big; put it in quotes if it is a text" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++)
		assert_refused(cases[i][0], cases[i][1]);
	assert_refused_n("a: x\0y", 6, "1:5: a NUL byte: this is not a text");
}

static void json_refusals(void **state)
{
	static const char *const cases[][2] = {
		{ "{\"a\":1 \"b\":2}", "1:8: expected ',' or '}', found '\"'" },
		{ "{\"a\":1,\n \"a\":2}", "2:2: 'a' is given twice; first at 1:2" },
		{ "{\"a\":\"\\x\"}", "1:7: unknown escape in a string" },
		{ "{\"a\":\"\\ud800\"}", "1:13: half of a surrogate pair" },
		{ "{\"a\":\"\\udc00\"}", "1:13: half of a surrogate pair" },
		{ "{\"a\":\"\\u12g4\"}", "1:9: '\\u' needs four hexadecimal digits" },
		{ "{\"a\":\"\xff\"}", "1:7: invalid UTF-8" },
		{ "[1] x", "1:5: expected the end of the text, found 'x'" },
		{ "[9223372036854775808]", "1:2: the number does not fit into 64 bits" },
		{ "[1e999]", "1:2: the number is too big" },
		{ "{\"\\u0000\":1}", "1:2: a key holds a NUL" },
		{ "[\"a", "1:3: the string has no closing quote" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct syntax_text text = { .data = cases[i][0], .len = strlen(cases[i][0]) };
		struct problem problem = { 0 };
		struct value value;
		char got[1024];

		assert_true(syntax_read_json(&text, &arena, &value, &problem) < 0);
		(void)snprintf(got, sizeof(got), "%u:%u: %s", problem.place.line,
			       problem.place.column, problem.error.text);
		assert_string_equal(got, cases[i][1]);
	}
}

/* Line numbers of batch lines go into places. */
static void json_line_number(void **state)
{
	struct syntax_text text = { .data = "{\"a\":x}", .len = 7, .line = 41 };
	struct problem problem = { 0 };
	struct value value;

	(void)state;
	assert_true(syntax_read_json(&text, &arena, &value, &problem) < 0);
	assert_place(problem.place, 41, 6);
	assert_string_equal(problem.error.text, "expected a value, found 'x'");
}

static void depth_is_bounded(void **state)
{
	enum { DEEP = 100000 };
	char *deep = malloc(DEEP + 1);
	char *fits = malloc(2 * SYNTAX_DEPTH_MAX + 1);

	(void)state;
	memset(deep, '[', DEEP);
	assert_refused_n(deep, DEEP, "1:65: nested more than 64 deep");
	for (size_t i = 0; i + 5 <= DEEP; i += 5)
		memcpy(deep + i, "{\"a\":", 5);
	assert_refused_n(deep, DEEP, "1:321: nested more than 64 deep");
	for (size_t i = 0; i + 2 <= DEEP; i += 2)
		memcpy(deep + i, "- ", 2);
	assert_refused_n(deep, DEEP, "1:129: nested more than 64 deep");
	memset(fits, '[', SYNTAX_DEPTH_MAX);
	memset(fits + SYNTAX_DEPTH_MAX, ']', SYNTAX_DEPTH_MAX);
	fits[2 * SYNTAX_DEPTH_MAX] = '\0';
	assert_reads(fits, fits);
	free(deep);
	free(fits);
}

/* A map of many keys is checked for doubles without comparing each with each. */
static void many_keys(void **state)
{
	enum { N = 200000 };
	CLEANUP(buf) struct buf buf = { .max = 1 << 26 };
	struct syntax_text text;
	struct problem problem = { 0 };
	struct value value;

	(void)state;
	buf_add_char(&buf, '{');
	for (unsigned i = 0; i < N; i++)
		buf_printf(&buf, "\"k%u\":0,\n", i);
	buf_add_str(&buf, "\"k77\":1, \"k5\":2}");
	text = (struct syntax_text){ .data = buf.data, .len = buf.len };
	assert_true(syntax_read_json(&text, &arena, &value, &problem) < 0);
	assert_string_equal(problem.error.text, "'k77' is given twice; first at 78:1");
	assert_place(problem.place, N + 1, 1);
}

static void memory_is_bounded(void **state)
{
	enum { N = 100000 };
	CLEANUP(buf) struct buf buf = { .max = 1 << 20 };
	struct problem problem = { 0 };
	struct syntax_text text;
	struct arena small;
	struct value value;

	(void)state;
	buf_add_char(&buf, '[');
	for (unsigned i = 0; i < N; i++)
		buf_add_str(&buf, "0,");
	buf_add_str(&buf, "0]");
	text = (struct syntax_text){ .data = buf.data, .len = buf.len };
	arena_init(&small, 1 << 20);
	assert_int_equal(syntax_read_json(&text, &small, &value, &problem), -E2BIG);
	assert_string_equal(problem.error.text, "needs too much memory from here on");
	arena_release(&small);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(yaml_scalars),
		cmocka_unit_test(json_texts),
		cmocka_unit_test(places),
		cmocka_unit_test(yaml_refusals),
		cmocka_unit_test(json_refusals),
		cmocka_unit_test(json_line_number),
		cmocka_unit_test(depth_is_bounded),
		cmocka_unit_test(many_keys),
		cmocka_unit_test(memory_is_bounded),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
