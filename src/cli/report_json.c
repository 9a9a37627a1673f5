/* SPDX-License-Identifier: MIT */
/* The answer as one JSON object. As in Markdown, the frame is measured before texts are given
 * their shares, with all that differs from run to run at its longest. */
#include "cli/report.h"

#include "cli/budget.h"
#include "cli/spill.h"
#include "cli/text.h"
#include "cli/wire_out.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PHASE_COST = 600 }; /* of a phase without its name; only to decide whether to list them */

static const uint64_t LONGEST = 1000000000000000000u;

struct frame {
	const struct report *report;
	struct buf *out;
	bool measuring;
	enum native_detail detail;
	const uint64_t *shares; /* by call, bytes */
	const bool *chosen;     /* NULL = all calls */
};

static void write_one(const struct frame *frame, struct json_write *json, size_t i)
{
	const struct report *report = frame->report;
	const struct call *call = report->plan->calls[i];
	const struct wire_name name = wire_name_of(call);
	char file[SPILL_NAME_MAX];
	struct wire_limit limit = { .detail = frame->detail };
	static const struct result none = { .status = CALL_CANCELLED };
	const struct result *result = report->results[i] ? report->results[i] : &none;
	struct result longest;

	spill_name(call, file);
	limit.full_output = report->full_dir && !text_is_lost(result) ? file : NULL;
	if (!frame->measuring) {
		limit.bytes = frame->shares ? frame->shares[i] : 0;
		(void)wire_out_native(json, &name, result, &limit); /* cut or not is in it */
		return;
	}
	longest = *result;
	longest.run_ns = longest.queued_ns = LONGEST;
	longest.attempts = 1000000;
	longest.body = NULL;
	if (longest.payload == PAYLOAD_BASH)
		longest.bash.err = NULL;
	(void)wire_out_native(json, &name, &longest, &limit);
	for (size_t n = wire_out_cut_cost(result, &limit); n; n--)
		buf_add_char(frame->out, ' ');
}

static void write_calls(const struct frame *frame, struct json_write *json)
{
	size_t n_omitted = 0;

	json_key(json, "calls");
	json_begin_array(json);
	for (size_t i = 0; i < frame->report->plan->n_calls; i++) {
		if (frame->chosen && !frame->chosen[i])
			n_omitted++;
		else
			write_one(frame, json, i);
	}
	json_end_array(json);
	if (frame->chosen)
		json_key_uint(json, "omitted", frame->measuring ? LONGEST : n_omitted);
}

static void write_phase(const struct report *report, struct json_write *json, size_t i_phase)
{
	uint64_t by_status[CALL_STATUS_COUNT] = { 0 };
	struct receipt receipt = { 0 };

	for (size_t i = 0; i < report->plan->n_calls; i++) {
		const struct result *result = report->results[i];

		if (report->plan->calls[i]->phase != i_phase || !result)
			continue;
		by_status[result->status]++;
		receipt_fold(&receipt, &result->receipt);
	}
	receipt.truncated_at = receipt.cursor = NULL; /* these are a call's */
	json_begin_object(json);
	json_key_str(json, "name", report->plan->phases[i_phase].name);
	json_key_uint(json, "calls", report->plan->phases[i_phase].n_calls);
	json_key(json, "by_status");
	call_statuses_write(by_status, json);
	json_key(json, "receipt");
	receipt_write(&receipt, json);
	json_end_object(json);
}

static void write_phases(const struct report *report, struct json_write *json)
{
	size_t cost = 0;

	for (size_t i = 0; i < report->plan->n_phases; i++)
		cost += PHASE_COST + strlen(report->plan->phases[i].name);
	if (cost > report->budget_bytes / 8)
		return;
	json_key(json, "phases");
	json_begin_array(json);
	for (size_t i = 0; i < report->plan->n_phases; i++)
		write_phase(report, json, i);
	json_end_array(json);
}

static void render(const struct frame *frame)
{
	const struct report *report = frame->report;
	struct json_write json = json_write_to(frame->out);
	struct run_totals totals = *report->totals;
	const char *stop = report_stop_name(report);

	if (frame->measuring) {
		totals.attempts = totals.retries = totals.batches = LONGEST;
		totals.wall_ns = totals.cpu_us = totals.peak_rss_kb = LONGEST;
	}
	buf_clear(frame->out);
	json_begin_object(&json);
	json_key_str(&json, "run", report->run_id);
	json_key_str(&json, "name", report->plan->name ? report->plan->name : "run");
	json_key_str(&json, "status", stop ? stop : report->exit_status ? "failed" : "ok");
	json_key_uint(&json, "exit", (uint64_t)report->exit_status);
	if (report->stop_text)
		json_key_str(&json, "reason", report->stop_text);
	write_phases(report, &json);
	write_calls(frame, &json);
	if (report->synthesis) {
		json_key(&json, "synthesis");
		json_raw(&json, report->synthesis->data, report->synthesis->len);
	}
	json_key(&json, "totals");
	report_totals(&totals, &json);
	json_key(&json, "receipt");
	receipt_write(&totals.receipt, &json);
	json_key_str(&json, "full_outputs", report->full_dir);
	json_end_object(&json);
	buf_add_char(frame->out, '\n');
}

static int render_with_text(struct frame *frame)
{
	const struct report *report = frame->report;
	size_t n = report->plan->n_calls, room = report->budget_bytes - frame->out->len;
	uint64_t *wants = calloc(2 * n + 1, sizeof(*wants));
	int r;

	if (!wants)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		if (report->results[i])
			wants[i] = wire_out_native_cost(report->results[i], room);
	}
	r = budget_share(wants, n, room, wants + n);
	if (r == 0) {
		frame->measuring = false;
		frame->shares = wants + n;
		render(frame);
	}
	free(wants);
	return r;
}

/* Short forms without text, of as many calls as fit. */
static int render_some(struct frame *frame)
{
	const struct report *report = frame->report;
	size_t n = report->plan->n_calls, fixed;
	size_t *costs = calloc(n + 1, sizeof(*costs));
	bool *chosen = calloc(n + 1, sizeof(*chosen));

	if (!costs || !chosen) {
		free(costs);
		free(chosen);
		return -ENOMEM;
	}
	frame->chosen = chosen;
	render(frame);
	fixed = frame->out->len;
	for (size_t i = 0; i < n; i++) {
		struct json_write json = json_write_to(frame->out);

		buf_clear(frame->out);
		write_one(frame, &json, i);
		costs[i] = frame->out->len + 1;
	}
	report_choose(report, costs,
		      report->budget_bytes > fixed ? report->budget_bytes - fixed : 0, chosen);
	frame->measuring = false;
	render(frame);
	free(costs);
	free(chosen);
	return 0;
}

/* A budget that not even the frame fits in (its paths are very long). */
static void render_least(const struct frame *frame)
{
	struct json_write json = json_write_to(frame->out);

	buf_clear(frame->out);
	json_begin_object(&json);
	json_key_str(&json, "run", frame->report->run_id);
	json_key_uint(&json, "exit", (uint64_t)frame->report->exit_status);
	json_key(&json, "calls");
	json_begin_array(&json);
	json_end_array(&json);
	json_key_uint(&json, "omitted", frame->report->plan->n_calls);
	json_end_object(&json);
	buf_add_char(frame->out, '\n');
}

int report_json(const struct report *report, struct buf *out)
{
	struct frame frame = { .report = report, .out = out, .measuring = true };
	size_t budget = report->budget_bytes;
	int r;

	render(&frame);
	if (out->len > budget / 2) {
		frame.detail = NATIVE_SHORT;
		render(&frame);
	}
	if (out->len <= budget - budget / 4)
		r = render_with_text(&frame);
	else
		r = render_some(&frame);
	if (out->len > budget)
		render_least(&frame);
	return r < 0 || buf_error(out) ? -ENOMEM : 0;
}
