/* SPDX-License-Identifier: MIT */
/*
 * Diagnostics of standard input, for comparison with what the tools say in other ways: one record
 * a diagnostic, ended by RS, its fields by US: kind, tool, file, line, column, code, symbol,
 * message, parent.
 */
#include "base/buf.h"
#include "graph/diagnostic.h"

#include <stdio.h>
#include <stdlib.h>

static void print_span(struct span span)
{
	(void)fwrite(span.len ? span.at : "", 1, span.len, stdout);
	(void)putchar('\x1f');
}

static int print(void *context, const struct diagnostic *d)
{
	(void)context;
	printf("%s\x1f%s\x1f", diagnostic_kind_name(d->kind), d->tool);
	print_span(d->file);
	printf("%u\x1f%u\x1f", d->line, d->column);
	print_span(d->code);
	print_span(d->symbol);
	print_span(d->message);
	printf("%d\x1e", d->parent);
	return 0;
}

int main(void)
{
	struct buf text = { .max = (size_t)1 << 30 };
	char chunk[65536];
	size_t n;

	while ((n = fread(chunk, 1, sizeof(chunk), stdin)) > 0)
		buf_add(&text, chunk, n);
	if (buf_error(&text) != 0 ||
	    diagnostic_parse(text.data, text.len, SIZE_MAX, print, NULL) != 0)
		return 1;
	buf_release(&text);
	return 0;
}
