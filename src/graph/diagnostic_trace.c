/* SPDX-License-Identifier: MIT */
/* Stack traces of Python, Java, JavaScript, Go, Rust, Ruby and PHP. */
#include "graph/diagnostic_work.h"

/* Python: frames come first, innermost last, then the exception. */

enum python_step { PYTHON_FRAMES, PYTHON_MESSAGE };

/* '  File "a.py", line 3, in f'. */
bool take_python_frame(struct reading in, struct diagnostic *frame)
{
	if (!take_text(&in, "File \""))
		return false;
	frame->file = take_until(&in, "\", line ");
	if (!frame->file.at || !take_number(&in, &frame->line))
		return false;
	if (take_text(&in, ", in "))
		frame->symbol = span_rest(&in);
	return in.at == in.end || frame->symbol.at;
}

static void end_python(struct parser *p, struct span line)
{
	struct reading in = reading_of(line);
	struct span type = take_until(&in, ": ");

	p->head.symbol = type.at ? type : line;
	p->head.message = line;
	p->head.code = (struct span){ 0 };
	(void)group_extend(p);
}

static bool more_python(struct parser *p)
{
	struct diagnostic frame = { 0 };
	struct reading in = reading_of(p->body);
	struct span type;

	if (p->step == PYTHON_MESSAGE || !p->body.len)
		return false;
	if (p->indent > p->margin) {
		if (take_python_frame(in, &frame))
			group_frame(p, &frame);
		return p->number - p->head.output_line < 5000 && group_extend(p);
	}
	type = take_until(&in, ": ");
	type = type.at ? type : p->body;
	if (p->n_frames == 0 || !type.len || memchr(type.at, ' ', type.len))
		return false;
	end_python(p, p->body);
	p->step = PYTHON_MESSAGE;
	return true;
}

static bool take_traceback(struct parser *p)
{
	if (!span_is(p->body, "Traceback (most recent call last):"))
		return false;
	(void)group_open(p, DIAGNOSTIC_CRASH, "python", more_python);
	p->is_unsure = p->is_newest_last = true;
	return true;
}

/* A syntax error has no traceback, only the frame. */
static bool take_python_syntax(struct parser *p)
{
	struct diagnostic frame = { 0 };

	if (p->indent != 2 || !take_python_frame(reading_of(p->body), &frame) || frame.symbol.at)
		return false;
	(void)group_open(p, DIAGNOSTIC_CRASH, "python", more_python);
	p->is_unsure = p->is_newest_last = true;
	p->margin = 0;
	group_frame(p, &frame);
	return true;
}

/* Java, JavaScript and .NET: "at NAME(PLACE)" below the exception. */

/* "java.lang.Error: text" or "Uncaught TypeError: text": the type, or nothing. */
static struct span exception_of(struct span line)
{
	struct reading in = reading_of(line);
	struct span type;

	(void)(take_text(&in, "Uncaught ") || take_text(&in, "Unhandled exception. "));
	type = take_until(&in, ": ");
	if (!type.at)
		type = take_until(&in, " [");
	if (!type.at)
		type = span_rest(&in);
	return span_is_exception(type) ? type : (struct span){ 0 };
}

/* Java's "Main.java:12", "Native Method", "Unknown Source". */
static void take_java_place(struct span place, struct diagnostic *frame)
{
	struct reading in = reading_of(place);

	if (!take_place(&in, frame) && !memchr(place.at, ' ', place.len))
		frame->file = place;
}

/* "file:///src/a.mjs:3:5" and "/src/a.js:3:5": what stands behind the last two colons. */
static bool take_script_place(struct span place, struct diagnostic *frame)
{
	struct reading in = reading_of(place);
	struct span path;

	path = take_until_last(&in, ":");
	if (!path.at || !take_number(&in, &frame->column) || in.at != in.end)
		return false;
	in = reading_of(path);
	path = take_until_last(&in, ":");
	if (!path.at || !path.len || !take_number(&in, &frame->line) || in.at != in.end)
		return false;
	frame->file = path;
	return true;
}

/* .NET: "at Ns.Class.Method(String a) in /src/a.cs:line 12". */
static bool take_dotnet_frame(struct reading in, struct diagnostic *frame)
{
	struct span call = take_until(&in, ") in ");
	struct reading name = reading_of(call);

	frame->symbol = take_until(&name, "(");
	frame->file = take_until_last(&in, ":line ");
	return frame->symbol.len && frame->file.len && take_number(&in, &frame->line) &&
	       in.at == in.end;
}

bool take_at_frame(struct span body, struct diagnostic *frame, const char **ret_tool)
{
	struct reading in = reading_of(body);
	struct span place;

	if (!take_text(&in, "at "))
		return false;
	(void)take_text(&in, "async ");
	if (in.end - in.at > 2 && in.end[-1] == '{') /* node, before the error's fields */
		in.end -= 2;
	*ret_tool = "node";
	if (span_find(span_rest(&in), ") in ") && take_dotnet_frame(in, frame)) {
		*ret_tool = "dotnet";
		return true;
	}
	if (in.at == in.end || in.end[-1] != ')')
		return take_script_place(span_rest(&in), frame) &&
		       (span_starts(frame->file, "node:") ||
			span_has_ending(frame->file, ".js .ts .mjs .cjs .jsx .tsx "));
	in.end--;
	frame->symbol = take_until_last(&in, " (");
	if (!frame->symbol.at) {
		*ret_tool = "java";
		frame->symbol = take_until(&in, "(");
	}
	if (!frame->symbol.len || in.at == in.end)
		return false;
	place = span_rest(&in);
	if (**ret_tool == 'n')
		return take_script_place(place, frame) || span_is(place, "<anonymous>") ||
		       span_is(place, "native");
	take_java_place(place, frame);
	return memchr(frame->symbol.at, '.', frame->symbol.len) &&
	       !memchr(frame->symbol.at, ' ', frame->symbol.len) &&
	       (frame->line || span_ends(place, "Native Method") ||
		span_ends(place, "Unknown Source") || span_ends(place, ".java"));
}

static bool more_at_frames(struct parser *p)
{
	struct diagnostic frame = { 0 };
	const char *tool;

	if (!p->indent)
		return p->body.len == 0 && p->n_frames == 0;
	if (take_at_frame(p->body, &frame, &tool)) {
		group_frame(p, &frame);
		return true;
	}
	return span_starts(p->body, "... ") && group_extend(p);
}

static bool take_caused_by(struct parser *p)
{
	struct span type;
	struct diagnostic *head;
	struct reading in = reading_of(p->body);
	int32_t effect;

	if (!take_text(&in, "Caused by: "))
		return false;
	group_close(p);
	effect = p->last_crash;
	type = exception_of(span_rest(&in));
	head = group_open(p, DIAGNOSTIC_CRASH, "java", more_at_frames);
	p->is_unsure = true;
	head->message = span_rest(&in);
	head->symbol = type;
	head->parent = effect;
	return true;
}

/* 'Exception in thread "main" java.lang.Error: text'; the frames say it is one. */
static bool take_exception_in(struct parser *p)
{
	struct reading in = reading_of(p->line);
	struct diagnostic *head;

	if (!take_text(&in, "Exception in thread \"") || !take_until(&in, "\" ").at)
		return false;
	head = group_open(p, DIAGNOSTIC_CRASH, "java", more_at_frames);
	head->message = span_rest(&in);
	head->symbol = exception_of(head->message);
	return true;
}

/* A first frame: the line before it is what was thrown. */
static bool take_first_at(struct parser *p)
{
	struct diagnostic frame = { 0 }, *head;
	struct span thrown = p->previous, type;
	const char *tool;

	if (!take_at_frame(p->body, &frame, &tool))
		return false;
	type = exception_of(thrown);
	head = group_open(p, DIAGNOSTIC_CRASH, tool, more_at_frames);
	if (thrown.len)
		group_begin(p, p->number - 1);
	head->message = thrown;
	head->symbol = type;
	if (*tool == 'n' && p->place_file.len && p->number - p->place_number < 10) {
		head->file = p->place_file;
		head->line = p->place_line;
	}
	p->place_file.len = 0;
	group_frame(p, &frame);
	return true;
}

/* Go: "goroutine 1 [running]:", then function and place in turn. */

static bool take_go_place(struct parser *p)
{
	struct reading in = reading_of(p->body);
	struct diagnostic frame = { 0 };

	if (!p->indent || !take_place(&in, &frame) || !span_has_ending(frame.file, ".go .s "))
		return false;
	frame.symbol = p->previous;
	frame.output_line = p->number - 1;
	for (size_t i = frame.symbol.len; i > 1; i--) {
		if (frame.symbol.at[i - 1] == '(' && frame.symbol.at[i] != '*') {
			frame.symbol.len = i - 1;
			break;
		}
	}
	if (span_starts(frame.symbol, "created by ")) {
		frame.symbol.at += 11;
		frame.symbol.len -= 11;
	}
	group_frame(p, &frame);
	return true;
}

static bool more_go(struct parser *p)
{
	if (take_go_place(p))
		return true;
	if (!p->body.len || p->indent)
		return p->body.len == 0 ||
		       (p->n_frames == 0 && p->number - p->head.output_line < 40);
	if (span_starts(p->body, "goroutine ") || span_starts(p->body, "[signal ") ||
	    span_starts(p->body, "created by ") || span_starts(p->body, "panic: "))
		return group_extend(p);
	/* A call, which the place on the next line confirms. */
	if (p->n_frames && !p->previous.len)
		return false;
	if (span_starts(p->body, "exit status ") || !memchr(p->body.at, '(', p->body.len))
		return false;
	return p->body.at[p->body.len - 1] == ')';
}

static bool take_go_panic(struct parser *p)
{
	struct reading in = reading_of(p->line);
	struct diagnostic *head;

	if (!take_text(&in, "panic: ") && !take_text(&in, "fatal error: "))
		return false;
	head = group_open(p, DIAGNOSTIC_CRASH, "go", more_go);
	p->is_unsure = true;
	head->message = span_rest(&in);
	return true;
}

/* Rust: "thread 'main' panicked at src/main.rs:2:5:" and the message below; before 1.73 the
 * message came first, in quotes. */

static bool more_panic(struct parser *p)
{
	struct diagnostic frame = { 0 };
	struct reading in = reading_of(p->body);
	uint32_t number;

	if (!p->head.message.len) {
		p->head.message = p->body;
		return p->body.len && group_extend(p);
	}
	if (span_is(p->line, "stack backtrace:") || span_starts(p->line, "note: "))
		return group_extend(p);
	if (!p->indent)
		return false;
	if (take_number(&in, &number) && take_text(&in, ": ")) {
		frame.symbol = span_rest(&in);
		group_frame(p, &frame);
		return true;
	}
	/* "  left: 1" of an assertion. */
	if (p->n_frames == 0)
		return ++p->step < 20 && group_extend(p);
	if (!take_text(&in, "at "))
		return false;
	(void)take_place(&in, &p->frames[p->n_frames - 1]);
	p->frames[p->n_frames - 1].output_end_line = p->number;
	return group_extend(p);
}

static bool take_panic(struct parser *p)
{
	struct reading in = reading_of(p->line);
	struct diagnostic *head, place = { 0 };
	struct span thread, message = { 0 };

	if (!take_text(&in, "thread '"))
		return false;
	thread = take_until(&in, "'");
	if (thread.at && take_text(&in, " ("))
		(void)take_until(&in, ")");
	if (!thread.at || !take_text(&in, " panicked at "))
		return false;
	if (take_text(&in, "'")) {
		message = take_until_last(&in, "', ");
		if (!message.at)
			return false;
	}
	if (!take_place(&in, &place))
		return false;
	head = group_open(p, DIAGNOSTIC_CRASH, "rust", more_panic);
	head->file = place.file;
	head->line = place.line;
	head->column = place.column;
	head->message = message;
	head->symbol = thread;
	return true;
}

/* Ruby: "a.rb:3:in `f': text (NoMethodError)", then "from a.rb:7:in `g'". */

static bool take_ruby_function(struct reading *in, struct diagnostic *frame)
{
	if (!take_text(in, ":in "))
		return false;
	in->at++; /* ` or ' */
	if (in->at >= in->end)
		return false;
	frame->symbol = take_until(in, "'");
	return frame->symbol.at != NULL;
}

static bool more_ruby(struct parser *p)
{
	struct reading in = reading_of(p->body);
	struct diagnostic frame = { 0 };

	if (p->n_frames == 1 && !p->body.len)
		return true; /* Before the source line of an error_highlight. */
	if (p->n_frames == 1 && p->step++ < 4 && p->indent && !span_starts(p->body, "from "))
		return group_extend(p);
	if (!p->indent || !take_text(&in, "from ") || !take_place(&in, &frame) ||
	    !take_ruby_function(&in, &frame))
		return false;
	group_frame(p, &frame);
	return true;
}

bool take_ruby(struct parser *p, const struct diagnostic *place, struct reading in)
{
	struct diagnostic frame = *place, *head;
	struct span message, class = { 0 };

	if (!take_ruby_function(&in, &frame) || !take_text(&in, ": "))
		return false;
	message = span_rest(&in);
	if (message.len && message.at[message.len - 1] == ')') {
		const char *open = memrchr(message.at, '(', message.len);

		if (open)
			class = span_of(open + 1, message.at + message.len - 1);
		if (open && open > message.at)
			message = span_trim(span_of(message.at, open));
	}
	head = group_open(p, DIAGNOSTIC_CRASH, "ruby", more_ruby);
	head->message = message;
	head->symbol = class;
	group_frame(p, &frame);
	return true;
}

/* PHP: "PHP Fatal error:  Uncaught Exception: text in /a.php:3", "Stack trace:",
 * "#0 /a.php(7): f()", "#1 {main}", "  thrown in /a.php on line 3". */

static bool more_php(struct parser *p)
{
	struct reading in = reading_of(p->body);
	struct diagnostic frame = { 0 };
	uint32_t number;

	if (span_is(p->line, "Stack trace:") || span_starts(p->body, "thrown in "))
		return group_extend(p);
	if (!take_text(&in, "#") || !take_number(&in, &number) || !take_text(&in, " "))
		return false;
	if (span_is(span_rest(&in), "{main}"))
		return group_extend(p);
	frame.file = take_until(&in, "(");
	if (!frame.file.at || !take_number(&in, &frame.line) || !take_text(&in, "): "))
		return false;
	frame.symbol = take_until(&in, "(");
	group_frame(p, &frame);
	return true;
}

static bool take_php(struct parser *p)
{
	static const struct {
		const char *start;
		enum diagnostic_kind kind;
	} starts[] = {
		{ "Fatal error: ", DIAGNOSTIC_ERROR }, { "Parse error: ", DIAGNOSTIC_ERROR },
		{ "Warning: ", DIAGNOSTIC_WARNING },   { "Notice: ", DIAGNOSTIC_NOTE },
		{ "Deprecated: ", DIAGNOSTIC_NOTE },
	};
	struct reading in = reading_of(p->line);
	struct diagnostic *head, place = { 0 };
	struct span message;

	(void)take_text(&in, "PHP ");
	for (size_t i = 0; i < countof(starts); i++) {
		if (!take_text(&in, starts[i].start))
			continue;
		take_blanks(&in);
		message = take_until_last(&in, " in ");
		place.file = take_until(&in, " on line ");
		if (!place.file.at) {
			if (!span_starts(message, "Uncaught ") || !take_place(&in, &place))
				return false;
		} else if (!take_number(&in, &place.line) || in.at != in.end) {
			return false;
		}
		if (!message.at)
			return false;
		head = group_open(p, starts[i].kind, "php", more_php);
		head->file = place.file;
		head->line = place.line;
		head->message = message;
		if (span_starts(message, "Uncaught ")) {
			head->kind = DIAGNOSTIC_CRASH;
			head->symbol = exception_of(message);
		}
		return true;
	}
	return false;
}

const struct row rows_trace[] = {
	{ "T", 0, take_traceback },
	{ "F", SHAPE_INDENTED | SHAPE_LINE_END, take_python_syntax },
	{ "a", SHAPE_INDENTED, take_first_at },
	{ "C", SHAPE_COLON_BLANK, take_caused_by },
	{ "E", SHAPE_FLUSH, take_exception_in },
	{ "pf", SHAPE_FLUSH | SHAPE_COLON_BLANK, take_go_panic },
	{ "t", SHAPE_FLUSH, take_panic },
	{ "PFWND", SHAPE_FLUSH | SHAPE_COLON_BLANK | SHAPE_LINE_END, take_php },
	{ 0 },
};
