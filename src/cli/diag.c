/* SPDX-License-Identifier: MIT */
/* Messages to people. */
#include "cli/diag.h"

#include "base/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { SHOWN_MAX = 160 }; /* bytes of a line; what lies further right is not shown */

void diag_say(const char *format, ...)
{
	char text[ERROR_TEXT_MAX + 256];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(text, sizeof(text), format, ap); /* cut if too long */
	va_end(ap);
	(void)fprintf(stderr, "volley: %s\n", text);
}

void diag_error(const struct error *err)
{
	diag_say("%s", err->text);
}

/* Where a line (from 1) starts, or NULL. */
static const char *find_line(const struct diag_text *text, unsigned line)
{
	const char *at = text->data, *end = text->data + text->len;

	for (unsigned i = 1; i < line && at; i++) {
		at = memchr(at, '\n', (size_t)(end - at));
		at = at ? at + 1 : NULL;
	}
	return at && at < end ? at : NULL;
}

/* The line, and below it a caret in the column (in characters, from 1). */
static void show(const struct diag_text *text, struct place place)
{
	const char *line = find_line(text, place.line), *end;
	size_t len, at = 0;

	if (!line)
		return;
	end = memchr(line, '\n', (size_t)(text->data + text->len - line));
	len = (size_t)((end ? end : text->data + text->len) - line);
	len = len < SHOWN_MAX ? len : SHOWN_MAX;
	(void)fprintf(stderr, "  %.*s\n  ", (int)len, line);
	for (unsigned column = 1; column < place.column && at < len; column++) {
		size_t n = utf8_sequence((const unsigned char *)line + at, len - at);

		(void)fputc(line[at] == '\t' ? '\t' : ' ', stderr);
		at += n ? n : 1;
	}
	(void)fputs("^\n", stderr);
}

void diag_problems(const struct diag_text *text, const struct problems *problems)
{
	for (size_t i = 0; i < problems->n; i++) {
		const struct problem *problem = &problems->items[i];

		if (!problem->place.line) {
			(void)fprintf(stderr, "%s: %s\n", text->name, problem->error.text);
			continue;
		}
		(void)fprintf(stderr, "%s:%u:%u: %s\n", text->name, problem->place.line,
			      problem->place.column, problem->error.text);
		show(text, problem->place);
	}
	if (problems->n_dropped)
		diag_say("and %zu more problems", problems->n_dropped);
}
