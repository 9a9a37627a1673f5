/* SPDX-License-Identifier: MIT */
/*
 * Printing. Matching lines come in groups: in line mode a group is one line, in multiline mode
 * all lines of matches that overlap or touch. Around groups stands their context, no line twice.
 */
#include "scan/print.h"

struct printer {
	const struct print_conf *conf;
	const struct print_file *file;
	struct buf *out;
	size_t n_lines;
	size_t printed_to; /* byte after the last line printed; 0 = nothing yet */
	size_t number_at;  /* the line that starts here … */
	uint64_t number;   /* … has this number; 0 = not known yet */
};

static uint64_t number_of(struct printer *p, size_t start)
{
	if (!p->number || p->number_at != start) {
		p->number = line_number(p->file->lines, start);
		p->number_at = start;
	}
	return p->number;
}

static void print_text(struct printer *p, size_t line_at, char mark, size_t start, size_t end)
{
	const struct print_file *file = p->file;
	size_t len = end - start;
	char *to = buf_reserve(p->out, file->path_len + len + 24);
	char *at = to;

	if (!to)
		return;
	memcpy(at, file->path, file->path_len);
	at += file->path_len;
	*at++ = mark;
	if (p->conf->line_numbers) {
		char digits[24];
		size_t n = 0;
		uint64_t number = number_of(p, line_at);

		do {
			digits[n++] = (char)('0' + number % 10);
			number /= 10;
		} while (number);
		while (n)
			*at++ = digits[--n];
		*at++ = mark;
	}
	memcpy(at, file->data + start, len);
	at += len;
	*at++ = '\n';
	buf_advance(p->out, (size_t)(at - to));
	p->n_lines++;
}

static void print_line(struct printer *p, char mark, struct line line)
{
	print_text(p, line.start, mark, line.start, line.end);
	p->printed_to = line.end + 1;
	if (p->number && p->number_at == line.start) {
		p->number_at = line.end + 1;
		p->number++;
	}
}

/* A line that starts at `start` comes next: say so if lines before it were left out. */
static void print_gap(struct printer *p, size_t start)
{
	if ((p->conf->before || p->conf->after) && p->printed_to && start > p->printed_to) {
		buf_add(p->out, "--\n", 3);
		p->n_lines++;
	}
}

static void print_before(struct printer *p, size_t group_start)
{
	const unsigned char *data = p->file->data;
	size_t at = group_start;

	for (uint32_t i = 0; i < p->conf->before && at > p->printed_to; i++)
		at = line_start(data, at - 1);
	if (at < p->printed_to)
		at = p->printed_to;
	print_gap(p, at);
	while (at < group_start) {
		struct line line = { at, line_end(data, group_start, at) };

		print_line(p, '-', line);
		at = line.end + 1;
	}
}

static void print_after(struct printer *p, size_t next_group)
{
	for (uint32_t i = 0; i < p->conf->after && p->printed_to < next_group; i++) {
		struct line line = { p->printed_to,
				     line_end(p->file->data, next_group, p->printed_to) };

		print_line(p, '-', line);
	}
}

/* The first match at or behind `at`, as ripgrep finds it: an empty one may also stand between the
 * bytes of a character, where PCRE2 would not look. */
static bool next_match(const struct print_file *file, const struct subject *subject, size_t at,
		       size_t ret_bounds[2])
{
	const struct matcher *matcher = file->matcher;

	while (!matcher->regex.is_bytes && at < subject->len &&
	       (subject->text[at] & 0xc0) == 0x80) {
		if (matcher->regex.root && regex_is_empty_anywhere(matcher->regex.root)) {
			ret_bounds[0] = ret_bounds[1] = at;
			return true;
		}
		at++;
	}
	return matcher_find(file->matcher, file->scratch, subject, at, ret_bounds) > 0;
}

/* -o in line mode: each match of the line. */
static void print_matches(struct printer *p, struct line line)
{
	const struct print_file *file = p->file;
	struct subject subject = { file->data + line.start, line.end - line.start, false };
	size_t at = 0, last_end = SIZE_MAX, bounds[2];

	subject.is_ascii = text_is_ascii(subject.text, subject.len);
	while (at <= subject.len && next_match(file, &subject, at, bounds)) {
		bool is_empty = bounds[0] == bounds[1];
		/* An empty match counts neither just behind another one nor where the file ends. */
		bool is_void =
			is_empty && (bounds[0] == last_end || line.start + bounds[0] == file->len);

		if (!is_void)
			print_text(p, line.start, ':', line.start + bounds[0],
				   line.start + bounds[1]);
		last_end = bounds[1];
		at = bounds[1] + is_empty;
	}
	p->printed_to = line.end + 1;
}

/* Multiline: the lines of a match, or with -o the parts of them that are its own. */
static void print_span(struct printer *p, struct line group, const struct line *matches, size_t n)
{
	const unsigned char *data = p->file->data;

	for (size_t at = group.start; at < group.end;) {
		struct line line = { at, line_end(data, group.end, at) };

		at = line.end + 1;
		if (!p->conf->only_matching) {
			print_line(p, ':', line);
			continue;
		}
		for (size_t i = 0; i < n; i++) {
			size_t start =
				matches[i].start > line.start ? matches[i].start : line.start;
			size_t end = matches[i].end < line.end ? matches[i].end : line.end;

			if (start < end)
				print_text(p, line.start, ':', start, end);
		}
	}
	p->printed_to = group.end;
}

static void print_groups(struct printer *p, const struct hits *hits)
{
	for (size_t i = 0; i < hits->n;) {
		struct line group = lines_of_match(p->file->data, p->file->len, hits->items[i]);
		size_t first = i++;

		while (i < hits->n) {
			struct line next =
				lines_of_match(p->file->data, p->file->len, hits->items[i]);

			if (next.start > group.end)
				break;
			group.end = next.end > group.end ? next.end : group.end;
			i++;
		}
		if (group.start >= group.end)
			continue;
		if (p->printed_to)
			print_after(p, group.start);
		print_before(p, group.start);
		print_span(p, group, hits->items + first, i - first);
	}
}

size_t print_hits(const struct print_conf *conf, const struct print_file *file,
		  const struct hits *hits, struct buf *out)
{
	struct printer p = { .conf = conf, .file = file, .out = out };

	if (file->matcher->is_multiline) {
		print_groups(&p, hits);
	} else {
		for (size_t i = 0; i < hits->n; i++) {
			struct line line = hits->items[i];

			if (p.printed_to)
				print_after(&p, line.start);
			print_before(&p, line.start);
			if (conf->only_matching)
				print_matches(&p, line);
			else
				print_line(&p, ':', line);
		}
	}
	if (p.printed_to)
		print_after(&p, file->len);
	return p.n_lines;
}
