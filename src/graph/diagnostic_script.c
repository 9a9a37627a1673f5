/* SPDX-License-Identifier: MIT */
/* Tools of JavaScript: eslint's list; jest, vitest, mocha and node's own tests by their marks. */
#include "graph/diagnostic_work.h"

static const char script_endings[] = ".js .jsx .mjs .cjs .ts .tsx .mts .cts .vue .svelte ";

/* eslint: the file on a line of its own, its problems indented below. */
static bool take_list_file(struct parser *p)
{
	struct span file = p->line;
	size_t drive = file.len > 2 && file.at[1] == ':' ? 2 : 0;

	if (p->colon || (file.at[drive] != '/' && file.at[drive] != '\\') ||
	    !span_has_ending(file, script_endings))
		return false;
	p->list_file = file;
	p->list_number = p->number;
	return false;
}

/* "  3:1  warning  Unexpected console statement  no-console" */
static bool take_list_problem(struct parser *p)
{
	struct reading in = reading_of(p->body);
	struct diagnostic *head, place = { 0 };
	enum diagnostic_kind kind = DIAGNOSTIC_ERROR;
	struct span message, code;

	if (!p->list_number || p->list_number + 1 != p->number)
		return false;
	if (!take_number(&in, &place.line) || !take_text(&in, ":") ||
	    !take_number(&in, &place.column) || !take_text(&in, "  "))
		return false;
	take_blanks(&in);
	if (take_text(&in, "warning  "))
		kind = DIAGNOSTIC_WARNING;
	else if (!take_text(&in, "error  "))
		return false;
	message = span_trim(span_rest(&in));
	in = reading_of(message);
	code = take_until_last(&in, "  ");
	head = group_open(p, kind, "eslint", more_nothing);
	head->file = p->list_file;
	head->line = place.line;
	head->column = place.column;
	head->message = code.at ? span_trim(code) : message;
	if (code.at)
		head->code = span_rest(&in);
	head->symbol = span_quoted_name(head->message);
	p->list_number = p->number;
	return true;
}

/* "FAIL src/a.test.js", "PASS src/a.test.js (5.1 s)"; vitest indents and adds " > suite > test". */
static bool more_vitest(struct parser *p);

static bool take_file_result(struct parser *p)
{
	struct reading in = reading_of(p->body);
	bool failed = take_text(&in, "FAIL ");
	struct diagnostic *head;
	struct span file, name;

	if ((!failed && !take_text(&in, "PASS ")) || p->indent > 1)
		return false;
	take_blanks(&in);
	file = take_word(&in);
	if (!span_has_ending(file, script_endings))
		return false;
	if (take_text(&in, " > ")) {
		head = group_open(p, DIAGNOSTIC_TEST_FAILED, "vitest", more_vitest);
		head->file = file;
		head->symbol = span_rest(&in);
		return true;
	}
	name = span_of(p->body.at, in.end);
	if (in.at < in.end && !cut_duration(&name))
		return false;
	p->runners |= RUNNER_JEST;
	p->list_file = file;
	p->list_number = 0;
	head = group_open(p, failed ? DIAGNOSTIC_TEST_FAILED : DIAGNOSTIC_TEST_PASSED, "jest",
			  more_nothing);
	head->file = file;
	return true;
}

/* vitest: the message, what was expected, "❯ a.test.js:5:19" and the source. */
static bool more_vitest(struct parser *p)
{
	struct reading in = reading_of(p->body);
	struct diagnostic frame = { 0 };

	if (!p->body.len)
		return true;
	if (take_text(&in, "\xe2\x9d\xaf ")) {
		struct span first = take_word(&in), place = first;

		if (in.at < in.end) {
			frame.symbol = first;
			place = span_trim(span_rest(&in));
		}
		in = reading_of(place);
		if (!take_place(&in, &frame))
			return false;
		group_frame(p, &frame);
		return true;
	}
	if (span_starts(p->body, "\xe2\x8e\xaf") || span_starts(p->body, "FAIL "))
		return false;
	if (!p->head.message.len)
		p->head.message = p->body;
	return group_extend(p);
}

/* Below a failure of jest or node: the message, source and frames, further right than its title. */
static bool more_failure(struct parser *p)
{
	struct diagnostic frame = { 0 };
	const char *tool;

	if (!p->body.len)
		return true;
	if (p->indent <= p->margin)
		return false;
	if (take_at_frame(p->body, &frame, &tool)) {
		group_frame(p, &frame);
		return true;
	}
	if (!p->head.message.len)
		p->head.message = p->body;
	return group_extend(p);
}

struct mark {
	const char *mark;
	enum diagnostic_kind kind;
};

static const struct mark marks[] = {
	{ "\xe2\x9c\x93 ", DIAGNOSTIC_TEST_PASSED },  /* check mark: jest, vitest */
	{ "\xe2\x9c\x94 ", DIAGNOSTIC_TEST_PASSED },  /* heavy check mark: mocha, node */
	{ "\xe2\x9c\x95 ", DIAGNOSTIC_TEST_FAILED },  /* multiplication x: jest */
	{ "\xe2\x9c\x96 ", DIAGNOSTIC_TEST_FAILED },  /* heavy multiplication x: node */
	{ "\xc3\x97 ", DIAGNOSTIC_TEST_FAILED },      /* multiplication sign: vitest */
	{ "\xe2\x97\x8b ", DIAGNOSTIC_TEST_SKIPPED }, /* white circle: jest */
	{ "\xe2\x86\x93 ", DIAGNOSTIC_TEST_SKIPPED }, /* downwards arrow: vitest */
};

/* The mark alone is found in any text: the runner must have named itself, or, as mocha and node do
 * not, the test is indented or timed. */
static const char *tool_of_mark(const struct parser *p, const char *mark, bool is_timed)
{
	bool is_heavy =
		memcmp(mark, "\xe2\x9c\x94", 3) == 0 || memcmp(mark, "\xe2\x9c\x96", 3) == 0;

	if (is_heavy && is_timed)
		return "node";
	if (is_heavy && p->indent >= 4)
		return "mocha";
	if (p->runners & RUNNER_VITEST)
		return "vitest";
	if ((p->runners & RUNNER_JEST) && p->indent >= 2)
		return "jest";
	return NULL;
}

static void name_test(struct parser *p, struct span name)
{
	struct reading in = reading_of(name);
	struct span file = take_until(&in, " > ");

	if (file.at && span_has_ending(file, script_endings)) {
		p->head.file = file;
		p->head.symbol = span_rest(&in);
		return;
	}
	in = reading_of(name);
	file = take_until(&in, " (");
	if (file.at && span_has_ending(file, script_endings)) {
		p->head.file = file; /* vitest, of a whole file */
		return;
	}
	p->head.symbol = name;
	p->head.file =
		(p->runners & (RUNNER_JEST | RUNNER_VITEST)) ? p->list_file : (struct span){ 0 };
}

static bool take_mark(struct parser *p)
{
	for (size_t i = 0; i < countof(marks); i++) {
		struct reading in = reading_of(p->body);
		struct span name;
		const char *tool;
		bool is_timed;

		if (!take_text(&in, marks[i].mark))
			continue;
		name = span_rest(&in);
		is_timed = cut_duration(&name);
		tool = tool_of_mark(p, marks[i].mark, is_timed);
		if (!tool || !name.len)
			return false;
		if (*tool == 'j' && marks[i].kind == DIAGNOSTIC_TEST_SKIPPED)
			name = span_starts(name, "skipped ")
				       ? span_of(name.at + 8, name.at + name.len)
				       : name;
		(void)group_open(p, marks[i].kind, tool,
				 *tool == 'n' && marks[i].kind == DIAGNOSTIC_TEST_FAILED
					 ? more_failure
					 : more_nothing);
		name_test(p, name);
		return true;
	}
	return false;
}

/* vitest's file line "❯ a.test.js (3 tests | 1 failed)", whose tests follow; jest's title
 * "● suite › fails". */
static bool take_title(struct parser *p)
{
	struct reading in = reading_of(p->body);
	struct span file;

	if (take_text(&in, "\xe2\x9d\xaf ")) {
		file = take_until(&in, " (");
		if (file.len && span_has_ending(file, script_endings))
			p->list_file = file;
		return false;
	}
	if (!take_text(&in, "\xe2\x97\x8f ") || !(p->runners & RUNNER_JEST) || p->indent != 2)
		return false;
	/* "Console", "Validation Warning:" */
	if (in.at == in.end || in.end[-1] == ':' || span_is(span_rest(&in), "Console"))
		return false;
	(void)group_open(p, DIAGNOSTIC_TEST_FAILED, "jest", more_failure);
	p->head.symbol = span_rest(&in);
	return true;
}

/* " RUN  v1.2.3 /path" */
static bool take_vitest_start(struct parser *p)
{
	if (span_starts(p->body, "RUN  v") && p->indent == 1)
		p->runners |= RUNNER_VITEST;
	return false;
}

const struct row rows_script[] = {
	{ "/ABCDEFGHIJKLMNOPQRSTUVWXYZ", SHAPE_FLUSH, take_list_file },
	{ "0123456789", SHAPE_INDENTED | SHAPE_PLACE, take_list_problem },
	{ "FP", 0, take_file_result },
	{ "\xe2\xc3", 0, take_mark },
	{ "\xe2", 0, take_title },
	{ "R", SHAPE_INDENTED, take_vitest_start },
	{ 0 },
};
