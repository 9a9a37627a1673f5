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
	shape->used = fit->report->account.budget; /* at its longest */
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
	uint64_t budget = fit->report->account.budget;

	for (size_t i = !fit->report->explain; i < sizeof(frames) / sizeof(*frames); i++) {
		*shape = frames[i];
		if (shape->n_files > fit->report->answer->n_files)
			shape->n_files = fit->report->answer->n_files;
		if (shape->n_named > fit->report->answer->n_files)
			shape->n_named = fit->report->answer->n_files;
		if (cost(fit, shape) <= budget * (i < 6 ? 40 : i < 9 ? 60 : 85) / 100)
			return;
	}
}

static bool fits(const struct fit *fit, struct answer_shape *shape, uint32_t *field, uint32_t value)
{
	*field = value;
	return cost(fit, shape) <= fit->report->account.budget;
}

/* The greatest value of *field up to max with which it still fits, by bisection of a bracket that
 * is opened around a guess: writing and counting is what takes the time. */
static void grow(const struct fit *fit, struct answer_shape *shape, uint32_t *field, uint32_t guess,
		 uint32_t max)
{
	uint32_t low = 0, high = max; /* low fits; nothing over high does */

	if (guess > max)
		guess = max;
	if (fits(fit, shape, field, guess)) {
		low = guess;
		for (uint32_t step = 1; low + step <= max; step *= 2) {
			if (!fits(fit, shape, field, low + step)) {
				high = low + step - 1;
				break;
			}
			low += step;
		}
	} else {
		high = guess ? guess - 1 : 0; /* nothing is what is left, fit or not */
		for (uint32_t step = 1; step < high; step *= 2) {
			if (fits(fit, shape, field, high - step)) {
				low = high - step;
				break;
			}
			high -= step + 1;
		}
	}
	while (low < high) {
		uint32_t middle = low + (high - low + 1) / 2;

		if (fits(fit, shape, field, middle))
			low = middle;
		else
			high = middle - 1;
	}
	*field = low;
}

/* All ranges by their order, and what those that may be shown cost, about. */
struct costs {
	const struct answer_range **ranges;
	uint32_t n;
};

static int list_ranges(const struct answer *answer, struct costs *ret)
{
	*ret = (struct costs){ 0 };
	for (size_t f = 0; f < answer->n_files; f++)
		ret->n += (uint32_t)answer->files[f].n_ranges;
	ret->ranges = calloc(ret->n + 1, sizeof(*ret->ranges));
	for (size_t f = 0; ret->ranges && f < answer->n_files; f++) {
		for (size_t i = 0; i < answer->files[f].n_ranges; i++)
			ret->ranges[answer->files[f].ranges[i].order] = &answer->files[f].ranges[i];
	}
	return ret->ranges ? 0 : -ENOMEM;
}

/* How many of the ranges fit, going by each alone. */
static uint32_t guess_ranges(const struct costs *costs, uint64_t tokens)
{
	enum { HEADING = 24 }; /* tokens of a range besides its text */
	uint32_t n = 0;

	for (uint64_t sum = 0; n < costs->n; n++) {
		sum += token_count(costs->ranges[n]->text, costs->ranges[n]->len) + HEADING;
		if (sum > tokens)
			break;
	}
	return n;
}

static void choose_ranges(const struct fit *fit, struct answer_shape *shape,
			  const struct costs *costs)
{
	uint64_t frame = cost(fit, shape), budget = fit->report->account.budget;
	uint64_t left = budget > frame ? budget - frame : 0;
	uint32_t guess = guess_ranges(costs, left);

	grow(fit, shape, &shape->n_ranges, guess, costs->n);
	if (shape->n_ranges < costs->n) {
		const struct answer_range *next = costs->ranges[shape->n_ranges];
		uint32_t n_lines = next->end_line - next->line;
		uint64_t used = cost(fit, shape);
		size_t tokens = token_count(next->text, next->len) + 1;

		left = budget > used ? budget - used : 0;
		guess = (uint32_t)(left * n_lines / tokens);
		grow(fit, shape, &shape->n_lines, guess, n_lines);
	}
}

int answer_write(const struct answer_report *report, enum answer_format format, struct buf *out)
{
	/* Bare ranges are those that Markdown would show: the budget is of what will be read. */
	answer_render_fn *fitted = format == ANSWER_JSON ? answer_render_json : answer_render_md;
	struct run_totals totals;
	struct answer_report measured = *report;
	struct fit fit = { &measured, fitted, out };
	struct answer_shape shape;
	struct costs costs;
	uint64_t used;

	if (list_ranges(report->answer, &costs) < 0)
		return -ENOMEM;
	measured.account = account_longest(&report->account, &totals);
	choose_frame(&fit, &shape);
	choose_ranges(&fit, &shape, &costs);
	free(costs.ranges);
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
