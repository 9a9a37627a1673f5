/* SPDX-License-Identifier: MIT */
/* Batch lines: each form, what it becomes, and what is wrong with a line or with one call of it. */
#include "base/str.h"
#include "fake_tools.h"
#include "plan/wire.h"

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

static int read_line(const char *data, struct wire_line *ret_line, struct problem *ret_problem)
{
	struct syntax_text text = { .data = data, .len = strlen(data), .line = 7 };

	return wire_read(&text, &fake_toolbox, &arena, ret_line, ret_problem);
}

static struct wire_line good(const char *data)
{
	struct problem problem = { 0 };
	struct wire_line line = { 0 };

	if (read_line(data, &line, &problem) < 0)
		fail_msg("%s\n%u:%u: %s", data, problem.place.line, problem.place.column,
			 problem.error.text);
	return line;
}

static void assert_call(const struct wire_call *call, const char *id, const struct tool *tool,
			const char *key, const char *value)
{
	if (call->error.class != ERROR_NONE)
		fail_msg("%s", call->error.text);
	assert_string_equal(call->id, id);
	assert_ptr_equal(call->tool, tool);
	assert_string_equal(value_find(call->input, key)->str, value);
}

static void native(void **state)
{
	struct wire_line line =
		good("{\"id\":\"1\",\"tool\":\"Grep\",\"input\":{\"pattern\":\"x\"}}");

	(void)state;
	assert_int_equal(line.form, WIRE_NATIVE);
	assert_int_equal(line.n_calls, 1);
	assert_call(&line.calls[0], "1", &fake_grep, "pattern", "x");
	assert_int_equal(line.calls[0].place.line, 7);
	line = good("{\"tool\":\"grep\",\"id\":12,\"input\":{\"pattern\":\"y\"}}");
	assert_call(&line.calls[0], "12", &fake_grep, "pattern", "y");
	line = good("{\"tool\":\"GREP\"}");
	assert_null(line.calls[0].id);
	assert_null(line.calls[0].input);
	assert_int_equal(line.calls[0].error.class, ERROR_NONE);
}

static void tool_use(void **state)
{
	struct wire_line line = good("{\"type\":\"tool_use\",\"id\":\"toolu_1\",\"name\":\"Read\","
				     "\"input\":{\"file_path\":\"a\"},\"cache_control\":null}");

	(void)state;
	assert_int_equal(line.form, WIRE_TOOL_USE);
	assert_call(&line.calls[0], "toolu_1", &fake_read, "file_path", "a");
}

static void tool_use_message(void **state)
{
	struct wire_line line =
		good("{\"type\":\"message\",\"role\":\"assistant\",\"content\":["
		     "{\"type\":\"text\",\"text\":\"let me look\"},"
		     "{\"type\":\"tool_use\",\"id\":\"t1\",\"name\":\"Glob\",\"input\":{"
		     "\"pattern\":\"*\"}},"
		     "{\"type\":\"tool_use\",\"id\":\"t2\",\"name\":\"Glbo\",\"input\":{}},"
		     "{\"type\":\"tool_use\",\"id\":\"t3\",\"name\":\"Bash\",\"input\":{"
		     "\"command\":\"ls\"}}],"
		     "\"stop_reason\":\"tool_use\"}");

	(void)state;
	assert_int_equal(line.form, WIRE_TOOL_USE_MESSAGE);
	assert_int_equal(line.n_calls, 3);
	assert_call(&line.calls[0], "t1", &fake_glob, "pattern", "*");
	assert_string_equal(line.calls[1].error.text, "unknown tool 'Glbo'; did you mean 'Glob'?");
	assert_string_equal(line.calls[1].id, "t2");
	assert_string_equal(line.calls[1].tool_name, "Glbo");
	assert_call(&line.calls[2], "t3", &fake_bash, "command", "ls");
}

static void tool_calls(void **state)
{
	struct wire_line line =
		good("{\"id\":\"c1\",\"type\":\"function\",\"function\":{\"name\":\"Grep\","
		     "\"arguments\":\"{\\\"pattern\\\":\\\"a\\\\n\\\"}\"}}");

	(void)state;
	assert_int_equal(line.form, WIRE_TOOL_CALL);
	assert_call(&line.calls[0], "c1", &fake_grep, "pattern", "a\n");
	line = good("{\"role\":\"assistant\",\"content\":null,\"tool_calls\":["
		    "{\"id\":\"c1\",\"type\":\"function\",\"function\":{\"name\":\"Bash\","
		    "\"arguments\":\"\"}},"
		    "{\"id\":\"c2\",\"function\":{\"name\":\"Bash\",\"arguments\":{\"command\":"
		    "\"ls\"}}},"
		    "{\"id\":\"c3\",\"type\":\"function\",\"function\":{\"name\":\"Bash\","
		    "\"arguments\":\"{x\"}}]}");
	assert_int_equal(line.form, WIRE_TOOL_CALL_MESSAGE);
	assert_int_equal(line.n_calls, 3);
	assert_int_equal(line.calls[0].error.class, ERROR_NONE);
	assert_null(line.calls[0].input);
	assert_call(&line.calls[1], "c2", &fake_bash, "command", "ls");
	assert_string_equal(line.calls[2].error.text,
			    "'arguments', character 2: expected a key in double quotes, found 'x'");
}

/* The call fails, its line does not. */
static void wrong_calls(void **state)
{
	static const char *const cases[][2] = {
		{ "{\"tool\":\"Zebra\"}", "unknown tool 'Zebra'" },
		{ "{\"tool\":\"agent\"}", "unknown tool 'agent'" },
		{ "{\"tool\":7}", "'tool' must be a string" },
		{ "{\"tool\":\"Grep\",\"inputs\":{}}",
		  "unknown key 'inputs'; known are id, tool, input" },
		{ "{\"tool\":\"Grep\",\"input\":[]}", "'input' must be an object" },
		{ "{\"tool\":\"Grep\",\"id\":\"\"}", "'id' must be a string of 1 to 256 bytes" },
		{ "{\"tool\":\"Grep\",\"id\":\"a\\u0000b\"}",
		  "'id' must be a string of 1 to 256 bytes" },
		{ "{\"type\":\"tool_use\",\"name\":\"Grep\"}", "the call has no 'id'" },
		{ "{\"type\":\"tool_use\",\"id\":\"1\"}", "the call has no 'name'" },
		{ "{\"type\":\"function\",\"id\":\"1\"}", "the tool call has no 'function'" },
		{ "{\"type\":\"custom\",\"id\":\"1\",\"function\":{}}",
		  "'type' of a tool call must be 'function'" },
		{ "{\"type\":\"function\",\"id\":\"1\",\"function\":{\"name\":\"Grep\","
		  "\"arguments\":\"[]\"}}",
		  "'input' must be an object" },
		{ "{\"role\":\"assistant\",\"tool_calls\":[5]}", "the call has no 'id'" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct wire_line line = good(cases[i][0]);

		assert_int_equal(line.n_calls, 1);
		assert_int_equal(line.calls[0].error.class, ERROR_INVALID);
		assert_string_equal(line.calls[0].error.text, cases[i][1]);
	}
}

static void wrong_lines(void **state)
{
	static const char *const cases[][2] = {
		{ "", "7:1: the text ends where a value should be" },
		{ "{\"tool\":", "7:9: the text ends where a value should be" },
		{ "{\"tool\":\"Grep\"} x", "7:17: expected the end of the text, found 'x'" },
		{ "[]", "7:1: a line must be a JSON object, not a list" },
		{ "{\"tool\":\"a\",\"tool\":\"b\"}", "7:13: 'tool' is given twice; first at 7:2" },
		{ "{\"name\":\"Grep\",\"input\":{}}", "7:1: not a call: no 'tool', no 'type' of "
						      "'tool_use' or 'function', and no 'role'" },
		{ "{\"role\":\"user\",\"content\":\"hi\"}",
		  "7:9: only messages of role 'assistant' hold calls" },
		{ "{\"role\":\"assistant\",\"content\":\"done\"}",
		  "7:1: the message holds no tool calls" },
		{ "{\"role\":\"assistant\",\"content\":[]}",
		  "7:1: the message holds no tool calls" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct problem problem = { 0 };
		struct wire_line line = { 0 };
		char got[ERROR_TEXT_MAX + 64];

		assert_true(read_line(cases[i][0], &line, &problem) < 0);
		assert_null(line.calls);
		(void)snprintf(got, sizeof(got), "%u:%u: %s", problem.place.line,
			       problem.place.column, problem.error.text);
		assert_string_equal(got, cases[i][1]);
	}
}

static void sizes(void **state)
{
	CLEANUP(buf) struct buf buf = { .max = WIRE_LINE_MAX + 64 };
	struct problem problem = { 0 };
	struct wire_line line = { 0 };
	struct syntax_text text = { .line = 3 };

	(void)state;
	buf_add_str(&buf, "{\"role\":\"assistant\",\"content\":[{}");
	for (int i = 0; i <= WIRE_CALLS_MAX; i++)
		buf_add_str(&buf, ",{\"type\":\"tool_use\"}");
	buf_add_str(&buf, "]}");
	assert_int_equal(read_line(buf.data, &line, &problem), -E2BIG);
	assert_string_equal(problem.error.text, "more than 10000 calls in one message");
	buf_clear(&buf);
	buf_add_str(&buf, "{\"tool\":\"Bash\",\"input\":{\"command\":\"");
	while (buf.len < WIRE_LINE_MAX - 3)
		buf_add_char(&buf, 'x');
	buf_add_str(&buf, "\"}}");
	text.data = buf.data;
	text.len = buf.len;
	assert_int_equal(text.len, WIRE_LINE_MAX);
	assert_int_equal(wire_read(&text, &fake_toolbox, &arena, &line, &problem), 0);
	text.len++;
	assert_int_equal(wire_read(&text, &fake_toolbox, &arena, &line, &problem), -E2BIG);
	assert_string_equal(problem.error.text, "the line is longer than 16 MiB");
	assert_int_equal(problem.place.line, 3);
}

/* From lines to a plan: ids may repeat, and needs name earlier calls only. */
static void into_a_plan(void **state)
{
	static const struct {
		const char *line, *problem;
	} cases[] = {
		{ "{\"id\":\"a\",\"tool\":\"Bash\",\"input\":{\"command\":\"x\"}}", NULL },
		{ "{\"id\":\"a\",\"tool\":\"Bash\",\"input\":{\"command\":\"y\",\"locks\":\"l\"}}",
		  NULL },
		{ "{\"tool\":\"Bash\",\"input\":{\"command\":\"z\",\"needs\":[\"a\"]}}", NULL },
		{ "{\"tool\":\"Bash\",\"input\":{\"command\":\"z\",\"needs\":[\"b\"]}}",
		  "there is no call 'b' in this phase" },
		{ "{\"tool\":\"Bash\",\"input\":{\"command\":\"z\",\"needs\":[1]}}",
		  "'needs' must be a list of ids of calls, not a whole number" },
		{ "{\"tool\":\"Bash\",\"input\":{\"cmd\":\"z\"}}",
		  "Bash: unknown input 'cmd'; known are command, timeout, env, words, idempotent" },
		{ "{\"tool\":\"Bash\",\"input\":{\"command\":\"z\",\"run_in_background\":true}}",
		  "Bash: 'run_in_background' is not in this version of volley yet" },
		{ "{\"tool\":\"Grep\",\"input\":{\"pattern\":\"(\"}}",
		  "Grep: missing closing parenthesis" },
	};
	struct plan *plan = plan_new("-");
	uint32_t phase;

	(void)state;
	assert_int_equal(plan_add_phase(plan, "batch", &phase, NULL), 0);
	for (size_t i = 0; i < countof(cases); i++) {
		struct wire_line line = good(cases[i].line);
		struct plan_call call = wire_plan_call(&line.calls[0], phase);
		struct problem problem = { 0 };
		int r = plan_add_call(plan, &call, &problem);

		assert_int_equal(r < 0, cases[i].problem != NULL);
		if (cases[i].problem)
			assert_string_equal(problem.error.text, cases[i].problem);
	}
	assert_int_equal(plan->n_calls, 3);
	assert_string_equal(plan->calls[2]->id, "batch.3");
	assert_int_equal(plan->edges[2].n_needs, 1);
	assert_int_equal(plan->edges[2].needs[0], 1);
	assert_string_equal(plan->edges[1].locks[0], "l");
	plan_free(plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(native),
		cmocka_unit_test(tool_use),
		cmocka_unit_test(tool_use_message),
		cmocka_unit_test(tool_calls),
		cmocka_unit_test(wrong_calls),
		cmocka_unit_test(wrong_lines),
		cmocka_unit_test(sizes),
		cmocka_unit_test(into_a_plan),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
