/* SPDX-License-Identifier: MIT */
/* How a plan will be run, in words and as JSON: which phases start together, what is fused, what is
 * equal, which limits hold. */
#include "base/str.h"
#include "fake_tools.h"
#include "plan/cycle.h"
#include "plan/explain.h"
#include "plan/workflow.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static const char *const text =
	"name: t\n"
	"phases:\n"
	"- name: late\n"
	"  needs: [b, a, b]\n"
	"  codebase: {read: [x]}\n"
	"- name: a\n"
	"  codebase: {glob: [g], grep: [p, {pattern: p}, {pattern: p, -i: true}]}\n"
	"- name: b\n"
	"  codebase: {grep: [p]}\n"
	"  bash:\n"
	"    max_instances: 2\n"
	"    commands: [ls, ls, {id: m, command: \"make\\ncheck\", needs: [1], locks: [t]}]\n"
	"- name: late2\n"
	"  needs: [a, b]\n"
	"  codebase: {read: [y]}\n";

static struct plan *load_text(const char *data)
{
	struct workflow_text workflow = { .name = "w", .data = data, .len = strlen(data) };
	struct problems problems;
	struct plan *plan;

	if (workflow_load(&workflow, &fake_toolbox, &plan, &problems) < 0)
		fail_msg("%s", problems.items[0].error.text);
	return plan;
}

static struct plan *load(void)
{
	return load_text(text);
}

static void markdown(void **state)
{
	struct explain_conf conf = { .limits = { [LANE_BASH] = 8 } };
	CLEANUP(buf) struct buf buf = { .max = 1 << 16 };
	struct plan *plan = load();

	(void)state;
	assert_int_equal(explain_md(plan, &conf, &buf), 0);
	assert_string_equal(buf.data, "# Plan of t\n\n"
				      "10 calls in 4 phases over `.`\n\n"
				      "- limits: 100 under way at once, codebase 48, bash 8\n"
				      "- halt: never\n\n"
				      "## `a`, `b` at once\n\n"
				      "- fused into one pass: 5 calls, 2 of them equal to another\n"
				      "  - `a.1` Glob: g\n"
				      "  - `a.2` Grep: p\n"
				      "  - `a.3` Grep: p\n"
				      "  - `a.4` Grep: p\n"
				      "  - `b.1` Grep: p\n"
				      "- at most 2 at once: 3 calls of `b`\n"
				      "  - `b.2` Bash: ls\n"
				      "  - `b.3` Bash: ls\n"
				      "  - `m` Bash: make check -- after `b.2` -- locks `t`\n\n"
				      "## `late`, `late2` after `a`, `b`\n\n"
				      "- fused into one pass: 2 calls\n"
				      "  - `late.1` Read: x\n"
				      "  - `late2.1` Read: y\n");
	plan_free(plan);
}

static size_t count(const char *where, const char *what)
{
	size_t n = 0;

	for (; (where = strstr(where, what)); where++)
		n++;
	return n;
}

static void reasons(void **state)
{
	struct explain_conf conf = { .why = true, .total_limit = 7 };
	CLEANUP(buf) struct buf buf = { .max = 1 << 16 };
	struct plan *plan = load();

	(void)state;
	assert_int_equal(explain_md(plan, &conf, &buf), 0);
	assert_int_equal(count(buf.data, "7 under way at once"), 1);
	assert_int_equal(count(buf.data, "- why: "), 8);
	assert_int_equal(count(buf.data, "share a pass"), 2);
	assert_int_equal(count(buf.data, "equal calls"), 1);
	assert_int_equal(count(buf.data, "max_instances of the phase"), 1);
	assert_int_equal(count(buf.data, "share a lock"), 1);
	plan_free(plan);
}

static void more_than_the_lane_has(void **state)
{
	static const char more[] = "phases:\n- name: p\n  bash:\n    max_instances: 17\n"
				   "    commands: [a, b]\n";
	struct explain_conf conf = { .root = "/r" };
	CLEANUP(buf) struct buf buf = { .max = 1 << 16 };
	struct plan *plan = load_text(more);

	(void)state;
	assert_int_equal(explain_md(plan, &conf, &buf), 0);
	assert_int_equal(count(buf.data, "at most 16 at once: 2 calls of `p` (its max_instances is "
					 "17, but the lane's limit is 16 without --max-instances "
					 "17)"),
			 1);
	buf_clear(&buf);
	conf.limits[LANE_BASH] = 17;
	assert_int_equal(explain_md(plan, &conf, &buf), 0);
	assert_int_equal(count(buf.data, "at most 17 at once: 2 calls of `p`\n"), 1);
	plan_free(plan);
}

static void json(void **state)
{
	struct explain_conf conf = { .root = "/r" };
	CLEANUP(buf) struct buf buf = { .max = 1 << 16 };
	struct json_write write = json_write_to(&buf);
	struct plan *plan = load();

	(void)state;
	assert_int_equal(explain_json(plan, &conf, &write), 0);
	assert_string_equal(
		buf.data,
		"{\"name\":\"t\",\"source\":\"w\",\"root\":\"/r\",\"halt\":\"never\","
		"\"budget\":{\"tokens\":0,\"wall_ms\":0},"
		"\"limits\":{\"total\":100,\"codebase\":48,\"bash\":16},\"calls\":10,\"stages\":["
		"{\"phases\":[\"a\",\"b\"],\"needs\":[],\"groups\":["
		"{\"lane\":\"codebase\",\"fused\":true,\"equal\":2,\"calls\":["
		"{\"id\":\"a.1\",\"tool\":\"Glob\",\"input\":{\"pattern\":\"g\"}},"
		"{\"id\":\"a.2\",\"tool\":\"Grep\",\"input\":{\"pattern\":\"p\"}},"
		"{\"id\":\"a.3\",\"tool\":\"Grep\",\"input\":{\"pattern\":\"p\"}},"
		"{\"id\":\"a.4\",\"tool\":\"Grep\",\"input\":{\"pattern\":\"p\",\"-i\":true}},"
		"{\"id\":\"b.1\",\"tool\":\"Grep\",\"input\":{\"pattern\":\"p\"}}]},"
		"{\"lane\":\"bash\",\"fused\":false,\"phase\":\"b\",\"limit\":2,\"equal\":0,"
		"\"calls\":["
		"{\"id\":\"b.2\",\"tool\":\"Bash\",\"input\":{\"command\":\"ls\"}},"
		"{\"id\":\"b.3\",\"tool\":\"Bash\",\"input\":{\"command\":\"ls\"}},"
		"{\"id\":\"m\",\"tool\":\"Bash\",\"input\":{\"command\":\"make\\ncheck\"},"
		"\"needs\":[\"b.2\"],\"locks\":[\"t\"]}]}]},"
		"{\"phases\":[\"late\",\"late2\"],\"needs\":[\"a\",\"b\"],\"groups\":["
		"{\"lane\":\"codebase\",\"fused\":true,\"equal\":0,\"calls\":["
		"{\"id\":\"late.1\",\"tool\":\"Read\",\"input\":{\"file_path\":\"x\"}},"
		"{\"id\":\"late2.1\",\"tool\":\"Read\",\"input\":{\"file_path\":\"y\"}}]}]}]}");
	plan_free(plan);
}

/* A list longer than people read is cut, a text longer than the buffer is an error. */
static void bounds(void **state)
{
	struct explain_conf conf = { 0 };
	CLEANUP(buf) struct buf buf = { .max = 1 << 16 };
	struct plan *plan = plan_new("-");
	struct value command = { .type = VALUE_STR, .str = "x", .len = 1 };
	struct value_pair pair = { .key = "command", .value = command };
	struct value input = { .type = VALUE_MAP, .pairs = &pair, .n_pairs = 1 };
	struct plan_call call = { .tool = &fake_bash, .input = &input };

	(void)state;
	assert_int_equal(plan_add_phase(plan, "batch", &call.phase, NULL), 0);
	for (int i = 0; i < 250; i++)
		assert_int_equal(plan_add_call(plan, &call, NULL), 0);
	assert_int_equal(explain_md(plan, &conf, &buf), 0);
	assert_int_equal(count(buf.data, "Bash: x"), 200);
	assert_non_null(strstr(buf.data, "  - and 50 more\n"));
	buf_release(&buf);
	buf_init(&buf, 100);
	assert_int_equal(explain_md(plan, &conf, &buf), -EFBIG);
	plan_free(plan);
}

static const uint32_t *needs_of(const void *data, uint32_t i, size_t *ret_n)
{
	const uint32_t *needs = data; /* one each; i itself = none */

	*ret_n = needs[i] != i;
	return &needs[i];
}

static void cycles(void **state)
{
	static const uint32_t none[] = { 0, 0, 1, 1 }, one[] = { 1, 2, 3, 1, 4 };
	uint32_t *nodes = NULL;

	(void)state;
	assert_int_equal(cycle_find(0, needs_of, NULL, &nodes), 0);
	assert_int_equal(cycle_find(4, needs_of, none, &nodes), 0);
	assert_int_equal(cycle_find(5, needs_of, one, &nodes), 3);
	assert_int_equal(nodes[0], 1);
	assert_int_equal(nodes[1], 2);
	assert_int_equal(nodes[2], 3);
	free(nodes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(markdown), cmocka_unit_test(reasons),
		cmocka_unit_test(json),     cmocka_unit_test(bounds),
		cmocka_unit_test(cycles),   cmocka_unit_test(more_than_the_lane_has),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
