/* SPDX-License-Identifier: MIT */
/* Events as lines. A reader that is slow misses call.output events, never others: what a call
 * found comes again, whole, in its call.finished. */
#include "cli/jsonl.h"

#include "cli/report.h"
#include "cli/wire_out.h"
#include "model/tool.h"
#include "plan/call_text.h"

enum { OUTPUT_BACKLOG_MAX = 4 << 20 };

static void write_retry(struct json_write *json, const struct event_retry *retry)
{
	json_key_uint(json, "attempt", retry->attempt);
	json_key_uint(json, "wait_ms", retry->wait_ms);
	json_key_str(json, "type", retry->type);
	json_key_str(json, "action", retry->action);
}

static void write_agent_call(struct json_write *json, struct run *run, const struct event *event)
{
	json_key_str(json, "agent", event->agent);
	json_key(json, "input");
	call_write_input(event->call, run_secrets(run), json);
	json_key_str(json, "status", call_status_name(event->result->status));
	json_key_bool(json, "cached", event->result->receipt.cached > 0);
}

static void write_call(const struct jsonl *jsonl, struct json_write *json, struct run *run,
		       const struct event *event)
{
	json_key_str(json, "phase", event->phase);
	json_key_str(json, "call", event->call->id);
	json_key_str(json, "tool", event->call->tool->name);
	if (event->type == EVENT_AGENT_CALL)
		write_agent_call(json, run, event);
	if (event->type == EVENT_CALL_OUTPUT) {
		json_key(json, "text");
		json_strn(json, event->text, event->text_len);
	}
	if (event->type == EVENT_CALL_RETRY)
		write_retry(json, event->retry);
	if (event->type == EVENT_CALL_FINISHED) {
		const struct wire_name name = wire_name_of(event->call);
		struct wire_limit limit = { .bytes = jsonl->budget_bytes };

		if (limit.bytes != SIZE_MAX)
			limit.bytes /= run_plan(run)->n_calls;
		json_key(json, "result");
		(void)wire_out_native(json, &name, event->result, &limit);
	}
}

static void write_breaker(struct json_write *json, const struct event_breaker *breaker)
{
	json_key_str(json, "name", breaker->name);
	json_key_str(json, "from", breaker->from);
	json_key_str(json, "to", breaker->to);
	if (breaker->until_ms)
		json_key_uint(json, "until_ms", breaker->until_ms);
}

static void write_run(struct json_write *json, struct run *run, const struct event *event)
{
	struct run_totals totals;

	json_key_uint(json, "calls", event->n_calls);
	if (event->type != EVENT_RUN_FINISHED)
		return;
	run_totals(run, &totals);
	json_key(json, "exit");
	json_int(json, event->exit_status);
	json_key(json, "totals");
	report_totals(&totals, json);
	json_key(json, "receipt");
	receipt_write(&totals.receipt, json);
}

static void write_phase(struct json_write *json, const struct event *event)
{
	json_key_str(json, "phase", event->phase);
	json_key_uint(json, "calls", event->n_calls);
	if (event->type != EVENT_PHASE_FINISHED)
		return;
	json_key(json, "by_status");
	call_statuses_write(event->by_status, json);
	if (event->receipt) {
		json_key(json, "receipt");
		receipt_write(event->receipt, json);
	}
}

static void write_limit(struct json_write *json, const struct event *event)
{
	json_key_str(json, "lane", lane_name(event->lane));
	json_key_uint(json, "from", event->from);
	json_key_uint(json, "to", event->to);
}

void jsonl_event(void *data, struct run *run, const struct event *event)
{
	struct jsonl *jsonl = data;
	struct json_write json = json_write_to(&jsonl->out->buf);

	if (event->type == EVENT_CALL_OUTPUT &&
	    (jsonl->budget_bytes != SIZE_MAX || out_backlog(jsonl->out) > OUTPUT_BACKLOG_MAX))
		return;
	json_begin_object(&json);
	json_key_str(&json, "event", event_type_name(event->type));
	json_key(&json, "t_ms");
	json_fixed(&json, (double)event->t_ns / 1e6, 1);
	json_key_str(&json, "run", event->run);
	if (event->call)
		write_call(jsonl, &json, run, event);
	else if (event->type == EVENT_PHASE_STARTED || event->type == EVENT_PHASE_FINISHED)
		write_phase(&json, event);
	else if (event->type == EVENT_BREAKER_CHANGED)
		write_breaker(&json, event->breaker);
	else if (event->type == EVENT_LIMIT_CHANGED)
		write_limit(&json, event);
	else
		write_run(&json, run, event);
	if (event->text && event->type != EVENT_CALL_OUTPUT) {
		json_key(&json, "reason");
		json_strn(&json, event->text, event->text_len);
	}
	json_end_object(&json);
	buf_add_char(&jsonl->out->buf, '\n');
	out_push(jsonl->out);
}
