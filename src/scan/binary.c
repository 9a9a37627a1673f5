/* SPDX-License-Identifier: MIT */
/* Where ripgrep 13 stops in a file with a NUL: a model of its line buffer. */
#include "scan/binary.h"

enum {
	BUFFER = 64 << 10, /* its first size; it triples when a line does not fit */
	PEEK = 3,          /* what is read first, to see a byte order mark */
};

size_t binary_limit(const struct text *text)
{
	return text->nul_at < PEEK ? 0 : line_start(text->data, text->nul_at);
}

/* Start of the last `n` lines of data[from, end), end being behind a newline. */
static size_t last_lines(const unsigned char *data, size_t from, size_t end, size_t n)
{
	size_t at = end;

	while (n-- > 0 && at > from)
		at = line_start(data, at - 1);
	return at > from ? at : from;
}

/* Behind the last line below `end` that a query has printed, context included. */
static size_t printed_to(const struct text *text, const struct print_conf *context,
			 const struct hits *hits, size_t end)
{
	size_t n = hits->n, at;

	while (n && hits->items[n - 1].start >= end)
		n--;
	if (!n)
		return 0;
	at = hits->items[n - 1].end + 1;
	for (uint32_t i = 0; i < context->after && at < end; i++)
		at = line_end(text->data, end, at) + 1;
	return at < end ? at : end;
}

size_t binary_line_limit(const struct text *text, const struct print_conf *context,
			 const struct hits *hits)
{
	uint32_t keep = context->before > context->after ? context->before : context->after;
	size_t cap = BUFFER, kept = 0, end = 0, searched = 0, want = PEEK;

	while (end < text->len) {
		size_t n = want < text->len - end ? want : text->len - end;
		const unsigned char *newline = memrchr(text->data + end, '\n', n);

		if (text->nul_at < end + n)
			return searched;
		end += n;
		if (newline) {
			searched = (size_t)(newline - text->data) + 1;
			if (keep) {
				/* It keeps one line more than the context needs. */
				size_t lines = last_lines(text->data, kept, searched, keep + 1);
				size_t printed = printed_to(text, context, hits, searched);

				kept = lines > printed ? lines : printed;
			} else {
				kept = searched;
			}
		}
		while (end - kept >= cap)
			cap *= 3;
		want = cap - (end - kept);
	}
	return searched;
}

size_t binary_multiline_hits(const struct text *text, const struct hits *hits)
{
	size_t group_end = 0, first = 0;

	if (text->nul_at < BUFFER)
		return 0;
	for (size_t i = 0; i < hits->n; i++) {
		struct line lines = lines_of_match(text->data, text->len, hits->items[i]);

		if (lines.start > group_end)
			first = i;
		group_end = lines.end;
		if (memchr(text->data + lines.start, 0, lines.end - lines.start))
			return first;
	}
	return hits->n;
}

size_t binary_named_hits(const struct text *text, const struct hits *hits)
{
	size_t n = 0;

	if (text->nul_at < BUFFER)
		return 0;
	while (n < hits->n && !memchr(text->data + hits->items[n].start, 0,
				      hits->items[n].end - hits->items[n].start))
		n++;
	return n;
}
