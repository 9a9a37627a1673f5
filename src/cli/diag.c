/* SPDX-License-Identifier: MIT */
/* Messages to people. */
#include "cli/diag.h"

#include <stdarg.h>
#include <stdio.h>

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

void diag_problems(const struct quoted_text *text, const struct problems *problems)
{
	CLEANUP(buf) struct buf buf = { .max = 1 << 20 };

	quote_problems(&buf, text, problems);
	(void)fputs(buf.data ? buf.data : "volley: out of memory\n", stderr);
}
