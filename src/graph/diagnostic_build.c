/* SPDX-License-Identifier: MIT */
/* Builds: make, ld, CMake, cargo and rustc, Maven, Gradle, git, shells, Perl. */
#include "graph/diagnostic_work.h"

/* "make: ", "make[2]: ", "gmake[1]: ". */
static bool take_make_name(struct reading *in)
{
	uint32_t level;

	(void)take_text(in, "g");
	if (!take_text(in, "make"))
		return false;
	if (take_text(in, "[") && (!take_number(in, &level) || !take_text(in, "]")))
		return false;
	return take_text(in, ": ");
}

static bool change_directory(struct parser *p, struct reading in)
{
	bool enters = take_text(&in, "Entering directory ");
	struct span directory;

	if (!enters && !take_text(&in, "Leaving directory "))
		return false;
	in.at += in.at < in.end; /* ' or ` */
	directory = take_until(&in, "'");
	if (!directory.at)
		return false;
	/* Deeper than the list is long: forgotten, both when entered and when left. */
	if (enters && p->n_directories++ < DIRECTORIES_MAX)
		p->directories[p->n_directories - 1] = directory;
	if (!enters && p->n_directories > 0)
		p->n_directories--;
	p->directory = (struct span){ 0 };
	if (p->n_directories > 0 && p->n_directories <= DIRECTORIES_MAX)
		p->directory = p->directories[p->n_directories - 1];
	return true;
}

/* "[Makefile:12: target] Error 1", before make 4 "[target] Error 1". */
static bool take_recipe(struct parser *p, struct reading in)
{
	struct diagnostic *head, place = { 0 };
	struct span target;

	if (!take_text(&in, "[") || !take_until_last(&in, "] ").at)
		return false;
	target = span_of(span_find(p->line, "*** [") + 5, in.at - 2);
	if (!span_starts(span_rest(&in), "Error ") && !span_find(span_rest(&in), "(core dumped)") &&
	    !span_is(span_rest(&in), "Killed") && !span_is(span_rest(&in), "Terminated") &&
	    !span_is(span_rest(&in), "Segmentation fault") && !span_is(span_rest(&in), "Aborted"))
		return false;
	head = group_open(p, DIAGNOSTIC_ERROR, "make", more_nothing);
	head->message = span_rest(&in);
	in = reading_of(target);
	if (take_place(&in, &place) && take_text(&in, ": ")) {
		head->file = place.file;
		head->line = place.line;
		target = span_rest(&in);
	}
	head->symbol = target;
	return true;
}

static bool take_make(struct parser *p)
{
	struct reading in = reading_of(p->line);
	struct diagnostic *head;

	if (!take_make_name(&in))
		return false;
	if (change_directory(p, in))
		return true;
	if (!take_text(&in, "*** "))
		return false;
	if (*in.at == '[' && take_recipe(p, in))
		return true;
	if (!span_ends(p->line, "Stop."))
		return false;
	head = group_open(p, DIAGNOSTIC_ERROR, "make", more_nothing);
	head->message = span_rest(&in);
	head->symbol = span_quoted_name(head->message);
	return true;
}

/* "[/usr/bin/ld: ]main.c:(.text+0x5): undefined reference to `foo'",
 * "/usr/bin/ld: cannot find -lx",
 * "/usr/bin/ld: main.c:5: multiple definition of `x'; b.o:b.c:3: first defined here". */
static bool take_linker(struct parser *p)
{
	static const char *const phrases[] = { "undefined reference to ", "multiple definition of ",
					       "cannot find ",
					       "undefined symbol: ", "duplicate symbol: " };
	struct reading in = reading_of(p->line);
	struct diagnostic *head, place = { 0 };
	bool has_name = take_text(&in, "/usr/bin/ld: ") || take_text(&in, "ld: ") ||
			take_text(&in, "ld.lld: error: ");

	if (!has_name && p->colon[1] != '(')
		return false;
	if (!take_place(&in, &place)) {
		place.file = take_until(&in, ":(");
		if (place.file.at && !take_until(&in, "): ").at)
			return false;
	} else if (!take_text(&in, ": ")) {
		return false;
	}
	for (size_t i = 0; i < countof(phrases); i++) {
		if (!span_starts(span_rest(&in), phrases[i]))
			continue;
		if (i == 2 && (!has_name || in.end - in.at < 14 || in.at[12] != '-'))
			return false;
		head = group_open(p, DIAGNOSTIC_ERROR, "ld", more_nothing);
		head->file = place.file;
		head->line = place.line;
		head->message = span_rest(&in);
		head->symbol = span_quoted_name(head->message);
		if (p->context_line == p->number - 1)
			group_begin(p, p->context_line);
		p->context_line = 0;
		return true;
	}
	return false;
}

/* "CMake Error at CMakeLists.txt:3 (message):", the text below it indented by two. */
static bool more_cmake(struct parser *p)
{
	if (!p->body.len)
		return !p->head.message.len;
	if (p->indent < 2)
		return false;
	if (!p->head.message.len)
		p->head.message = p->body;
	return group_extend(p);
}

static bool take_cmake(struct parser *p)
{
	struct reading in = reading_of(p->line);
	struct diagnostic *head, place = { 0 };
	enum diagnostic_kind kind = DIAGNOSTIC_ERROR;
	struct span symbol = { 0 };

	if (!take_text(&in, "CMake "))
		return false;
	if (take_text(&in, "Warning") || take_text(&in, "Deprecation Warning"))
		kind = DIAGNOSTIC_WARNING;
	else if (!take_text(&in, "Error"))
		return false;
	if (take_text(&in, " (dev)"))
		kind = DIAGNOSTIC_WARNING;
	if (take_text(&in, " at ") && take_place(&in, &place) && take_text(&in, " ("))
		symbol = take_until(&in, ")");
	else if (take_text(&in, " in "))
		take_place(&in, &place);
	if (!take_text(&in, ":"))
		return false;
	head = group_open(p, kind, "cmake", more_cmake);
	head->file = place.file;
	head->line = place.line;
	head->symbol = symbol;
	head->message = span_trim(span_rest(&in));
	return true;
}

/* rustc: "error[E0308]: text", "  --> src/main.rs:4:5", then the source with a margin. */
static bool more_rustc(struct parser *p)
{
	struct reading in = reading_of(p->body);
	struct diagnostic place = { 0 };
	uint32_t number;

	if (take_text(&in, "--> ") && take_place(&in, &place)) {
		if (p->is_unsure) {
			p->head.file = place.file;
			p->head.line = place.line;
			p->head.column = place.column;
		}
		p->is_unsure = false;
		return group_extend(p);
	}
	if (p->is_unsure || !p->body.len)
		return false;
	in = reading_of(p->body);
	if (take_number(&in, &number))
		take_blanks(&in);
	if (take_text(&in, "|") || take_text(&in, "= ") || take_text(&in, "::: ") ||
	    take_text(&in, "..."))
		return group_extend(p);
	return false;
}

static bool take_rustc(struct parser *p)
{
	struct reading in = reading_of(p->line);
	enum diagnostic_kind kind = DIAGNOSTIC_ERROR;
	struct diagnostic *head;
	struct span code = { 0 };

	if (take_text(&in, "warning"))
		kind = DIAGNOSTIC_WARNING;
	else if (take_text(&in, "note"))
		kind = DIAGNOSTIC_NOTE;
	else if (!take_text(&in, "error"))
		return false;
	if (take_text(&in, "[")) {
		code = take_until(&in, "]");
		if (!code.at)
			return false;
	}
	if (!take_text(&in, ": ") || in.at == in.end)
		return false;
	head = group_open(p, kind, "rustc", more_rustc);
	/* The arrow on the next line decides. */
	p->is_unsure = true;
	head->code = code;
	head->message = span_rest(&in);
	head->symbol = span_quoted_name(head->message);
	if (kind == DIAGNOSTIC_NOTE)
		head->parent = p->last_problem;
	return true;
}

/* ruff: "F401 [*] text", and the same arrow. */
static bool take_ruff(struct parser *p)
{
	struct reading in = reading_of(p->line);
	struct span code = take_word(&in);
	struct diagnostic *head;
	size_t n = 0;

	while (n < code.len && code.at[n] >= 'A' && code.at[n] <= 'Z')
		n++;
	if (n == 0 || n > 5 || code.len < n + 3 || code.len > n + 5)
		return false;
	while (n < code.len && is_digit(code.at[n]))
		n++;
	if (n < code.len || !take_text(&in, " ") || in.at == in.end)
		return false;
	head = group_open(p, DIAGNOSTIC_WARNING, "ruff", more_rustc);
	p->is_unsure = true;
	if (span_starts(code, "E9") || span_starts(code, "F8"))
		head->kind = DIAGNOSTIC_ERROR;
	head->code = code;
	(void)take_text(&in, "[*] ");
	head->message = span_rest(&in);
	head->symbol = span_quoted_name(head->message);
	return true;
}

/* GitHub's annotations: "::error file=src/a.c,line=3,col=5,title=x::text" */
static bool take_annotation(struct parser *p)
{
	struct reading in = reading_of(p->line), key;
	struct diagnostic *head, place = { 0 };
	enum diagnostic_kind kind = DIAGNOSTIC_ERROR;
	struct span keys;

	if (take_text(&in, "::warning file="))
		kind = DIAGNOSTIC_WARNING;
	else if (take_text(&in, "::notice file="))
		kind = DIAGNOSTIC_NOTE;
	else if (!take_text(&in, "::error file="))
		return false;
	keys = take_until(&in, "::");
	if (!keys.at)
		return false;
	key = reading_of(keys);
	place.file = take_until(&key, ",");
	if (!place.file.at)
		place.file = keys;
	key = reading_of(keys);
	if (take_until(&key, ",line=").at)
		(void)take_number(&key, &place.line);
	key = reading_of(keys);
	if (take_until(&key, ",col=").at)
		(void)take_number(&key, &place.column);
	head = group_open(p, kind, "github", more_nothing);
	head->file = place.file;
	head->line = place.line;
	head->column = place.column;
	head->message = span_rest(&in);
	return true;
}

/* "[ERROR] /src/Foo.java:[12,5] text". */
static bool take_maven(struct parser *p)
{
	struct reading in = reading_of(p->line);
	struct diagnostic *head, place = { 0 };
	enum diagnostic_kind kind = DIAGNOSTIC_ERROR;

	if (take_text(&in, "[WARNING] "))
		kind = DIAGNOSTIC_WARNING;
	else if (!take_text(&in, "[ERROR] "))
		return false;
	place.file = take_until(&in, ":[");
	if (!place.file.len || !take_number(&in, &place.line) || !take_text(&in, ",") ||
	    !take_number(&in, &place.column) || !take_text(&in, "] "))
		return false;
	head = group_open(p, kind, "maven", more_javac);
	p->step = JAVAC_DETAILS;
	head->file = place.file;
	head->line = place.line;
	head->column = place.column;
	(void)take_text(&in, "error: ");
	head->message = span_rest(&in);
	return true;
}

/* kotlinc: "e: file:///src/a.kt:3:5 text", "w: /src/a.kt: (3, 5): text". */
static bool take_kotlin(struct parser *p)
{
	struct reading in = reading_of(p->line);
	struct diagnostic *head, place = { 0 };
	enum diagnostic_kind kind = DIAGNOSTIC_ERROR;

	if (take_text(&in, "w: "))
		kind = DIAGNOSTIC_WARNING;
	else if (!take_text(&in, "e: "))
		return false;
	(void)take_text(&in, "file://");
	if (!take_place(&in, &place)) {
		place.file = take_until(&in, ": (");
		if (!place.file.len || !take_number(&in, &place.line) || !take_text(&in, ", ") ||
		    !take_number(&in, &place.column) || !take_text(&in, "):"))
			return false;
	}
	if (!take_text(&in, " ") || !span_has_ending(place.file, ".kt .kts "))
		return false;
	head = group_open(p, kind, "kotlinc", more_nothing);
	head->file = place.file;
	head->line = place.line;
	head->column = place.column;
	head->message = span_rest(&in);
	head->symbol = span_quoted_name(head->message);
	return true;
}

/* "CONFLICT (content): Merge conflict in f", "CONFLICT (modify/delete): f deleted in ...". */
static bool take_conflict(struct parser *p)
{
	struct reading in = reading_of(p->line);
	struct diagnostic *head;
	struct span code, file;

	if (!take_text(&in, "CONFLICT ("))
		return false;
	code = take_until(&in, "): ");
	if (!code.at)
		return false;
	head = group_open(p, DIAGNOSTIC_ERROR, "git", more_nothing);
	head->code = code;
	head->message = span_rest(&in);
	if (take_until(&in, "Merge conflict in ").at)
		file = span_rest(&in);
	else if (span_find(span_rest(&in), " deleted in "))
		file = take_until(&in, " deleted in ");
	else
		file = take_word(&in);
	head->file = file;
	return true;
}

/* "a.sh: line 3: foo: command not found", dash's "a.sh: 3: foo: not found". */
static bool take_shell(struct parser *p)
{
	static const char *const ends[] = {
		": command not found",
		": No such file or directory",
		": Permission denied",
		": unbound variable",
		": not found",
		": Is a directory",
		": ambiguous redirect",
		": parameter not set",
		": bad substitution",
		": readonly variable",
		": cannot execute: required file not found",
		": division by 0",
	};
	struct reading in = { p->colon + 1, p->line.at + p->line.len };
	struct diagnostic *head, place = { .file = span_of(p->line.at, p->colon) };
	bool is_bash = take_text(&in, " line ") || !take_text(&in, " "), is_error;

	if (!take_number(&in, &place.line) || !take_text(&in, ": ") || !place.file.len ||
	    memchr(place.file.at, ' ', place.file.len))
		return false;
	is_error = span_starts(span_rest(&in), is_bash ? "syntax error" : "Syntax error: ");
	for (size_t i = 0; i < countof(ends) && !is_error; i++)
		is_error = span_ends(p->line, ends[i]);
	if (!is_error)
		return false;
	head = group_open(p, DIAGNOSTIC_ERROR, is_bash ? "bash" : "sh", more_nothing);
	head->file = place.file;
	head->line = place.line;
	head->message = span_rest(&in);
	if (!span_find(head->message, "yntax error"))
		head->symbol = take_until(&in, ": ");
	return true;
}

static bool open_perl(struct parser *p, struct span file, uint32_t line, struct span message)
{
	struct diagnostic *head;

	if (!message.len || !span_has_ending(file, ".pl .pm .t .PL ") ||
	    memchr(file.at, ' ', file.len))
		return false;
	head = group_open(p, DIAGNOSTIC_ERROR, "perl", more_nothing);
	head->file = file;
	head->line = line;
	head->message = message;
	return true;
}

/* "syntax error at a.pl line 3, near "x"" */
static bool take_perl_syntax(struct parser *p)
{
	struct reading in = reading_of(p->line);
	struct span file;
	uint32_t line;

	if (!take_text(&in, "syntax error at "))
		return false;
	file = take_until(&in, " line ");
	if (!file.at || !take_number(&in, &line) || !take_text(&in, ", "))
		return false;
	return open_perl(p, file, line, p->line);
}

/* "Died at a.pl line 3." */
static bool take_perl(struct parser *p)
{
	const char *end = p->line.at + p->line.len - 1, *at = end;
	struct reading in = { p->line.at, NULL };
	struct span message;
	uint32_t line;

	if (p->colon && is_digit(p->colon[1])) /* a search found it */
		return false;
	while (at > p->line.at && is_digit(at[-1]))
		at--;
	if (*end != '.' || at - p->line.at < 6 || memcmp(at - 6, " line ", 6) != 0 ||
	    !take_number(&(struct reading){ at, end }, &line))
		return false;
	in.end = at - 6;
	message = take_until_last(&in, " at ");
	return message.at && open_perl(p, span_rest(&in), line, message);
}

const struct row rows_build[] = {
	{ "mg", SHAPE_FLUSH | SHAPE_COLON_BLANK, take_make },
	{ NULL, SHAPE_FLUSH | SHAPE_COLON_BLANK, take_linker },
	{ "C", SHAPE_FLUSH, take_cmake },
	{ "ewn", SHAPE_FLUSH | SHAPE_COLON_BLANK, take_rustc },
	{ "ABCDEFGHIJKLMNOPQRSTUVWXYZ", SHAPE_FLUSH, take_ruff },
	{ ":", SHAPE_FLUSH | SHAPE_COLONS, take_annotation },
	{ "[", SHAPE_FLUSH, take_maven },
	{ "ew", SHAPE_FLUSH | SHAPE_COLON_BLANK, take_kotlin },
	{ "C", SHAPE_FLUSH | SHAPE_COLON_BLANK, take_conflict },
	{ NULL, SHAPE_FLUSH | SHAPE_COLON_BLANK, take_shell },
	{ "s", SHAPE_FLUSH, take_perl_syntax },
	{ NULL, SHAPE_FLUSH | SHAPE_LINE_END, take_perl },
	{ 0 },
};
