/* SPDX-License-Identifier: MIT */
/*
 * Between the attempts of a call: asks recovery/ what to do, and does it. A call that is to be
 * tried again gives back its place and its locks, waits for its timer without either, and is then
 * ready like any other. Until its next attempt begins it keeps what the last one brought: that is
 * its result if the run stops before.
 */
#include "engine/core.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NS_PER_MS = 1000000 };

/* endpoint: for its name, which lasts as long as that does. */
static struct recover_target target_of(const struct run_call *call,
				       char endpoint[TOOL_ENDPOINT_MAX])
{
	const struct tool *tool = call->call->tool;
	bool has_endpoint = tool->endpoint && tool->endpoint(call->call, endpoint);

	return (struct recover_target){ .tool = tool->name,
					.endpoint = has_endpoint ? endpoint : NULL };
}

/* ---- events ---- */

static uint64_t run_ms(const struct run *run, uint64_t at_ns)
{
	return at_ns > run->start_ns ? (at_ns - run->start_ns) / NS_PER_MS : 0;
}

static void on_changed(void *data, const char *name, const struct breaker_change *change,
		       const char *reason)
{
	struct engine *engine = data;

	for (struct run *run = engine->runs; run; run = run->next) {
		struct event_breaker breaker = {
			.name = name,
			.from = breaker_state_name(change->from),
			.to = breaker_state_name(change->to),
			.until_ms = change->until_ns ? run_ms(run, change->until_ns) : 0,
		};
		struct event event = {
			.type = EVENT_BREAKER_CHANGED,
			.breaker = &breaker,
			.text = reason,
			.text_len = strlen(reason),
		};

		if (run->is_begun && !run->is_done)
			run_emit(run, &event);
	}
}

static void emit_retry(struct run_call *call, const struct recover_decision *decision)
{
	uint64_t now_ns = env_now_ns(call->run->engine->env);
	struct event_retry retry = {
		.attempt = call->attempts + 1,
		.wait_ms = (decision->at_ns - now_ns) / NS_PER_MS,
		.type = failure_type_name(decision->type),
		.action = recover_action_name(decision->action),
	};
	struct event event = {
		.type = EVENT_CALL_RETRY,
		.call = call->call,
		.phase = call->run->plan->phases[call->call->phase].name,
		.retry = &retry,
		.text = decision->reason,
		.text_len = strlen(decision->reason),
	};

	run_emit(call->run, &event);
}

int retry_init(struct engine *engine, struct error *err)
{
	uint64_t seed = engine->env->ops->random(engine->env);
	int r = recover_new(seed, on_changed, engine, &engine->recover);

	return r < 0 ? error_errno(err, -r, "cannot start the engine") : 0;
}

/* ---- waiting ---- */

static void on_due(struct timer *timer)
{
	struct run_call *call = container_of(timer, struct run_call, timer);

	schedule_add(call);
	engine_kick(call->run->engine);
}

static void delay(struct run_call *call, uint64_t at_ns)
{
	schedule_ended(call); /* its place and locks, if it has any */
	call->host = NULL;
	call->pass = NULL;
	call->state = CALL_DELAYED;
	timer_start(&call->run->engine->timers, &call->timer, at_ns, on_due);
}

void retry_stop(struct run_call *call)
{
	timer_stop(&call->run->engine->timers, &call->timer);
}

void retry_end(struct run_call *call)
{
	struct result last = *call->result;

	free(call->result);
	call->result = NULL;
	run_call_close(call, &last);
}

/* ---- before an attempt ---- */

/* Only endpoints ask for long waits. */
static bool is_too_long(const struct recover_target *target, const char *name, uint64_t wait_ns)
{
	return name == target->endpoint && wait_ns > RECOVER_PATIENCE_MS * (uint64_t)NS_PER_MS;
}

static void fail_closed(struct run_call *call, const char *name, uint64_t until_ns, uint64_t now_ns)
{
	bool is_late = call->run->deadline_ns && until_ns >= call->run->deadline_ns;
	struct error err;

	if (until_ns == UINT64_MAX)
		(void)error_set(&err, ERROR_LIMIT, EBUSY,
				"not started: '%s' was switched off by the operator", name);
	else
		(void)error_set(
			&err, ERROR_LIMIT, EBUSY,
			"not started: '%s' fails too often or asked to be left alone; it is "
			"asked again in %.1f s, which is %s",
			name, (double)(until_ns - now_ns) / 1e9,
			is_late ? "after the deadline" : "too long to wait");
	error_from(&err, ERROR_FROM_ENGINE, FAULT_BREAKER_OPEN);
	err.retry_ms = until_ns == UINT64_MAX ? 0 : (unsigned)((until_ns - now_ns) / NS_PER_MS);
	schedule_ended(call);
	if (call->result)
		retry_end(call);
	else
		run_call_fail(call, CALL_FAILED, &err);
}

bool retry_allows(struct run_call *call)
{
	struct engine *engine = call->run->engine;
	char endpoint[TOOL_ENDPOINT_MAX];
	const struct recover_target target = target_of(call, endpoint);
	uint64_t now_ns = env_now_ns(engine->env), until_ns = 0;
	const char *name;

	if (recover_allow(engine->recover, &target, &call->memo, now_ns, &until_ns, &name))
		return true;
	if (until_ns == UINT64_MAX ||
	    (call->run->deadline_ns && until_ns >= call->run->deadline_ns) ||
	    is_too_long(&target, name, until_ns - now_ns))
		fail_closed(call, name, until_ns, now_ns);
	else
		delay(call, until_ns);
	return false;
}

void retry_forget_attempt(struct run_call *call)
{
	struct engine *engine = call->run->engine;
	char endpoint[TOOL_ENDPOINT_MAX];
	const struct recover_target target = target_of(call, endpoint);

	recover_dropped(engine->recover, &target, &call->memo, env_now_ns(engine->env));
}

/* ---- after an attempt ---- */

static size_t n_under_way(const struct engine *engine)
{
	size_t n = 0;

	for (const struct run *run = engine->runs; run; run = run->next)
		n += run->n_active - run->n_ending;
	return n;
}

static bool is_stopping(const struct run *run)
{
	return run->stop != RUN_STOP_NONE || run->wanted != RUN_STOP_NONE;
}

/* The line by which failures are told apart: of a command, what it said itself. */
static void set_line(struct recover_attempt *attempt, const struct result *result)
{
	const char *end;

	attempt->line = result->error.text;
	attempt->line_len = strlen(attempt->line);
	if (result->payload == PAYLOAD_BASH && result->bash.err && blob_len(result->bash.err)) {
		attempt->line = blob_data(result->bash.err);
		attempt->line_len = blob_len(result->bash.err);
	}
	end = memchr(attempt->line, '\n', attempt->line_len);
	if (end)
		attempt->line_len = (size_t)(end - attempt->line);
}

static void ask(struct run_call *call, const struct result *result, size_t width,
		struct recover_decision *ret_decision)
{
	struct engine *engine = call->run->engine;
	char endpoint[TOOL_ENDPOINT_MAX];
	struct recover_attempt attempt = {
		.target = target_of(call, endpoint),
		.status = result->status,
		.error = &result->error,
		.call = call->ready.key + 1, /* of the run and the call */
		.may_repeat = tool_may_rerun(call->call) && !(call->call->tool->flags & TOOL_FINAL),
		.is_stopping = is_stopping(call->run),
		.width = width,
		.now_ns = env_now_ns(engine->env),
		.deadline_ns = call->run->deadline_ns,
	};

	attempt.run_ns = attempt.now_ns - call->start_ns;
	if (result->status != CALL_OK) {
		attempt.n_under_way = n_under_way(engine);
		set_line(&attempt, result);
	}
	recover_ended(engine->recover, &attempt, &call->memo, ret_decision);
	if (ret_decision->action == RECOVER_STOP)
		runs_stop_systemic(engine, ret_decision->reason);
}

static bool is_again(const struct recover_decision *decision)
{
	return decision->action == RECOVER_RETRY || decision->action == RECOVER_SPLIT ||
	       decision->action == RECOVER_OTHER;
}

/* People read why there was no further attempt. */
static void say_parked(struct error *error, const struct recover_decision *decision)
{
	size_t len = strlen(error->text);

	if (decision->action == RECOVER_PARK)
		(void)snprintf(error->text + len, sizeof(error->text) - len, " (%s)",
			       decision->reason);
}

/* What the attempt cost is paid, though nobody sees its result. */
static bool put_off(struct run_call *call, struct result *own_result,
		    const struct recover_decision *decision)
{
	struct run_totals *totals = &call->run->totals;
	struct result *last = malloc(sizeof(*last));

	if (!last) {
		recover_forget(call->run->engine->recover, &call->memo);
		return false;
	}
	*last = *own_result;
	run_fill_result(call, last);
	call->result = last;
	totals->cpu_us += last->cpu_us;
	if (last->max_rss_kb > totals->peak_rss_kb)
		totals->peak_rss_kb = last->max_rss_kb;
	run_call_record_retry(call, last);
	delay(call, decision->at_ns);
	emit_retry(call, decision);
	return true;
}

bool retry_attempt(struct run_call *call, struct result *own_result)
{
	struct recover_decision decision;

	ask(call, own_result, 1, &decision);
	if (is_again(&decision) && put_off(call, own_result, &decision))
		return true;
	say_parked(&own_result->error, &decision);
	return false;
}

static struct run_call *find_asker(struct run_call **calls, size_t n)
{
	struct run_call *first = NULL;

	for (size_t i = 0; i < n; i++) {
		if (calls[i] && !is_stopping(calls[i]->run))
			return calls[i];
		first = first ? first : calls[i];
	}
	return first;
}

/* One is asked about for all: what it is told to do, all do that go on. */
void retry_batch(struct run_call **calls, size_t n, enum call_status status,
		 const struct error *err)
{
	struct run_call *asker = find_asker(calls, n);
	struct recover_decision decision;
	struct result result = run_failure(status, err);
	unsigned n_retries = 0;

	if (!asker)
		return;
	for (size_t i = 0; i < n; i++) {
		if (calls[i] && calls[i]->memo.n_retries > n_retries)
			n_retries = calls[i]->memo.n_retries;
	}
	asker->memo.n_retries = n_retries;
	ask(asker, &result, n, &decision);
	say_parked(&result.error, &decision);
	for (size_t i = 0; i < n; i++) {
		struct run_call *call = calls[i];
		struct result copy = result;

		if (!call)
			continue;
		calls[i] = NULL;
		if (call != asker) {
			retry_forget_attempt(call);
			recover_forget(call->run->engine->recover, &call->memo);
			call->memo.n_retries = asker->memo.n_retries;
		}
		if (decision.action == RECOVER_SPLIT)
			call->width_max = (uint32_t)((n + 1) / 2);
		if (is_stopping(call->run) || !is_again(&decision) ||
		    (!tool_may_rerun(call->call) && err->origin != ERROR_FROM_SPAWN) ||
		    !put_off(call, &copy, &decision))
			run_call_close(call, &copy);
	}
}
