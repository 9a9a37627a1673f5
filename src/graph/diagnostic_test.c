/* SPDX-License-Identifier: MIT */
/* Test runners that give a line to each test: cargo, go, ctest, TAP, automake, GoogleTest. */
#include "graph/diagnostic_work.h"

struct result {
	const char *word;
	enum diagnostic_kind kind;
};

static bool open_test(struct parser *p, enum diagnostic_kind kind, const char *tool,
		      struct span name)
{
	group_open(p, kind, tool, more_nothing)->symbol = name;
	return true;
}

/* "test tests::bad ... FAILED", "test x ... ignored, reason" */
static bool take_cargo(struct parser *p)
{
	static const struct result results[] = {
		{ "ok", DIAGNOSTIC_TEST_PASSED },
		{ "FAILED", DIAGNOSTIC_TEST_FAILED },
		{ "ignored", DIAGNOSTIC_TEST_SKIPPED },
	};
	struct reading in = reading_of(p->line);
	struct span name;

	if (!take_text(&in, "test "))
		return false;
	name = take_until(&in, " ... ");
	if (!name.len)
		return false;
	for (size_t i = 0; i < countof(results); i++) {
		struct reading rest = in;

		if (take_text(&rest, results[i].word) &&
		    (rest.at == rest.end || *rest.at == ' ' || *rest.at == ','))
			return open_test(p, results[i].kind, "cargo", name);
	}
	return false;
}

/* Go. What a test says stands below its result, or with -v below "=== RUN". */

static bool take_go_message(struct parser *p, struct diagnostic *ret)
{
	struct reading in = reading_of(p->body);

	if (!p->indent || !take_place(&in, ret) || !span_has_ending(ret->file, ".go ") ||
	    !take_text(&in, ": "))
		return false;
	ret->message = span_rest(&in);
	return true;
}

static bool more_go_test(struct parser *p)
{
	struct diagnostic said = { 0 };

	if (p->indent <= p->margin || span_starts(p->body, "--- "))
		return false;
	if (!p->head.line && take_go_message(p, &said)) {
		p->head.file = said.file;
		p->head.line = said.line;
		p->head.message = said.message;
	}
	return group_extend(p);
}

static bool take_go_test(struct parser *p)
{
	static const struct result results[] = {
		{ "--- FAIL: ", DIAGNOSTIC_TEST_FAILED },
		{ "--- PASS: ", DIAGNOSTIC_TEST_PASSED },
		{ "--- SKIP: ", DIAGNOSTIC_TEST_SKIPPED },
	};
	struct span name;

	for (size_t i = 0; i < countof(results); i++) {
		struct reading in = reading_of(p->body);
		struct diagnostic *head;

		if (!take_text(&in, results[i].word))
			continue;
		name = span_rest(&in);
		if (!cut_duration(&name))
			return false;
		head = group_open(p, results[i].kind, "go", more_go_test);
		head->symbol = name;
		if (p->place_symbol.len && span_equal(p->place_symbol, name)) {
			head->file = p->place_file;
			head->line = p->place_line;
			head->message = p->place_message;
			p->place_symbol.len = p->place_file.len = 0;
		}
		return true;
	}
	return false;
}

static bool more_go_run(struct parser *p)
{
	struct diagnostic said = { 0 };

	if (!take_go_message(p, &said))
		return false;
	if (!span_equal(p->place_symbol, p->head.symbol)) {
		p->place_symbol = p->head.symbol;
		p->place_file = said.file;
		p->place_line = said.line;
		p->place_number = p->number;
		p->place_message = said.message;
	}
	return true;
}

static bool take_go_run(struct parser *p)
{
	struct reading in = reading_of(p->line);

	if (!take_text(&in, "=== RUN   "))
		return false;
	group_open(p, DIAGNOSTIC_NOTE, "go", more_go_run)->symbol = span_rest(&in);
	p->is_unsure = true; /* it only remembers */
	return true;
}

/* "FAIL\texample.com/m\t0.002s", "FAIL\texample.com/m [build failed]", "ok  \texample.com/m\t1s" */
static bool take_go_package(struct parser *p)
{
	struct reading in = reading_of(p->line);
	enum diagnostic_kind kind = DIAGNOSTIC_TEST_FAILED;
	struct span package;

	if (take_text(&in, "ok  \t"))
		kind = DIAGNOSTIC_TEST_PASSED;
	else if (!take_text(&in, "FAIL\t"))
		return false;
	package = take_word(&in);
	if (!take_text(&in, "\t") && !take_text(&in, " ["))
		return false;
	return package.len && open_test(p, kind, "go", package);
}

/* ctest: "1/2 Test #1: name ....   Passed    0.00 sec", "...***Failed  0.01 sec" */
static bool take_ctest(struct parser *p)
{
	struct reading in = reading_of(p->body);
	uint32_t number;
	enum diagnostic_kind kind = DIAGNOSTIC_TEST_FAILED;
	struct diagnostic *head;
	struct span name;

	if (!take_number(&in, &number) || !take_text(&in, "/") || !take_number(&in, &number) ||
	    !take_text(&in, " Test"))
		return false;
	take_blanks(&in);
	if (!take_text(&in, "#") || !take_number(&in, &number) || !take_text(&in, ": "))
		return false;
	name = take_word(&in);
	while (in.at < in.end && (*in.at == '.' || is_blank(*in.at)))
		in.at++;
	if (take_text(&in, "Passed"))
		kind = DIAGNOSTIC_TEST_PASSED;
	else if (take_text(&in, "***Skipped") || take_text(&in, "***Not Run (Disabled)"))
		kind = DIAGNOSTIC_TEST_SKIPPED;
	else if (!take_text(&in, "***"))
		return false;
	head = group_open(p, kind, "ctest", more_nothing);
	head->symbol = name;
	if (kind == DIAGNOSTIC_TEST_FAILED)
		head->message = span_trim(span_rest(&in));
	return true;
}

/* TAP: "ok 1 - name", "not ok 2 - name # TODO later". */
static bool take_tap(struct parser *p)
{
	struct reading in = reading_of(p->body);
	bool failed = take_text(&in, "not ");
	enum diagnostic_kind kind = failed ? DIAGNOSTIC_TEST_FAILED : DIAGNOSTIC_TEST_PASSED;
	struct diagnostic *head;
	struct span name, directive = { 0 };
	uint32_t number;

	if (!take_text(&in, "ok ") || !take_number(&in, &number))
		return false;
	if ((!take_text(&in, " - ") || p->indent) && !(p->runners & RUNNER_TAP))
		return false;
	name = take_until(&in, " # ");
	if (name.at)
		directive = span_rest(&in);
	else
		name = span_rest(&in);
	if (span_starts(directive, "SKIP") || span_starts(directive, "skip") ||
	    span_starts(directive, "TODO") || span_starts(directive, "todo"))
		kind = DIAGNOSTIC_TEST_SKIPPED;
	head = group_open(p, kind, "tap", more_nothing);
	head->symbol = span_trim(name);
	head->message = directive;
	return true;
}

/* The plan "1..N" or "TAP version 13": names may lack their dash. */
static bool take_tap_plan(struct parser *p)
{
	struct reading in = reading_of(p->body);
	uint32_t number;

	if (take_text(&in, "TAP version ") ||
	    (take_text(&in, "1..") && take_number(&in, &number) && in.at == in.end))
		p->runners |= RUNNER_TAP;
	return false;
}

/* GNU test suites: "PASS: name". */
static bool take_automake(struct parser *p)
{
	static const struct result results[] = {
		{ "PASS: ", DIAGNOSTIC_TEST_PASSED },   { "FAIL: ", DIAGNOSTIC_TEST_FAILED },
		{ "XFAIL: ", DIAGNOSTIC_TEST_SKIPPED }, { "XPASS: ", DIAGNOSTIC_TEST_FAILED },
		{ "SKIP: ", DIAGNOSTIC_TEST_SKIPPED },  { "KFAIL: ", DIAGNOSTIC_TEST_SKIPPED },
	};

	for (size_t i = 0; i < countof(results); i++) {
		struct reading in = reading_of(p->line);
		struct span name;

		if (!take_text(&in, results[i].word))
			continue;
		/* A name with what is checked in parentheses, not a sentence. */
		name = take_word(&in);
		if (name.len < 2 || (in.at < in.end && !span_starts(span_rest(&in), " (") &&
				     !span_find(name, "/") && !is_digit(in.at[1])))
			return false;
		return open_test(p, results[i].kind, "automake", span_of(name.at, in.end));
	}
	return false;
}

/* GoogleTest and cmocka: "[  FAILED  ] Suite.Test (0 ms)". */
static bool take_google(struct parser *p)
{
	static const struct result results[] = {
		{ "[       OK ] ", DIAGNOSTIC_TEST_PASSED },
		{ "[  FAILED  ] ", DIAGNOSTIC_TEST_FAILED },
		{ "[  SKIPPED ] ", DIAGNOSTIC_TEST_SKIPPED },
	};
	struct reading in = reading_of(p->line), name;
	struct span test;

	for (size_t i = 0; i < countof(results); i++) {
		if (!take_text(&in, results[i].word))
			continue;
		test = span_rest(&in);
		(void)cut_duration(&test);
		name = reading_of(test);
		/* "2 tests, listed below:" */
		if (!test.len || is_digit(*test.at))
			return false;
		test = take_word(&name);
		if (!test.len)
			return false;
		if (test.at[test.len - 1] == ',')
			test.len--;
		return open_test(p, results[i].kind, "gtest", test);
	}
	return false;
}

/* "a_test.cc:12: Failure" and what was expected below. */
static bool more_google(struct parser *p)
{
	if (!p->body.len || *p->body.at == '[')
		return false;
	if (!p->head.message.len)
		p->head.message = p->body;
	return group_extend(p);
}

bool take_google_failure(struct parser *p, const struct diagnostic *place, struct reading in)
{
	struct diagnostic *head;

	if (!span_is(span_rest(&in), ": Failure"))
		return false;
	head = group_open(p, DIAGNOSTIC_ERROR, "gtest", more_google);
	head->file = place->file;
	head->line = place->line;
	return true;
}

/* minitest -v: "TestA#test_bad = 0.00 s = F" */
static bool take_minitest(struct parser *p)
{
	struct reading in = reading_of(p->line);
	struct span name;
	enum diagnostic_kind kind;

	if (p->line.len < 12 || memcmp(p->line.at + p->line.len - 6, " s = ", 5) != 0)
		return false;
	name = take_until(&in, " = ");
	if (!name.len || !memchr(name.at, '#', name.len) || memchr(name.at, ' ', name.len))
		return false;
	switch (p->line.at[p->line.len - 1]) {
	case '.':
		kind = DIAGNOSTIC_TEST_PASSED;
		break;
	case 'S':
		kind = DIAGNOSTIC_TEST_SKIPPED;
		break;
	case 'F':
	case 'E':
		kind = DIAGNOSTIC_TEST_FAILED;
		break;
	default:
		return false;
	}
	return open_test(p, kind, "minitest", name);
}

const struct row rows_test[] = {
	{ "t", SHAPE_FLUSH, take_cargo },
	{ "-", 0, take_go_test },
	{ "=", SHAPE_FLUSH, take_go_run },
	{ "Fo", SHAPE_FLUSH, take_go_package },
	{ "0123456789", 0, take_ctest },
	{ "on", 0, take_tap },
	{ "1T", 0, take_tap_plan },
	{ "PFXSK", SHAPE_FLUSH | SHAPE_COLON_BLANK, take_automake },
	{ "[", SHAPE_FLUSH, take_google },
	{ "ABCDEFGHIJKLMNOPQRSTUVWXYZ", SHAPE_FLUSH, take_minitest },
	{ 0 },
};
