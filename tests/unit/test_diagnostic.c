/* SPDX-License-Identifier: MIT */
/*
 * Diagnostics: what real tools printed (tests/unit/diagnostics/NAME.txt) against what a reader of
 * it would note down (NAME.expected, a line for each). none-*.txt are outputs in which there is
 * nothing. VOLLEY_UPDATE=1 writes what was found; read the difference.
 */
#include "base/attr.h"
#include "base/buf.h"
#include "graph/diagnostic.h"

#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FIXTURES "tests/unit/diagnostics"

struct found {
	struct buf text;
	uint32_t last_line;
	int32_t n;
	int stop_after; /* 0: never */
};

static void add_span(struct buf *out, const char *before, struct span span)
{
	if (!span.len)
		return;
	buf_add_str(out, before);
	buf_add(out, span.at, span.len);
}

/* "error 3-5 cc make:/src/lib src/a.c:3:5 [-Wx] {symbol} ^0 | message" */
static int note(void *context, const struct diagnostic *d)
{
	struct found *found = context;
	struct buf *out = &found->text;

	assert_true(d->parent >= -1 && d->parent < found->n);
	assert_true(d->output_line >= 1 && d->output_line <= d->output_end_line);
	/* In order, but that a cause or frame lies within what is above it. */
	assert_true(d->output_line >= found->last_line || d->kind == DIAGNOSTIC_FRAME);
	found->last_line = d->output_line;
	found->n++;
	buf_printf(out, "%s %u", diagnostic_kind_name(d->kind), d->output_line);
	if (d->output_end_line > d->output_line)
		buf_printf(out, "-%u", d->output_end_line);
	buf_printf(out, " %s", d->tool);
	add_span(out, " in:", d->directory);
	add_span(out, " ", d->file);
	if (d->line)
		buf_printf(out, ":%u", d->line);
	if (d->column)
		buf_printf(out, ":%u", d->column);
	add_span(out, " [", d->code);
	buf_add_str(out, d->code.len ? "]" : "");
	add_span(out, " {", d->symbol);
	buf_add_str(out, d->symbol.len ? "}" : "");
	if (d->parent >= 0)
		buf_printf(out, " ^%d", d->parent);
	add_span(out, " | ", d->message);
	buf_add_char(out, '\n');
	return found->stop_after && found->n >= found->stop_after ? -ECANCELED : 0;
}

static void parse(const char *text, size_t len, struct found *found)
{
	assert_int_equal(diagnostic_parse(text, len, 1000, note, found), 0);
	assert_int_equal(buf_error(&found->text), 0);
}

static void check(const char *text, const char *expected)
{
	struct found found = { .text = { .max = 1 << 20 } };

	parse(text, strlen(text), &found);
	assert_string_equal(found.text.len ? found.text.data : "", expected);
	buf_release(&found.text);
}

static bool load(const char *path, struct buf *out)
{
	FILE *in = fopen(path, "rb");
	char chunk[4096];
	size_t n;

	if (!in)
		return false;
	while ((n = fread(chunk, 1, sizeof(chunk), in)) > 0)
		buf_add(out, chunk, n);
	(void)fclose(in);
	return buf_error(out) == 0;
}

static void save(const char *path, const struct buf *text)
{
	FILE *out = fopen(path, "wb");

	assert_non_null(out);
	assert_int_equal(fwrite(text->len ? text->data : "", 1, text->len, out), text->len);
	assert_int_equal(fclose(out), 0);
}

static bool fixture_fails(const char *name)
{
	struct buf text = { .max = 1 << 20 }, expected = { .max = 1 << 20 };
	struct found found = { .text = { .max = 1 << 20 } };
	char path[512];
	bool differs;

	(void)snprintf(path, sizeof(path), FIXTURES "/%s.txt", name);
	assert_true(load(path, &text));
	parse(text.data, text.len, &found);
	(void)snprintf(path, sizeof(path), FIXTURES "/%s.expected", name);
	if (getenv("VOLLEY_UPDATE"))
		save(path, &found.text);
	assert_true(load(path, &expected));
	differs = found.text.len != expected.len ||
		  (expected.len && memcmp(found.text.data, expected.data, expected.len) != 0);
	if (differs)
		print_message("# %s.txt gives\n%s# and not\n%s", name,
			      found.text.len ? found.text.data : "",
			      expected.len ? expected.data : "");
	if (strncmp(name, "none-", 5) == 0 && found.n)
		differs = true;
	buf_release(&text);
	buf_release(&expected);
	buf_release(&found.text);
	return differs;
}

static void test_fixtures(void **state)
{
	DIR *dir = opendir(FIXTURES);
	int n = 0, n_failed = 0;

	(void)state;
	assert_non_null(dir);
	for (struct dirent *entry; (entry = readdir(dir));) {
		size_t len = strlen(entry->d_name);
		char name[256];

		if (len < 5 || strcmp(entry->d_name + len - 4, ".txt") != 0)
			continue;
		(void)snprintf(name, sizeof(name), "%.*s", (int)len - 4, entry->d_name);
		n++;
		n_failed += fixture_fails(name);
	}
	(void)closedir(dir);
	assert_true(n > 50);
	assert_int_equal(n_failed, 0);
}

/* One byte less, or one word more, and it is something else. */
static void test_not_quite(void **state)
{
	static const char *const texts[] = {
		"src/a.c:12:error: text\n",      /* a line that a search found */
		"src/a.c:12:5:  error: text\n",  /* the same with a column */
		"  src/a.c:12:5: error: text\n", /* quoted in a message */
		"+src/a.c:12:5: error: text\n",  /* in a difference */
		"12:5: error: text\n",           /* no file */
		"src/a.c: error: text\n",        /* no line */
		"src/a.c:12:5: errors: 3\n",     /* another word */
		"src/a.c:12: see below\n",
		"src/a.h:12: *** a box ***\n",
		"/* src/a.c:12:5: error: text */\n",
		"main.go:5:undefined: x\n",
		"main.go:5: undefined: x\n", /* go gives a column */
		"lint.py:1:1: F4 x\n",
		"a.js:1:1: text [Error-x]\n",
		"main.cs(12,5): error text\n", /* no code */
		"foo(12) = bar\n",
		"error[E0308]: mismatched types\n\n --> src/main.rs:1:1\n", /* no arrow below */
		"error: something went wrong\n",
		"make: Nothing to be done for 'all'.\n",
		"make[1]: *** Waiting for unfinished jobs....\n",
		"Traceback (most recent call last):\nnothing\n",
		"panic: at the disco\nnot a goroutine\n",
		"    at the end (of the day)\n",
		"    at work.start(now)\n",
		"thread 'main' finished\n",
		"FAIL: this is a sentence\n",
		"  ok 1 - in a manual\n",
		"okay 1 - x\n",
		"PASS the salt\n",
		"FAILED to do it - sorry\n",
		"[  FAILED  ] 2 tests, listed below:\n",
		"test the waters ... carefully\n",
		"--- FAIL: no time given\n",
		"  \xe2\x9c\x93 a list with marks\n",
		"  1) a list\n     of things\n",
		"1/2 Test #1: name\n",
		"==12== Memcheck, a memory error detector\n==12== at large\n",
		"#0 comment (with) parentheses\n",
		"see line 3 of a.sh: line 3: text\n",
		"It was done at a.pl line three.\n",
		"Warning: be careful on line 3\n",
		"CONFLICT of interest\n",
		"CMake Errors are many\n",
		"[ERROR] something failed: [1,2]\n",
		"e: mc2:1:2 x\n",
		"/src/a.js\n  no problems\n",
		"Segmentation fault is what we fear\n",
		"tests/test_a.py::test_ok is a name\n",
		"_____ a heading _____\n",
		"In file included from nowhere\nplain text\n",
	};

	(void)state;
	for (size_t i = 0; i < countof(texts); i++) {
		struct found found = { .text = { .max = 1 << 20 } };

		parse(texts[i], strlen(texts[i]), &found);
		if (found.n)
			fail_msg("'%s' gives %s", texts[i], found.text.data);
		buf_release(&found.text);
	}
}

static void test_lines(void **state)
{
	(void)state;
	check("", "");
	check("\n\n\n", "");
	check("a.c:1:2: error: x", "error 1 cc a.c:1:2 | x\n"); /* no newline */
	check("\r\na.c:1:2: error: x\r\n", "error 2 cc a.c:1:2 | x\n");
	check("C:\\src\\a.c:1:2: error: x\n", "error 1 cc C:\\src\\a.c:1:2 | x\n");
	check("././a.c:1:2: error: x\n", "error 1 cc a.c:1:2 | x\n");
	check("a.c:999999999:2: error: x\n", "error 1 cc a.c:999999999:2 | x\n");
	check("a.c:1234567890:2: error: x\n", ""); /* no such line */
	check("my dir/a.c:1:2: error: x\n", "error 1 cc my dir/a.c:1:2 | x\n");
}

static void test_colours(void **state)
{
	(void)state;
	check("\033[01m\033[Ka.c:1:2:\033[m\033[K \033[01;31m\033[Kerror: \033[m\033[Kx "
	      "[\033]8;;https://gcc.gnu.org/x\a-Wx\033]8;;\a]\n",
	      "error 1 cc a.c:1:2 [-Wx] | x\n");
	check("a.c:1:2: error: x\033", "error 1 cc a.c:1:2 | x\n");
	check("\033[", "");
	check("\033]8;;", "");
}

static void test_long_lines(void **state)
{
	size_t len = 1 << 20;
	char *text = malloc(len + 1);
	struct found found = { .text = { .max = 1 << 20 } };

	(void)state;
	assert_non_null(text);
	memset(text, 'x', len);
	memcpy(text, "a.c:1:2: error: ", 16);
	memcpy(text + len - 22, "\nb.c:3:4: warning: y\n", 21);
	parse(text, len, &found);
	assert_int_equal(found.n, 2);
	assert_non_null(strstr(found.text.data, "\nwarning 2 cc b.c:3:4 | y\n"));
	assert_true(found.text.len < 4200);
	buf_release(&found.text);
	free(text);
}

static void test_frames_are_bounded(void **state)
{
	struct buf text = { .max = 1 << 20 };
	struct found found = { .text = { .max = 1 << 20 } };

	(void)state;
	buf_add_str(&text, "Traceback (most recent call last):\n");
	for (int i = 1; i <= 500; i++)
		buf_printf(&text, "  File \"a.py\", line %d, in f\n    f()\n", i);
	buf_add_str(&text, "RecursionError: too deep\n");
	parse(text.data, text.len, &found);
	assert_int_equal(found.n, 1 + DIAGNOSTIC_FRAMES_MAX);
	assert_non_null(strstr(found.text.data, "crash 1-1002 python a.py:500 {RecursionError}"));
	assert_non_null(strstr(found.text.data, " a.py:1 {f}"));
	assert_non_null(strstr(found.text.data, " a.py:32 {f}"));
	assert_null(strstr(found.text.data, " a.py:33 {f}"));
	assert_non_null(strstr(found.text.data, " a.py:469 {f}"));
	buf_release(&text);
	buf_release(&found.text);
}

static void test_stops(void **state)
{
	static const char text[] = "a.c:1:2: error: x\na.c:2:2: error: x\na.c:3:2: error: x\n";
	struct found found = { .text = { .max = 1 << 20 } };

	(void)state;
	assert_int_equal(diagnostic_parse(text, sizeof(text) - 1, 2, note, &found), 0);
	assert_int_equal(found.n, 2);
	found = (struct found){ .text = found.text, .stop_after = 1 };
	assert_int_equal(diagnostic_parse(text, sizeof(text) - 1, 9, note, &found), -ECANCELED);
	assert_int_equal(found.n, 1);
	assert_int_equal(diagnostic_parse(text, sizeof(text) - 1, 0, note, &found), 0);
	assert_int_equal(found.n, 1);
	buf_release(&found.text);
}

static struct span span_of_text(const char *text)
{
	return (struct span){ text, strlen(text) };
}

static void test_relative(void **state)
{
	static const struct {
		const char *root, *directory, *file, *expected;
	} cases[] = {
		{ "/src/app", "", "a.c", "a.c" },
		{ "/src/app", "", "./lib/../a.c", "a.c" },
		{ "/src/app", "", "/src/app/lib/a.c", "lib/a.c" },
		{ "/src/app/", "", "/src/app/lib//a.c", "lib/a.c" },
		{ "/src/app", "", "/src/application/a.c", "/src/application/a.c" },
		{ "/src/app", "", "/src/app", "." },
		{ "/src/app", "", "/usr/include/stdio.h", "/usr/include/stdio.h" },
		{ "/src/app", "", "/src/app/../b.c", "/src/b.c" },
		{ "/src/app", "", "../b.c", "../b.c" },
		{ "/src/app", "/src/app/lib", "a.c", "lib/a.c" },
		{ "/src/app", "/src/app/lib", "../a.c", "a.c" },
		{ "/src/app", "/src/app/lib", "/usr/a.c", "/usr/a.c" },
		{ "/src/app", "/tmp/build", "a.c", "/tmp/build/a.c" },
		{ "/src/app", "/", "../../a.c", "/a.c" },
		{ "/", "", "/usr/a.c", "/usr/a.c" },
		{ "/src/app", "", "", "" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct diagnostic d = { .file = span_of_text(cases[i].file),
					.directory = span_of_text(cases[i].directory) };
		struct buf path = { .max = 1 << 16 };

		diagnostic_relative(cases[i].root, &d, &path);
		if (strcmp(path.len ? path.data : "", cases[i].expected) != 0)
			fail_msg("'%s' in '%s' gives '%s', not '%s'", cases[i].file,
				 cases[i].directory, path.len ? path.data : "", cases[i].expected);
		buf_release(&path);
	}
}

/* More parts than the list has room for: the path as it is. */
static void test_relative_of_many_parts(void **state)
{
	char file[1200];
	struct diagnostic d = { .file = { file, sizeof(file) } };
	struct buf path = { .max = 1 << 16 };

	(void)state;
	for (size_t i = 0; i < sizeof(file); i++)
		file[i] = i % 2 ? '/' : 'a';
	diagnostic_relative("/src", &d, &path);
	assert_int_equal(path.len, sizeof(file));
	buf_release(&path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fixtures),
		cmocka_unit_test(test_not_quite),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_colours),
		cmocka_unit_test(test_long_lines),
		cmocka_unit_test(test_frames_are_bounded),
		cmocka_unit_test(test_stops),
		cmocka_unit_test(test_relative),
		cmocka_unit_test(test_relative_of_many_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
