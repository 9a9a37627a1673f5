/* SPDX-License-Identifier: MIT */
/* How much of a profile fits its budget: by writing it, as for answers. All sections are shortened
 * in proportion. */
#include "base/token_count.h"
#include "graph/profile_report.h"
#include "model/redact.h"

#include <errno.h>
#include <string.h>

enum { STEPS = 32, STEPS_MAX = 64 * STEPS, TOKENS_OF_QUOTA = 4000 };

struct fit {
	const struct profile_report *report;
	struct buf *plain, *out;
	bool is_out_of_memory;
};

/* Writes it and says what it costs. */
static uint64_t cost(struct fit *fit, const struct profile_shape *shape)
{
	const struct profile_report *report = fit->report;
	struct buf *text = report->secrets ? fit->plain : fit->out;

	buf_clear(fit->plain);
	buf_clear(fit->out);
	(report->is_json ? profile_render_json : profile_render_md)(report, shape, text);
	if (report->secrets && text->data &&
	    redact_text(report->secrets, text->data, text->len, fit->out) < 0)
		fit->is_out_of_memory = true;
	return fit->out->data ? token_count(fit->out->data, fit->out->len) : 0;
}

static void set_points(const struct fit *fit, unsigned step, struct profile_shape *shape)
{
	for (unsigned i = 0; i < PROFILE_SECTIONS; i++) {
		size_t n = fit->report->profile->parts[i].points.n;
		unsigned quota = profile_section_quota((enum profile_section)i);
		size_t share = ((size_t)quota * step + STEPS - 1) / STEPS;

		shape->n_points[i] = share < n ? share : n;
	}
}

/* The greatest step that fits. */
static void choose_step(struct fit *fit, struct profile_shape *shape)
{
	/* The quotas are for an answer of the usual size; who asks for more is told more. */
	uint64_t most = fit->report->account.budget * STEPS / TOKENS_OF_QUOTA;
	unsigned low = 0, high = most < STEPS       ? STEPS
				 : most > STEPS_MAX ? STEPS_MAX
						    : (unsigned)most;

	while (low < high) {
		unsigned middle = low + (high - low + 1) / 2;

		set_points(fit, middle, shape);
		if (cost(fit, shape) <= fit->report->account.budget)
			low = middle;
		else
			high = middle - 1;
	}
	set_points(fit, low, shape);
}

int profile_write(const struct profile_report *report, struct buf *out)
{
	CLEANUP(buf) struct buf plain = { .max = out->max };
	struct run_totals totals;
	struct profile_report measured = *report;
	struct fit fit = { &measured, &plain, out, false };
	/* The longest figure it can come to. */
	struct profile_shape shape = { .has_headline = true, .used = report->account.budget };

	measured.account = account_longest(&report->account, &totals);
	choose_step(&fit, &shape);
	if (cost(&fit, &shape) > report->account.budget)
		shape.has_headline = false;
	fit.report = report;
	shape.used = cost(&fit, &shape);
	(void)cost(&fit, &shape);
	return fit.is_out_of_memory || buf_error(out) ? -ENOMEM : 0;
}
