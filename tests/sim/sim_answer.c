/* SPDX-License-Identifier: MIT */
/* The rules about what is told: results, the end of a run, and what the journal has of both. */
#include "tests/sim/sim_check.h"
#include "tests/sim/sim_disk.h"
#include "tests/sim/sim_env.h"

#include <stdlib.h>
#include <string.h>

/* ---- between processes ---- */

/* The body is lost, and the call may run again. */
static bool is_lost(const struct sim *sim, size_t i_call)
{
	return sim_may_rerun(sim, i_call) && sim->scripts[i_call].out_len > JOURNAL_INLINE_MAX;
}

static bool is_firm(const struct sim *sim, size_t i_call)
{
	const struct sim_call *call = &sim->check.calls[i_call];

	if (!call->is_sure || call->was_cut || is_lost(sim, i_call))
		return false;
	if (call->is_settled)
		return true;
	return call->told == CALL_OK || call->told == CALL_FAILED || call->told == CALL_DENIED ||
	       call->told == CALL_TIMEOUT;
}

void sim_check_begin(struct sim *sim)
{
	struct sim_check *check = &sim->check;

	for (size_t i = 0; i < sim->plan->n_calls; i++) {
		struct sim_call *call = &check->calls[i];

		call->is_firm = is_firm(sim, i);
		call->is_started = call->is_running = call->is_probe = false;
		call->is_retrying = call->is_told = call->is_chosen = false;
		call->n_starts = call->retries_told = call->sure_at = 0;
		call->not_before_ns = 0;
	}
	memset(check->tools, 0, sizeof(check->tools));
	memset(check->is_phase_started, 0, sizeof(check->is_phase_started));
	memset(check->lane_running, 0, sizeof(check->lane_running));
	memset(check->n_by_status, 0, sizeof(check->n_by_status));
	check->n_passes = check->n_commits = 0;
	check->is_halted = check->was_stopped = check->is_finished = false;
}

static void check_recorded_call(struct sim *sim, const struct recorded *recorded, size_t i_call)
{
	const struct sim_call *call = &sim->check.calls[i_call];
	const struct recorded_call *has = recorded ? &recorded->calls[i_call] : NULL;
	bool is_open = call->told == CALL_INDETERMINATE;

	if (call->is_sure && !is_open && (!has || !has->has_result))
		sim_break(sim, "acknowledged is durable", "call %zu was told, and is not recorded",
			  i_call);
	else if (is_firm(sim, i_call) && has->result.status != call->told)
		sim_break(sim, "acknowledged is durable", "call %zu was %s, and is recorded as %s",
			  i_call, call_status_name(call->told),
			  call_status_name(has->result.status));
	if (!sim_may_rerun(sim, i_call) && (has ? has->attempts : 0) < call->starts_of_all)
		sim_break(sim, "started is recorded", "call %zu: %u of %u attempts are", i_call,
			  has ? has->attempts : 0, call->starts_of_all);
}

void sim_check_recorded(struct sim *sim, const struct recorded *recorded)
{
	if (recorded && recorded->n_calls != sim->plan->n_calls) {
		sim_break(sim, "plan is durable", "%zu of %zu calls are recorded",
			  recorded->n_calls, sim->plan->n_calls);
		return;
	}
	for (size_t i = 0; i < sim->plan->n_calls; i++)
		check_recorded_call(sim, recorded, i);
}

void sim_check_again(struct sim *sim, size_t i_call)
{
	struct sim_call *call = &sim->check.calls[i_call];

	call->n_allowed = call->n_born;
}

/* ---- results ---- */

/* As in the faultless run: what a call brings depends on its script alone. */
static void check_body(struct sim *sim, const struct call *call, const struct result *result)
{
	const struct sim_script *script = &sim->scripts[call->index];
	char body[2 * JOURNAL_INLINE_MAX];
	bool is_verified = (result->receipt.why & WHY_OUTPUT_CUT) && !result->body;

	if (!sim_is_fused(call) && sim->check.calls[call->index].n_effects == 0)
		sim_break(sim, "answer", "call %u is ok without its effect", call->index);
	if (is_verified) {
		if (sim->policy != SIM_VERIFY)
			sim_break(sim, "answer", "call %u has no output", call->index);
		return;
	}
	if (script->exit_status)
		sim_break(sim, "answer", "call %u is ok, and must fail", call->index);
	sim_write_body(script, body);
	if (!result->body || blob_len(result->body) != script->out_len ||
	    memcmp(blob_data(result->body), body, script->out_len) != 0)
		sim_break(sim, "answer", "call %u has %zu other bytes than the %zu it should have",
			  call->index, result->body ? blob_len(result->body) : 0, script->out_len);
}

static void count_for_halt(struct sim *sim, enum call_status status)
{
	const struct halt_policy *halt = &sim->plan->halt;
	unsigned *n_by_status = sim->check.n_by_status;
	double limit = halt->limit * (halt->is_percent ? (double)sim->plan->n_calls / 100 : 1);
	unsigned n, n_all = 0;

	n_by_status[status]++;
	for (int i = 0; i < CALL_STATUS_COUNT; i++)
		n_all += n_by_status[i];
	n = n_by_status[CALL_FAILED] + n_by_status[CALL_TIMEOUT] + n_by_status[CALL_DENIED] +
	    n_by_status[CALL_INDETERMINATE];
	if (halt->what == HALT_SUCCESS)
		n = n_by_status[CALL_OK];
	else if (halt->what == HALT_DONE)
		n += n_by_status[CALL_OK];
	if (halt->when != HALT_NEVER && n > 0 && n >= limit && n_all < sim->plan->n_calls)
		sim_check_halt(sim);
}

/* Durable already, with the commit that begins next, or never. */
static void set_sure(struct sim *sim, struct sim_call *call)
{
	bool has_failed = sim_disk_has_failed(sim->disk);

	call->is_sure = sim->is_recorded && !has_failed && (call->is_firm || !sim->defers);
	call->sure_at = sim->is_recorded && !has_failed ? sim->check.n_commits + 1 : 0;
}

void sim_check_result(struct sim *sim, const struct call *call, const struct result *result)
{
	struct sim_call *self = &sim->check.calls[call->index];
	uint64_t wall_ms = sim->plan->budget.wall_ms;
	bool is_late = wall_ms && sim->now_ns >= sim->life_start_ns + wall_ms * SIM_MS;

	sim_say(sim, "finished %u: %s", call->index, call_status_name(result->status));
	if (self->is_told)
		sim_break(sim, "one end", "call %u ends twice", call->index);
	if (self->is_running)
		sim_break(sim, "one end", "call %u ends while it runs", call->index);
	if (self->is_firm && result->status != self->told)
		sim_break(sim, "done stays done", "call %u was %s, and is %s", call->index,
			  call_status_name(self->told), call_status_name(result->status));
	if (result->status == CALL_SKIPPED && self->n_starts && !sim_is_fused(call))
		sim_break(sim, "answer", "call %u was tried, and is said to be skipped",
			  call->index);
	if (result->status == CALL_OK)
		check_body(sim, call, result);
	self->is_told = true;
	self->is_settled |= self->is_chosen;
	self->is_retrying = false;
	self->told = result->status;
	self->was_cut = !self->is_firm && !self->is_settled &&
			(result->status == CALL_CANCELLED ||
			 (result->status != CALL_OK && result->status != CALL_FAILED &&
			  result->status != CALL_DENIED && (is_late || sim->check.was_stopped)));
	set_sure(sim, self);
	count_for_halt(sim, result->status);
}

static bool has_bad_need(const struct sim *sim, size_t i_call)
{
	const struct plan_edges *edges = &sim->plan->edges[i_call];

	for (size_t i = 0; i < edges->n_needs; i++) {
		if (sim->check.calls[edges->needs[i]].told != CALL_OK)
			return true;
	}
	return false;
}

void sim_check_finished(struct sim *sim, const struct event *event)
{
	struct sim_check *check = &sim->check;
	bool goes_on = event->exit_status == 0 || event->exit_status == 1;

	sim_say(sim, "run ends: %d", event->exit_status);
	check->is_finished = sim->is_over = true;
	check->exit_status = event->exit_status;
	for (size_t i = 0; i < sim->plan->n_calls; i++) {
		const struct sim_call *call = &check->calls[i];

		if (!call->is_told)
			sim_break(sim, "one end", "the run ends before call %zu", i);
		if (event->exit_status == 0 && call->told != CALL_OK)
			sim_break(sim, "answer", "all is well, and call %zu is %s", i,
				  call_status_name(call->told));
		if (goes_on && call->told == CALL_SKIPPED && !call->was_chosen &&
		    !has_bad_need(sim, i))
			sim_break(sim, "answer", "call %zu is skipped for no reason", i);
		if (goes_on && call->told == CALL_CANCELLED)
			sim_break(sim, "answer", "call %zu is cancelled for no reason", i);
	}
	for (int i = 0; i < CALL_STATUS_COUNT; i++) {
		if (event->by_status[i] != check->n_by_status[i])
			sim_break(sim, "answer", "%lu calls are said to be %s, and %u are",
				  (unsigned long)event->by_status[i], call_status_name(i),
				  check->n_by_status[i]);
	}
	if (sim_env_n_children(sim->env))
		sim_break(sim, "nothing is left", "%zu children run after the end",
			  sim_env_n_children(sim->env));
}

void sim_check_final(struct sim *sim)
{
	for (size_t i = 0; i < sim->plan->n_calls; i++) {
		const struct sim_call *call = &sim->check.calls[i];

		if (!call->is_told)
			sim_break(sim, "one end", "call %zu has no end", i);
		if (!sim_may_rerun(sim, i) && sim->policy != SIM_RERUN && call->n_effects > 1)
			sim_break(sim, "no effect twice", "call %zu has had %u", i,
				  call->n_effects);
	}
}
