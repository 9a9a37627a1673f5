/* SPDX-License-Identifier: MIT */
/* The answer for people and agents, in Markdown. It is rendered twice: first without texts, to
 * know what headings and notes cost, then with each call's fair share of the rest. What differs
 * from run to run (times, memory) is measured at its longest, so that timing never moves a cut. */
#include "cli/report.h"

#include "cli/budget.h"
#include "cli/spill.h"
#include "cli/text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BRIEF_MAX = 100, FENCE_MIN = 3, FENCE_MAX = 64 };

/* Stands for any time, amount of memory or number of attempts when measuring. */
static const uint64_t LONGEST = 1000000000000000000u;

enum detail { DETAIL_TEXT, DETAIL_LINES };

struct md {
	const struct report *report;
	struct buf *out;
	enum detail detail;
	bool measuring;         /* no text, and every note and figure at its longest */
	const uint64_t *shares; /* of each call, in bytes of text; when not measuring */
	int fence;              /* width: longer than any run of backticks that may be shown */
};

static int longest_run(const char *data, size_t len)
{
	int longest = 0, run = 0;

	for (size_t i = 0; i < len; i++) {
		run = data[i] == '`' ? run + 1 : 0;
		longest = run > longest ? run : longest;
	}
	return longest;
}

/* Only what can be shown is looked at: a budget's worth of both ends. */
static int longest_run_shown(const struct slice *slice, size_t budget)
{
	size_t ends = slice->len / 2 < budget ? slice->len / 2 : budget;
	int head = longest_run(slice->data, slice->len - ends <= budget ? slice->len : ends);
	int tail = longest_run(slice->data + slice->len - ends, ends);

	return head > tail ? head : tail;
}

static int fence_width(const struct report *report)
{
	int width = FENCE_MIN;

	for (size_t i = 0; i < report->plan->n_calls; i++) {
		struct slice body, err;
		int run;

		if (!report->results[i])
			continue;
		body = text_body(report->results[i]);
		err = text_err(report->results[i]);
		run = longest_run_shown(&body, report->budget_bytes);
		width = run >= width ? run + 1 : width;
		run = longest_run_shown(&err, report->budget_bytes);
		width = run >= width ? run + 1 : width;
	}
	return width < FENCE_MAX ? width : FENCE_MAX;
}

static void add_fence(const struct md *md)
{
	for (int i = 0; i < md->fence; i++)
		buf_add_char(md->out, '`');
	buf_add_char(md->out, '\n');
}

/* "Grep TODO - ok, 17 lines in 3 files, 3.2 ms" */
static void add_headline(const struct md *md, const struct call *call, const struct result *result)
{
	char brief[BRIEF_MAX], figures[64];

	text_brief(call, md->report->secrets, brief, sizeof(brief));
	buf_printf(md->out, "%.80s %s", call->id, call->tool->name);
	if (brief[0])
		buf_printf(md->out, " %s", brief);
	if (!result) {
		buf_add_str(md->out, " - not run\n");
		return;
	}
	text_figures(result, figures, sizeof(figures));
	buf_printf(md->out, " - %s%s%s, %.1f ms\n", call_status_name(result->status),
		   figures[0] ? ", " : "", figures,
		   (double)(md->measuring ? LONGEST : result->run_ns) / 1e6);
}

static void add_part(const struct md *md, const char *title, const struct slice *slice,
		     const struct cut *cut)
{
	size_t from = md->out->len;

	if (!slice->len || (!md->measuring && !cut->head && !cut->tail))
		return;
	buf_add_str(md->out, title);
	add_fence(md);
	from = md->out->len;
	if (!md->measuring)
		slice_write(slice, cut, ENCODING_RAW, md->out);
	if (md->measuring || (md->out->len > from && md->out->data[md->out->len - 1] != '\n'))
		buf_add_char(md->out, '\n');
	add_fence(md);
}

static void add_cut_note(const struct md *md, const struct call *call, const struct slice *slice,
			 const struct cut *cut, const char *suffix)
{
	const struct result *result = md->report->results[call->index];
	/* More than was kept: the notes say where, or that it is lost. */
	bool is_elsewhere = result->payload == PAYLOAD_BASH &&
			    (result->bash.raw_output_path || text_is_lost(result));
	char name[SPILL_NAME_MAX];
	uint64_t total, shown;

	if (!md->measuring && cut_is_whole(slice, cut))
		return;
	if (!slice->len)
		return;
	total = slice_items(slice, 0, slice->len);
	shown = md->measuring ? total : cut_items(slice, cut);
	buf_printf(md->out, "[%" PRIu64 " of %" PRIu64 " lines shown", shown, total);
	spill_name(call, name);
	if (md->report->full_dir && !is_elsewhere)
		buf_printf(md->out, "; all in %s%s", name, suffix);
	buf_add_str(md->out, "]\n");
}

static void add_text(const struct md *md, size_t i, const struct call *call)
{
	struct cut body = { 0 }, err = { 0 };
	struct text text;

	text_of(md->report->results[i], &text);
	if (!md->measuring)
		text_share(&text.body, &text.err, ENCODING_RAW, md->shares[i], &body, &err);
	add_part(md, "", &text.body, &body);
	add_part(md, "stderr:\n", &text.err, &err);
	add_cut_note(md, call, &text.body, &body, ".out");
	add_cut_note(md, call, &text.err, &err, ".err");
	buf_add(md->out, text.notes, text.notes_len);
}

static void add_call(const struct md *md, size_t i)
{
	const struct call *call = md->report->plan->calls[i];

	buf_add_str(md->out, md->detail == DETAIL_TEXT ? "\n### " : "- ");
	add_headline(md, call, md->report->results[i]);
	if (md->detail == DETAIL_TEXT && md->report->results[i])
		add_text(md, i, call);
}

static void add_statuses(const struct md *md)
{
	const char *comma = "";

	for (unsigned i = 0; i < CALL_STATUS_COUNT; i++) {
		if (!md->report->totals->by_status[i])
			continue;
		buf_printf(md->out, "%s%" PRIu64 " %s", comma, md->report->totals->by_status[i],
			   call_status_name((enum call_status)i));
		comma = ", ";
	}
}

static void add_title(const struct md *md)
{
	const struct report *report = md->report;
	const char *stop = report_stop_name(report);

	buf_printf(md->out, "# %s: %zu calls: ", report->plan->name ? report->plan->name : "run",
		   report->plan->n_calls);
	add_statuses(md);
	buf_printf(md->out, "%s%s", stop ? "; " : "", stop ? stop : "");
	if (report->stop_text)
		buf_printf(md->out, ": %s", report->stop_text);
	buf_add_char(md->out, '\n');
}

static void add_looked_at(const struct md *md, const struct receipt *receipt)
{
	const char *comma = "; skipped: ";

	buf_printf(md->out,
		   "files, summed over calls: %" PRIu64 " walked, %" PRIu64 " searched, %" PRIu64
		   " bytes",
		   receipt->files_walked, receipt->files_searched, receipt->bytes_searched);
	for (unsigned i = 0; i < RECEIPT_SKIPS; i++) {
		if (!receipt_skip(receipt, i))
			continue;
		buf_printf(md->out, "%s%" PRIu64 " %s", comma, receipt_skip(receipt, i),
			   receipt_skip_name(i));
		comma = ", ";
	}
	buf_printf(md->out, "%s%s\n", receipt->engine ? "; engine " : "",
		   receipt->engine ? receipt->engine : "");
}

static void add_synthesis(const struct md *md)
{
	const struct buf *text = md->report->synthesis;

	if (!text)
		return;
	buf_add_str(md->out, "\n## synthesis\n\n");
	buf_add(md->out, text->data ? text->data : "", text->len);
}

static void add_receipt(const struct md *md)
{
	struct run_totals longest = *md->report->totals;
	const struct run_totals *totals = md->measuring ? &longest : md->report->totals;
	const char *comma = "incomplete: ";

	longest.wall_ns = longest.cpu_us = longest.peak_rss_kb = LONGEST;
	longest.attempts = longest.retries = LONGEST;
	buf_add_str(md->out, "\n---\n");
	if (totals->receipt.root)
		add_looked_at(md, &totals->receipt);
	if (totals->receipt.redacted)
		buf_printf(md->out, "secrets redacted: %" PRIu64 "\n", totals->receipt.redacted);
	for (unsigned i = 0; i < WHY_COUNT; i++) {
		if (!(totals->receipt.why & 1u << i))
			continue;
		buf_printf(md->out, "%s%s", comma, receipt_why_name(i));
		comma = ", ";
	}
	buf_printf(md->out,
		   "%s; %" PRIu64 " attempts, %" PRIu64 " retries; wall %.3f s, CPU %.3f s, "
		   "peak memory %" PRIu64 " MB\n",
		   totals->receipt.why ? "" : "complete", totals->attempts, totals->retries,
		   (double)totals->wall_ns / 1e9, (double)totals->cpu_us / 1e6,
		   totals->peak_rss_kb / 1024);
	if (totals->has_sandbox) {
		char text[REPORT_SANDBOX_MAX];

		report_sandbox(&totals->sandbox, text);
		buf_printf(md->out, "sandbox %s%s: %s\n", sandbox_level_name(totals->sandbox.level),
			   totals->sandbox_level == SANDBOX_OFF ? " for some calls" : "", text);
	}
	buf_printf(md->out, "run %s", md->report->run_id);
	if (md->report->full_dir)
		buf_printf(md->out, "; full outputs in %s/", md->report->full_dir);
	buf_add_char(md->out, '\n');
}

static void render(const struct md *md)
{
	const struct plan *plan = md->report->plan;
	uint32_t phase = UINT32_MAX;

	add_title(md);
	for (size_t i = 0; i < plan->n_calls; i++) {
		if (plan->calls[i]->phase != phase) {
			phase = plan->calls[i]->phase;
			buf_printf(md->out, "\n## %.80s\n", plan->phases[phase].name);
		}
		add_call(md, i);
	}
	add_synthesis(md);
	add_receipt(md);
}

static int render_with_text(struct md *md)
{
	const struct report *report = md->report;
	size_t n = report->plan->n_calls, room = report->budget_bytes - md->out->len;
	uint64_t *wants = calloc(2 * n + 1, sizeof(*wants));
	int r;

	if (!wants)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		if (report->results[i])
			wants[i] = text_body(report->results[i]).len +
				   text_err(report->results[i]).len;
	}
	r = budget_share(wants, n, room, wants + n);
	md->shares = wants + n;
	md->measuring = false;
	if (r == 0) {
		buf_clear(md->out);
		render(md);
	}
	free(wants);
	return r;
}

/* Not even a line for each: as many as fit, the failed ones first. */
static int render_some(struct md *md)
{
	const struct report *report = md->report;
	static const char more[] = "... and 1000000 more calls\n";
	size_t n = report->plan->n_calls, frame, n_left = n;
	size_t *costs = calloc(n + 1, sizeof(*costs));
	bool *chosen = calloc(n + 1, sizeof(*chosen));

	if (!costs || !chosen) {
		free(costs);
		free(chosen);
		return -ENOMEM;
	}
	buf_clear(md->out);
	add_title(md);
	add_synthesis(md);
	add_receipt(md);
	frame = md->out->len + sizeof(more);
	for (size_t i = 0; i < n; i++) {
		buf_clear(md->out);
		add_call(md, i);
		costs[i] = md->out->len + 1;
	}
	report_choose(report, costs,
		      report->budget_bytes > frame ? report->budget_bytes - frame : 0, chosen);
	md->measuring = false;
	buf_clear(md->out);
	add_title(md);
	for (size_t i = 0; i < n; i++) {
		if (!chosen[i])
			continue;
		add_call(md, i);
		n_left--;
	}
	if (n_left)
		buf_printf(md->out, "... and %zu more calls\n", n_left);
	add_synthesis(md);
	add_receipt(md);
	free(costs);
	free(chosen);
	return 0;
}

/* The last resort: a budget that the receipt alone passes (a very long path). */
static void clamp(struct buf *out, size_t budget)
{
	if (out->len <= budget)
		return;
	out->len = budget;
	while (out->len && ((unsigned char)out->data[out->len] & 0xc0) == 0x80)
		out->len--;
	out->data[out->len] = '\0';
}

static int render_lines(struct md *md)
{
	md->detail = DETAIL_LINES;
	buf_clear(md->out);
	render(md);
	if (md->out->len > md->report->budget_bytes)
		return render_some(md);
	md->measuring = false;
	buf_clear(md->out);
	render(md);
	return 0;
}

int report_md(const struct report *report, struct buf *out)
{
	struct md md = { .report = report, .out = out, .measuring = true };
	size_t budget = report->budget_bytes;
	int r;

	md.fence = fence_width(report);
	render(&md);
	if (out->len <= budget - budget / 4)
		r = render_with_text(&md);
	else
		r = render_lines(&md);
	if (r < 0 || buf_error(out))
		return -ENOMEM;
	clamp(out, budget);
	return 0;
}
