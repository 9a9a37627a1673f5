/* SPDX-License-Identifier: MIT */
/* Test runners that number their failures in a list at the end: mocha, RSpec, minitest, PHPUnit;
 * and those of Java, which put a trace below each. */
#include "graph/diagnostic_work.h"

/* Frames of any of them, below a failure. */
static bool take_trace_line(struct parser *p)
{
	struct reading in = reading_of(p->body);
	struct diagnostic frame = { 0 };
	const char *tool;

	if (take_at_frame(p->body, &frame, &tool)) {
		group_frame(p, &frame);
		return true;
	}
	/* RSpec "# ./a_spec.rb:3:in `block'", minitest "mini.rb:5:in `test_err'", gradle
	 * "at FooTest.java:12". */
	(void)(take_text(&in, "# ") || take_text(&in, "at "));
	if (!take_place(&in, &frame) || memchr(frame.file.at, ' ', frame.file.len) ||
	    !span_has_ending(frame.file, ".rb .java .kt .groovy .php "))
		return false;
	if (take_text(&in, ":in ") && in.end - in.at > 2)
		frame.symbol = span_of(in.at + 1, in.end - 1);
	else if (in.at != in.end)
		return false;
	group_frame(p, &frame);
	return true;
}

/* The first of these that is there is the message. */
static void take_message(struct parser *p, struct span line)
{
	if (p->head.message.len)
		return;
	p->head.message = line;
}

/* Ends at the next number, at a line as far left as the number, or as the format says. */
static bool more_numbered(struct parser *p)
{
	if (!p->body.len)
		return true;
	if (p->indent <= p->margin)
		return false;
	if (take_trace_line(p))
		return true;
	take_message(p, p->body);
	return group_extend(p);
}

static bool take_list_number(struct reading *in)
{
	uint32_t number;

	return take_number(in, &number) && take_text(in, ") ") && in->at < in->end;
}

/* mocha: titles of suites, then the test's, which ends in ':'. */
static bool more_mocha_title(struct parser *p)
{
	if (!p->body.len || p->indent <= p->margin)
		return false;
	p->head.symbol = p->body;
	if (p->body.at[p->body.len - 1] == ':') {
		p->head.symbol.len--;
		p->more = more_numbered;
	}
	return group_extend(p);
}

/* minitest: "TestA#test_bad [mini.rb:4]:", then the message. */
static bool more_minitest(struct parser *p)
{
	struct reading in = reading_of(p->line);
	struct diagnostic place = { 0 };
	struct span name;

	if (p->step == 0) {
		p->step = 1;
		name = take_until(&in, " [");
		if (name.at && take_place(&in, &place)) {
			p->head.file = place.file;
			p->head.line = place.line;
		} else {
			in = reading_of(p->line);
			name = take_until(&in, ":");
		}
		if (!name.len || !memchr(name.at, '#', name.len)) {
			p->is_unsure = true;
			return false;
		}
		p->head.symbol = name;
		return group_extend(p);
	}
	if (!p->body.len)
		return p->step == 2 || p->indent == 0;
	if (p->indent && take_trace_line(p))
		return true;
	if (!p->indent && p->step == 2 && !p->previous.len)
		return false;
	p->step = 2;
	if (p->indent == 2 && is_digit(*p->body.at) && span_ends(p->body, ":"))
		return false;
	take_message(p, p->body);
	return group_extend(p);
}

/* PHPUnit: "1) FooTest::testBad", the message, and a place after a blank line. */
static bool more_phpunit(struct parser *p)
{
	struct reading in = reading_of(p->line);

	if (!p->body.len)
		return p->n_frames == 0;
	if (span_is(p->body, "--") || take_list_number(&in))
		return false;
	if (take_trace_line(p))
		return true;
	take_message(p, p->body);
	return group_extend(p);
}

static bool take_minitest_item(struct parser *p, struct reading in)
{
	enum diagnostic_kind kind = DIAGNOSTIC_TEST_FAILED;

	if (span_is(span_rest(&in), "Skipped:"))
		kind = DIAGNOSTIC_TEST_SKIPPED;
	else if (!span_is(span_rest(&in), "Failure:") && !span_is(span_rest(&in), "Error:"))
		return false;
	(void)group_open(p, kind, "minitest", more_minitest);
	return true;
}

static bool take_numbered(struct parser *p)
{
	struct reading in = reading_of(p->body);
	struct diagnostic *head;
	bool is_phpunit = (p->runners & RUNNER_PHPUNIT) && !p->indent;

	if (!take_list_number(&in))
		return false;
	if (p->indent == 2 && take_minitest_item(p, in))
		return true;
	if (is_phpunit && span_find(p->body, "::")) {
		head = group_open(p, DIAGNOSTIC_TEST_FAILED, "phpunit", more_phpunit);
	} else if (p->indent == 2 && (p->runners & RUNNER_MOCHA)) {
		head = group_open(p, DIAGNOSTIC_TEST_FAILED, "mocha", more_mocha_title);
	} else if (p->indent == 2 && (p->runners & RUNNER_RSPEC)) {
		head = group_open(p, DIAGNOSTIC_TEST_FAILED, "rspec", more_numbered);
		p->is_unsure = true; /* "# ./a_spec.rb:3" must follow */
	} else {
		return false;
	}
	head->symbol = span_rest(&in);
	return true;
}

/* What comes before such a list. */
static bool take_list_heading(struct parser *p)
{
	struct reading in = reading_of(p->body);
	uint32_t number;

	if (span_is(p->line, "Failures:"))
		p->runners |= RUNNER_RSPEC;
	else if (span_is(p->line, "Pending: (Failures listed here are expected and do not affect "
				  "your suite's status)"))
		p->runners &= ~(unsigned)RUNNER_RSPEC;
	else if (span_starts(p->line, "There was 1 ") || span_starts(p->line, "There were "))
		p->runners |= RUNNER_PHPUNIT;
	else if (p->indent == 2 && take_number(&in, &number) && span_is(span_rest(&in), " failing"))
		p->runners |= RUNNER_MOCHA;
	return false;
}

/* "rspec ./a_spec.rb:3 # thing fails" */
static bool take_rspec_summary(struct parser *p)
{
	struct reading in = reading_of(p->line);
	struct diagnostic *head, place = { 0 };

	if (!take_text(&in, "rspec ") || !take_place(&in, &place) || !take_text(&in, " # "))
		return false;
	head = group_open(p, DIAGNOSTIC_TEST_FAILED, "rspec", more_nothing);
	head->file = place.file;
	head->line = place.line;
	head->symbol = span_rest(&in);
	return true;
}

/* gradle, when it shows no frames: "java.lang.Error at FooTest.java:12". */
static bool take_thrown_at(struct parser *p)
{
	struct reading in = reading_of(p->body);
	struct diagnostic frame = { 0 };
	struct span type = take_until(&in, " at ");

	if (!span_is_exception(type) || !take_place(&in, &frame) || in.at != in.end)
		return false;
	take_message(p, type);
	group_frame(p, &frame);
	return true;
}

/* Java: the exception on the next line, then its frames. */
static bool more_java_failure(struct parser *p)
{
	if (!p->body.len || (p->head.message.len && !p->indent))
		return false;
	if (p->indent && (take_trace_line(p) || take_thrown_at(p)))
		return true;
	if (p->head.message.len && !span_starts(p->body, "... "))
		return false;
	take_message(p, p->body);
	return group_extend(p);
}

/* surefire: "[ERROR] com.x.FooTest.testBar  Time elapsed: 0.01 s  <<< FAILURE!", and in its summary
 * "[ERROR]   FooTest.testBar:12 expected:<1> but was:<2>". */
static bool take_surefire(struct parser *p)
{
	struct reading in = reading_of(p->line);
	struct diagnostic *head;
	struct span name, place;
	uint32_t line;

	if (!take_text(&in, "[ERROR] "))
		return false;
	if (span_ends(p->line, "<<< FAILURE!") || span_ends(p->line, "<<< ERROR!")) {
		name = take_until(&in, " ");
		if (span_is(name, "Tests") || !name.len || !span_find(span_rest(&in), "elapsed:"))
			return false;
		group_open(p, DIAGNOSTIC_TEST_FAILED, "surefire", more_java_failure)->symbol = name;
		return true;
	}
	if (!take_text(&in, "  "))
		return false;
	place = take_word(&in);
	name = take_until(&(struct reading){ place.at, place.at + place.len }, ":");
	if (!name.len || !memchr(name.at, '.', name.len))
		return false;
	in.at = name.at + name.len + 1;
	if (!take_number(&in, &line))
		return false;
	/* A chain of calls: "FooTest.testBar:12->helper:30 text". */
	if (take_text(&in, "->"))
		(void)take_word(&in);
	if (in.at < in.end && *in.at != ' ')
		return false;
	head = group_open(p, DIAGNOSTIC_TEST_FAILED, "surefire", more_nothing);
	head->symbol = name;
	head->line = line;
	head->message = span_trim(span_rest(&in));
	return true;
}

/* "FooTest > testBar() FAILED", with the exception and frames indented below. */
static bool take_gradle(struct parser *p)
{
	static const struct {
		const char *end;
		enum diagnostic_kind kind;
	} results[] = {
		{ " FAILED", DIAGNOSTIC_TEST_FAILED },
		{ " PASSED", DIAGNOSTIC_TEST_PASSED },
		{ " SKIPPED", DIAGNOSTIC_TEST_SKIPPED },
	};

	for (size_t i = 0; i < countof(results); i++) {
		struct reading in = reading_of(p->line);
		struct span class, name;

		if (!span_ends(p->line, results[i].end))
			continue;
		class = take_until(&in, " > ");
		if (!class.len || memchr(class.at, ' ', class.len) || *class.at == ':')
			return false;
		name = span_of(class.at, in.end - strlen(results[i].end));
		group_open(p, results[i].kind, "gradle", more_java_failure)->symbol = name;
		return true;
	}
	return false;
}

const struct row rows_suite[] = {
	{ "0123456789", 0, take_numbered },
	{ "FPT0123456789", 0, take_list_heading },
	{ "r", SHAPE_FLUSH | SHAPE_PLACE, take_rspec_summary },
	{ "[", SHAPE_FLUSH, take_surefire },
	{ "ABCDEFGHIJKLMNOPQRSTUVWXYZ", SHAPE_FLUSH, take_gradle },
	{ "abcdefghijklmnopqrstuvwxyz", SHAPE_FLUSH, take_gradle },
	{ 0 },
};
