/* SPDX-License-Identifier: MIT */
/* A run's data: built in one go from its plan, so that nothing needs memory later but results. */
#include "base/vec.h"
#include "engine/core.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <time.h>

enum { INDEX_BITS = 20 };

_Static_assert(PLAN_CALLS_MAX <= 1 << INDEX_BITS, "the order of calls fits their keys");

struct pair {
	uint32_t from, to;
};
struct pairs VEC(struct pair);

/* Sorts pairs by where they come from, by counting. */
static int fan_build(struct fan *fan, const struct pairs *pairs, size_t n)
{
	fan->first = calloc(n + 2, sizeof(uint32_t));
	fan->items = calloc(pairs->n + 1, sizeof(uint32_t));
	if (!fan->first || !fan->items)
		return -ENOMEM;
	for (size_t i = 0; i < pairs->n; i++)
		fan->first[pairs->items[i].from + 2]++;
	for (size_t i = 2; i < n + 2; i++)
		fan->first[i] += fan->first[i - 1];
	for (size_t i = 0; i < pairs->n; i++)
		fan->items[fan->first[pairs->items[i].from + 1]++] = pairs->items[i].to;
	return 0;
}

static void fan_release(struct fan *fan)
{
	free(fan->first);
	free(fan->items);
}

static const struct plan_edges *edges_of(const struct plan *plan, size_t i_call)
{
	static const struct plan_edges none;

	return plan->edges ? &plan->edges[i_call] : &none;
}

static bool list_needs(struct pairs *pairs, const uint32_t *needs, size_t n, size_t from)
{
	for (size_t i = 0; i < n; i++) {
		if (!vec_push(pairs, ((struct pair){ needs[i], (uint32_t)from })))
			return false;
	}
	return true;
}

static int build_fans(struct run *run)
{
	const struct plan *plan = run->plan;
	struct pairs pairs = { 0 };
	int r = -ENOMEM;

	for (size_t i = 0; i < plan->n_phases; i++) {
		if (!list_needs(&pairs, plan->phases[i].needs, plan->phases[i].n_needs, i))
			goto done;
		run->phases[i].n_needs = (uint32_t)plan->phases[i].n_needs;
	}
	if (fan_build(&run->of_phases, &pairs, plan->n_phases) < 0)
		goto done;
	pairs.n = 0;
	for (size_t i = 0; i < plan->n_calls; i++) {
		const struct plan_edges *edges = edges_of(plan, i);

		if (!list_needs(&pairs, edges->needs, edges->n_needs, i))
			goto done;
		run->calls[i].n_needs = 1 + (uint32_t)edges->n_needs;
	}
	if (fan_build(&run->of_calls, &pairs, plan->n_calls) < 0)
		goto done;
	pairs.n = 0;
	for (size_t i = 0; i < plan->n_calls; i++) {
		if (!vec_push(&pairs, ((struct pair){ plan->calls[i]->phase, (uint32_t)i })))
			goto done;
	}
	r = fan_build(&run->members, &pairs, plan->n_phases);
done:
	vec_release(&pairs);
	return r;
}

static struct group *find_group(struct run *run, const struct call *call)
{
	struct schedule *schedule = &run->engine->schedule;
	unsigned cap = run->engine->limits.admit.conf.lane_caps[call->tool->lane];
	struct run_phase *phase = &run->phases[call->phase];
	enum lane lane = call->tool->lane;
	unsigned limit = run->plan->phases[call->phase].limits[lane];
	const struct agent *owner = lane == LANE_AGENTS ? run->above : NULL;
	struct queue *queue = schedule_queue(schedule, lane, call->tool->fuser, owner);
	struct group *group = phase->groups;

	while (group && group->queue != queue)
		group = group->next;
	if (group || !queue)
		return group;
	group = calloc(1, sizeof(*group));
	if (!group)
		return NULL;
	if (limit == 0 || limit > cap)
		limit = cap;
	*group =
		(struct group){ .next = phase->groups, .queue = queue, .run = run, .limit = limit };
	phase->groups = group;
	return group;
}

/* A lock that is named twice counts once. */
static int build_wants(struct run *run)
{
	const struct plan *plan = run->plan;
	size_t n = 0;

	for (size_t i = 0; i < plan->n_calls; i++)
		n += edges_of(plan, i)->n_locks;
	run->wants = calloc(n + 1, sizeof(*run->wants));
	if (!run->wants)
		return -ENOMEM;
	for (size_t i = 0; i < plan->n_calls; i++) {
		const struct plan_edges *edges = edges_of(plan, i);
		struct run_call *call = &run->calls[i];

		call->wants = run->wants + run->n_wants;
		for (size_t k = 0; k < edges->n_locks; k++) {
			struct lock *lock = schedule_lock(&run->engine->schedule, edges->locks[k]);

			if (!lock)
				return -ENOMEM;
			if (lock->mark == call) {
				schedule_unlock(&run->engine->schedule, lock);
				continue;
			}
			lock->mark = call;
			run->wants[run->n_wants].lock = lock;
			run->wants[run->n_wants++].call = call;
			call->n_wants++;
		}
	}
	return 0;
}

static int build_calls(struct run *run)
{
	const struct plan *plan = run->plan;

	for (size_t i = 0; i < plan->n_calls; i++) {
		const struct call *call = plan->calls[i];
		struct run_call *self = &run->calls[i];

		assert(call->index == i && call->phase < plan->n_phases);
		self->run = run;
		self->call = call;
		self->ready.key = run->seq << INDEX_BITS | i;
		self->group = find_group(run, call);
		if (!self->group)
			return -ENOMEM;
		run->phases[call->phase].n_left++;
	}
	return build_wants(run);
}

/* Sortable by time; the steps of 0x9e375 (odd) reach every suffix once before one comes again. */
static void name_run(struct run *run)
{
	static const char digits[] = "0123456789abcdefghjkmnpqrstvwxyz";
	struct engine *engine = run->engine;
	uint32_t suffix = (uint32_t)(engine->id_base + run->seq * 0x9e375u) & 0xfffff;
	time_t now = (time_t)engine->env->ops->time_s(engine->env);
	char *end = run->id;
	struct tm tm;

	if (gmtime_r(&now, &tm))
		end += strftime(run->id, sizeof(run->id) - 6, "%Y%m%dT%H%M%S", &tm);
	*end++ = '-';
	for (int shift = 15; shift >= 0; shift -= 5)
		*end++ = digits[suffix >> shift & 31];
	*end = '\0';
}

/* Most runs share the engine's. */
static int build_secrets(struct run *run, struct error *err)
{
	const struct engine *engine = run->engine;
	const struct call *const *calls = (const struct call *const *)run->plan->calls;
	size_t i = 0;

	if (!engine->secrets)
		return 0;
	if (run->above) { /* its calls bring none, and what the agent knows is not to be told */
		run->secrets = secrets_ref(agent_secrets(run->above));
		return 0;
	}
	while (i < run->plan->n_calls && !secrets_in_call(calls[i]))
		i++;
	if (i < run->plan->n_calls)
		return secrets_new(engine->environ, calls, run->plan->n_calls, &run->secrets, err);
	run->secrets = secrets_ref(engine->secrets);
	return 0;
}

int run_build(struct engine *engine, const struct plan *plan, struct agent *above,
	      struct run **ret_run, struct error *err)
{
	struct run *run;
	uint64_t rss_kb;
	int r;

	if (plan->n_calls > PLAN_CALLS_MAX)
		return error_set(err, ERROR_LIMIT, EFBIG, "a plan of %zu calls is too big",
				 plan->n_calls);
	run = calloc(1, sizeof(*run));
	if (!run)
		goto fail;
	run->engine = engine;
	run->plan = plan;
	run->above = above;
	run->seq = ++engine->n_runs;
	run->n_left = plan->n_calls;
	run->no_memory.status = CALL_FAILED;
	(void)error_set(&run->no_memory.error, ERROR_LIMIT, ENOMEM, "out of memory");
	run->calls = calloc(plan->n_calls + 1, sizeof(*run->calls));
	run->phases = calloc(plan->n_phases + 1, sizeof(*run->phases));
	if (!run->calls || !run->phases || build_fans(run) < 0 || build_calls(run) < 0)
		goto fail;
	r = build_secrets(run, err);
	if (r < 0) {
		run_destroy(run);
		return r;
	}
	name_run(run);
	engine->env->ops->usage(engine->env, &run->cpu_us_before, &rss_kb);
	run->start_ns = env_now_ns(engine->env);
	if (plan->budget.wall_ms)
		run->deadline_ns = run->start_ns + plan->budget.wall_ms * 1000000u;
	*ret_run = run;
	return 0;
fail:
	run_destroy(run);
	return error_errno(err, ENOMEM, "cannot start a run of %zu calls", plan->n_calls);
}

void run_destroy(struct run *run)
{
	if (!run)
		return;
	for (size_t i = 0; run->phases && i < run->plan->n_phases; i++) {
		while (run->phases[i].groups) {
			struct group *group = run->phases[i].groups;

			run->phases[i].groups = group->next;
			free(group);
		}
	}
	for (size_t i = 0; i < run->n_wants; i++)
		schedule_forget(&run->engine->schedule, &run->wants[i]);
	for (size_t i = 0; run->calls && i < run->plan->n_calls; i++) {
		timer_stop(&run->engine->timers, &run->calls[i].timer);
		agents_put_back(&run->calls[i]);
		exec_host_forget(run->calls[i].host); /* it runs: see schedule_forget() */
		result_release(run->calls[i].result);
		free(run->calls[i].result);
	}
	for (size_t i = 0; run->phases && i < run->plan->n_phases; i++)
		agents_end_phase(run, i);
	map_release(&run->leaders);
	secrets_unref(run->secrets);
	fan_release(&run->of_calls);
	fan_release(&run->of_phases);
	fan_release(&run->members);
	free(run->wants);
	free(run->phases);
	free(run->calls);
	free(run);
}

bool run_is_done(const struct run *run)
{
	return run->is_done;
}

enum run_stop run_stop_reason(const struct run *run)
{
	return run->stop;
}

const char *run_stop_text(const struct run *run)
{
	return run->stop == RUN_STOP_SYSTEMIC ? run->stop_text : NULL;
}

const struct plan *run_plan(const struct run *run)
{
	return run->plan;
}

const struct secrets *run_secrets(const struct run *run)
{
	return run->secrets;
}

const char *run_id(const struct run *run)
{
	return run->id;
}

const struct result *run_result(const struct run *run, size_t i_call)
{
	const struct run_call *call = &run->calls[i_call];

	if (call->state != CALL_ENDED || call->is_dropped)
		return NULL;
	return call->result ? call->result : &run->no_memory;
}

void run_drop_result(struct run *run, size_t i_call)
{
	struct run_call *call = &run->calls[i_call];

	if (call->state != CALL_ENDED)
		return;
	call->is_dropped = true;
	if (call == run->engine->told)
		return; /* other listeners are still to see it */
	result_release(call->result);
	free(call->result);
	call->result = NULL;
}

void run_totals(const struct run *run, struct run_totals *ret_totals)
{
	struct env *env = run->engine->env;
	uint64_t cpu_us, rss_kb;

	*ret_totals = run->totals;
	ret_totals->sandbox_level = run->engine->sandbox_level;
	ret_totals->has_sandbox = env->ops->sandbox(env, &ret_totals->sandbox);
	if (run->is_done)
		return;
	env->ops->usage(env, &cpu_us, &rss_kb);
	ret_totals->wall_ns = env_now_ns(env) - run->start_ns;
	ret_totals->cpu_us += cpu_us - run->cpu_us_before;
	if (rss_kb > ret_totals->peak_rss_kb)
		ret_totals->peak_rss_kb = rss_kb;
}
