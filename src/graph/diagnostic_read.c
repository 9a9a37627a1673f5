/* SPDX-License-Identifier: MIT */
/* The pieces that the forms of diagnostics have in common. */
#include "graph/diagnostic_read.h"

#include "base/attr.h"

enum { PLACE_PATH_MAX = 1024, CODE_MAX = 100 };

bool take_number(struct reading *in, uint32_t *ret)
{
	const char *from = in->at;
	uint32_t n = 0;

	while (in->at < in->end && is_digit(*in->at) && in->at - from < 9)
		n = n * 10 + (uint32_t)(*in->at++ - '0');
	if (in->at == from || (in->at < in->end && is_digit(*in->at))) {
		in->at = from;
		return false;
	}
	*ret = n;
	return true;
}

struct span take_until(struct reading *in, const char *stop)
{
	const char *from = in->at, *at = span_find(span_rest(in), stop);

	if (!at)
		return (struct span){ 0 };
	in->at = at + strlen(stop);
	return span_of(from, at);
}

struct span take_until_last(struct reading *in, const char *stop)
{
	const char *from = in->at, *last = NULL;
	size_t len = strlen(stop);

	for (const char *at = in->end - len; at >= from; at--) {
		if (memcmp(at, stop, len) == 0) {
			last = at;
			break;
		}
	}
	if (!last)
		return (struct span){ 0 };
	in->at = last + len;
	return span_of(from, last);
}

struct span take_word(struct reading *in)
{
	const char *from = in->at;

	while (in->at < in->end && !is_blank(*in->at))
		in->at++;
	return span_of(from, in->at);
}

bool take_place(struct reading *in, struct diagnostic *diagnostic)
{
	static const char never_first[] = " \t+-=<>|#\"'`({[*,;:";
	const char *from = in->at, *colon;
	size_t len = (size_t)(in->end - from), drive;
	uint32_t line, column = 0;

	if (len < 3 || memchr(never_first, *from, sizeof(never_first)))
		return false;
	drive = is_letter(from[0]) && from[1] == ':' && (from[2] == '\\' || from[2] == '/') ? 2 : 0;
	colon = memchr(from + drive, ':', len - drive);
	if (!colon || colon - from > PLACE_PATH_MAX || is_blank(colon[-1]))
		return false;
	while (from < colon && is_digit(*from))
		from++;
	if (from == colon) /* "12:30: ..." is a time */
		return false;
	from = in->at;
	in->at = colon + 1;
	if (!take_number(in, &line)) {
		in->at = from;
		return false;
	}
	if (in->end - in->at > 1 && in->at[0] == ':' && is_digit(in->at[1])) {
		in->at++;
		if (!take_number(in, &column))
			in->at--;
	}
	diagnostic->file = span_of(from, colon);
	diagnostic->line = line;
	diagnostic->column = column;
	return true;
}

struct span span_trim(struct span span)
{
	while (span.len && is_blank(*span.at)) {
		span.at++;
		span.len--;
	}
	while (span.len && is_blank(span.at[span.len - 1]))
		span.len--;
	return span;
}

static bool is_name(struct span name)
{
	/* Types are quoted too, and are not what a message is about. */
	static const char *const types[] = { "int",    "char",   "long",     "short", "double",
					     "float",  "void",   "unsigned", "bool",  "string",
					     "number", "object", "boolean",  "str",   "never" };

	if (!name.len || !(is_letter(*name.at) || *name.at == '_' || *name.at == '~'))
		return false;
	for (size_t i = 0; i < name.len; i++) {
		if (!is_letter(name.at[i]) && !is_digit(name.at[i]) &&
		    (!name.at[i] || !strchr("_.:~$-/@", name.at[i])))
			return false;
	}
	for (size_t i = 0; i < countof(types); i++) {
		if (span_is(name, types[i]))
			return false;
	}
	return true;
}

struct span span_quoted_name(struct span span)
{
	static const struct {
		const char *open, *close;
	} quotes[] = {
		{ "\xe2\x80\x98", "\xe2\x80\x99" },
		{ "`", "'" },
		{ "'", "'" },
		{ "`", "`" },
		{ "\"", "\"" },
	};

	for (size_t i = 0; i < countof(quotes); i++) {
		struct reading in = reading_of(span);
		struct span name;

		if (!take_until(&in, quotes[i].open).at)
			continue;
		name = take_until(&in, quotes[i].close);
		if (is_name(name))
			return name;
	}
	return (struct span){ 0 };
}

bool span_has_ending(struct span path, const char *endings)
{
	while (*endings) {
		size_t len = strcspn(endings, " ");

		if (path.len > len && memcmp(path.at + path.len - len, endings, len) == 0)
			return true;
		endings += len + (endings[len] == ' ');
	}
	return false;
}

bool span_is_exception(struct span span)
{
	static const char endings[] = "Error Exception Interrupt Exit Failure Throwable Warning "
				      "Failed Iteration Fault Violation Group ";

	if (!span.len || span.len > CODE_MAX || !is_letter(*span.at))
		return false;
	for (size_t i = 0; i < span.len; i++) {
		char c = span.at[i];

		if (!is_letter(c) && !is_digit(c) && !strchr("_.$:\\", c))
			return false;
		if (c == '\0')
			return false;
	}
	for (const char *end = endings; *end; end += strcspn(end, " ") + 1) {
		size_t len = strcspn(end, " ");

		if (span.len >= len && memcmp(span.at + span.len - len, end, len) == 0)
			return true;
	}
	return false;
}

bool cut_code(struct span *message, struct span *ret_code)
{
	const char *open;
	size_t len;

	if (message->len < 3 || message->at[message->len - 1] != ']')
		return false;
	open = memrchr(message->at, '[', message->len);
	if (!open || (open > message->at && open[-1] != ' '))
		return false;
	len = (size_t)(message->at + message->len - 1 - open - 1);
	if (len == 0 || len > CODE_MAX || memchr(open + 1, ' ', len))
		return false;
	*ret_code = (struct span){ open + 1, len };
	message->len = (size_t)(open - message->at);
	*message = span_trim(*message);
	return true;
}

static bool span_is_duration(struct span span)
{
	size_t at = 0;

	while (at < span.len && (is_digit(span.at[at]) || span.at[at] == '.'))
		at++;
	if (at == 0)
		return false;
	span.at += at;
	span.len -= at;
	return span_is(span, "s") || span_is(span, "ms") || span_is(span, " ms") ||
	       span_is(span, " s") || span_is(span, " sec") || span_is(span, "m");
}

bool cut_duration(struct span *name)
{
	struct span rest = span_trim(*name);
	const char *from = rest.at + rest.len;
	bool is_closed = rest.len && from[-1] == ')';

	if (is_closed) {
		from = memrchr(rest.at, '(', rest.len);
		if (!from || !span_is_duration(span_of(from + 1, rest.at + rest.len - 1)))
			return false;
	} else {
		while (from > rest.at && !is_blank(from[-1]))
			from--;
		if (from == rest.at || !span_is_duration(span_of(from, rest.at + rest.len)))
			return false;
	}
	*name = span_trim(span_of(rest.at, from));
	return true;
}
