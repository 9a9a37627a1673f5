/* SPDX-License-Identifier: MIT */
/*
 * Diagnostics of any bytes: pieces lie in the output, parents come before, lines are lines of the
 * output and in order, and what is found does not change when colours are put around every word.
 */
#include "graph/diagnostic.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
	const char *text;
	size_t len;
	uint32_t n_lines, last_line;
	int32_t n;
	uint64_t sum;
};

static void check_span(struct seen *seen, struct span span)
{
	if (span.len > 4096 || (span.len && memchr(span.at, '\n', span.len)))
		abort();
	if (seen->text && span.len &&
	    (span.at < seen->text || span.at + span.len > seen->text + seen->len))
		abort();
	for (size_t i = 0; i < span.len; i++)
		seen->sum = (seen->sum ^ (unsigned char)span.at[i]) * 0x100000001b3;
	seen->sum = (seen->sum ^ 0x100) * 0x100000001b3;
}

static int check(void *context, const struct diagnostic *d)
{
	struct seen *seen = context;
	struct buf path = { .max = 1 << 16 };

	if ((unsigned)d->kind >= DIAGNOSTIC_KIND_COUNT || !d->tool || !*d->tool)
		abort();
	if (d->parent < -1 || d->parent >= seen->n)
		abort();
	if (d->output_line < 1 || d->output_line > d->output_end_line ||
	    d->output_end_line > seen->n_lines)
		abort();
	if (d->output_line < seen->last_line && d->kind != DIAGNOSTIC_FRAME)
		abort();
	if (d->kind != DIAGNOSTIC_FRAME)
		seen->last_line = d->output_line;
	check_span(seen, d->file);
	check_span(seen, d->directory);
	check_span(seen, d->code);
	check_span(seen, d->message);
	check_span(seen, d->symbol);
	seen->sum = (seen->sum ^ d->line ^ (uint64_t)d->column << 32) * 0x100000001b3;
	seen->sum = (seen->sum ^ d->output_line ^ (uint64_t)d->kind << 32) * 0x100000001b3;
	seen->n++;
	diagnostic_relative("/src/app", d, &path);
	if (buf_error(&path) != 0)
		abort();
	buf_release(&path);
	return 0;
}

static void parse(const char *text, size_t len, bool is_plain, struct seen *ret)
{
	*ret = (struct seen){ .text = is_plain ? text : NULL, .len = len, .n_lines = 1 };
	for (size_t i = 0; i < len; i++)
		ret->n_lines += text[i] == '\n';
	if (diagnostic_parse(text, len, 10000, check, ret) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf coloured = { .max = 1 << 20 };
	struct seen plain, again;
	char *text = malloc(size + 1);

	if (!text)
		abort();
	memcpy(text, data, size); /* of its exact size: reading behind it is seen */
	text = realloc(text, size ? size : 1);
	parse(text, size, !memchr(text, '\033', size), &plain);
	if (plain.text) {
		buf_add_str(&coloured, "\033[0m");
		for (size_t i = 0; i < size; i++) {
			buf_add_char(&coloured, text[i]);
			if (text[i] == ' ' || text[i] == ':')
				buf_add_str(&coloured, "\033[1;31m");
		}
		parse(coloured.data, coloured.len, false, &again);
		if (again.n != plain.n || again.sum != plain.sum)
			abort();
	}
	buf_release(&coloured);
	free(text);
	return 0;
}
