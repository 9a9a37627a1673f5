/* SPDX-License-Identifier: MIT */
/* Answers never pass their budget, and do not depend on how long things took. */
#include "cli/report.h"
#include "cli/wire_out.h"
#include "model/tool.h"
#include "plan/syntax.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct tool fake_grep = { .name = "Grep" };
static const struct tool fake_bash = { .name = "Bash" };

/* A run with made-up results. */
struct fixture {
	struct call *calls;
	struct call **call_list;
	struct result *results;
	const struct result **result_list;
	char (*ids)[32];
	struct plan_phase phases[2];
	struct plan plan;
	struct run_totals totals;
	struct report report;
};

static struct blob *random_text(size_t max, char end)
{
	size_t len = max ? (size_t)random() % max : 0;
	char *text = malloc(len + 1);

	assert_non_null(text);
	for (size_t i = 0; i < len; i++)
		text[i] = random() % 20 ? (char)(' ' + random() % 200) : end;
	text[len] = '\0';
	return blob_from(text, len);
}

static void fill(struct fixture *f, size_t i, size_t text_max)
{
	struct result *result = &f->results[i];

	(void)snprintf(f->ids[i], sizeof(f->ids[i]), "survey.%zu", i + 1);
	f->calls[i] = (struct call){ .id = f->ids[i], .index = (uint32_t)i, .tool = &fake_grep };
	*result = (struct result){ .payload = PAYLOAD_GREP, .attempts = 1 };
	result->body_is_nul = i % 2 && i % 5 != 4;
	result->grep.mode = result->body_is_nul ? GREP_FILES : GREP_CONTENT;
	result->body = random_text(text_max, result->body_is_nul ? '\0' : '\n');
	if (i % 5 == 4) {
		f->calls[i].tool = &fake_bash;
		result->payload = PAYLOAD_BASH;
		result->bash = (struct bash_output){ .exit_code = 1 };
		result->bash.err = random_text(text_max, '\n');
		result->status = CALL_FAILED;
		(void)error_set(&result->error, ERROR_INVALID, EINVAL, "call %zu failed", i);
	}
	f->totals.by_status[result->status]++;
	f->call_list[i] = &f->calls[i];
	f->result_list[i] = result;
}

static void setup(struct fixture *f, size_t n, size_t text_max)
{
	*f = (struct fixture){ 0 };
	f->calls = calloc(n, sizeof(*f->calls));
	f->call_list = calloc(n, sizeof(*f->call_list));
	f->results = calloc(n, sizeof(*f->results));
	f->result_list = calloc(n, sizeof(*f->result_list));
	f->ids = calloc(n, sizeof(*f->ids));
	assert_true(f->calls && f->call_list && f->results && f->result_list && f->ids);
	for (size_t i = 0; i < n; i++)
		fill(f, i, text_max);
	f->phases[0] = (struct plan_phase){ .name = "survey", .n_calls = n };
	f->plan = (struct plan){ .name = "test",
				 .phases = f->phases,
				 .n_phases = 1,
				 .calls = f->call_list,
				 .n_calls = n };
	f->report = (struct report){ .plan = &f->plan,
				     .run_id = "20260131T101502-x7k2",
				     .results = f->result_list,
				     .totals = &f->totals,
				     .full_dir = "/home/someone/.local/state/volley/runs/x" };
}

static void teardown(struct fixture *f)
{
	for (size_t i = 0; i < f->plan.n_calls; i++)
		result_release(&f->results[i]);
	free(f->calls);
	free(f->call_list);
	free(f->results);
	free(f->result_list);
	free(f->ids);
}

static void assert_json(const struct buf *out, struct arena *arena, struct value *ret_value)
{
	const struct syntax_text text = { .data = out->data, .len = out->len };
	struct problem problem;

	arena_init(arena, SIZE_MAX / 2);
	if (syntax_read_json(&text, arena, ret_value, &problem) < 0)
		fail_msg("%u:%u: %s", problem.place.line, problem.place.column, problem.error.text);
}

static void no_format_passes_its_budget(void **state)
{
	static const size_t n_calls[] = { 1, 2, 7, 48, 400, 3000 };
	static const size_t budgets[] = { 1024, 4000, 32000, 400000 };
	static const size_t texts[] = { 0, 60, 20000 };

	(void)state;
	srandom(3);
	for (size_t i = 0; i < countof(n_calls) * countof(budgets) * countof(texts); i++) {
		struct fixture f;
		struct buf md, json;
		struct arena arena;
		struct value value;

		setup(&f, n_calls[i % countof(n_calls)],
		      texts[i / countof(n_calls) / countof(budgets)]);
		f.report.budget_bytes = budgets[i / countof(n_calls) % countof(budgets)];
		buf_init(&md, SIZE_MAX / 2);
		buf_init(&json, SIZE_MAX / 2);
		assert_int_equal(report_md(&f.report, &md), 0);
		assert_true(md.len <= f.report.budget_bytes);
		assert_int_equal(report_json(&f.report, &json), 0);
		assert_true(json.len <= f.report.budget_bytes);
		assert_json(&json, &arena, &value);
		arena_release(&arena);
		buf_release(&md);
		buf_release(&json);
		teardown(&f);
	}
}

static void a_budget_is_used(void **state)
{
	struct fixture f;
	struct buf md;

	(void)state;
	setup(&f, 20, 20000);
	f.report.budget_bytes = 32000;
	buf_init(&md, SIZE_MAX / 2);
	assert_int_equal(report_md(&f.report, &md), 0);
	assert_true(md.len > 24000);
	assert_non_null(strstr(md.data, "survey.20"));
	assert_non_null(strstr(md.data, "lines shown; all in survey.1.out"));
	buf_release(&md);
	teardown(&f);
}

static void failed_calls_are_named_first(void **state)
{
	struct fixture f;
	struct buf md, out;
	struct arena arena;
	struct value value;
	const struct value *calls;

	(void)state;
	setup(&f, 500, 50);
	f.report.budget_bytes = 4096;
	buf_init(&md, SIZE_MAX / 2);
	buf_init(&out, SIZE_MAX / 2);
	assert_int_equal(report_md(&f.report, &md), 0);
	assert_non_null(strstr(md.data, "survey.5 Bash"));
	assert_null(strstr(md.data, "survey.1 Grep"));
	assert_non_null(strstr(md.data, " more calls"));
	assert_int_equal(report_json(&f.report, &out), 0);
	assert_json(&out, &arena, &value);
	calls = value_find(&value, "calls");
	assert_true(calls->n_items > 0);
	for (size_t i = 0; i < calls->n_items; i++)
		assert_string_equal(value_find(&calls->items[i], "status")->str, "failed");
	assert_int_equal(calls->n_items + (size_t)value_find(&value, "omitted")->integer, 500);
	arena_release(&arena);
	buf_release(&md);
	buf_release(&out);
	teardown(&f);
}

static size_t sum_shown(const struct report *report)
{
	struct arena arena;
	struct value value;
	const struct value *calls;
	struct buf out;
	size_t sum = 0;

	buf_init(&out, SIZE_MAX / 2);
	assert_int_equal(report_json(report, &out), 0);
	assert_json(&out, &arena, &value);
	calls = value_find(&value, "calls");
	for (size_t i = 0; i < calls->n_items; i++) {
		const struct value *cut = value_find(&calls->items[i], "cut");

		if (cut)
			sum += (i + 1) * (size_t)value_find(cut, "shown_bytes")->integer;
	}
	arena_release(&arena);
	buf_release(&out);
	return sum;
}

static void timing_moves_no_cut(void **state)
{
	struct fixture f;
	size_t quick;

	(void)state;
	setup(&f, 12, 20000);
	f.report.budget_bytes = 32000;
	quick = sum_shown(&f.report);
	assert_true(quick > 0);
	for (size_t i = 0; i < 12; i++)
		f.results[i].run_ns = 123456789012u;
	f.totals.wall_ns = f.totals.cpu_us = 98765432101u;
	f.totals.attempts = 1234567;
	assert_int_equal(sum_shown(&f.report), quick);
	teardown(&f);
}

static void all_is_shown_without_a_budget(void **state)
{
	struct fixture f;
	struct buf out;

	(void)state;
	setup(&f, 30, 20000);
	f.report.budget_bytes = SIZE_MAX;
	buf_init(&out, SIZE_MAX / 2);
	assert_int_equal(report_json(&f.report, &out), 0);
	assert_null(strstr(out.data, "\"cut\""));
	assert_int_equal(report_md(&f.report, &out), 0);
	assert_null(strstr(out.data, "lines shown"));
	buf_release(&out);
	teardown(&f);
}

/* A text that holds a fence does not end the one around it. */
static void fences_hold(void **state)
{
	static const char text[] = "x\n````\ny\n";
	struct fixture f;
	struct buf out;

	(void)state;
	setup(&f, 1, 0);
	blob_unref(f.results[0].body);
	f.results[0].body = blob_new(text, sizeof(text) - 1);
	f.report.budget_bytes = SIZE_MAX;
	buf_init(&out, SIZE_MAX / 2);
	assert_int_equal(report_md(&f.report, &out), 0);
	assert_non_null(strstr(out.data, "\n`````\nx\n````\ny\n`````\n"));
	buf_release(&out);
	teardown(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_format_passes_its_budget),
		cmocka_unit_test(a_budget_is_used),
		cmocka_unit_test(failed_calls_are_named_first),
		cmocka_unit_test(timing_moves_no_cut),
		cmocka_unit_test(all_is_shown_without_a_budget),
		cmocka_unit_test(fences_hold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
