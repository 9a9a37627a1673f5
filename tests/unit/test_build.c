/* SPDX-License-Identifier: MIT */
/* Builders write workflows that can be loaded, of the sizes they promise, for the tree given. */
#include "api/toolbox.h"
#include "base/str.h"
#include "plan/build.h"
#include "plan/web_research.h"
#include "plan/workflow.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static struct plan *load(const struct buf *text)
{
	const struct workflow_text workflow = { "built", text->data, text->len };
	struct problems problems;
	struct plan *plan = NULL;

	if (workflow_load(&workflow, toolbox_builtin(), &plan, &problems) < 0)
		fail_msg("%s", problems.items[0].error.text);
	return plan;
}

static struct plan *discover(const struct build_tree *tree)
{
	CLEANUP(buf) struct buf text = { .max = 1 << 20 };

	assert_int_equal(build_discovery(tree, &text), 0);
	return load(&text);
}

static void test_discovery_grows_with_the_tree(void **state)
{
	static const struct {
		uint64_t n_files;
		size_t least, most;
	} rows[] = {
		{ 10, 24, 36 }, { 99, 24, 36 }, { 100, 36, 52 }, { 1000, 36, 52 }, { 20000, 52, 72 }
	};
	size_t before = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct build_tree tree = { .n_files = rows[i].n_files,
					   .n_of = { [BUILD_C] = 5, [BUILD_PYTHON] = 3 },
					   .has_git = true };
		struct plan *plan = discover(&tree);

		assert_in_range(plan->n_calls, rows[i].least, rows[i].most);
		assert_true(plan->n_calls >= before);
		before = plan->n_calls;
		plan_free(plan);
	}
}

/* The languages with most files, as many as the size has room for. */
static void test_discovery_asks_for_languages_that_are_there(void **state)
{
	struct build_tree tree = { .n_files = 50,
				   .n_of = { [BUILD_C] = 1, [BUILD_GO] = 9, [BUILD_RUST] = 8 } };
	struct plan *plan = discover(&tree);

	(void)state;
	assert_non_null(plan_find_call(plan, "main-go"));
	assert_non_null(plan_find_call(plan, "unsafe-rust"));
	assert_null(plan_find_call(plan, "main-c")); /* the third of two */
	assert_null(plan_find_call(plan, "main-python"));
	assert_non_null(plan_find_call(plan, "files"));
	assert_null(plan_find_call(plan, "git-head")); /* nobody said that git knows it */
	plan_free(plan);
	tree.n_files = 500;
	tree.has_git = true;
	plan = discover(&tree);
	assert_non_null(plan_find_call(plan, "main-c"));
	assert_non_null(plan_find_call(plan, "git-head"));
	plan_free(plan);
}

/* What git prints must not depend on settings of the repository, nor run any; and done twice does
 * no harm. */
static void test_commands_of_git_are_hardened(void **state)
{
	struct build_tree tree = { .n_files = 500, .has_git = true };
	struct plan *plan = discover(&tree);
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < plan->n_calls; i++) {
		const struct call *call = plan->calls[i];
		const char *command;

		if (!str_equal(call->tool->name, "Bash"))
			continue;
		n++;
		command = value_find(call->input, "command")->str;
		assert_true(value_find(call->input, "idempotent")->boolean);
		for (const char *at = command; (at = strstr(at, "git ")); at += 4) {
			assert_true(str_starts_with(
				at, "git --no-pager --no-optional-locks -c core.fsmonitor= "));
		}
		if (strstr(command, " log "))
			assert_non_null(strstr(command, "--no-show-signature"));
	}
	assert_int_equal(n, 7);
	plan_free(plan);
}

static void check_searches(const char *text, size_t n, const char *second)
{
	struct question question;
	struct web_research research;
	struct arena arena;
	struct error err;

	arena_init(&arena, (size_t)1 << 24);
	assert_int_equal(question_read(text, QUESTION_WORDS_MAX, &arena, &question, &err), 0);
	assert_int_equal(web_research_plan(&question, &arena, &research), 0);
	assert_int_equal(research.n, n);
	assert_string_equal(research.searches[0].theme, "primary");
	assert_string_equal(research.searches[1].theme, second);
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(research.searches[i].query,
						research.searches[k].query);
	}
	arena_release(&arena);
}

static void test_searches(void **state)
{
	(void)state;
	check_searches("sqlite vacuum", 4, "documentation");
	check_searches("slow sqlite vacuum", 4, "performance");
	check_searches("slowness of sqlite vacuum", 4, "documentation");
	check_searches("sqlite vacuum journal durable cheap writers", 8, "documentation");
	check_searches("sqlite journal? postgres journal?", 16, "documentation");
	check_searches("sqlite journal? postgres journal? mysql journal?", 32, "documentation");
}

static void check_first_search(const char *text, const char *want)
{
	struct question question;
	struct web_research research;
	struct arena arena;
	struct error err;

	arena_init(&arena, (size_t)1 << 24);
	assert_int_equal(question_read(text, QUESTION_WORDS_MAX, &arena, &question, &err), 0);
	assert_int_equal(web_research_plan(&question, &arena, &research), 0);
	assert_string_equal(research.searches[0].query, want);
	arena_release(&arena);
}

/* As it was asked, unless that is too long to search for. */
static void test_first_search(void **state)
{
	char text[512];

	(void)state;
	check_first_search("  who last\ttouched\n\nthe file? ", "who last touched the file?");
	memset(text, ' ', sizeof(text));
	for (size_t i = 0; i + 17 < sizeof(text); i += 17)
		memcpy(text + i, "sort of the file ", 17);
	text[sizeof(text) - 1] = '\0';
	check_first_search(text, "sort file");
}

/* Up to what providers take it is whole; beyond, its telling words are asked for, and how many are
 * not is told. The others have a dozen of these, not the first ones. */
static void test_long_questions(void **state)
{
	static const char *const last = "kubernetes_ingress";
	struct question question;
	struct web_research research;
	struct arena arena;
	struct error err;
	CLEANUP(buf) struct buf text = { .max = 1 << 16 };

	(void)state;
	arena_init(&arena, (size_t)1 << 24);
	for (unsigned n = 24; n <= 60; n += 36) {
		size_t n_asked = 0;

		buf_clear(&text);
		for (unsigned i = 0; i < n; i++)
			buf_printf(&text, "word%c%c ", 'a' + i / 26, 'a' + i % 26);
		buf_printf(&text, "%s", last);
		assert_int_equal(
			question_read(text.data, QUESTION_WORDS_MAX, &arena, &question, &err), 0);
		assert_int_equal(web_research_plan(&question, &arena, &research), 0);
		for (size_t i = 0; i < research.n; i++) {
			assert_non_null(strstr(research.searches[i].query, last));
			assert_true(strlen(research.searches[i].query) <= 400);
		}
		for (const char *at = research.searches[0].query; at; at = strchr(at + 1, ' '))
			n_asked++;
		assert_true(n_asked <= 50);
		if (n == 24)
			assert_string_equal(research.searches[0].query, text.data);
		assert_int_equal(research.n_left_out, n == 24 ? 0 : question.n - n_asked);
	}
	arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_search),
		cmocka_unit_test(test_long_questions),
		cmocka_unit_test(test_discovery_grows_with_the_tree),
		cmocka_unit_test(test_discovery_asks_for_languages_that_are_there),
		cmocka_unit_test(test_commands_of_git_are_hardened),
		cmocka_unit_test(test_searches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
