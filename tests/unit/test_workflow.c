/* SPDX-License-Identifier: MIT */
/* Workflows to plans: what a good one becomes, and each way of being wrong with its exact words and
 * place, as people see it. */
#include "base/str.h"
#include "cli/quote.h"
#include "fake_tools.h"
#include "plan/halt.h"
#include "plan/workflow.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct plan *load(const char *data)
{
	struct workflow_text text = { .name = "w.yaml", .data = data, .len = strlen(data) };
	struct quoted_text quoted = { .name = "w.yaml", .data = data, .len = strlen(data) };
	CLEANUP(buf) struct buf buf = { .max = 1 << 16 };
	struct problems problems;
	struct plan *plan = NULL;

	if (workflow_load(&text, &fake_toolbox, &plan, &problems) < 0) {
		quote_problems(&buf, &quoted, &problems);
		fail_msg("%s", buf.data);
	}
	return plan;
}

/* All problems, one a line, without the quoted lines. */
static void assert_wrong_n(const char *data, size_t len, const char *wanted)
{
	struct workflow_text text = { .name = "w", .data = data, .len = len };
	CLEANUP(buf) struct buf buf = { .max = 1 << 16 };
	struct problems problems;
	struct plan *plan = NULL;

	assert_true(workflow_load(&text, &fake_toolbox, &plan, &problems) < 0);
	assert_null(plan);
	for (size_t i = 0; i < problems.n; i++)
		buf_printf(&buf, "%s%u:%u: %s", i ? "\n" : "", problems.items[i].place.line,
			   problems.items[i].place.column, problems.items[i].error.text);
	assert_string_equal(buf.data, wanted);
}

static void assert_wrong(const char *data, const char *wanted)
{
	assert_wrong_n(data, strlen(data), wanted);
}

static const char *const whole =
	"name: retry-survey\n"
	"root: src\n"
	"budget: {tokens: 6000, wall: 1.5s}\n"
	"halt: soon,fail=10%\n"
	"phases:\n"
	"  - name: survey\n"
	"    codebase:\n"
	"      max_instances: 40\n"
	"      glob: [\"**/*.{c,h}\", {pattern: \"**/Makefile\", path: src}]\n"
	"      grep: [\"retry\", {pattern: \"back_?off\", -i: true, output_mode: content, -C: 2}]\n"
	"      read: README.md\n"
	"  - name: system\n"
	"    needs: [survey]\n"
	"    bash:\n"
	"      max_instances: 16\n"
	"      commands:\n"
	"        - git log --oneline -20\n"
	"        - {id: build, command: \"make -n\", timeout: 60000, needs: [1], locks: [tree],\n"
	"           env: {CC: gcc}, idempotent: true, run_in_background: false}\n"
	"        - {command: \"make check\", needs: build, locks: tree}\n";

static void whole_workflow(void **state)
{
	struct plan *plan = load(whole);
	const struct plan_edges *edges = plan->edges;

	(void)state;
	assert_string_equal(plan->name, "retry-survey");
	assert_string_equal(plan->root, "src");
	assert_int_equal(plan->budget.tokens, 6000);
	assert_int_equal(plan->budget.wall_ms, 1500);
	assert_int_equal(plan->halt.when, HALT_SOON);
	assert_true(plan->halt.is_percent);
	assert_int_equal(plan->n_phases, 2);
	assert_int_equal(plan->phases[0].limits[LANE_CODEBASE], 40);
	assert_int_equal(plan->phases[0].limits[LANE_BASH], 0);
	assert_int_equal(plan->phases[1].limits[LANE_BASH], 16);
	assert_int_equal(plan->phases[1].n_needs, 1);
	assert_int_equal(plan->phases[1].needs[0], 0);
	assert_int_equal(plan->n_calls, 8);
	assert_string_equal(plan->calls[0]->id, "survey.1");
	assert_string_equal(args_str(&plan->calls[1]->args, 1), "src");
	assert_ptr_equal(plan->calls[3]->tool, &fake_grep);
	assert_int_equal(args_int(&plan->calls[3]->args, 2), 2);
	assert_true(args_bool(&plan->calls[3]->args, 3));
	assert_int_equal(args_int(&plan->calls[2]->args, 1), 1);
	assert_string_equal(args_str(&plan->calls[4]->args, 0), "README.md");
	assert_string_equal(plan->calls[5]->id, "system.1");
	assert_string_equal(plan->calls[6]->id, "build");
	assert_string_equal(plan->calls[7]->id, "system.3");
	assert_int_equal(plan->calls[6]->place.line, 18);
	assert_int_equal(edges[6].n_needs, 1);
	assert_int_equal(edges[6].needs[0], 5);
	assert_int_equal(edges[7].needs[0], 6);
	assert_string_equal(edges[6].locks[0], "tree");
	assert_ptr_equal(plan_find_call(plan, "build"), plan->calls[6]);
	assert_null(plan_find_call(plan, "nobody"));
	plan_free(plan);
}

static void same_in_json(void **state)
{
	struct plan *plan =
		load("{\"phases\": [{\"name\": \"a\",\t\"bash\": {\"commands\":"
		     " [\"ls \\ud83d\\ude00\", {\"command\": \"true\", \"needs\": [\"a.1\"]}]}}]}");

	(void)state;
	assert_int_equal(plan->n_calls, 2);
	assert_string_equal(args_str(&plan->calls[0]->args, 0), "ls \xf0\x9f\x98\x80");
	assert_int_equal(plan->edges[1].needs[0], 0);
	assert_null(plan->root);
	assert_int_equal(plan->halt.when, HALT_NEVER);
	plan_free(plan);
}

#define PHASE "phases:\n- name: a\n"

static void wrong_keys(void **state)
{
	static const char *const cases[][2] = {
		{ "[]", "1:1: 'workflow' must be a map, not a list" },
		{ "name: x", "1:1: the workflow has no 'phases'" },
		{ "phases: []", "1:9: 'phases' must be a list of phases, not empty" },
		{ "phases: {a: b}", "1:9: 'phases' must be a list of phases, not a map" },
		{ "phases: [a]", "1:10: a phase must be a map, not a string" },
		{ "phase: [a]", "1:1: unknown key 'phase'; did you mean 'phases'?\n"
				"1:1: the workflow has no 'phases'" },
		{ "zebra: 1\n" PHASE "  bash: {commands: [a]}",
		  "1:1: unknown key 'zebra'; known are name, root, budget, halt, phases" },
		{ "phases: [{bash: {}}]",
		  "1:10: the phase has no 'name'\n1:17: 'bash' names no calls" },
		{ PHASE, "2:3: phase 'a' has nothing to do; give it a section such as 'codebase' "
			 "or 'bash'" },
		{ PHASE "  bsh: {commands: [a]}", "3:3: unknown key 'bsh'; did you mean 'bash'?" },
		{ PHASE "  bash: [a]", "3:9: 'bash' must be a map, not a list" },
		{ PHASE "  bash: {}", "3:9: 'bash' names no calls" },
		{ PHASE "  codebase: {grpe: [a]}",
		  "3:14: unknown key 'grpe'; did you mean 'grep'?" },
		{ PHASE "  codebase: {commands: [a]}",
		  "3:14: unknown key 'commands'; known are max_instances, glob, grep, mentions, "
		  "read" },
		{ PHASE "  codebase: {glob: 5}",
		  "3:20: expected a list of calls, not a whole number" },
		{ PHASE "  codebase: {glob: [5]}",
		  "3:21: Glob: expected a string or a map, not a whole number; put it in quotes" },
		{ PHASE "  codebase: {glob: [{pattern: 5}]}",
		  "3:31: Glob: 'pattern' must be a string, not a whole number; put it in quotes" },
		{ PHASE "  codebase: {glob: [{patern: x}]}",
		  "3:22: Glob: unknown input 'patern'; did you mean 'pattern'?" },
		{ PHASE "  codebase: {glob: [{path: x}]}", "3:21: Glob: 'pattern' is missing" },
		{ PHASE "  codebase: {glob: ['']}", "3:21: Glob: 'pattern' is empty" },
		{ PHASE "  codebase: {glob: [a], glob: [b]}",
		  "3:25: 'glob' is given twice; first at 3:14" },
		{ PHASE "  codebase: {grep: ['(']}", "3:21: Grep: missing closing parenthesis" },
		{ PHASE "  codebase: {grep: [{pattern: x, output_mode: contnet}]}",
		  "3:47: Grep: unknown output_mode 'contnet'; did you mean 'content'?" },
		{ "name: 7\n" PHASE "  bash: {commands: a}",
		  "1:7: 'name' must be a string, not a whole number" },
		{ "root: ''\n" PHASE "  bash: {commands: a}",
		  "1:7: 'root' must be 1 to 4095 bytes long, without NUL" },
		{ "phases: [{name: 'a b', bash: {commands: a}}]",
		  "1:17: a phase's name is made of letters, digits, '_', '-' and '.', and starts "
		  "with a "
		  "letter or digit; not 'a b'" },
		{ "phases: [{name: 'a b', bash: {commands: 7}}]",
		  "1:17: a phase's name is made of letters, digits, '_', '-' and '.', and starts "
		  "with a letter or digit; not 'a b'\n1:41: expected a list of calls, not a whole "
		  "number" },
		{ "name: \"a\\nb\"\n" PHASE "  bash: {commands: a}",
		  "1:7: 'name' must be one line, without control characters" },
		{ "phases: [{name: \"\\e[31m\", bash: {commands: a}}]",
		  "1:17: a phase's name is made of letters, digits, '_', '-' and '.', and starts "
		  "with a letter or digit; not '?[31m'" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++)
		assert_wrong(cases[i][0], cases[i][1]);
}

static void wrong_numbers(void **state)
{
	static const char *const cases[][2] = {
		{ PHASE "  bash: {max_instances: 0, commands: [a]}",
		  "3:25: 'max_instances' must be between 1 and 1000, not 0" },
		{ PHASE "  bash: {max_instances: x, commands: [a]}",
		  "3:25: 'max_instances' must be a whole number, not a string" },
		{ PHASE "  bash: {commands: [{command: a, timeout: 600001}]}",
		  "3:43: Bash: 'timeout' must be between 1 and 600000, not 600001" },
		{ PHASE "  codebase: {grep: [{pattern: a, -C: 2.5}]}",
		  "3:38: Grep: '-C' must be a whole number, not a number" },
		{ "budget: {tokens: 0}\n" PHASE "  bash: {commands: a}",
		  "1:18: 'tokens' must be between 1 and 100000000, not 0" },
		{ "budget: {wall: soon}\n" PHASE "  bash: {commands: a}",
		  "1:16: 'wall' must be a time like 60s, 500ms, 2m or 1h" },
		{ "budget: {wall: -1}\n" PHASE "  bash: {commands: a}",
		  "1:16: 'wall' must be a time like 60s, 500ms, 2m or 1h" },
		{ "budget: {wall: 31d}\n" PHASE "  bash: {commands: a}",
		  "1:16: 'wall' must be between 1ms and 30d" },
		{ "budget: {token: 5}\n" PHASE "  bash: {commands: a}",
		  "1:10: unknown key 'token'; did you mean 'tokens'?" },
		{ "halt: maybe\n" PHASE "  bash: {commands: a}",
		  "1:7: halt is 'never' or like 'soon,fail=1', 'now,fail=10%', 'soon,success=1' or "
		  "'now,done=50%'; not 'maybe'" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++)
		assert_wrong(cases[i][0], cases[i][1]);
}

/* What is known but not there is refused, never taken and ignored. */
static void not_there_yet(void **state)
{
	static const char *const cases[][2] = {
		{ PHASE "  agents: {tasks: []}",
		  "3:12: 'tasks' is not in this version of volley yet" },
		{ PHASE "  bash: {commands: [{command: a, run_in_background: true}]}",
		  "3:34: Bash: 'run_in_background' is not in this version of volley yet" },
		{ PHASE "  bash: {commands: [{command: a, creates: b}]}",
		  "3:34: Bash: 'creates' is not in this version of volley yet" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++)
		assert_wrong(cases[i][0], cases[i][1]);
}

/* Calls that an earlier phase decides. */
static void late(void **state)
{
	static const char *const cases[][2] = {
		{ PHASE "  codebase: {read: {from: a, top: 12}}",
		  "3:27: phase 'a' does not wait for 'a'; add it to its 'needs'" },
		{ PHASE "  bash: {commands: [x]}\n- name: b\n  needs: [a]\n"
			"  codebase: {read: {from: aa, top: 1}}",
		  "6:27: unknown phase 'aa'; did you mean 'a'?" },
		{ PHASE "  codebase: {read: {from: a}}",
		  "3:20: 'from' needs a 'top': how many of them" },
		{ PHASE "  codebase: {read: {from: a, top: 0}}",
		  "3:35: 'top' must be between 1 and 1000, not 0" },
		{ PHASE "  synthesis: {aggregation_strategy: best}",
		  "3:37: unknown aggregation_strategy 'best': it is intelligent_correlation" },
		{ PHASE "  synthesis: {strategy: best}",
		  "3:15: unknown key 'strategy'; known are aggregation_strategy" },
	};
	struct plan *plan =
		load(PHASE "  codebase: {grep: [x]}\n- name: b\n  needs: [a]\n"
			   "  codebase: {read: {from: a, top: 2, limit: 5}}\n"
			   "  bash: {commands: [{command: cat, stdin: {from: a, top: 7}}]}\n"
			   "- name: c\n  needs: [b]\n  codebase: {read: [{from: a, top: 1}]}\n"
			   "  synthesis: {aggregation_strategy: intelligent_correlation}");

	(void)state;
	assert_int_equal(plan->n_calls, 5);
	assert_null(plan->calls[0]->late);
	assert_int_equal(plan->calls[2]->late->what, LATE_FILE);
	assert_int_equal(plan->calls[2]->late->rank, 2);
	assert_int_equal(plan->calls[3]->late->what, LATE_COMMITS);
	assert_int_equal(plan->calls[3]->late->rank, 7);
	assert_int_equal(plan->calls[4]->late->from, 0); /* by way of b */
	assert_true(plan->has_synthesis);
	plan_free(plan);
	for (size_t i = 0; i < countof(cases); i++)
		assert_wrong(cases[i][0], cases[i][1]);
}

static void wrong_order(void **state)
{
	static const char *const cases[][2] = {
		{ PHASE "  bash: {commands: a}\n- name: a\n  bash: {commands: b}",
		  "4:9: there is a phase 'a' already, at 2:9" },
		{ PHASE "  needs: [b]\n  bash: {commands: a}",
		  "3:11: unknown phase 'b'; did you mean 'a'?" },
		{ PHASE "  needs: [zebra]\n  bash: {commands: a}", "3:11: unknown phase 'zebra'" },
		{ PHASE "  needs: [1]\n  bash: {commands: a}",
		  "3:11: 'needs' must be a list of names of phases, not a whole number" },
		{ PHASE "  needs: a\n  bash: {commands: a}",
		  "2:9: phases wait for each other: a -> a" },
		{ PHASE "  needs: c\n  bash: {commands: a}\n- name: b\n  needs: [a]\n  bash: "
			"{commands: a}\n"
			"- name: c\n  needs: b\n  bash: {commands: a}",
		  "2:9: phases wait for each other: a -> c -> b -> a" },
		{ PHASE
		  "  bash: {commands: [{command: x, needs: [2]}, {command: y, needs: [a.1]}]}",
		  "3:21: calls wait for each other: a.1 -> a.2 -> a.1" },
		{ PHASE "  bash: {commands: [{command: x, needs: [3]}, y]}",
		  "3:42: there is no call number 3 in 'bash' of this phase" },
		{ PHASE "  bash: {commands: [{command: x, needs: [y]}, y]}",
		  "3:42: there is no call 'y' in this phase" },
		{ PHASE "  bash: {commands: [{command: x, needs: [1.5]}, y]}",
		  "3:42: 'needs' must be a list of ids or numbers of calls, not a number" },
		{ PHASE "  bash: {commands: [a]}\n- name: b\n  bash: {commands: [{command: x, "
			"needs: [a.1]}]}",
		  "5:42: 'a.1' is a call of phase 'a'; a phase waits for another with its own "
		  "'needs'" },
		{ PHASE "  bash: {commands: [{command: x, id: q}, {command: y, id: q}]}",
		  "3:59: there is a call 'q' already, at 3:21" },
		{ PHASE "  bash: {commands: [{command: x, id: a.2}, y]}",
		  "3:44: there is a call 'a.2' already, at 3:21" },
		{ PHASE "  bash: {commands: [{command: x, locks: [7]}]}",
		  "3:42: 'locks' must be a list of names" },
		{ PHASE "  codebase: {grep: [{pattern: x, locks: [a]}]}",
		  "3:34: Grep: unknown input 'locks'; known are pattern, output_mode, -C, -i, -n, "
		  "head_limit, -o, glob" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++)
		assert_wrong(cases[i][0], cases[i][1]);
}

/* Several problems come in the order of the text, and no more than fit. */
static void many_problems(void **state)
{
	CLEANUP(buf) struct buf buf = { .max = 1 << 16 };
	struct workflow_text text = { .name = "w" };
	struct problems problems;
	struct plan *plan;

	(void)state;
	assert_wrong(
		"halt: x\nbudgt: 1\n" PHASE "  needs: [zz]\n  codebase: {grep: ['(', 5], x: []}\n",
		"1:7: halt is 'never' or like 'soon,fail=1', 'now,fail=10%', 'soon,success=1' or "
		"'now,done=50%'; not 'x'\n"
		"2:1: unknown key 'budgt'; did you mean 'budget'?\n"
		"5:11: unknown phase 'zz'\n"
		"6:21: Grep: missing closing parenthesis\n"
		"6:26: Grep: expected a string or a map, not a whole number; put it in quotes\n"
		"6:30: unknown key 'x'; known are max_instances, glob, grep, mentions, read");
	buf_add_str(&buf, PHASE "  codebase:\n    grep:\n");
	for (int i = 0; i < 50; i++)
		buf_add_str(&buf, "    - '('\n");
	text.data = buf.data;
	text.len = buf.len;
	assert_true(workflow_load(&text, &fake_toolbox, &plan, &problems) < 0);
	assert_int_equal(problems.n, PROBLEMS_MAX);
	assert_int_equal(problems.n_dropped, 30);
	assert_int_equal(problems.items[0].place.line, 5);
}

/* A chain of needs as long as plans may be is followed without recursion. */
static void long_chain(void **state)
{
	enum { N = 50000 };
	CLEANUP(buf) struct buf buf = { .max = 1 << 24 };
	struct plan *plan;

	(void)state;
	buf_add_str(&buf, "{\"phases\":[{\"name\":\"a\",\"bash\":{\"commands\":[\"x\"");
	for (int i = 1; i < N; i++)
		buf_printf(&buf, ",{\"command\":\"x\",\"needs\":[%d]}", i);
	buf_add_str(&buf, "]}}]}");
	plan = load(buf.data);
	assert_int_equal(plan->n_calls, N);
	assert_int_equal(plan->edges[N - 1].needs[0], N - 2);
	plan_free(plan);
}

static void halts(void **state)
{
	static const char *const good[] = { "never", "soon,fail=1", "now,fail=10%",
					    "soon,success=1", "now,done=50%" };
	static const char *const bad[] = { "",
					   "never,fail=1",
					   "soon",
					   "soon,fail",
					   "soon,fail=",
					   "soon,fail=0",
					   "soon,fail=101%",
					   "soon,fail=-1",
					   "soon,fail=1x",
					   "later,fail=1",
					   "soon,fall=1",
					   "now,fail=1%%" };
	struct halt_policy halt;

	(void)state;
	for (size_t i = 0; i < countof(good); i++) {
		CLEANUP(buf) struct buf buf = { .max = 64 };

		assert_int_equal(halt_parse(good[i], &halt, NULL), 0);
		halt_write(&halt, &buf);
		assert_string_equal(buf.data, good[i]);
	}
	for (size_t i = 0; i < countof(bad); i++)
		assert_true(halt_parse(bad[i], &halt, NULL) < 0);
}

static void assert_quoted(const char *data, const char *wanted)
{
	struct workflow_text text = { .name = "w.yaml", .data = data, .len = strlen(data) };
	struct quoted_text quoted = { .name = "w.yaml", .data = data, .len = strlen(data) };
	CLEANUP(buf) struct buf buf = { .max = 1 << 16 };
	struct problems problems;
	struct plan *plan;

	assert_true(workflow_load(&text, &fake_toolbox, &plan, &problems) < 0);
	quote_problems(&buf, &quoted, &problems);
	assert_string_equal(buf.data, wanted);
}

static void carets(void **state)
{
	(void)state;
	assert_quoted(PHASE "  codebase: {grpe: [retry]}\r\n",
		      "w.yaml:3:14: unknown key 'grpe'; did you mean 'grep'?\n"
		      "    3 |   codebase: {grpe: [retry]}\n"
		      "      |              ^\n");
	assert_quoted(
		PHASE "  bash: {commands: ['\xc3\xa9\xe6\xbc\xa2',\t5]}",
		"w.yaml:3:27: Bash: expected a string or a map, not a whole number; put it in "
		"quotes\n"
		"    3 |   bash: {commands: ['\xc3\xa9\xe6\xbc\xa2',\t5]}\n"
		"      |                           \t^\n");
	assert_quoted(
		PHASE "  bash: {commands: "
		      "[aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, 5, "
		      "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb]}",
		"w.yaml:3:87: Bash: expected a string or a map, not a whole number; put it in "
		"quotes\n"
		"    3 | ...aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, 5, "
		"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb...\n"
		"      |                                                                ^\n");
	assert_quoted("a: x\x1b[2Jy", "w.yaml:1:5: the control character 0x1b is not allowed here\n"
				      "    1 | a: x?[2Jy\n"
				      "      |     ^\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_workflow), cmocka_unit_test(same_in_json),
		cmocka_unit_test(wrong_keys),     cmocka_unit_test(wrong_numbers),
		cmocka_unit_test(not_there_yet),  cmocka_unit_test(late),
		cmocka_unit_test(wrong_order),    cmocka_unit_test(many_problems),
		cmocka_unit_test(long_chain),     cmocka_unit_test(halts),
		cmocka_unit_test(carets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
