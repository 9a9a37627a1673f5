/* SPDX-License-Identifier: MIT */
/* What runs into the end of a process: sanitizers, valgrind, gdb, assertions, signals. */
#include "graph/diagnostic_work.h"

/* "#0 0x55d in main /src/a.c:5:3", of ThreadSanitizer "#0 main /src/a.c:5 (a.out+0x1)". */
static bool take_sanitizer_frame(struct parser *p)
{
	struct reading in = reading_of(p->body);
	struct diagnostic frame = { 0 };
	uint32_t number;
	struct span rest, word;

	if (!take_text(&in, "#") || !take_number(&in, &number) || !take_text(&in, " "))
		return false;
	take_blanks(&in);
	if (take_text(&in, "0x")) {
		(void)take_word(&in);
		take_blanks(&in);
		if (!take_text(&in, "in "))
			return group_extend(p);
	}
	/* "(module+0x1)" and "(BuildId: 1f)" at the end say nothing of the source. Before them
	 * stands the place, if the last word is one; names of C++ have blanks. */
	rest = span_rest(&in);
	while (rest.len && rest.at[rest.len - 1] == ')') {
		const char *open = memrchr(rest.at, '(', rest.len);

		if (!open || open == rest.at || open[-1] != ' ')
			break;
		rest = span_trim(span_of(rest.at, open));
	}
	in = reading_of(rest);
	frame.symbol = take_until_last(&in, " ");
	word = span_rest(&in);
	if (!frame.symbol.at || !take_place(&in, &frame) || in.at != in.end)
		frame.symbol = rest;
	if (frame.symbol.len == rest.len && rest.len && word.len == rest.len && *rest.at == '/')
		frame.symbol.len = 0;
	group_frame(p, &frame);
	return true;
}

static bool more_sanitizer(struct parser *p)
{
	static const char *const starts[] = {
		"READ of",   "WRITE of",      "freed by",      "previously",   "allocated by",
		"0x",        "Direct leak",   "Indirect leak", "Address ",     "Thread T",
		"Shadow",    "=====",         "HINT:",         "Located in",   "Uninitialized",
		"Previous ", "Location is",   "Mutex ",        "Read of size", "Write of size",
		"SUMMARY: ", "The signal is", "Object was",    "Hint: ",
	};

	if (p->body.len && *p->body.at == '#' && take_sanitizer_frame(p))
		return true;
	if (!p->body.len || (p->indent && p->step == 0)) {
		if (p->body.len)
			(void)group_extend(p);
		return true;
	}
	if (span_starts(p->body, "==") && !span_find(p->body, "ERROR: "))
		return group_extend(p);
	for (size_t i = 0; i < countof(starts) && p->step == 0; i++) {
		if (span_starts(p->body, starts[i])) {
			p->step = span_starts(p->body, "SUMMARY: ");
			return group_extend(p);
		}
	}
	return false;
}

/* What is wrong has a name: "heap-buffer-overflow on address ...", "SEGV on ...", "data race (". */
static void head_of_sanitizer(struct diagnostic *head, struct reading in)
{
	struct reading word = in;

	head->message = span_rest(&in);
	head->code = take_until(&in, " (pid=");
	if (head->code.at)
		return;
	head->code = take_word(&word);
	if (!memchr(head->code.at, '-', head->code.len) && !span_is(head->code, "SEGV"))
		head->code.len = 0;
}

static const char *take_sanitizer_name(struct reading *in)
{
	static const char *const names[][2] = {
		{ "AddressSanitizer: ", "asan" },
		{ "LeakSanitizer: ", "lsan" },
		{ "ThreadSanitizer: ", "tsan" },
		{ "MemorySanitizer: ", "msan" },
		{ "UndefinedBehaviorSanitizer: ", "ubsan" },
	};

	(void)take_text(in, "WARNING: ");
	(void)take_text(in, "ERROR: ");
	for (size_t i = 0; i < countof(names); i++) {
		if (take_text(in, names[i][0]))
			return names[i][1];
	}
	return NULL;
}

/* valgrind: "==12== Invalid read of size 4", then "==12==    at 0x1: main (a.c:5)". */
static bool take_valgrind_frame(struct parser *p, struct reading in)
{
	struct diagnostic frame = { 0 };
	struct span place;

	take_blanks(&in);
	if ((!take_text(&in, "at ") && !take_text(&in, "by ")) || !take_text(&in, "0x"))
		return false;
	(void)take_until(&in, ": ");
	frame.symbol = take_until_last(&in, " (");
	if (!frame.symbol.at || in.at == in.end || in.end[-1] != ')')
		return group_extend(p);
	in.end--;
	place = span_rest(&in);
	in = reading_of(place);
	if (!take_place(&in, &frame) && !span_starts(place, "in "))
		frame.file = place;
	group_frame(p, &frame);
	return true;
}

static bool take_process(struct reading *in)
{
	uint32_t process;

	return take_text(in, "==") && take_number(in, &process) && take_text(in, "==");
}

static bool more_valgrind(struct parser *p)
{
	struct reading in = reading_of(p->line);

	if (!take_process(&in))
		return false;
	if (in.at == in.end) {
		p->step = 1;
		return true;
	}
	/* After a blank line only more of the same error's blocks: "  Address 0x1 is ...". */
	if (p->step == 1 && !span_starts(span_rest(&in), "  "))
		return false;
	if (take_valgrind_frame(p, in))
		return true;
	if (!span_starts(span_rest(&in), "  "))
		return false;
	return group_extend(p);
}

static bool take_equals(struct parser *p)
{
	struct reading in = reading_of(p->line), before = reading_of(p->previous);
	struct diagnostic *head;
	const char *tool;

	if (!take_process(&in))
		return false;
	if (take_text(&in, "ERROR: ") || take_text(&in, "WARNING: ")) {
		tool = take_sanitizer_name(&in);
		if (!tool)
			return false;
		head = group_open(p, DIAGNOSTIC_CRASH, tool, more_sanitizer);
		head_of_sanitizer(head, in);
		return true;
	}
	if (!span_starts(span_rest(&in), "    at 0x") || !take_process(&before) ||
	    !take_text(&before, " ") || before.at == before.end)
		return false;
	head = group_open(p, DIAGNOSTIC_CRASH, "valgrind", more_valgrind);
	group_begin(p, p->number - 1);
	head->message = span_trim(span_rest(&before));
	return take_valgrind_frame(p, in);
}

static bool take_sanitizer_warning(struct parser *p)
{
	struct reading in = reading_of(p->line);
	const char *tool;

	if (!span_starts(p->line, "WARNING: "))
		return false;
	tool = take_sanitizer_name(&in);
	if (!tool)
		return false;
	head_of_sanitizer(group_open(p, DIAGNOSTIC_CRASH, tool, more_sanitizer), in);
	return true;
}

/* gdb: "#1  0x0000 in foo (x=1) at a.c:6" */
static bool take_gdb_frame(struct parser *p)
{
	struct reading in = reading_of(p->line);
	struct diagnostic frame = { 0 };
	uint32_t number;

	if (!take_text(&in, "#") || !take_number(&in, &number) || !take_text(&in, " "))
		return false;
	take_blanks(&in);
	if (take_text(&in, "0x")) {
		(void)take_word(&in);
		if (!take_text(&in, " in "))
			return false;
	}
	frame.symbol = take_until(&in, " (");
	if (!frame.symbol.len)
		return false;
	if (take_until_last(&in, ") at ").at)
		(void)take_place(&in, &frame);
	else if (!take_until_last(&in, ") from ").at && in.at[-1] != '(')
		return false;
	group_frame(p, &frame);
	return true;
}

static bool more_gdb(struct parser *p)
{
	if (*(p->body.len ? p->body.at : "") == '#')
		return take_gdb_frame(p);
	/* Until the first frame: where it stopped, and the source line. */
	return p->n_frames == 0 && p->number - p->head.output_line < 12;
}

/* The frame at which gdb stopped is repeated by the first of its backtrace. */
static bool take_gdb_trace(struct parser *p)
{
	struct diagnostic *head;

	if (!span_starts(p->line, "#0 ") || !span_find(p->line, " ("))
		return false;
	head = group_open(p, DIAGNOSTIC_CRASH, "gdb", more_gdb);
	p->is_unsure = true;
	if (take_gdb_frame(p) && p->frames[0].line) {
		head->message = p->frames[0].symbol;
		return true;
	}
	group_drop(p);
	return false;
}

static bool take_gdb_signal(struct parser *p)
{
	struct reading in = reading_of(p->line);
	struct diagnostic *head;
	struct span signal;

	if (!take_text(&in, "Program ") &&
	    !(take_text(&in, "Thread ") && take_until(&in, "\" ").at))
		return false;
	if (!take_text(&in, "received signal ") && !take_text(&in, "terminated with signal "))
		return false;
	head = group_open(p, DIAGNOSTIC_CRASH, "gdb", more_gdb);
	head->message = span_rest(&in);
	signal = take_until(&in, ", ");
	head->symbol = head->code = signal;
	return true;
}

/* glibc's assert(): "prog: file.c:12: func: Assertion `x' failed." */
static bool take_assertion(struct parser *p)
{
	struct reading in = reading_of(p->line);
	struct diagnostic place = { 0 };
	struct diagnostic *head;
	struct span symbol;

	if (!span_ends(p->line, "' failed."))
		return false;
	if (!take_until(&in, ": ").at || !take_place(&in, &place) || !take_text(&in, ": "))
		return false;
	symbol = take_until(&in, ": Assertion ");
	if (!symbol.at)
		return false;
	head = group_open(p, DIAGNOSTIC_CRASH, "assert", more_nothing);
	head->file = place.file;
	head->line = place.line;
	head->symbol = symbol;
	head->message = span_of(in.at - 10, in.end);
	return true;
}

/* bash: "a.sh: line 3: 1234 Segmentation fault      (core dumped) ./x". */
static bool take_signal(struct parser *p)
{
	static const char *const signals[] = {
		"Segmentation fault",
		"Aborted",
		"Bus error",
		"Floating point exception",
		"Illegal instruction",
		"Killed",
		"Trace/breakpoint trap",
	};
	struct reading in = { p->colon, p->line.at + p->line.len };
	struct diagnostic *head, place = { .file = span_of(p->line.at, p->colon) };
	uint32_t process;

	if (!take_text(&in, ": line ") || !take_number(&in, &place.line) || !take_text(&in, ":"))
		return false;
	take_blanks(&in);
	if (!take_number(&in, &process) || !take_text(&in, " "))
		return false;
	for (size_t i = 0; i < countof(signals); i++) {
		if (!span_starts(span_rest(&in), signals[i]))
			continue;
		head = group_open(p, DIAGNOSTIC_CRASH, "bash", more_nothing);
		head->file = place.file;
		head->line = place.line;
		head->message = span_rest(&in);
		head->code = span_of(in.at, in.at + strlen(signals[i]));
		return true;
	}
	return false;
}

/* The whole line. A program's name may stand before it. */
static bool take_bare_signal(struct parser *p)
{
	static const char *const lines[] = {
		"Segmentation fault (core dumped)",
		"Segmentation fault",
		"Aborted (core dumped)",
		"Bus error (core dumped)",
		"double free or corruption (out)",
		"double free or corruption (!prev)",
		"double free or corruption (fasttop)",
		"free(): invalid pointer",
		"free(): double free detected in tcache 2",
		"malloc(): corrupted top size",
		"corrupted size vs. prev_size",
		"munmap_chunk(): invalid pointer",
		"*** stack smashing detected ***: terminated",
	};

	for (size_t i = 0; i < countof(lines); i++) {
		if (span_is(p->line, lines[i])) {
			group_open(p, DIAGNOSTIC_CRASH, "signal", more_nothing)->message = p->line;
			return true;
		}
	}
	return false;
}

const struct row rows_memory[] = {
	{ "=", SHAPE_FLUSH, take_equals },
	{ "W", SHAPE_FLUSH | SHAPE_COLON_BLANK, take_sanitizer_warning },
	{ "#", SHAPE_FLUSH, take_gdb_trace },
	{ "PT", SHAPE_FLUSH, take_gdb_signal },
	{ "SABdfmc*", SHAPE_FLUSH, take_bare_signal },
	{ NULL, SHAPE_FLUSH | SHAPE_COLON_BLANK, take_assertion },
	{ NULL, SHAPE_FLUSH | SHAPE_COLON_BLANK, take_signal },
	{ 0 },
};
