/* SPDX-License-Identifier: MIT */
/*
 * What becomes of runs: begin, phases, the end of each call and its consequences, stopping.
 *
 * A call that ends is put in a queue; its consequences are worked off from there, one call after
 * another. So a chain of a hundred thousand calls that skip each other needs no deep stack, and a
 * listener may do what it likes.
 */
#include "engine/core.h"
#include "model/call_key.h"
#include "model/redact.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void run_emit(struct run *run, struct event *event)
{
	struct engine *engine = run->engine;

	if (engine->bus.n == 0 || run->nest)
		return;
	event->t_ns = env_now_ns(engine->env) - run->start_ns;
	event->run = run->id;
	bus_fire(&engine->bus, run, event);
}

/* Of calls that agents make, the run at the top tells. Depth: that of agents. */
static void emit_agent_call(struct run *run, struct event *event)
{
	const struct run_call *owner = nest_owner(run->nest);

	event->type = EVENT_AGENT_CALL;
	event->agent = owner->call->id;
	while (owner->run->nest)
		owner = nest_owner(owner->run->nest);
	event->phase = owner->run->plan->phases[owner->call->phase].name;
	run_emit(owner->run, event);
}

static void emit_call(struct run_call *call, enum event_type type)
{
	struct run *run = call->run;
	struct event event = {
		.type = type,
		.call = call->call,
		.phase = run->plan->phases[call->call->phase].name,
	};

	if (type == EVENT_CALL_FINISHED)
		event.result = call->result ? call->result : &run->no_memory;
	if (!run->nest)
		run_emit(run, &event);
	else if (type == EVENT_CALL_FINISHED)
		emit_agent_call(run, &event);
}

static void emit_phase(struct run *run, size_t i_phase, enum event_type type)
{
	struct run_phase *phase = &run->phases[i_phase];
	struct event event = {
		.type = type,
		.phase = run->plan->phases[i_phase].name,
		.n_calls = run->plan->phases[i_phase].n_calls,
	};

	if (type == EVENT_PHASE_FINISHED) {
		event.receipt = &phase->receipt;
		memcpy(event.by_status, phase->by_status, sizeof(event.by_status));
	}
	run_emit(run, &event);
}

void run_output(struct run_call *call, const char *text, size_t len)
{
	struct event event = {
		.type = EVENT_CALL_OUTPUT,
		.call = call->call,
		.phase = call->run->plan->phases[call->call->phase].name,
		.text = text,
		.text_len = len,
	};

	run_emit(call->run, &event);
}

void run_add_news(struct run *run)
{
	struct engine *engine = run->engine;

	if (!run->has_news) {
		run->has_news = true;
		run->next_news = NULL;
		*engine->news_tail = run;
		engine->news_tail = &run->next_news;
	}
	engine_kick(engine);
}

/* ---- the end of a call ---- */

static enum receipt_why why_of(enum call_status status)
{
	switch (status) {
	case CALL_DENIED:
		return WHY_DENIED;
	case CALL_TIMEOUT:
		return WHY_DEADLINE;
	case CALL_CANCELLED:
	case CALL_SKIPPED:
		return WHY_CANCELLED;
	default:
		return WHY_FAILED;
	}
}

/* A text in the result's arena. */
static void redact_string(const struct secrets *secrets, struct result *result, const char **text)
{
	CLEANUP(buf) struct buf out = { .max = SIZE_MAX / 2 };
	int n = *text ? redact_text(secrets, *text, strlen(*text), &out) : 0;

	if (n > 0)
		*text = arena_strdup(result->arena, out.data);
	else if (n < 0)
		*text = NULL;
}

void run_fill_result(const struct run_call *call, struct result *result)
{
	uint64_t now_ns = env_now_ns(call->run->engine->env);
	uint64_t start_ns = call->start_ns ? call->start_ns : now_ns;

	if (call->is_known)
		return;
	redact_error(call->run->secrets, &result->error);
	if (result->payload == PAYLOAD_WEB_SEARCH)
		redact_string(call->run->secrets, result, &result->web_search.missing);
	if (result->payload == PAYLOAD_WEB_FETCH) {
		redact_string(call->run->secrets, result, &result->web_fetch.url);
		redact_string(call->run->secrets, result, &result->web_fetch.title);
	}
	result->attempts = call->attempts_before + call->attempts;
	result->queued_ns = call->ready_ns ? start_ns - call->ready_ns : 0;
	if (result->run_ns == 0)
		result->run_ns = now_ns - start_ns;
	/* A command that ran has said all it had to say, whatever its status. */
	if (result->status != CALL_OK && result->payload != PAYLOAD_BASH && !result->receipt.why)
		result->receipt.why = why_of(result->status);
}

void run_call_end(struct run_call *call, struct result *own_result)
{
	if (call->state != CALL_RUNNING || !retry_attempt(call, own_result))
		run_call_close(call, own_result);
}

void run_call_close(struct run_call *call, struct result *own_result)
{
	assert(call->state != CALL_ENDED);
	recover_forget(call->run->engine->recover, &call->memo);
	if (call->leads)
		map_remove(&call->run->leaders, &call->equal);
	call->leads = false;
	if (call->state == CALL_WAITING)
		call->run->n_active++;
	if (!call->is_known)
		call->result = malloc(sizeof(*call->result));
	if (call->result) {
		*call->result = *own_result;
		run_fill_result(call, call->result);
	} else {
		result_release(own_result);
	}
	call->state = CALL_ENDED;
	call->run->n_ending++;
	call->host = NULL;
	call->pass = NULL;
	if (run_call_record_end(call))
		engine_kick(call->run->engine);
	else
		run_call_told(call);
}

void run_call_told(struct run_call *call)
{
	struct engine *engine = call->run->engine;

	*engine->ended_tail = call;
	engine->ended_tail = &call->next_ended;
	engine_kick(engine);
}

struct result run_failure(enum call_status status, const struct error *err)
{
	struct result result = { .status = status, .error = *err };

	if (status == CALL_TIMEOUT)
		result.receipt.why = WHY_DEADLINE;
	else if (status == CALL_CANCELLED || status == CALL_SKIPPED)
		result.receipt.why = WHY_CANCELLED;
	return result;
}

void run_call_fail(struct run_call *call, enum call_status status, const struct error *err)
{
	struct result result = run_failure(status, err);

	run_call_end(call, &result);
}

void run_call_started(struct run_call *call)
{
	call->state = CALL_RUNNING;
	call->attempts++;
	call->start_ns = env_now_ns(call->run->engine->env);
	result_release(call->result);
	free(call->result);
	call->result = NULL;
	if (call->attempts == 1)
		emit_call(call, EVENT_CALL_STARTED);
}

void run_call_again(struct run_call *call)
{
	retry_forget_attempt(call);
	call->pass = NULL;
	schedule_add(call);
	engine_kick(call->run->engine);
}

/* ---- starting ---- */

static bool leader_equals(const struct map_node *node, const void *key)
{
	const struct run_call *leader =
		(const struct run_call *)(const void *)((const char *)node -
							offsetof(struct run_call, equal));

	return call_equals(leader->call, key);
}

static void call_ready(struct run_call *call)
{
	struct run *run = call->run;

	call->ready_ns = env_now_ns(run->engine->env);
	if (call->is_known) {
		struct result result = *call->result;

		run_call_close(call, &result);
		return;
	}
	run->n_active++;
	if (call->call->tool->flags & TOOL_PURE) {
		struct map_node *node;
		uint64_t key[2];

		call_key(call->call, key);
		node = map_find(&run->leaders, key[0], leader_equals, call->call);
		if (node) {
			struct run_call *leader = container_of(node, struct run_call, equal);

			call->state = CALL_TWIN;
			call->twins = leader->twins;
			leader->twins = call;
			return;
		}
		map_add(&run->leaders, &call->equal, key[0]);
		call->leads = true;
	}
	schedule_add(call);
}

static void need_met(struct run_call *call)
{
	if (call->state == CALL_WAITING && --call->n_needs == 0)
		call_ready(call);
}

static void phase_end(struct run *run, size_t i_phase);

static void phase_start(struct run *run, size_t i_phase)
{
	struct run_phase *phase = &run->phases[i_phase];
	const struct fan *members = &run->members;

	phase->is_started = true;
	emit_phase(run, i_phase, EVENT_PHASE_STARTED);
	for (uint32_t i = members->first[i_phase]; i < members->first[i_phase + 1]; i++)
		need_met(&run->calls[members->items[i]]);
	if (phase->n_left == 0)
		phase_end(run, i_phase);
}

/* Depth: a chain of empty phases, so at most PLAN_PHASES_MAX. */
static void phase_end(struct run *run, size_t i_phase)
{
	const struct fan *fan = &run->of_phases;

	agents_end_phase(run, i_phase);
	emit_phase(run, i_phase, EVENT_PHASE_FINISHED);
	for (uint32_t i = fan->first[i_phase]; i < fan->first[i_phase + 1]; i++) {
		uint32_t next = fan->items[i];

		if (--run->phases[next].n_needs == 0 && run->stop == RUN_STOP_NONE)
			phase_start(run, next);
	}
}

static void run_begin(struct run *run)
{
	struct event event = { .type = EVENT_RUN_PLANNED, .n_calls = run->plan->n_calls };

	run->is_begun = true;
	run_emit(run, &event);
	for (size_t i = 0; i < run->plan->n_phases; i++) {
		if (run->phases[i].n_needs == 0 && !run->phases[i].is_started)
			phase_start(run, i);
	}
}

/* ---- stopping ---- */

void run_call_end_unstarted(struct run_call *call)
{
	const char *why = NULL;
	struct error err;

	if (call->state == CALL_DELAYED)
		retry_stop(call);
	if (call->is_known) {
		struct result result = *call->result;

		if (call->state == CALL_READY || call->state == CALL_PARKED)
			schedule_remove(call);
		run_call_close(call, &result);
		return;
	}
	if (call->state == CALL_READY || call->state == CALL_PARKED) {
		schedule_remove(call);
		(void)admit_ask(&call->run->engine->limits.admit, call->call->tool->lane, &why);
	}
	if (call->result) { /* it was tried, and was to be tried again */
		retry_end(call);
		return;
	}
	switch (call->run->stop) {
	case RUN_STOP_DEADLINE:
		(void)error_set(&err, ERROR_TIMEOUT, ETIMEDOUT,
				"not started before the deadline%s%s", why ? ": " : "",
				why ? why : "");
		run_call_fail(call, CALL_TIMEOUT, &err);
		return;
	case RUN_STOP_HALT:
		(void)error_set(&err, ERROR_CANCELLED, ECANCELED, "not started: the run halted");
		run_call_fail(call, CALL_SKIPPED, &err);
		return;
	case RUN_STOP_SYSTEMIC:
		(void)error_set(&err, ERROR_CANCELLED, ECANCELED,
				"not started: the run was stopped: %s", call->run->stop_text);
		run_call_fail(call, CALL_SKIPPED, &err);
		return;
	default:
		(void)error_set(&err, ERROR_CANCELLED, ECANCELED,
				"not started: the run was interrupted");
		run_call_fail(call, CALL_CANCELLED, &err);
	}
}

/* A pass knows the deadline of its runs' plans; other deadlines are told like any other stop. */
static void stop_running(struct run_call *call, enum run_stop why)
{
	bool is_timeout = why == RUN_STOP_DEADLINE;

	if (call->host)
		exec_host_stop(call->host, is_timeout,
			       call->run->is_cancelled && why == RUN_STOP_INTERRUPT);
	else if (call->pass && !(is_timeout && call->run->is_past_deadline))
		pass_cancel(call->pass);
}

/* Twins end with their leaders. */
static void run_stop(struct run *run)
{
	enum run_stop why = run->wanted;
	bool is_first = run->stop == RUN_STOP_NONE;
	bool soon = run->wanted_soon;

	run->wanted = RUN_STOP_NONE;
	if (is_first)
		run->stop = why;
	for (size_t i = 0; i < run->plan->n_calls; i++) {
		struct run_call *call = &run->calls[i];

		if (is_first && (call->state == CALL_WAITING || call->state == CALL_READY ||
				 call->state == CALL_PARKED || call->state == CALL_DELAYED))
			run_call_end_unstarted(call);
		if (!soon && call->state == CALL_RUNNING)
			stop_running(call, why);
	}
	if (!soon)
		run->is_cancelled = true;
}

void run_cancel(struct run *run, enum run_stop why)
{
	if (run->is_done || why == RUN_STOP_NONE)
		return;
	run->wanted = why;
	run->wanted_soon = false;
	run_add_news(run);
}

static void run_halt(struct run *run)
{
	if (run->wanted != RUN_STOP_NONE)
		return;
	run->wanted = RUN_STOP_HALT;
	run->wanted_soon = run->plan->halt.when == HALT_SOON;
	run_add_news(run);
}

void runs_stop_systemic(struct engine *engine, const char *reason)
{
	for (struct run *run = engine->runs; run; run = run->next) {
		if (run->is_done || run->stop != RUN_STOP_NONE || run->wanted != RUN_STOP_NONE)
			continue;
		(void)snprintf(run->stop_text, sizeof(run->stop_text), "%s", reason); /* fits */
		run->wanted = RUN_STOP_SYSTEMIC;
		run->wanted_soon = true;
		run_add_news(run);
	}
}

static bool is_halt_due(const struct run *run)
{
	const struct halt_policy *halt = &run->plan->halt;
	double limit = halt->limit;
	uint64_t n = run->n_failed;

	if (halt->when == HALT_NEVER || run->stop != RUN_STOP_NONE || run->n_left == 0)
		return false;
	if (halt->what == HALT_SUCCESS)
		n = run->totals.by_status[CALL_OK];
	else if (halt->what == HALT_DONE)
		n += run->totals.by_status[CALL_OK];
	if (halt->is_percent)
		limit = limit * (double)run->plan->n_calls / 100;
	return n > 0 && (double)n >= limit;
}

/* ---- consequences ---- */

static void give_twins(struct run_call *call, const struct result *result)
{
	struct run_call *first = NULL;

	while (call->twins) { /* the last to come is first: turn round */
		struct run_call *twin = call->twins;

		call->twins = twin->twins;
		twin->twins = first;
		first = twin;
	}
	while (first) {
		struct run_call *twin = first;
		struct result copy;

		first = twin->twins;
		twin->twins = NULL;
		if (result_copy(result, &copy))
			run_call_end(twin, &copy);
		else
			run_call_fail(twin, CALL_FAILED, &twin->run->no_memory.error);
	}
}

/* Folded receipts outlive the results: they keep none of their strings. */
static void fold(struct receipt *into, const struct receipt *from, const struct engine *engine)
{
	struct receipt receipt = *from;

	receipt.root = receipt.root ? engine->root_path : NULL;
	receipt_fold(into, &receipt);
	into->truncated_at = NULL;
	into->cursor = NULL;
}

static void add_up(struct run_call *call, const struct result *result)
{
	struct run *run = call->run;
	struct run_phase *phase = &run->phases[call->call->phase];
	struct run_totals *totals = &run->totals;
	unsigned attempts = call->is_known ? result->attempts : call->attempts;

	/* There was nothing for it to be of; or another failed, which counts itself. */
	run->n_not_needed += result->status == CALL_SKIPPED && call->call->late;
	phase->by_status[result->status]++;
	totals->by_status[result->status]++;
	totals->attempts += attempts;
	totals->retries += attempts > 1 ? attempts - 1 : 0;
	if (call->attempts > 0) { /* or another call has it in its sums */
		totals->cpu_us += result->cpu_us;
		if (result->max_rss_kb > totals->peak_rss_kb)
			totals->peak_rss_kb = result->max_rss_kb;
	}
	fold(&phase->receipt, &result->receipt, run->engine);
	fold(&totals->receipt, &result->receipt, run->engine);
	run->n_failed += result->status == CALL_FAILED || result->status == CALL_TIMEOUT ||
			 result->status == CALL_DENIED || result->status == CALL_INDETERMINATE;
}

static void wake_dependents(struct run_call *call, enum call_status status)
{
	struct run *run = call->run;
	const struct fan *fan = &run->of_calls;
	uint32_t index = call->call->index;

	for (uint32_t i = fan->first[index]; i < fan->first[index + 1]; i++) {
		struct run_call *next = &run->calls[fan->items[i]];
		struct error err;

		if (status == CALL_OK || next->is_known) { /* what is done stays done */
			need_met(next);
		} else if (next->state == CALL_WAITING) {
			next->is_blocked = status == CALL_INDETERMINATE || call->is_blocked;
			(void)error_set(&err, ERROR_CANCELLED, ECANCELED,
					"not started: it needs '%s', whose status is %s",
					call->call->id, call_status_name(status));
			run_call_fail(next, CALL_SKIPPED, &err);
		}
	}
}

static int exit_status_of(const struct run *run)
{
	static const int statuses[] = {
		[RUN_STOP_NONE] = 0,        [RUN_STOP_DEADLINE] = 124, [RUN_STOP_HALT] = 4,
		[RUN_STOP_INTERRUPT] = 130, [RUN_STOP_SYSTEMIC] = 4,
	};
	bool is_ok = run->totals.by_status[CALL_OK] + run->n_not_needed == run->plan->n_calls;

	if (run->stop == RUN_STOP_NONE)
		return is_ok ? 0 : 1;
	/* A deadline that came too late to cut anything off. */
	return is_ok && run->stop == RUN_STOP_DEADLINE ? 0 : statuses[run->stop];
}

static void finish_if_over(struct run *run)
{
	struct engine *engine = run->engine;
	struct event event = { .type = EVENT_RUN_FINISHED, .n_calls = run->plan->n_calls };

	if (run->is_done || !run->is_begun || run->n_left > 0 || run->n_passes > 0)
		return;
	run_totals(run, &run->totals);
	run->is_done = true;
	timer_stop(&engine->timers, &run->deadline);
	if (--engine->n_open == 0)
		uv_unref((uv_handle_t *)&engine->async);
	event.receipt = &run->totals.receipt;
	event.n_batches = run->totals.batches;
	event.exit_status = exit_status_of(run);
	event.text = run_stop_text(run);
	event.text_len = event.text ? strlen(event.text) : 0;
	memcpy(event.by_status, run->totals.by_status, sizeof(event.by_status));
	run_emit(run, &event);
	if (run->nest)
		nest_run_ended(run->nest);
}

void run_pass_ended(struct run *run)
{
	run->n_passes--;
	run_add_news(run);
}

/* Only a plan that was not checked can bring a run here. */
static void fail_stalled(struct run *run)
{
	struct error err;

	(void)error_set(&err, ERROR_BUG, EDEADLK, "never started: its needs go round in a circle");
	for (size_t i = 0; i < run->plan->n_calls; i++) {
		if (run->calls[i].state == CALL_WAITING)
			run_call_fail(&run->calls[i], CALL_FAILED, &err);
	}
}

static void settle_call(struct run_call *call)
{
	struct run *run = call->run;
	const struct result *result = call->result ? call->result : &run->no_memory;
	enum call_status status = result->status;
	uint32_t i_phase = call->call->phase;

	give_twins(call, result);
	run->n_left--;
	add_up(call, result);
	run->engine->told = call;
	emit_call(call, EVENT_CALL_FINISHED);
	run->engine->told = NULL;
	if (call->is_dropped)
		run_drop_result(run, call->call->index);
	schedule_ended(call);
	wake_dependents(call, status);
	if (--run->phases[i_phase].n_left == 0 && run->phases[i_phase].is_started)
		phase_end(run, i_phase);
	run->n_active--;
	run->n_ending--;
	if (is_halt_due(run))
		run_halt(run);
	if (run->n_active == 0 && run->n_left > 0 && run->wanted == RUN_STOP_NONE)
		fail_stalled(run);
	finish_if_over(run);
}

static void settle_news(struct run *run)
{
	if (!run->is_begun)
		run_begin(run);
	if (run->wanted != RUN_STOP_NONE && !run->is_done)
		run_stop(run);
	if (run->n_active == 0 && run->n_left > 0)
		fail_stalled(run);
	finish_if_over(run);
}

void runs_settle(struct engine *engine)
{
	for (;;) {
		if (engine->news) {
			struct run *run = engine->news;

			engine->news = run->next_news;
			if (!engine->news)
				engine->news_tail = &engine->news;
			run->has_news = false;
			settle_news(run);
		} else if (engine->ended) {
			struct run_call *call = engine->ended;

			engine->ended = call->next_ended;
			if (!engine->ended)
				engine->ended_tail = &engine->ended;
			settle_call(call);
		} else {
			return;
		}
	}
}
