/* SPDX-License-Identifier: MIT */
/* The rules that hold at every start, and what is counted for them. */
#include "tests/sim/sim_check.h"

#include "base/str.h"
#include "tests/sim/sim_disk.h"
#include "tests/sim/sim_env.h"

#include <string.h>

enum { ATTEMPTS_MAX = 3, RETRIES_MIN = 3, RETRIES_PERCENT = 20, PROBES_MAX = 3, PASSES_MAX_AT = 2 };

static struct sim_call *call_of(struct sim *sim, const struct call *call)
{
	return &sim->check.calls[call->index];
}

bool sim_may_rerun(const struct sim *sim, size_t i_call)
{
	return tool_may_rerun(sim->plan->calls[i_call]);
}

void sim_check_halt(struct sim *sim)
{
	sim->check.is_halted = sim->check.was_stopped = true;
}

static unsigned limit_of(const struct sim *sim, enum lane lane)
{
	return sim->lane_limits[lane] ? sim->lane_limits[lane] : lane_default_limit(lane);
}

static uint64_t deadline_ns(const struct sim *sim)
{
	uint64_t wall_ms = sim->plan->budget.wall_ms;

	return wall_ms ? sim->life_start_ns + wall_ms * SIM_MS : UINT64_MAX;
}

/* ---- limits ---- */

static void check_limits(struct sim *sim, const struct call *call)
{
	const struct sim_check *check = &sim->check;
	enum lane lane = call->tool->lane;
	unsigned limit = sim->plan->phases[call->phase].limits[lane];
	unsigned total = check->n_passes, n = 0;

	for (size_t i = 0; i < sim->plan->n_calls; i++)
		n += check->calls[i].is_running && sim->plan->calls[i]->phase == call->phase &&
		     sim->plan->calls[i]->tool->lane == lane;
	for (int i = 0; i < LANE_COUNT; i++)
		total += check->lane_running[i];
	if (check->lane_running[lane] > limit_of(sim, lane))
		sim_break(sim, "limit of a lane", "call %u: %u of lane %d run", call->index,
			  check->lane_running[lane], lane);
	if (limit && n > limit)
		sim_break(sim, "limit of a phase", "call %u: %u of its phase run", call->index, n);
	if (total > (sim->total_limit ? sim->total_limit : 100))
		sim_break(sim, "limit of all", "call %u: %u run", call->index, total);
}

static bool share_a_lock(const struct plan_edges *a, const struct plan_edges *b)
{
	for (size_t i = 0; i < a->n_locks; i++) {
		for (size_t k = 0; k < b->n_locks; k++) {
			if (str_equal(a->locks[i], b->locks[k]))
				return true;
		}
	}
	return false;
}

static void check_locks(struct sim *sim, const struct call *call)
{
	const struct plan_edges *edges = sim->plan->edges;

	for (size_t i = 0; i < sim->plan->n_calls; i++) {
		if (i != call->index && sim->check.calls[i].is_running &&
		    share_a_lock(&edges[i], &edges[call->index]))
			sim_break(sim, "locks", "call %u starts while %zu has its lock",
				  call->index, i);
	}
}

void sim_check_pass(struct sim *sim, int change)
{
	struct sim_check *check = &sim->check;
	unsigned total;

	if (sim->is_down)
		return;
	check->n_passes = (unsigned)((int)check->n_passes + change);
	if (change < 0)
		return;
	total = check->n_passes;
	for (int i = 0; i < LANE_COUNT; i++)
		total += check->lane_running[i];
	if (check->n_passes > PASSES_MAX_AT || check->n_passes > limit_of(sim, LANE_CODEBASE))
		sim_break(sim, "limit of a lane", "%u passes run", check->n_passes);
	if (total > (sim->total_limit ? sim->total_limit : 100))
		sim_break(sim, "limit of all", "%u run with a pass", total);
}

/* ---- breakers ---- */

static struct sim_tool *tool_of(struct sim *sim, const char *name)
{
	struct sim_tool *tool = sim->check.tools;

	while (tool->name && !str_equal(tool->name, name))
		tool++;
	tool->name = name;
	return tool;
}

/* A call that waits for the record of its start was let through before. */
static bool was_let_through(const struct sim *sim, const struct call *call,
			    const struct sim_tool *tool)
{
	return !tool_may_rerun(call) && sim->is_recorded &&
	       sim->now_ns - tool->since_ns <= 2 * sim_env_slowest_ns(sim->env);
}

static void check_breaker(struct sim *sim, const struct call *call)
{
	const struct sim_tool *tool = tool_of(sim, call->tool->name);
	unsigned n_probes = 0;

	if (was_let_through(sim, call, tool))
		return;
	if (tool->is_open)
		sim_break(sim, "breaker", "call %u starts while it is open", call->index);
	call_of(sim, call)->is_probe = tool->is_half_open;
	for (size_t i = 0; i < sim->plan->n_calls; i++)
		n_probes += sim->check.calls[i].is_running && sim->check.calls[i].is_probe &&
			    str_equal(sim->plan->calls[i]->tool->name, tool->name);
	if (tool->is_half_open && n_probes > PROBES_MAX)
		sim_break(sim, "breaker", "call %u is probe %u", call->index, n_probes);
}

/* ---- starts ---- */

static void check_needs(struct sim *sim, const struct call *call)
{
	const struct plan_edges *edges = &sim->plan->edges[call->index];

	if (!sim->check.is_phase_started[call->phase])
		sim_break(sim, "needs", "call %u starts before its phase", call->index);
	for (size_t i = 0; i < edges->n_needs; i++) {
		const struct sim_call *needed = &sim->check.calls[edges->needs[i]];

		if (!needed->is_told || needed->told != CALL_OK)
			sim_break(sim, "needs", "call %u starts before %u is ok", call->index,
				  edges->needs[i]);
	}
}

/* Whether another attempt may be made, after those of this process and of others before it. */
static void check_again(struct sim *sim, const struct call *call)
{
	const struct sim_call *self = call_of(sim, call);
	bool may_rerun = tool_may_rerun(call);

	if (self->is_firm)
		sim_break(sim, "done stays done", "call %u starts again", call->index);
	if (!may_rerun && self->n_born > self->n_allowed)
		sim_break(sim, "no effect twice", "call %u starts again, %u of its children ran",
			  call->index, self->n_born);
	if (self->n_starts > ATTEMPTS_MAX)
		sim_break(sim, "attempts", "call %u makes its attempt %u", call->index,
			  self->n_starts);
	if (self->n_starts != self->retries_told + 1)
		sim_break(sim, "attempts", "call %u makes attempt %u, and %u retries were told",
			  call->index, self->n_starts, self->retries_told);
	if (sim->now_ns < self->not_before_ns)
		sim_break(sim, "backoff", "call %u starts %.3f ms too early", call->index,
			  (double)(self->not_before_ns - sim->now_ns) / SIM_MS);
}

void sim_check_start(struct sim *sim, const struct call *call)
{
	struct sim_call *self = call_of(sim, call);

	if (sim->is_down)
		return;
	sim_say(sim, "  start %u", call->index);
	if (self->is_running || self->is_told)
		sim_break(sim, "one end", "call %u starts while it %s", call->index,
			  self->is_running ? "runs" : "has ended");
	if (!self->is_started)
		sim_break(sim, "events", "call %u starts without call.started", call->index);
	self->is_running = true;
	self->n_starts++;
	self->starts_of_all++;
	sim->check.lane_running[call->tool->lane]++;
	if (sim->check.is_halted)
		sim_break(sim, "stop", "call %u starts after the run was stopped", call->index);
	if (sim->now_ns > deadline_ns(sim))
		sim_break(sim, "deadline", "call %u starts after it", call->index);
	check_needs(sim, call);
	check_again(sim, call);
	check_limits(sim, call);
	check_locks(sim, call);
	check_breaker(sim, call);
}

void sim_check_end(struct sim *sim, const struct call *call)
{
	struct sim_call *self = call_of(sim, call);

	if (sim->is_down)
		return;
	if (!self->is_running)
		sim_break(sim, "one end", "an attempt of call %u ends twice", call->index);
	self->is_running = self->is_probe = self->is_retrying = false;
	sim->check.lane_running[call->tool->lane]--;
}

void sim_check_born(struct sim *sim, size_t i_call)
{
	struct sim_call *self = &sim->check.calls[i_call];

	if (sim->is_down)
		return;
	self->n_born++;
	if (self->n_born > self->starts_of_all)
		sim_break(sim, "no effect twice", "call %zu has %u children of %u attempts", i_call,
			  self->n_born, self->starts_of_all);
	if (!sim_may_rerun(sim, i_call) && self->n_born > self->n_allowed + 1)
		sim_break(sim, "no effect twice", "call %zu has a child more than it may", i_call);
}

void sim_check_effect(struct sim *sim, size_t i_call)
{
	if (!sim->is_down)
		sim->check.calls[i_call].n_effects++;
}

void sim_check_look(struct sim *sim, const struct call *call)
{
	enum { SPLITS_MAX = 6 }; /* halves of 60 calls until one is left */
	struct sim_call *self = call_of(sim, call);

	if (sim->is_down || self->is_told) /* the pass was given up, and is late */
		return;
	self->n_starts++;
	if (self->n_starts > ATTEMPTS_MAX + SPLITS_MAX)
		sim_break(sim, "attempts", "call %u is in pass %u", call->index, self->n_starts);
	if (sim->now_ns < self->not_before_ns)
		sim_break(sim, "backoff", "call %u is looked at %.3f ms too early", call->index,
			  (double)(self->not_before_ns - sim->now_ns) / SIM_MS);
}

/* ---- retries ---- */

static bool is_under_way(const struct sim *sim, size_t i_call)
{
	const struct sim_check *check = &sim->check;
	const struct plan_edges *edges = &sim->plan->edges[i_call];

	if (check->calls[i_call].is_told ||
	    !check->is_phase_started[sim->plan->calls[i_call]->phase])
		return false;
	for (size_t i = 0; i < edges->n_needs; i++) {
		const struct sim_call *needed = &check->calls[edges->needs[i]];

		if (!needed->is_told || needed->told != CALL_OK)
			return false;
	}
	return true;
}

static void check_budget(struct sim *sim, const struct call *call)
{
	unsigned n_retries = 0, n_first = 0, limit;

	for (size_t i = 0; i < sim->plan->n_calls; i++) {
		n_retries += sim->check.calls[i].is_retrying;
		n_first += !sim->check.calls[i].is_retrying && is_under_way(sim, i);
	}
	limit = n_first * RETRIES_PERCENT / 100;
	if (limit < RETRIES_MIN)
		limit = RETRIES_MIN;
	call_of(sim, call)->is_retrying = true;
	if (n_retries + 1 > limit)
		sim_break(sim, "retry budget", "call %u is retry %u of %u, beside %u calls",
			  call->index, n_retries + 1, limit, n_first);
}

static void on_retry(struct sim *sim, const struct event *event)
{
	struct sim_call *self = call_of(sim, event->call);

	sim_say(sim, "retry %u: %s, %s, in %lu ms", event->call->index, event->retry->type,
		event->retry->action, (unsigned long)event->retry->wait_ms);
	if (!self->is_started || self->is_told || self->is_running)
		sim_break(sim, "events", "call %u is retried out of turn", event->call->index);
	self->retries_told++;
	self->not_before_ns = sim->now_ns + event->retry->wait_ms * SIM_MS;
	if (sim->check.is_halted)
		sim_break(sim, "stop", "call %u is retried after it", event->call->index);
	if (sim->now_ns + event->retry->wait_ms * SIM_MS > deadline_ns(sim))
		sim_break(sim, "deadline", "call %u waits beyond it", event->call->index);
	if (!sim_is_fused(event->call))
		check_budget(sim, event->call);
}

/* ---- events ---- */

static void on_phase(struct sim *sim, const struct event *event, bool is_start)
{
	const struct plan *plan = sim->plan;
	size_t i_phase = 0;

	while (!str_equal(plan->phases[i_phase].name, event->phase))
		i_phase++;
	sim_say(sim, "phase %s %s", event->phase, is_start ? "starts" : "ends");
	if (is_start) {
		if (sim->check.is_phase_started[i_phase])
			sim_break(sim, "events", "phase %s starts twice", event->phase);
		sim->check.is_phase_started[i_phase] = true;
	}
	for (size_t i = 0; i < plan->n_calls; i++) {
		bool must = !is_start && plan->calls[i]->phase == i_phase;

		for (size_t k = 0; is_start && k < plan->phases[i_phase].n_needs; k++)
			must |= plan->calls[i]->phase == plan->phases[i_phase].needs[k];
		if (must && !sim->check.calls[i].is_told)
			sim_break(sim, "needs", "phase %s %s before call %zu", event->phase,
				  is_start ? "starts" : "ends", i);
	}
}

static void on_started(struct sim *sim, const struct call *call)
{
	struct sim_call *self = call_of(sim, call);
	const struct sim_tool *tool = tool_of(sim, call->tool->name);

	sim_say(sim, "started %u %s", call->index, call->tool->name);
	if (self->is_started || self->is_told)
		sim_break(sim, "events", "call %u is started twice", call->index);
	self->is_started = true;
	check_needs(sim, call);
	if (!sim_is_fused(call))
		return; /* its tool is started next */
	if (self->is_firm)
		sim_break(sim, "done stays done", "call %u starts again", call->index);
	if (sim->check.is_halted)
		sim_break(sim, "stop", "call %u starts after the run was stopped", call->index);
	if (sim->now_ns > deadline_ns(sim))
		sim_break(sim, "deadline", "call %u starts after it", call->index);
	if (tool->is_open)
		sim_break(sim, "breaker", "call %u starts while it is open", call->index);
}

static void on_breaker(struct sim *sim, const struct event_breaker *breaker)
{
	struct sim_tool *tool = tool_of(sim, breaker->name);

	sim_say(sim, "breaker %s: %s, until %lu ms", breaker->name, breaker->to,
		(unsigned long)breaker->until_ms);
	tool->is_open = str_equal(breaker->to, "open");
	tool->is_half_open =
		str_equal(breaker->to, "half_open") || str_equal(breaker->to, "half-open");
	tool->since_ns = sim->now_ns;
}

void sim_check_event(void *data, struct run *run, const struct event *event)
{
	struct sim *sim = data;

	if (sim->is_down || run != sim->run || sim->check.is_finished)
		return;
	switch (event->type) {
	case EVENT_PHASE_STARTED:
		on_phase(sim, event, true);
		break;
	case EVENT_PHASE_FINISHED:
		on_phase(sim, event, false);
		break;
	case EVENT_CALL_STARTED:
		on_started(sim, event->call);
		break;
	case EVENT_CALL_RETRY:
		on_retry(sim, event);
		break;
	case EVENT_CALL_FINISHED:
		sim_check_result(sim, event->call, event->result);
		break;
	case EVENT_BREAKER_CHANGED:
		on_breaker(sim, event->breaker);
		break;
	case EVENT_RUN_FINISHED:
		sim_check_finished(sim, event);
		break;
	default:
		break;
	}
}

/* ---- commits ---- */

void sim_check_commit(struct sim *sim, bool is_over, bool is_done)
{
	struct sim_check *check = &sim->check;

	if (sim->is_down)
		return;
	if (!is_over) {
		check->n_commits++;
		return;
	}
	for (size_t i = 0; is_done && i < sim->plan->n_calls; i++) {
		if (check->calls[i].sure_at && check->calls[i].sure_at <= check->n_commits)
			check->calls[i].is_sure = true;
	}
}
