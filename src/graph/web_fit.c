/* SPDX-License-Identifier: MIT */
/* How much of the answer of the web fits its budget: by writing it, as graph/answer_fit.c does. */
#include "graph/web_text.h"

#include "base/token_count.h"
#include "base/utf8.h"

#include <errno.h>
#include <string.h>

struct fit {
	const struct web_report *report;
	web_render_fn *render;
	struct buf *out;
};

size_t web_passage_len(const struct web_passage *passage, const struct web_shape *shape)
{
	size_t len = strlen(passage->text), max;

	if (passage->order < shape->n_passages)
		return len;
	if (passage->order > shape->n_passages || !shape->n_bytes)
		return 0;
	max = shape->n_bytes < len ? shape->n_bytes : len;
	/* Between words, if there are any. */
	for (size_t at = max; at < len && at > max / 2; at--) {
		if (strchr(" \n", passage->text[at]))
			return at;
	}
	return utf8_fit(passage->text, len, max);
}

/* Writes it and says what it costs. */
static uint64_t cost(const struct fit *fit, struct web_shape *shape)
{
	buf_clear(fit->out);
	shape->used = fit->report->account.budget; /* at its longest */
	fit->render(fit->report, shape, fit->out);
	return fit->out->data ? token_count(fit->out->data, fit->out->len) : 0;
}

/* What every reader needs, if it leaves room for passages. */
static void choose_frame(const struct fit *fit, struct web_shape *shape)
{
	static const struct {
		struct web_shape shape;
		unsigned percent; /* of the budget, at most */
	} frames[] = {
		{ { .n_pages = 24, .n_named = 40, .n_why = 8, .n_claims = 24, .n_code = 8 }, 35 },
		{ { .n_pages = 16, .n_named = 32, .n_why = 6, .n_claims = 16, .n_code = 6 }, 40 },
		{ { .n_pages = 12, .n_named = 20, .n_why = 3, .n_claims = 12, .n_code = 4 }, 40 },
		{ { .n_pages = 10, .n_named = 14, .n_why = 2, .n_claims = 8, .n_code = 3 }, 45 },
		{ { .n_pages = 8, .n_named = 10, .n_why = 1, .n_claims = 5, .n_code = 2 }, 50 },
		{ { .n_pages = 5, .n_named = 5, .n_why = 1, .n_claims = 3, .n_code = 1 }, 55 },
		{ { .n_pages = 3, .n_named = 3, .n_claims = 2 }, 65 },
		{ { .n_pages = 2, .n_named = 2, .n_claims = 1 }, 75 },
		{ { .n_pages = 1, .n_named = 1 }, 90 },
		{ { .n_pages = 1, .n_named = 1 }, 100 },
		{ { .n_pages = 0, .n_named = 1 }, 100 },
		{ { .n_pages = 0 }, 100 },
		{ { .n_pages = 0 }, 100 },
	};
	const size_t n_frames = sizeof(frames) / sizeof(*frames);
	uint64_t budget = fit->report->account.budget;
	size_t n = fit->report->answer->n_pages;

	for (size_t i = 0; i < n_frames; i++) {
		*shape = frames[i].shape;
		shape->question = i < 6 ? 2000 : i < 9 ? 200 : 60;
		shape->n_also = i < 4 ? 8 : 2;
		shape->n_reasons = i < 6 ? 8 : i < 9 ? 2 : i + 1 < n_frames;
		shape->reason = i < 6 ? 500 : i < 9 ? 120 : 80;
		if (shape->n_pages > n)
			shape->n_pages = n;
		if (shape->n_named > n)
			shape->n_named = n;
		if (cost(fit, shape) <= budget * frames[i].percent / 100)
			return;
	}
}

/* The greatest value of *field up to max with which it still fits. */
static void grow(const struct fit *fit, struct web_shape *shape, uint32_t *field, uint32_t max)
{
	uint32_t low = 0, high = max;

	while (low < high) {
		uint32_t middle = low + (high - low + 1) / 2;

		*field = middle;
		if (cost(fit, shape) <= fit->report->account.budget)
			low = middle;
		else
			high = middle - 1;
	}
	*field = low;
}

/* The passage that comes next; NULL: there is none. */
static const struct web_passage *find_passage(const struct web_answer *answer, uint32_t order)
{
	for (size_t i = 0; i < answer->n_pages; i++) {
		for (size_t k = 0; k < answer->pages[i].n_passages; k++) {
			if (answer->pages[i].passages[k].order == order)
				return &answer->pages[i].passages[k];
		}
	}
	return NULL;
}

int web_write(const struct web_report *report, struct buf *out)
{
	web_render_fn *render = report->is_json ? web_render_json : web_render_md;
	struct run_totals totals;
	struct web_report measured = *report;
	struct fit fit = { &measured, render, out };
	const struct web_passage *next;
	struct web_shape shape;
	uint32_t n_passages = 0;

	measured.account = account_longest(&report->account, &totals);
	choose_frame(&fit, &shape);
	for (size_t i = 0; i < report->answer->n_pages; i++)
		n_passages += (uint32_t)report->answer->pages[i].n_passages;
	grow(&fit, &shape, &shape.n_passages, n_passages);
	next = find_passage(report->answer, shape.n_passages);
	if (next)
		grow(&fit, &shape, &shape.n_bytes, (uint32_t)strlen(next->text));
	shape.used = cost(&fit, &shape);
	buf_clear(out);
	render(report, &shape, out);
	return buf_error(out) ? -ENOMEM : 0;
}
