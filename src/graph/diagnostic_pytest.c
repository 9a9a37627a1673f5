/* SPDX-License-Identifier: MIT */
/* Python's test runners: pytest's list, its sections and its summary; unittest. */
#include "graph/diagnostic_work.h"

struct word {
	const char *word;
	enum diagnostic_kind kind;
};

static const struct word words[] = {
	{ "PASSED", DIAGNOSTIC_TEST_PASSED }, { "FAILED", DIAGNOSTIC_TEST_FAILED },
	{ "ERROR", DIAGNOSTIC_TEST_FAILED },  { "SKIPPED", DIAGNOSTIC_TEST_SKIPPED },
	{ "XFAIL", DIAGNOSTIC_TEST_SKIPPED }, { "XPASS", DIAGNOSTIC_TEST_PASSED },
};

static bool take_word_of(struct reading *in, enum diagnostic_kind *ret_kind)
{
	struct reading rest = *in;
	struct span word = take_word(&rest);

	for (size_t i = 0; i < countof(words); i++) {
		if (span_is(word, words[i].word)) {
			*ret_kind = words[i].kind;
			*in = rest;
			return true;
		}
	}
	return false;
}

/* "tests/test_a.py::TestC::test_p[2]" */
static bool split_node(struct span node, struct diagnostic *head)
{
	struct reading in = reading_of(node);

	head->file = take_until(&in, "::");
	head->symbol = span_rest(&in);
	return head->symbol.len && span_has_ending(head->file, ".py ") &&
	       !memchr(head->file.at, ' ', head->file.len);
}

/* "tests/test_a.py::test_ok PASSED          [ 14%]" */
static bool take_listed(struct parser *p)
{
	struct reading in = reading_of(p->line);
	struct diagnostic *head, node = { 0 };
	enum diagnostic_kind kind;
	struct span name;

	/* A parameter's text may have blanks. */
	name = take_until(&in, "[ ");
	if (!name.at)
		name = take_until(&in, " [100%]");
	if (!name.at)
		name = p->line;
	name = span_trim(name);
	for (size_t i = 0; i < countof(words); i++) {
		struct reading left = reading_of(name), right;
		struct span before = take_until_last(&left, words[i].word);

		if (!before.len || before.at[before.len - 1] != ' ' ||
		    (left.at < left.end && *left.at != ' '))
			continue;
		right = (struct reading){ before.at + before.len, left.end };
		if (!take_word_of(&right, &kind) || !split_node(span_trim(before), &node))
			continue;
		head = group_open(p, kind, "pytest", more_nothing);
		head->file = node.file;
		head->symbol = node.symbol;
		head->message = span_trim(span_rest(&right));
		return true;
	}
	return false;
}

/* "FAILED tests/test_a.py::test_bad - assert 3 == 4", "SKIPPED [1] tests/test_a.py:27: later",
 * "ERROR tests/test_b.py" */
static bool take_summary(struct parser *p)
{
	struct reading in = reading_of(p->line);
	struct diagnostic *head, node = { 0 };
	enum diagnostic_kind kind;
	struct span name;

	if (!take_word_of(&in, &kind) || !take_text(&in, " "))
		return false;
	if (kind == DIAGNOSTIC_TEST_SKIPPED && take_text(&in, "[")) {
		if (!take_until(&in, "] ").at || !take_place(&in, &node) || !take_text(&in, ": "))
			return false;
	} else {
		name = take_until(&in, " - ");
		if (!name.at) {
			name = span_rest(&in);
			in.at = in.end;
		}
		if (!split_node(name, &node)) {
			node = (struct diagnostic){ .file = name };
			if (!(p->runners & RUNNER_PYTEST) || !span_has_ending(name, ".py ") ||
			    memchr(name.at, ' ', name.len))
				return false;
		}
	}
	head = group_open(p, kind, "pytest", more_nothing);
	head->file = node.file;
	head->line = node.line;
	head->symbol = node.symbol;
	head->message = span_rest(&in);
	return true;
}

/* pytest-xdist: "[gw0] [ 14%] PASSED tests/test_a.py::test_ok" */
static bool take_distributed(struct parser *p)
{
	struct reading in = reading_of(p->line);
	struct diagnostic *head, node = { 0 };
	enum diagnostic_kind kind;
	uint32_t number;

	if (!take_text(&in, "[gw") || !take_number(&in, &number) || !take_text(&in, "] ["))
		return false;
	take_blanks(&in);
	if (!take_number(&in, &number) || !take_text(&in, "%] ") || !take_word_of(&in, &kind))
		return false;
	if (!split_node(span_trim(span_rest(&in)), &node))
		return false;
	head = group_open(p, kind, "pytest", more_nothing);
	head->file = node.file;
	head->symbol = node.symbol;
	return true;
}

static bool take_heading(struct parser *p)
{
	static const char *const headings[] = { " test session starts ", " FAILURES ", " ERRORS ",
						" short test summary info " };

	if (!span_starts(p->line, "====") || !span_ends(p->line, "===="))
		return false;
	for (size_t i = 0; i < countof(headings); i++) {
		if (span_find(p->line, headings[i]))
			p->runners |= RUNNER_PYTEST;
	}
	return false;
}

/* "tests/test_a.py:10: AssertionError", or with --tb=short "tests/test_a.py:10: in test_bad". */
static bool take_section_place(struct parser *p)
{
	struct reading in = reading_of(p->line);
	struct diagnostic frame = { 0 };

	if (p->indent || !take_place(&in, &frame) || !take_text(&in, ":"))
		return false;
	if (!span_has_ending(frame.file, ".py .pyx "))
		return false;
	take_blanks(&in);
	if (take_text(&in, "in "))
		frame.symbol = span_rest(&in);
	else if (in.at < in.end)
		frame.code = span_rest(&in);
	group_frame(p, &frame);
	return true;
}

static bool more_section(struct parser *p)
{
	if (!p->indent && (span_starts(p->line, "____") || span_starts(p->line, "====") ||
			   span_starts(p->line, "!!!!")))
		return false;
	if (take_section_place(p))
		return true;
	if (!p->indent && span_starts(p->line, "E  ") && !p->head.message.len) {
		p->head.message = span_trim(span_of(p->line.at + 1, p->line.at + p->line.len));
		return group_extend(p);
	}
	return p->body.len == 0 || group_extend(p);
}

/* "____ TestC.test_p[2] ____", "____ ERROR at setup of test_fix ____" */
static bool take_section(struct parser *p)
{
	struct span name = p->line;
	struct diagnostic *head;
	struct reading in;

	if (!(p->runners & RUNNER_PYTEST))
		return false;
	while (name.len && *name.at == '_')
		name.at++, name.len--;
	while (name.len && name.at[name.len - 1] == '_')
		name.len--;
	if (name.len < 3 || name.len == p->line.len || *name.at != ' ')
		return false;
	in = reading_of(span_trim(name));
	head = group_open(p, DIAGNOSTIC_TEST_FAILED, "pytest", more_section);
	p->is_newest_last = true;
	if (take_text(&in, "ERROR collecting "))
		head->file = span_rest(&in);
	else if (take_text(&in, "ERROR at setup of ") || take_text(&in, "ERROR at teardown of ") ||
		 in.at < in.end)
		head->symbol = span_rest(&in);
	return true;
}

/* unittest: "FAIL: test_bad (ut.TestA.test_bad)" between two lines, then a traceback. */

enum unittest_step { UNITTEST_TITLE, UNITTEST_FRAMES, UNITTEST_DONE };

static bool more_unittest(struct parser *p)
{
	struct diagnostic frame = { 0 };

	if (p->step == UNITTEST_DONE || !p->body.len)
		return false;
	if (p->indent) {
		if (take_python_frame(reading_of(p->body), &frame))
			group_frame(p, &frame);
		return group_extend(p);
	}
	if (span_is(p->body, "Traceback (most recent call last):")) {
		p->step = UNITTEST_FRAMES;
		return group_extend(p);
	}
	if (p->step == UNITTEST_TITLE)
		return p->number - p->head.output_line < 4 && group_extend(p);
	p->head.message = p->body;
	p->step = UNITTEST_DONE;
	return group_extend(p);
}

/* "test_bad (ut.TestA.test_bad)": the name, and that of its class in parentheses. */
static bool take_unittest_name(struct reading *in, struct span *ret_name)
{
	struct span name = take_until(in, " ("), class = take_until(in, ")");

	if (!name.len || memchr(name.at, ' ', name.len) || !class.len ||
	    memchr(class.at, ' ', class.len) || !memchr(class.at, '.', class.len))
		return false;
	*ret_name = name;
	return true;
}

static bool take_unittest_failure(struct parser *p)
{
	struct reading in = reading_of(p->line);
	struct diagnostic *head;
	struct span name;

	if (!span_starts(p->previous, "======") ||
	    (!take_text(&in, "FAIL: ") && !take_text(&in, "ERROR: ")))
		return false;
	if (!take_unittest_name(&in, &name))
		return false;
	head = group_open(p, DIAGNOSTIC_TEST_FAILED, "unittest", more_unittest);
	p->is_newest_last = true;
	head->symbol = name;
	return true;
}

/* "test_bad (ut.TestA.test_bad) ... FAIL" */
static bool take_unittest_listed(struct parser *p)
{
	static const struct word results[] = {
		{ "ok", DIAGNOSTIC_TEST_PASSED },
		{ "FAIL", DIAGNOSTIC_TEST_FAILED },
		{ "ERROR", DIAGNOSTIC_TEST_FAILED },
		{ "expected failure", DIAGNOSTIC_TEST_SKIPPED },
		{ "unexpected success", DIAGNOSTIC_TEST_FAILED },
	};
	struct reading in = reading_of(p->line);
	struct diagnostic *head;
	struct span name;

	if (!take_unittest_name(&in, &name) || !take_text(&in, " ... "))
		return false;
	if (take_text(&in, "skipped ")) {
		head = group_open(p, DIAGNOSTIC_TEST_SKIPPED, "unittest", more_nothing);
		head->symbol = name;
		head->message = span_rest(&in);
		return true;
	}
	for (size_t i = 0; i < countof(results); i++) {
		if (span_is(span_rest(&in), results[i].word)) {
			group_open(p, results[i].kind, "unittest", more_nothing)->symbol = name;
			return true;
		}
	}
	return false;
}

const struct row rows_pytest[] = {
	{ "=", SHAPE_FLUSH, take_heading },
	{ "_", SHAPE_FLUSH, take_section },
	{ "FE", SHAPE_FLUSH | SHAPE_COLON_BLANK, take_unittest_failure },
	{ "t", SHAPE_FLUSH, take_unittest_listed },
	{ "PFESX", SHAPE_FLUSH, take_summary },
	{ "[", SHAPE_FLUSH, take_distributed },
	{ NULL, SHAPE_FLUSH | SHAPE_COLONS, take_listed },
	{ 0 },
};
