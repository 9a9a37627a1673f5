/* SPDX-License-Identifier: MIT */
/* The command line, and lines of a stream. */
#include "base/str.h"
#include "cli/lines.h"
#include "cli/options.h"
#include "cli/progress.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

enum { WORDS_MAX = 12 };

/* Splits at spaces and parses. */
static int parse(const char *line, struct options *options, struct error *err)
{
	static char copy[512];
	char *words[WORDS_MAX], *at = copy;
	int n = 0;

	assert_true(strlen(line) < sizeof(copy));
	memcpy(copy, line, strlen(line) + 1);
	for (char *word; (word = strsep(&at, " ")) && n < WORDS_MAX;)
		words[n++] = word;
	return options_parse(n, words, options, err);
}

static void options_stand_anywhere(void **state)
{
	static const char *const lines[] = {
		"volley -C src --tokens 500 run --hidden w.yaml -q",
		"volley run w.yaml --hidden -qC src --tokens=500",
		"volley --hidden -Csrc -q run --tokens 500 -- w.yaml",
	};

	(void)state;
	for (size_t i = 0; i < countof(lines); i++) {
		struct options options;

		assert_int_equal(parse(lines[i], &options, NULL), 0);
		assert_ptr_equal(options.command, &command_run);
		assert_string_equal(options.dir, "src");
		assert_int_equal(options.tokens, 500);
		assert_true(options.hidden && options.quiet);
		assert_false(options.no_ignore);
		assert_int_equal(options.n_operands, 1);
		assert_string_equal(options.operands[0], "w.yaml");
		options_release(&options);
	}
}

static void wrong_words_are_named(void **state)
{
	static const struct {
		const char *line, *text;
	} cases[] = {
		{ "volley", "no command; try 'volley help'" },
		{ "volley rnu x", "unknown command 'rnu'; did you mean 'run'?" },
		{ "volley xyzzy", "unknown command 'xyzzy'; try 'volley help'" },
		{ "volley tune q", "'tune' is not in this version of volley yet" },
		{ "volley exlpore q", "unknown command 'exlpore'; did you mean 'explore'?" },
		{ "volley run --fromat md x",
		  "unknown option '--fromat'; did you mean '--format'?" },
		{ "volley run -Z x", "unknown option '-Z'" },
		{ "volley run", "'run' wants FILE|-" },
		{ "volley run a b", "'run' does not know what to do with 'b'" },
		{ "volley run a --format jsno", "unknown format 'jsno'; did you mean 'json'?" },
		{ "volley run a --tokens", "'--tokens' wants N: size of the answer, in tokens "
					   "(run 8000, explore, "
					   "web 6000, start 4000)" },
		{ "volley run a --tokens 10",
		  "--tokens wants a number from 256 to 100000000, not '10'" },
		{ "volley run a --tokens -5",
		  "--tokens wants a number from 256 to 100000000, not '-5'" },
		{ "volley run a --timeout 5x",
		  "--timeout wants a time such as 500ms, 60s or 2m, not '5x'" },
		{ "volley run a --hidden=no", "'--hidden' takes no value" },
		{ "volley run a --keep-order", "'--keep-order' does not go with 'run'" },
		{ "volley run a --sandbox srtict",
		  "unknown sandbox level 'srtict'; did you mean 'strict'?" },
		{ "volley run a --trace sched",
		  "trace topic 'sched' is not in this version of volley yet" },
		{ "volley run a --load 0",
		  "--load wants a load such as 2.5, or 80% of the processors, not '0'" },
		{ "volley run a --memfree 1GB",
		  "--memfree wants a size such as 512M or 1G, not '1GB'" },
		{ "volley run a --jobs 5000", "--jobs wants a number from 1 to 4096, not '5000'" },
		{ "volley plan a --noswap", "'--noswap' does not go with 'plan'" },
		{ "volley run a --max-instances 0",
		  "--max-instances wants a number from 1 to 10000, not '0'" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct options options;
		struct error err = { 0 };

		assert_true(parse(cases[i].line, &options, &err) < 0);
		assert_string_equal(err.text, cases[i].text);
		assert_int_equal(err.class, ERROR_INVALID);
	}
}

static void sizes_and_loads(void **state)
{
	static const struct {
		const char *text;
		uint64_t bytes; /* 0 = wrong */
	} sizes[] = {
		{ "1", 1 },
		{ "512M", 512ull << 20 },
		{ "1.5G", 3ull << 29 },
		{ "2K", 2048 },
		{ "1T", 1ull << 40 },
		{ "", 0 },
		{ "0", 0 },
		{ "1g", 0 },
		{ "-1", 0 },
		{ "1GiB", 0 },
		{ "1e30", 0 },
		{ "G", 0 },
	};
	struct options options;

	(void)state;
	for (size_t i = 0; i < countof(sizes); i++) {
		uint64_t bytes = 0;

		assert_int_equal(options_size(sizes[i].text, &bytes) == 0, sizes[i].bytes != 0);
		assert_int_equal(bytes, sizes[i].bytes);
	}
	assert_int_equal(
		parse("volley run a --load 80% --memfree 1G --noswap --jobs 3", &options, NULL), 0);
	assert_float_equal(options.load, 80, 1e-9);
	assert_true(options.load_is_percent && options.noswap);
	assert_int_equal(options.memfree_bytes, 1 << 30);
	assert_int_equal(options.jobs, 3);
	options_release(&options);
	assert_int_equal(parse("volley batch --load 2.5", &options, NULL), 0);
	assert_float_equal(options.load, 2.5, 1e-9);
	assert_false(options.load_is_percent);
	options_release(&options);
}

static void what_waits_is_said_first(void **state)
{
	struct event event = {
		.type = EVENT_LIMIT_CHANGED, .from = 16, .text = "the load", .text_len = 8
	};
	char out[64];

	(void)state;
	progress_limit(&event, out, sizeof(out));
	assert_string_equal(out, "waiting: the load | ");
	event.to = 8;
	progress_limit(&event, out, sizeof(out));
	assert_string_equal(out, "");
}

static void inputs_of_tools_may_look_like_options(void **state)
{
	struct options options;

	(void)state;
	assert_int_equal(parse("volley call Grep pattern=x -i=true -C:=2 -q", &options, NULL), 0);
	assert_int_equal(options.n_operands, 4);
	assert_string_equal(options.operands[2], "-i=true");
	assert_string_equal(options.operands[3], "-C:=2");
	assert_true(options.quiet);
	assert_null(options.dir);
	options_release(&options);
}

static void help_needs_no_operands(void **state)
{
	struct options options;

	(void)state;
	assert_int_equal(parse("volley run --help", &options, NULL), 0);
	assert_true(options.help);
	options_release(&options);
	assert_int_equal(parse("volley -h", &options, NULL), 0);
	assert_ptr_equal(options.command, &command_help);
	options_release(&options);
	assert_int_equal(parse("volley --version", &options, NULL), 0);
	assert_ptr_equal(options.command, &command_version);
	options_release(&options);
}

static void durations(void **state)
{
	static const struct {
		const char *text;
		uint64_t ms; /* 0 = refused */
	} cases[] = {
		{ "500ms", 500 }, { "60s", 60000 }, { "2m", 120000 }, { "1h", 3600000 },
		{ "1.5", 1500 },  { ".5s", 500 },   { "0", 0 },       { "-1s", 0 },
		{ "s", 0 },       { "", 0 },        { "1d", 0 },      { "1e99s", 0 },
		{ "nan", 0 },     { "1 s", 0 },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		uint64_t ms = 0;
		int r = options_duration(cases[i].text, &ms);

		assert_int_equal(r == 0, cases[i].ms != 0);
		assert_int_equal(ms, cases[i].ms);
	}
}

/* Feeds text in pieces of `step` bytes; what comes out, '|' after a line, '!' for too long. */
static void cut_up(const char *text, size_t step, size_t max, struct buf *out)
{
	struct lines lines;
	struct line line;
	size_t len = strlen(text);
	unsigned number = 0;

	lines_init(&lines, max);
	for (size_t at = 0; at <= len; at += step) {
		size_t n = len - at < step ? len - at : step;
		enum lines_found found;

		memcpy(lines_space(&lines, step), text + at, n);
		lines_fill(&lines, n);
		if (at + step > len)
			lines_end(&lines);
		while ((found = lines_next(&lines, &line)) != LINES_NONE) {
			assert_int_equal(line.number, ++number);
			if (found == LINES_LINE)
				buf_add(out, line.data, line.len);
			buf_add_char(out, found == LINES_LINE ? '|' : '!');
		}
	}
	lines_release(&lines);
}

static void lines_come_out_however_they_come_in(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{ "", "" },
		{ "a", "a|" },
		{ "a\n", "a|" },
		{ "\n\nb", "||b|" },
		{ "12345678\nx\n", "12345678|x|" },
		{ "123456789\nx\n", "!x|" },
		{ "one\n1234567890123456789012345\ntwo", "one|!two|" },
		{ "123456789", "!" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		for (size_t step = 1; step < 30; step++) {
			struct buf out;

			buf_init(&out, 1000);
			cut_up(cases[i].in, step, 8, &out);
			assert_string_equal(out.data ? out.data : "", cases[i].out);
			buf_release(&out);
		}
	}
}

static void progress_fits_its_line(void **state)
{
	const struct progress_tool tools[] = {
		{ "Grep", 24, 12, 10, 0 },
		{ "Bash", 8, 8, 8, 3 },
	};
	char out[200];

	(void)state;
	progress_format(tools, 2, 2000000000u, 120, out, sizeof(out));
	assert_string_equal(out, "Grep 10/24 running 2 queued 12 | Bash 8/8 failed 3 | "
				 "9.0/s, 2 s left");
	for (unsigned columns = 1; columns < 80; columns++) {
		progress_format(tools, 2, 2000000000u, columns, out, sizeof(out));
		assert_true(strlen(out) <= columns);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_stand_anywhere),
		cmocka_unit_test(wrong_words_are_named),
		cmocka_unit_test(sizes_and_loads),
		cmocka_unit_test(what_waits_is_said_first),
		cmocka_unit_test(inputs_of_tools_may_look_like_options),
		cmocka_unit_test(help_needs_no_operands),
		cmocka_unit_test(durations),
		cmocka_unit_test(lines_come_out_however_they_come_in),
		cmocka_unit_test(progress_fits_its_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
