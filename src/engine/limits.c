/* SPDX-License-Identifier: MIT */
#include "engine/limits.h"

#include "engine/core.h"
#include "model/tool.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

enum { TOTAL_LIMIT = 100 };

int limits_init(struct engine *engine, const struct engine_conf *conf, struct error *err)
{
	struct limits *self = &engine->limits;
	struct admit_conf admit = {
		.total_cap = conf->total_limit ? conf->total_limit : TOTAL_LIMIT,
		.load_max = conf->gates.load_max,
		.load_is_percent = conf->gates.load_is_percent,
		.memfree_bytes = conf->gates.memfree_bytes,
		.noswap = conf->gates.noswap,
	};
	bool has_gate = admit_has_gate(&admit);
	struct machine machine;

	for (int i = 0; i < LANE_COUNT; i++) {
		admit.lane_caps[i] = conf->limits[i] ? conf->limits[i] : lane_default_limit(i);
		self->told[i] = admit.lane_caps[i];
	}
	if (has_gate)
		engine->env->ops->read_machine(engine->env, &machine);
	return admit_init(&self->admit, &admit, has_gate ? &machine : NULL, err);
}

void limits_release(struct engine *engine)
{
	timer_stop(&engine->timers, &engine->limits.tick);
	timer_stop(&engine->timers, &engine->limits.gate);
}

/* ---- telling ---- */

static void tell(struct engine *engine, enum lane lane, unsigned to, const char *why)
{
	struct limits *self = &engine->limits;
	struct event event = {
		.type = EVENT_LIMIT_CHANGED,
		.lane = lane,
		.from = self->told[lane],
		.to = to,
		.text = why,
		.text_len = why ? strlen(why) : 0,
	};

	self->told[lane] = to;
	for (struct run *run = engine->runs; run; run = run->next) {
		if (run->is_begun && !run->is_done)
			run_emit(run, &event);
	}
}

/* Only lanes that something has been run in: others are nobody's concern. */
static void tell_changes(struct engine *engine)
{
	struct limits *self = &engine->limits;

	for (int i = 0; i < LANE_COUNT; i++) {
		const struct queue *queue = engine->schedule.queues;
		const char *why;
		unsigned to = admit_limit(&self->admit, i, &why);

		while (queue && queue->lane != (enum lane)i)
			queue = queue->next;
		if (queue && to != self->told[i])
			tell(engine, i, to, why ? why : "there is room again");
	}
}

/* ---- restarting ---- */

/* Looks at every call there is: done once a second at most, when memory is short. */
static void restart_youngest(struct engine *engine)
{
	struct run_call *youngest = NULL;

	for (struct run *run = engine->runs; run; run = run->next) {
		if (run->is_done || run->stop != RUN_STOP_NONE)
			continue;
		for (size_t i = 0; i < run->plan->n_calls; i++) {
			struct run_call *call = &run->calls[i];

			if (call->state == CALL_RUNNING && call->host &&
			    tool_may_rerun(call->call) && call->attempts <= LIMITS_RESTARTS_MAX &&
			    (!youngest || call->start_ns >= youngest->start_ns))
				youngest = call;
		}
	}
	if (youngest)
		exec_host_restart(youngest->host);
}

/* ---- readings ---- */

static void look(struct engine *engine)
{
	struct limits *self = &engine->limits;
	struct machine machine;
	unsigned acts;

	self->has_looked = true;
	engine->env->ops->read_machine(engine->env, &machine);
	self->oom_kills = machine.oom_kills;
	acts = admit_look(&self->admit, &machine, env_now_ns(engine->env));
	if (acts & GUARD_KILL)
		restart_youngest(engine);
	tell_changes(engine);
	engine_kick(engine); /* more may start now */
}

static void on_tick(struct timer *timer)
{
	struct engine *engine = container_of(timer, struct engine, limits.tick);

	if (engine->n_open == 0)
		return;
	look(engine);
	timer_start(&engine->timers, timer, env_now_ns(engine->env) + ADMIT_LOOK_MS * 1000000ull,
		    on_tick);
}

void limits_watch(struct engine *engine)
{
	struct limits *self = &engine->limits;

	if (heap_has(&self->tick.node))
		return;
	timer_start(&engine->timers, &self->tick,
		    env_now_ns(engine->env) + ADMIT_LOOK_MS * 1000000ull, on_tick);
}

bool limits_look_first(struct engine *engine)
{
	if (engine->limits.has_looked)
		return false;
	look(engine);
	return true;
}

/* ---- what calls say ---- */

static void on_gate(struct timer *timer)
{
	struct engine *engine = container_of(timer, struct engine, limits.gate);

	admit_open_gates(&engine->limits.admit, env_now_ns(engine->env));
	if (admit_gate_ns(&engine->limits.admit))
		timer_start(&engine->timers, timer, admit_gate_ns(&engine->limits.admit), on_gate);
	tell_changes(engine);
	engine_kick(engine);
}

/* A command whose time is up says nothing of the machine; a peer that does not answer does. */
static bool is_refusal(const struct run_call *call, const struct result *result)
{
	if (result->status == CALL_TIMEOUT)
		return call->call->tool->lane == LANE_WEB_SEARCH;
	return result->status == CALL_FAILED && result->error.class == ERROR_LIMIT;
}

/* Nobody says whom the kernel killed for its memory; only that it did so meanwhile. */
static void blame_memory(struct run_call *call, struct result *result)
{
	struct env *env = call->run->engine->env;
	struct machine machine;

	if (result->payload != PAYLOAD_BASH || result->status != CALL_FAILED ||
	    result->bash.signo != SIGKILL)
		return;
	env->ops->read_machine(env, &machine);
	if (!machine_has(&machine, MACHINE_OOM) || machine.oom_kills <= call->oom_kills)
		return;
	(void)error_set(&result->error, ERROR_LIMIT, ENOMEM,
			"killed while the machine was out of memory");
	error_from(&result->error, ERROR_FROM_ENGINE, FAULT_OOM_KILLED);
}

void limits_call_starts(struct run_call *call)
{
	call->oom_kills = call->run->engine->limits.oom_kills;
}

void limits_call_ended(struct run_call *call, struct result *result)
{
	struct engine *engine = call->run->engine;
	struct limits *self = &engine->limits;
	struct admit_ended ended;

	blame_memory(call, result);
	ended = (struct admit_ended){
		.start_ns = call->start_ns,
		.now_ns = env_now_ns(engine->env),
		.cpu_us = result->cpu_us,
		.peak_bytes = result->max_rss_kb * 1024,
		.is_refused = is_refusal(call, result),
		/* An endpoint that wants to be left alone is no reason to leave others alone. */
		.retry_ns = result->error.class == ERROR_LIMIT && !call->call->tool->endpoint
				    ? (uint64_t)result->error.retry_ms * 1000000
				    : 0,
	};

	if (!admit_ended(&self->admit, call->call->tool->lane, &ended))
		return;
	if (admit_gate_ns(&self->admit))
		timer_start(&engine->timers, &self->gate, admit_gate_ns(&self->admit), on_gate);
	tell_changes(engine);
}
