/* SPDX-License-Identifier: MIT */
/*
 * "file:line:column: severity: message" and its relatives. The place alone is what searches print
 * too; it is the severity, or what else a tool puts behind the place, that makes a diagnostic.
 */
#include "graph/diagnostic_work.h"

struct severity {
	const char *word;
	enum diagnostic_kind kind;
};

static const struct severity severities[] = {
	{ "error", DIAGNOSTIC_ERROR },
	{ "warning", DIAGNOSTIC_WARNING },
	{ "note", DIAGNOSTIC_NOTE },
	{ "fatal error", DIAGNOSTIC_ERROR },
	{ "Error", DIAGNOSTIC_ERROR },
	{ "Warning", DIAGNOSTIC_WARNING },
	{ "style", DIAGNOSTIC_WARNING },
	{ "performance", DIAGNOSTIC_WARNING },
	{ "portability", DIAGNOSTIC_WARNING },
	{ "information", DIAGNOSTIC_NOTE },
	{ "remark", DIAGNOSTIC_NOTE },
	{ "Fatal error", DIAGNOSTIC_ERROR },
	{ "internal compiler error", DIAGNOSTIC_ERROR },
};

/* "error: ", "error CS1002: ", "error[E0308]: ". */
static bool take_severity(struct reading *in, enum diagnostic_kind *ret_kind, struct span *ret_code)
{
	if (in->at == in->end || !strchr("EFWefinprsw", *in->at))
		return false;
	for (size_t i = 0; i < countof(severities); i++) {
		struct reading rest = *in;
		struct span code = { 0 };

		if (!take_text(&rest, severities[i].word))
			continue;
		if (take_text(&rest, "[")) {
			code = take_until(&rest, "]");
			if (!code.at || !take_text(&rest, ": "))
				continue;
		} else if (!take_text(&rest, ": ")) {
			if (!take_text(&rest, " "))
				continue;
			code = take_until(&rest, ": ");
			if (!code.len || code.len > 16 || memchr(code.at, ' ', code.len) ||
			    !is_digit(code.at[code.len - 1]))
				continue;
		}
		*ret_kind = severities[i].kind;
		*ret_code = code;
		*in = rest;
		return true;
	}
	return false;
}

/* Several compilers print one form; what they put around the message tells some apart. */
static const char *tool_of(const struct diagnostic *d, const char *severity)
{
	if (span_starts(d->code, "-W"))
		return "cc";
	if (span_starts(d->code, "SC") && d->code.len == 6)
		return "shellcheck";
	if (span_has_ending(d->file, ".java "))
		return "javac";
	if (span_has_ending(d->file, ".py .pyi "))
		return "mypy";
	if (span_has_ending(d->file, ".rs "))
		return "rustc";
	if (span_has_ending(d->file, ".swift "))
		return "swiftc";
	if (*severity == 's' || *severity == 'p' || *severity == 'i')
		return d->code.len ? "cppcheck" : "cc";
	if (*severity == 'E' || *severity == 'W')
		return "as";
	if (d->code.len && memchr(d->code.at, '-', d->code.len))
		return "clang-tidy";
	return d->code.len ? "cppcheck" : "cc";
}

/* javac: the source line, a caret, then "  symbol:   variable nope". */
bool more_javac(struct parser *p)
{
	struct reading in = reading_of(p->body);
	size_t n = 0;

	if (p->step == JAVAC_SOURCE) {
		p->step = JAVAC_DETAILS;
		return !span_find(p->line, ".java:") && group_extend(p);
	}
	while (n < p->body.len && p->body.at[n] == '^')
		n++;
	if (!p->indent || !p->body.len)
		return false;
	if (take_text(&in, "symbol: ")) {
		take_blanks(&in);
		(void)(take_text(&in, "variable ") || take_text(&in, "method ") ||
		       take_text(&in, "class "));
		p->head.symbol = span_rest(&in);
		return group_extend(p);
	}
	return (n == p->body.len || take_text(&in, "location: ")) && group_extend(p);
}

/* What is quoted below: "   12 | code", "      |  ^~~", a caret alone. */
static bool more_snippet(struct parser *p)
{
	struct reading in = reading_of(p->body);
	uint32_t number;
	size_t n = 0;

	if (!p->body.len)
		return false;
	if (p->indent) {
		if (take_number(&in, &number))
			take_blanks(&in);
		if (take_text(&in, "|"))
			return group_extend(p);
		while (n < p->body.len && p->body.at[n] && strchr("^~- |", p->body.at[n]))
			n++;
		return n == p->body.len && group_extend(p);
	}
	return false;
}

static struct diagnostic *open_at(struct parser *p, const struct diagnostic *place,
				  enum diagnostic_kind kind, const char *tool)
{
	struct diagnostic *head = group_open(p, kind, tool, more_snippet);

	head->file = place->file;
	head->line = place->line;
	head->column = place->column;
	return head;
}

/* "In function 'f':" was said of this file; "In file included from" directly before. */
static void add_context(struct parser *p, struct diagnostic *head)
{
	if (p->context_symbol.len && span_equal(p->context_file, head->file))
		head->symbol = p->context_symbol;
	else
		head->symbol = span_quoted_name(head->message);
	if (p->context_line && head->kind != DIAGNOSTIC_NOTE)
		group_begin(p, p->context_line);
	p->context_line = 0;
}

/* pyright: "  /src/a.py:3:5 - error: text (reportUndefinedVariable)". */
static bool take_pyright(struct parser *p)
{
	struct reading in = reading_of(p->body);
	struct diagnostic place = { 0 }, *head;
	enum diagnostic_kind kind;
	struct span code = { 0 }, message;

	if (!take_place(&in, &place) || !place.column || !take_text(&in, " - ") ||
	    !span_has_ending(place.file, ".py .pyi "))
		return false;
	if (!take_severity(&in, &kind, &code) || code.len)
		return false;
	head = open_at(p, &place, kind, "pyright");
	message = take_until_last(&in, " (report");
	if (message.at && in.end[-1] == ')')
		head->code = span_of(in.at - 6, in.end - 1);
	else
		message = span_rest(&in);
	head->message = message;
	head->symbol = span_quoted_name(message);
	return true;
}

/* No sentence, no quoted text, not the line of a search. */
static bool is_plain_path(struct span path)
{
	bool has_drive = path.len > 2 && path.at[1] == ':';

	for (size_t i = has_drive ? 2 : 0; i < path.len; i++) {
		if (strchr("\"'`<>*:;=,|", path.at[i])) /* and NUL */
			return false;
	}
	return *path.at != '-' && *path.at != '+' && !span_starts(path, "//");
}

/* javac -Xlint: "[deprecation] text". */
static void take_lint_group(struct diagnostic *head)
{
	struct reading in = reading_of(head->message);
	struct span group;

	if (!take_text(&in, "["))
		return;
	group = take_until(&in, "] ");
	if (!group.len || memchr(group.at, ' ', group.len))
		return;
	head->code = group;
	head->message = span_rest(&in);
}

static bool take_compiler(struct parser *p, struct diagnostic *place, struct reading in)
{
	const char *severity = in.at;
	enum diagnostic_kind kind;
	struct span code;
	struct diagnostic *head;

	if (!take_severity(&in, &kind, &code) || in.at == in.end)
		return false;
	head = open_at(p, place, kind, NULL);
	head->code = code;
	head->message = span_trim(span_rest(&in));
	if (!code.len)
		(void)cut_code(&head->message, &head->code);
	head->tool = tool_of(head, severity);
	if (*head->tool == 'j') {
		p->more = more_javac;
		take_lint_group(head);
	}
	if (span_starts(span_of(severity, in.end), "note: ")) {
		head->parent = p->last_problem;
		if (!head->code.len && p->last_problem_tool)
			head->tool = p->last_problem_tool;
	}
	if (span_is(head->file, "nofile")) /* cppcheck, of the whole run */
		head->file.len = 0;
	add_context(p, head);
	return true;
}

/* flake8 and ruff: "F401 message"; pylint: "C0114: Message (name)". */
static bool take_python_lint(struct parser *p, struct diagnostic *place, struct reading in)
{
	struct span code = { in.at, 0 };
	struct diagnostic *head;
	size_t n_letters = 0, n_digits = 0;
	bool is_pylint;

	while (in.at < in.end && *in.at >= 'A' && *in.at <= 'Z' && n_letters < 4)
		n_letters++, in.at++;
	while (in.at < in.end && is_digit(*in.at) && n_digits < 5)
		n_digits++, in.at++;
	code.len = n_letters + n_digits;
	is_pylint = n_letters == 1 && n_digits == 4 && take_text(&in, ":");
	if (!n_letters || n_digits < 3 || !place->column + !is_pylint > 1 || !take_text(&in, " "))
		return false;
	if (!span_has_ending(place->file, ".py .pyi .ipynb "))
		return false;
	head = open_at(p, place, DIAGNOSTIC_WARNING, is_pylint ? "pylint" : "flake8");
	if (span_starts(code, "E9") || span_starts(code, "F8") ||
	    (is_pylint && (*code.at == 'E' || *code.at == 'F')))
		head->kind = DIAGNOSTIC_ERROR;
	head->code = code;
	head->message = span_rest(&in);
	head->symbol = span_quoted_name(head->message);
	return true;
}

/* eslint's unix form: "message [Error/rule]". */
static bool take_eslint(struct parser *p, struct diagnostic *place, struct reading in)
{
	struct span message = span_rest(&in), code;
	enum diagnostic_kind kind = DIAGNOSTIC_ERROR;
	struct diagnostic *head;

	if (!place->column || !cut_code(&message, &code))
		return false;
	if (span_starts(code, "Warning"))
		kind = DIAGNOSTIC_WARNING;
	else if (!span_starts(code, "Error"))
		return false;
	code.at += kind == DIAGNOSTIC_WARNING ? 7 : 5;
	code.len -= kind == DIAGNOSTIC_WARNING ? 7 : 5;
	if (code.len && *code.at != '/')
		return false;
	if (code.len) {
		code.at++;
		code.len--;
	}
	head = open_at(p, place, kind, "eslint");
	head->code = code;
	head->message = message;
	head->symbol = span_quoted_name(message);
	return true;
}

/* go build and go vet give a column and no severity. */
static bool take_go(struct parser *p, struct diagnostic *place, struct reading in)
{
	struct diagnostic *head;

	if (!place->column || !span_has_ending(place->file, ".go ") || in.at == in.end)
		return false;
	head = open_at(p, place, DIAGNOSTIC_ERROR, "go");
	head->message = span_rest(&in);
	if (span_starts(head->message, "undefined: "))
		head->symbol = span_of(head->message.at + 11, in.end);
	else
		head->symbol = span_quoted_name(head->message);
	return true;
}

struct phrase {
	const char *start;
	const char *tool;
	enum diagnostic_kind kind;
};

/* Messages that need no severity. */
static bool take_phrase(struct parser *p, struct diagnostic *place, struct reading in)
{
	static const struct phrase phrases[] = {
		{ "undefined reference to ", "ld", DIAGNOSTIC_ERROR },
		{ "multiple definition of ", "ld", DIAGNOSTIC_ERROR },
		{ "runtime error: ", "ubsan", DIAGNOSTIC_CRASH },
		{ "*** ", "make", DIAGNOSTIC_ERROR },
		{ "syntax error", "ruby", DIAGNOSTIC_ERROR },
		{ "syntax errors found", "ruby", DIAGNOSTIC_ERROR },
		{ "parse error", "ruby", DIAGNOSTIC_ERROR },
	};

	for (size_t i = 0; i < countof(phrases); i++) {
		struct reading rest = in;
		struct diagnostic *head;

		if (!take_text(&rest, phrases[i].start))
			continue;
		if (*phrases[i].tool == 'm' && !span_ends(p->line, ".  Stop."))
			continue;
		if (*phrases[i].tool == 'r' && !span_has_ending(place->file, ".rb .rake Rakefile "))
			continue;
		head = open_at(p, place, phrases[i].kind, phrases[i].tool);
		head->message =
			span_rest(*phrases[i].tool == 'u' || *phrases[i].tool == 'm' ? &rest : &in);
		head->symbol = span_quoted_name(head->message);
		return true;
	}
	return false;
}

/* tsc with colours: "a.ts:1:7 - error TS2322: message". */
static bool take_pretty(struct parser *p, struct diagnostic *place, struct reading in)
{
	enum diagnostic_kind kind;
	struct span code;
	struct diagnostic *head;

	if (!place->column || !take_severity(&in, &kind, &code) || !span_starts(code, "TS"))
		return false;
	head = open_at(p, place, kind, "tsc");
	head->code = code;
	head->message = span_rest(&in);
	head->symbol = span_quoted_name(head->message);
	return true;
}

/* node prints the place of an uncaught error, then the source line, then the trace. */
static bool note_place(struct parser *p, const struct diagnostic *place)
{
	if (!span_has_ending(place->file, ".js .mjs .cjs .ts .mts .cts .tsx .jsx "))
		return false;
	p->place_file = place->file;
	p->place_line = place->line;
	p->place_number = p->number;
	return true;
}

static bool take_placed(struct parser *p)
{
	struct reading in = reading_of(p->line);
	struct diagnostic place = { 0 };

	if (!take_place(&in, &place))
		return false;
	if (in.at == in.end)
		return note_place(p, &place);
	if (!(in.end - in.at > 1 && in.at[0] == ':' && (in.at[1] == ' ' || in.at[1] == 'i')) &&
	    !span_starts(span_rest(&in), " - "))
		return false;
	if (!is_plain_path(place.file))
		return false;
	if (take_google_failure(p, &place, in) || take_ruby(p, &place, in))
		return true;
	if (take_text(&in, " - "))
		return take_pretty(p, &place, in);
	if (!take_text(&in, ": "))
		return false;
	if (take_compiler(p, &place, in) || take_phrase(p, &place, in))
		return true;
	/* Less is said by the words of these. */
	if (memchr(place.file.at, ' ', place.file.len))
		return false;
	return take_python_lint(p, &place, in) || take_go(p, &place, in) ||
	       take_eslint(p, &place, in);
}

/* Compilers of Microsoft, and tsc without colours: "file(12,5): error TS2322: message". */
static bool take_parenthesised(struct parser *p)
{
	struct reading in = reading_of(p->line);
	struct diagnostic place = { .file = take_until(&in, "(") };
	enum diagnostic_kind kind;
	struct diagnostic *head;
	struct span code;

	if (!place.file.len || !is_plain_path(place.file) || !take_number(&in, &place.line))
		return false;
	if (take_text(&in, ",") && !take_number(&in, &place.column))
		return false;
	(void)take_until(&in, ")");
	(void)take_text(&in, " ");
	if (!take_text(&in, ": ") || !take_severity(&in, &kind, &code) || !code.len)
		return false;
	head = open_at(p, &place, kind, NULL);
	head->code = code;
	head->message = span_rest(&in);
	/* msbuild adds the project: "message [/src/app.csproj]". */
	if (span_ends(head->message, "proj]"))
		(void)cut_code(&head->message, &(struct span){ 0 });
	head->symbol = span_quoted_name(head->message);
	head->tool = span_starts(code, "TS") ? "tsc" : "msbuild";
	return true;
}

/* Such lines, one below the other, belong to the problem that follows. */
static void reach_context(struct parser *p)
{
	if (!p->context_line || p->context_end + 1 != p->number)
		p->context_line = p->number;
	p->context_end = p->number;
}

/* "a.c: In function 'f':", "a.c: At top level:", "b.o: in function `g':" (ld). */
static bool take_context(struct parser *p)
{
	struct reading in = reading_of(p->line);
	struct span file;

	if (p->line.at[p->line.len - 1] != ':')
		return false;
	(void)take_text(&in, "/usr/bin/ld: ");
	file = take_until(&in, ": ");
	if (!file.len || in.end - in.at > 512)
		return false;
	if (!take_text(&in, "In ") && !take_text(&in, "in ") && !take_text(&in, "At "))
		return false;
	p->context_file = file;
	p->context_symbol = span_quoted_name(span_rest(&in));
	reach_context(p);
	return true;
}

/* "In file included from a.h:1,", "                 from a.c:3:" */
static bool take_included(struct parser *p)
{
	if (!span_starts(p->line, "In file included from ") &&
	    !(p->indent > 10 && p->context_end + 1 == p->number && span_starts(p->body, "from ")))
		return false;
	reach_context(p);
	return true;
}

const struct row rows_place[] = {
	{ "If", 0, take_included },
	{ "/", SHAPE_INDENTED | SHAPE_PLACE, take_pyright },
	{ NULL, SHAPE_FLUSH | SHAPE_PLACE, take_placed },
	{ NULL, SHAPE_FLUSH | SHAPE_PAREN_DIGIT, take_parenthesised },
	{ NULL, SHAPE_FLUSH | SHAPE_COLON_BLANK, take_context },
	{ 0 },
};
