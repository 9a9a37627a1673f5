/* SPDX-License-Identifier: MIT */
/* How much of an answer fits its budget: by writing it. An answer is small, writing it takes
 * microseconds, and nothing else knows exactly what a piece costs where it stands. */
#include "base/token_count.h"
#include "graph/answer_text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 256 << 20 };

struct fit {
	const struct answer_report *report;
	answer_render_fn *render;
	struct buf *out;
};

/* Writes it and says what it costs. */
static uint64_t cost(const struct fit *fit, struct answer_shape *shape)
{
	buf_clear(fit->out);
	shape->used = fit->report->budget; /* at its longest */
	fit->render(fit->report, shape, fit->out);
	return fit->out->data ? token_count(fit->out->data, fit->out->len) : 0;
}

/* What every reader needs, if it leaves room for lines. */
static void choose_frame(const struct fit *fit, struct answer_shape *shape)
{
	static const struct answer_shape frames[] = {
		{ .n_files = ANSWER_FILES_EXPLAINED, .n_named = ANSWER_FILES_EXPLAINED },
		{ .n_files = 20, .n_named = 30, .n_why = 4, .n_claims = 12 },
		{ .n_files = 14, .n_named = 30, .n_why = 3, .n_claims = 6 },
		{ .n_files = 10, .n_named = 30, .n_why = 2, .n_claims = 4 },
		{ .n_files = 8, .n_named = 24, .n_why = 1, .n_claims = 2 },
		{ .n_files = 5, .n_named = 16, .n_why = 1 },
		{ .n_files = 4, .n_named = 12 },
		{ .n_files = 3, .n_named = 6 },
		{ .n_files = 2, .n_named = 3 },
		{ .n_files = 1, .n_named = 1 },
		{ .n_files = 0 },
	};

	for (size_t i = !fit->report->explain; i < sizeof(frames) / sizeof(*frames); i++) {
		*shape = frames[i];
		if (shape->n_files > fit->report->answer->n_files)
			shape->n_files = fit->report->answer->n_files;
		if (shape->n_named > fit->report->answer->n_files)
			shape->n_named = fit->report->answer->n_files;
		if (cost(fit, shape) <= fit->report->budget * (i < 6 ? 40 : 60) / 100)
			return;
	}
}

/* The greatest value of *field up to max with which it still fits. */
static void grow(const struct fit *fit, struct answer_shape *shape, uint32_t *field, uint32_t max)
{
	uint32_t low = 0, high = max;

	while (low < high) {
		uint32_t middle = low + (high - low + 1) / 2;

		*field = middle;
		if (cost(fit, shape) <= fit->report->budget)
			low = middle;
		else
			high = middle - 1;
	}
	*field = low;
}

/* Ranges that could fit at all, going by the bytes of their text alone, and the longest of them. */
static uint32_t count_ranges(const struct answer_report *report, uint32_t *ret_longest)
{
	enum { TOKEN_BYTES = 8 }; /* no text has fewer tokens than one in so many bytes */
	const struct answer *answer = report->answer;
	uint32_t n = 0, n_all = 0;
	uint64_t *bytes; /* by order */

	*ret_longest = 0;
	for (size_t f = 0; f < answer->n_files; f++)
		n_all += (uint32_t)answer->files[f].n_ranges;
	bytes = calloc(n_all + 1, sizeof(*bytes));
	for (size_t f = 0; bytes && f < answer->n_files; f++) {
		for (size_t i = 0; i < answer->files[f].n_ranges; i++) {
			const struct answer_range *range = &answer->files[f].ranges[i];
			uint32_t lines = range->end_line - range->line + 1;

			/* Those of files that are only named cost nothing. */
			bytes[range->order] = f < ANSWER_FILES_SHOWN ? range->len : 0;
			if (lines > *ret_longest)
				*ret_longest = lines;
		}
	}
	for (uint64_t sum = 0; bytes && n < n_all && sum <= report->budget * TOKEN_BYTES; n++)
		sum += bytes[n];
	free(bytes);
	return n;
}

int answer_write(const struct answer_report *report, enum answer_format format, struct buf *out)
{
	/* Bare ranges are those that Markdown would show: the budget is of what will be read. */
	answer_render_fn *fitted = format == ANSWER_JSON ? answer_render_json : answer_render_md;
	struct fit fit = { report, fitted, out };
	struct answer_shape shape;
	uint32_t longest, n = count_ranges(report, &longest);
	uint64_t used;

	choose_frame(&fit, &shape);
	grow(&fit, &shape, &shape.n_ranges, n);
	if (shape.n_ranges < n)
		grow(&fit, &shape, &shape.n_lines, longest - 1);
	used = cost(&fit, &shape);
	buf_clear(out);
	shape.used = used;
	(format == ANSWER_RANGES ? answer_render_ranges : fitted)(report, &shape, out);
	return buf_error(out) ? -ENOMEM : 0;
}

/* ---- pieces ---- */

struct part {
	uint32_t line, end_line;
	const struct answer_range *range;
	size_t len;
};

static int compare_parts(const void *a_, const void *b_)
{
	const struct part *a = a_, *b = b_;

	return (a->line > b->line) - (a->line < b->line);
}

/* As much of a range as the shape has room for. */
static bool take_part(const struct answer_range *range, const struct answer_shape *shape,
		      struct part *ret)
{
	*ret = (struct part){ range->line, range->end_line, range, range->len };
	if (range->order < shape->n_ranges)
		return true;
	if (range->order > shape->n_ranges || !shape->n_lines)
		return false;
	ret->len = 0;
	for (uint32_t i = 0; i < shape->n_lines && ret->len < range->len; i++) {
		const char *end = memchr(range->text + ret->len, '\n', range->len - ret->len);

		ret->len = end ? (size_t)(end - range->text) + 1 : range->len;
		ret->end_line = range->line + i;
	}
	return true;
}

void answer_each_piece(const struct answer_file *file, const struct answer_shape *shape,
		       answer_piece_fn *each, void *data)
{
	struct part *parts = calloc(file->n_ranges + 1, sizeof(*parts));
	size_t n = 0;

	for (size_t i = 0; parts && i < file->n_ranges; i++)
		n += take_part(&file->ranges[i], shape, &parts[n]);
	if (parts)
		qsort(parts, n, sizeof(*parts), compare_parts);
	for (size_t i = 0; i < n;) {
		struct answer_piece piece = { .line = parts[i].line,
					      .symbol = parts[i].range->symbol };

		buf_init(&piece.text, TEXT_MAX);
		do {
			piece.end_line = parts[i].end_line;
			buf_add(&piece.text, parts[i].range->text, parts[i].len);
			i++;
		} while (i < n && parts[i].line == piece.end_line + 1);
		each(data, &piece);
		buf_release(&piece.text);
	}
	free(parts);
}
