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

/* What small budgets leave out so that failed calls can be named: each is all of the ones before,
 * too. */
enum omission {
	OMIT_NOTHING,
	OMIT_SYNTHESIS,
	OMIT_OUTPUTS, /* of a call there is what became of it, and an error in short */
	OMIT_ACCOUNT, /* phases, totals and receipt */
	OMIT_TEXTS,   /* any name, reason or path, as they can be long */
};

static const uint64_t LONGEST = 1000000000000000000u;

struct frame {
	const struct report *report;
	struct buf *out;
	bool measuring;
	enum native_detail detail;
	enum omission omission;
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
	for (size_t n = frame->detail == NATIVE_BARE ? 0 : wire_out_cut_cost(result, &limit); n;
	     n--)
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

static void write_left_out(const struct frame *frame, struct json_write *json)
{
	bool has_synthesis = frame->report->synthesis && frame->omission >= OMIT_SYNTHESIS;

	if (!has_synthesis && frame->omission < OMIT_ACCOUNT)
		return;
	json_key(json, "left_out");
	json_begin_array(json);
	if (has_synthesis)
		json_str(json, "synthesis");
	if (frame->omission >= OMIT_ACCOUNT) {
		json_str(json, "totals");
		json_str(json, "receipt");
	}
	if (frame->omission >= OMIT_TEXTS) {
		json_str(json, "name");
		json_str(json, "full_outputs");
	}
	json_end_array(json);
}

static void write_account(const struct frame *frame, struct json_write *json)
{
	struct run_totals totals = *frame->report->totals;

	if (frame->measuring) {
		totals.attempts = totals.retries = totals.batches = LONGEST;
		totals.wall_ns = totals.cpu_us = totals.peak_rss_kb = LONGEST;
	}
	json_key(json, "totals");
	report_totals(&totals, json);
	json_key(json, "receipt");
	receipt_write(&totals.receipt, json);
}

static void render(const struct frame *frame)
{
	const struct report *report = frame->report;
	struct json_write json = json_write_to(frame->out);
	const char *stop = report_stop_name(report);
	bool has_texts = frame->omission < OMIT_TEXTS, has_account = frame->omission < OMIT_ACCOUNT;

	buf_clear(frame->out);
	json_begin_object(&json);
	json_key_str(&json, "run", report->run_id);
	if (has_texts)
		json_key_str(&json, "name", report->plan->name ? report->plan->name : "run");
	json_key_str(&json, "status", stop ? stop : report->exit_status ? "failed" : "ok");
	json_key_uint(&json, "exit", (uint64_t)report->exit_status);
	if (report->stop_text && has_texts)
		json_key_str(&json, "reason", report->stop_text);
	if (has_account)
		write_phases(report, &json);
	write_calls(frame, &json);
	write_left_out(frame, &json);
	if (report->synthesis && frame->omission < OMIT_SYNTHESIS) {
		json_key(&json, "synthesis");
		json_raw(&json, report->synthesis->data, report->synthesis->len);
	}
	if (has_account)
		write_account(frame, &json);
	if (has_texts)
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

static bool names_failed(const struct report *report, const bool *chosen)
{
	for (size_t i = 0; i < report->plan->n_calls; i++) {
		const struct result *result = report->results[i];

		if (!chosen[i] && (!result || result->status != CALL_OK))
			return false;
	}
	return true;
}

/* As many calls as fit. Returns what all the rest costs. costs: scratch. */
static size_t choose(const struct frame *frame, size_t *costs, bool *chosen)
{
	const struct report *report = frame->report;
	size_t n = report->plan->n_calls, fixed, room;

	memset(chosen, 0, n * sizeof(*chosen));
	render(frame);
	fixed = frame->out->len;
	room = report->budget_bytes > fixed ? report->budget_bytes - fixed : 0;
	for (size_t i = 0; i < n; i++) {
		struct json_write json = json_write_to(frame->out);

		buf_clear(frame->out);
		write_one(frame, &json, i);
		costs[i] = frame->out->len + 1;
	}
	report_choose(report, costs, room, chosen);
	return fixed;
}

/* Short forms without text. The rest gives way until all failed calls are named, or calls that
 * are as short as can be have half of the budget. */
static int render_some(struct frame *frame)
{
	size_t n = frame->report->plan->n_calls, budget = frame->report->budget_bytes, fixed;
	size_t *costs = calloc(n + 1, sizeof(*costs));
	bool *chosen = calloc(n + 1, sizeof(*chosen)), is_half;

	if (!costs || !chosen) {
		free(costs);
		free(chosen);
		return -ENOMEM;
	}
	frame->chosen = chosen;
	for (;; frame->omission++) {
		frame->detail = frame->omission < OMIT_OUTPUTS ? NATIVE_SHORT : NATIVE_BARE;
		fixed = choose(frame, costs, chosen);
		is_half = frame->omission >= OMIT_OUTPUTS && fixed <= budget / 2;
		if (frame->omission == OMIT_TEXTS || is_half ||
		    (fixed <= budget && names_failed(frame->report, chosen)))
			break;
	}
	frame->measuring = false;
	render(frame);
	free(costs);
	free(chosen);
	return 0;
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
	return r < 0 || buf_error(out) ? -ENOMEM : 0;
}
