/* SPDX-License-Identifier: MIT */
/* Inputs against a tool's table, and the other nouns: receipts, blobs, names. */
#include "base/str.h"
#include "fake_tools.h"
#include "model/event.h"
#include "model/receipt.h"
#include "plan/syntax.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

enum { GREP_PATTERN, GREP_MODE, GREP_C, GREP_I, GREP_N, GREP_LIMIT };

static struct arena arena;

static int set_up(void **state)
{
	(void)state;
	arena_init(&arena, 1 << 26);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_release(&arena);
	return 0;
}

static int bind(const struct tool *tool, const char *json, struct args *ret_args,
		struct problem *ret_problem)
{
	struct syntax_text text = { .data = json, .len = strlen(json) };
	struct value *value = arena_alloc(&arena, sizeof(*value));

	assert_int_equal(syntax_read_json(&text, &arena, value, NULL), 0);
	return args_bind(tool->args, value, &arena, ret_args, &ret_problem->place,
			 &ret_problem->error);
}

static struct args bound(const struct tool *tool, const char *json)
{
	struct problem problem = { 0 };
	struct args args;

	if (bind(tool, json, &args, &problem) < 0)
		fail_msg("%s: %s", json, problem.error.text);
	return args;
}

static void defaults(void **state)
{
	struct args args = bound(&fake_grep, "{\"pattern\":\"\",\"-i\":null}");

	(void)state;
	assert_string_equal(args_str(&args, GREP_PATTERN), "");
	assert_int_equal(args_int(&args, GREP_MODE), 1);
	assert_int_equal(args_int(&args, GREP_LIMIT), 250);
	assert_false(args_bool(&args, GREP_I));
	assert_false(args_is_set(&args, GREP_I));
	assert_true(args_bool(&args, GREP_N));
	args = bound(&fake_glob, "{\"pattern\":\"x\"}");
	assert_null(args_str(&args, 1));
}

/* Models write numbers and booleans as strings, and names in their own case. */
static void lenience(void **state)
{
	struct args args = bound(&fake_grep,
				 "{\"pattern\":\"x\",\"-C\":\"2\",\"-i\":\"True\",\"-n\":\"false\","
				 "\"headLimit\":7.0,\"outputMode\":\"Files-With-Matches\"}");

	(void)state;
	assert_int_equal(args_int(&args, GREP_C), 2);
	assert_true(args_bool(&args, GREP_I));
	assert_false(args_bool(&args, GREP_N));
	assert_int_equal(args_int(&args, GREP_LIMIT), 7);
	assert_int_equal(args_int(&args, GREP_MODE), 1);
	args = bound(&fake_grep, "{\"pattern\":\"x\",\"context\":3}");
	assert_int_equal(args_int(&args, GREP_C), 3);
	args = bound(&fake_bash, "{\"command\":\"x\",\"words\":\"one\",\"env\":{\"A\":\"b\"}}");
	assert_string_equal(args.values[3].value->str, "one");
	assert_string_equal(value_find(args.values[2].value, "A")->str, "b");
}

static void refusals(void **state)
{
	static const struct {
		const struct tool *tool;
		const char *json, *text;
		unsigned column;
	} cases[] = {
		{ &fake_grep, "{}", "'pattern' is missing", 1 },
		{ &fake_grep, "{\"pattern\":null}", "'pattern' is missing", 1 },
		{ &fake_grep, "[]", "inputs must be a map, not a list", 1 },
		{ &fake_grep, "{\"pattern\":5}",
		  "'pattern' must be a string, not a whole number; put it in quotes", 12 },
		{ &fake_grep, "{\"pattern\":[]}", "'pattern' must be a string, not a list", 12 },
		{ &fake_grep, "{\"pattern\":\"a\\u0000b\"}", "'pattern' holds a NUL byte", 12 },
		{ &fake_grep, "{\"pattern\":\"x\",\"-c\":1}",
		  "unknown input '-c'; did you mean '-C'?", 16 },
		{ &fake_grep, "{\"pattern\":\"x\",\"zebra\":1}",
		  "unknown input 'zebra'; known are pattern, output_mode, -C, -i, -n, head_limit, "
		  "-o, glob",
		  16 },
		{ &fake_grep, "{\"pattern\":\"x\",\"-C\":101}",
		  "'-C' must be between 0 and 100, not 101", 21 },
		{ &fake_grep, "{\"pattern\":\"x\",\"-C\":\"1x\"}",
		  "'-C' must be a whole number, not '1x'", 21 },
		{ &fake_grep, "{\"pattern\":\"x\",\"-C\":\"\"}",
		  "'-C' must be a whole number, not ''", 21 },
		{ &fake_grep, "{\"pattern\":\"x\",\"-C\":1e300}",
		  "'-C' must be a whole number, not a number", 21 },
		{ &fake_grep, "{\"pattern\":\"x\",\"-C\":1,\"context\":1}", "'-C' is given twice",
		  23 },
		{ &fake_grep, "{\"pattern\":\"x\",\"-i\":1}",
		  "'-i' must be true or false, not a whole number", 21 },
		{ &fake_grep, "{\"pattern\":\"x\",\"-i\":\"si\"}",
		  "'-i' must be true or false, not 'si'", 21 },
		{ &fake_grep, "{\"pattern\":\"x\",\"output_mode\":\"lines\"}",
		  "unknown output_mode 'lines'; known are content, files_with_matches, count", 30 },
		{ &fake_bash, "{\"command\":\"x\",\"words\":[\"a\",1]}",
		  "'words' must be a string, not a whole number; put it in quotes", 29 },
		{ &fake_bash, "{\"command\":\"x\",\"words\":[\"123456789\"]}",
		  "'words' is 9 bytes long; at most 8 are allowed", 25 },
		{ &fake_bash, "{\"command\":\"x\",\"env\":{\"A\":1}}",
		  "'A': 'env' must be a string, not a whole number; put it in quotes", 27 },
		{ &fake_bash, "{\"command\":\"x\",\"env\":[]}",
		  "'env' must be a map of strings, not a list", 22 },
		{ &fake_bash, "{\"command\":\"\"}", "'command' is empty", 12 },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct problem problem = { 0 };
		struct args args;

		assert_true(bind(cases[i].tool, cases[i].json, &args, &problem) < 0);
		assert_string_equal(problem.error.text, cases[i].text);
		assert_int_equal(problem.error.class, ERROR_INVALID);
		assert_int_equal(problem.place.column, cases[i].column);
	}
}

static void long_path(void **state)
{
	CLEANUP(buf) struct buf buf = { .max = 1 << 16 };
	struct problem problem = { 0 };
	struct args args;

	(void)state;
	buf_add_str(&buf, "{\"file_path\":\"");
	for (int i = 0; i < 4096; i++)
		buf_add_char(&buf, 'x');
	buf_add_str(&buf, "\"}");
	assert_int_equal(bind(&fake_read, buf.data, &args, &problem), -E2BIG);
	assert_string_equal(problem.error.text,
			    "'file_path' is 4096 bytes long; at most 4095 are allowed");
}

static void tool_names(void **state)
{
	static const char *const aliases[] = { "read_file", NULL };
	static const struct tool reader = { .name = "Read", .aliases = aliases };
	static const struct tool *const tools[] = { &fake_grep, &reader };

	(void)state;
	assert_ptr_equal(tool_find(tools, 2, "grep"), &fake_grep);
	assert_ptr_equal(tool_find(tools, 2, "ReadFile"), &reader);
	assert_null(tool_find(tools, 2, "Gre"));
	assert_string_equal(lane_name(LANE_WEB_SEARCH), "web_search");
	assert_int_equal(lane_default_limit(LANE_CODEBASE), 48);
	assert_string_equal(call_status_name(CALL_INDETERMINATE), "indeterminate");
	assert_string_equal(event_type_name(EVENT_RUN_FINISHED), "run.finished");
}

static void receipts(void **state)
{
	struct receipt into = { 0 };
	struct receipt one = { .root = "/r",
			       .files_walked = 2,
			       .engine = "literal",
			       .skipped = { .ignored = 1, .links = 3 } };
	struct receipt two = { .root = "/r",
			       .files_walked = 3,
			       .engine = "pcre2",
			       .why = WHY_DEADLINE | WHY_CHANGED,
			       .cursor = "c" };
	CLEANUP(buf) struct buf buf = { .max = 4096 };
	struct json_write json = json_write_to(&buf);

	(void)state;
	receipt_fold(&into, &one);
	receipt_fold(&into, &two);
	receipt_write(&into, &json);
	assert_string_equal(
		buf.data,
		"{\"root\":\"/r\",\"files_walked\":5,\"files_searched\":0,\"bytes_searched\":0,"
		"\"skipped\":{\"ignored\":1,\"hidden\":0,\"binary\":0,\"too_big\":0,\"denied\":0,"
		"\"other_fs\":0,\"special\":0,\"links\":3},\"engine\":\"mixed\",\"complete\":false,"
		"\"why_incomplete\":[\"deadline\",\"changed\"]}");
	buf_clear(&buf);
	json = json_write_to(&buf);
	receipt_write(&(struct receipt){ 0 }, &json);
	assert_string_equal(buf.data, "{\"complete\":true,\"why_incomplete\":[]}");
}

static void blobs_and_results(void **state)
{
	struct blob *copy = blob_new("abc", 3);
	struct blob *taken = blob_from(strdup("defg"), 3);
	struct result result = { .payload = PAYLOAD_BASH,
				 .body = blob_ref(copy),
				 .bash.err = taken };

	(void)state;
	result.arena = malloc(sizeof(*result.arena));
	arena_init(result.arena, 4096);
	assert_non_null(arena_strdup(result.arena, "path"));
	assert_string_equal(blob_data(taken), "def");
	assert_int_equal(blob_len(copy), 3);
	result_release(&result);
	assert_null(result.body);
	assert_string_equal(blob_data(copy), "abc");
	blob_unref(copy);
	blob_unref(NULL);
	result_release(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults),          cmocka_unit_test(lenience),
		cmocka_unit_test(refusals),          cmocka_unit_test(long_path),
		cmocka_unit_test(tool_names),        cmocka_unit_test(receipts),
		cmocka_unit_test(blobs_and_results),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
