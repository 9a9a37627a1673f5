/* SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/str.h"
#include "scan/glob.h"
#include "scan/glob_set.h"
#include "scan/rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static bool matches(const char *pattern, enum glob_flags flags, const char *path)
{
	struct error err = { 0 };
	struct glob *glob;
	bool r;

	if (glob_new(pattern, strlen(pattern), flags, &glob, &err) < 0)
		fail_msg("'%s': %s", pattern, err.text);
	r = glob_match(glob, path, strlen(path));
	glob_free(glob);
	return r;
}

static void test_matches(void **state)
{
	static const struct {
		const char *glob, *yes[4], *no[4];
	} cases[] = {
		{ "foo", { "foo" }, { "a/foo", "foo/a", "fooo" } },
		{ "*.c", { "a.c", ".c" }, { "a/b.c", "a.cc", "c" } },
		{ "**/*.c", { "a.c", "a/b.c", "a/b/.c" }, { "a.c/b" } },
		{ "**/foo", { "foo", "a/b/foo" }, { "afoo", "foo/a" } },
		{ "**/a/b", { "a/b", "x/a/b" }, { "xa/b" } },
		{ "a/**/b", { "a/b", "a/x/b", "a/x/y/b" }, { "ab", "a/xb", "x/a/b" } },
		{ "a/**", { "a/b", "a/b/c", "a/" }, { "a", "ab" } },
		{ "**", { "a", "a/b" }, { NULL } },
		{ "**/**", { "a", "a/b" }, { NULL } },
		{ "a**b", { "ab", "axb" }, { "a/b" } },
		{ "**a", { "a", "xa" }, { "x/a" } },
		{ "a?c", { "abc" }, { "a/c", "ac", "abbc" } },
		{ "caf??", { "caf\xc3\xa9" }, { "cafe" } },
		{ "[a-c]x", { "ax", "cx" }, { "dx", "-x" } },
		{ "[!a]x", { "bx", "/x" }, { "ax" } },
		{ "[]a]", { "]", "a" }, { "b" } },
		{ "[a-]", { "a", "-" }, { "b" } },
		{ "[-a]", { "a", "-" }, { "b" } },
		{ "{a,b}.c", { "a.c", "b.c" }, { "c.c", ".c" } },
		{ "*.{c,h}", { "x.c", "x.h" }, { "x.", "x.ch" } },
		{ "{a,}b", { "ab" }, { "b" } },
		{ "{,}b", { "b" }, { "ab" } },
		{ "x{a,{b,c}d}y", { "xay", "xbdy", "xcdy" }, { "xby", "xy" } },
		{ "{a/**,b}", { "a/x", "b" }, { "a" } },
		{ "a}b,c", { "ab,c" }, { "a}b,c" } },
		{ "\\*\\{", { "*{" }, { "x{" } },
		{ "*foo*", { "foo", "xfoox" }, { "fo", "a/foo" } },
		{ "a*b", { "ab", "axb" }, { "aba", "a/b" } },
		{ "a*a", { "aa", "aba" }, { "a" } },
		{ "foo.", { "foo." }, { "foo" } },
		{ "a\nb*", { "a\nbc" }, { "a" } },
		{ "", { NULL }, { "a" } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		for (size_t k = 0; k < 4; k++) {
			const char *yes = cases[i].yes[k], *no = cases[i].no[k];

			if (yes && *yes && !matches(cases[i].glob, GLOB_SEPARATOR, yes))
				fail_msg("'%s' should match '%s'", cases[i].glob, yes);
			if (no && matches(cases[i].glob, GLOB_SEPARATOR, no))
				fail_msg("'%s' should not match '%s'", cases[i].glob, no);
		}
}

static void test_flags(void **state)
{
	(void)state;
	assert_true(matches("*.c", 0, "a/b.c"));
	assert_true(matches("a?c", 0, "a/c"));
	assert_true(matches("FOO[a-c]", GLOB_ICASE, "fooB"));
	assert_false(matches("FOO[!a-c]", GLOB_ICASE, "fooB"));
	assert_true(matches("**/*.C", GLOB_ICASE | GLOB_SEPARATOR, "x/y.c"));
	assert_false(matches("**/foo.", GLOB_SEPARATOR | GLOB_STRICT, "foo."));
	assert_true(matches("foo.", GLOB_SEPARATOR | GLOB_STRICT, "foo."));
}

static void test_errors(void **state)
{
	static const struct {
		const char *glob;
		enum glob_flags flags;
		const char *text;
	} cases[] = {
		{ "a{b,c", 0, "bad glob 'a{b,c': '{' is never closed, byte 2" },
		{ "ab[c", 0, "bad glob 'ab[c': '[' is never closed, byte 3" },
		{ "[z-a]", 0, "bad glob '[z-a]': a range runs backwards, byte 4" },
		{ "a\\", 0, "bad glob 'a\\': nothing follows the '\\', byte 2" },
		{ "{a,{b}}", GLOB_STRICT, "bad glob '{a,{b}}': braces do not nest, byte 4" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct error err = { 0 };
		struct glob *glob;

		assert_true(glob_new(cases[i].glob, strlen(cases[i].glob), cases[i].flags, &glob,
				     &err) < 0);
		assert_string_equal(err.text, cases[i].text);
		assert_int_equal(err.class, ERROR_INVALID);
	}
}

/** Globs that make a backtracking matcher try for ever. */
static void test_no_blow_up(void **state)
{
	char path[4001], glob[1200] = "";
	uint64_t start = clock_now_ns();

	(void)state;
	memset(path, 'a', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	for (int i = 0; i < 100; i++)
		strcat(glob, "*a{a,aa}");
	strcat(glob, "b");
	assert_false(matches(glob, GLOB_SEPARATOR, path));
	glob[strlen(glob) - 1] = '\0';
	assert_true(matches(glob, GLOB_SEPARATOR, path));
	assert_true(clock_now_ns() - start < 5000000000u);
}

/** The longest glob, all wildcards and alternatives, still compiles and is right. */
static void test_long(void **state)
{
	char glob[GLOB_LEN_MAX + 2] = "", path[64];
	struct error err;
	struct glob *made;

	(void)state;
	strcat(glob, "**/{");
	for (int i = 0; i < 400; i++)
		sprintf(glob + strlen(glob), "n?%03d*,", i);
	strcat(glob, "z}");
	snprintf(path, sizeof(path), "a/nx%03d.c", 399);
	assert_true(matches(glob, GLOB_SEPARATOR, path));
	assert_false(matches(glob, GLOB_SEPARATOR, "a/nx400.c"));
	memset(glob, '?', GLOB_LEN_MAX + 1);
	glob[GLOB_LEN_MAX + 1] = '\0';
	assert_true(glob_new(glob, strlen(glob), 0, &made, &err) < 0);
}

static void add_rule(struct arena *arena, struct rule *rules, size_t n, const char *text)
{
	struct glob_problem problem;

	assert_int_equal(rule_compile(arena, text, strlen(text), 0, &rules[n], &problem), 1);
}

static void test_set(void **state)
{
	static const char *const texts[] = { "*.c",     "foo.c", "!foo.c", "foo*",
					     "*.{c,h}", "bar/",  "/foo.c" };
	struct rule rules[7];
	struct glob_subject foo = glob_subject_of("x/foo.c", 7), bar = glob_subject_of("x/bar", 5);
	const struct glob_set *set;
	struct arena arena;
	uint32_t ids[7];
	unsigned found = 0;

	(void)state;
	arena_init(&arena, 1 << 20);
	for (size_t i = 0; i < 7; i++)
		add_rule(&arena, rules, i, texts[i]);
	set = glob_set_new(&arena, rules, 7);
	assert_int_equal(glob_set_last(set, &foo, false), 4);
	assert_int_equal(glob_set_last(set, &bar, false), -1);
	assert_int_equal(glob_set_last(set, &bar, true), 5);
	assert_int_equal(glob_set_all(set, &foo, false, ids), 5);
	for (size_t i = 0; i < 5; i++)
		found |= 1u << ids[i];
	assert_int_equal(found, 0x1f);
	assert_int_equal(rules[2].flags, RULE_NEGATED);
	assert_int_equal(rules[5].flags, RULE_DIR_ONLY);
	arena_release(&arena);
}

static void test_rule_positions(void **state)
{
	struct glob_problem problem;
	struct rule rule;
	struct arena arena;

	(void)state;
	arena_init(&arena, 1 << 20);
	assert_true(rule_compile(&arena, "!/ab[c", 6, 0, &rule, &problem) < 0);
	assert_int_equal(problem.at, 4);
	assert_true(rule_compile(&arena, "ab[c", 4, 0, &rule, &problem) < 0);
	assert_int_equal(problem.at, 2);
	assert_int_equal(rule_compile(&arena, "# x", 3, 0, &rule, &problem), 0);
	assert_int_equal(rule_compile(&arena, " \t ", 3, 0, &rule, &problem), 0);
	arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_matches),        cmocka_unit_test(test_flags),
		cmocka_unit_test(test_errors),         cmocka_unit_test(test_no_blow_up),
		cmocka_unit_test(test_long),           cmocka_unit_test(test_set),
		cmocka_unit_test(test_rule_positions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
