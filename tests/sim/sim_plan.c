/* SPDX-License-Identifier: MIT */
/* Plans of 5 to 60 calls, and what can go wrong with them. */
#include "tests/sim/sim.h"

#include "base/random.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint64_t sim_pick(uint64_t *random, uint64_t n)
{
	return random_within(n - 1, random_next(random));
}

static bool chance(uint64_t *random, unsigned percent)
{
	return sim_pick(random, 100) < percent;
}

/* ---- inputs ---- */

static void *get(struct plan *plan, size_t n, size_t size)
{
	void *memory = arena_alloc_array(&plan->arena, n, size);

	if (!memory)
		abort();
	memset(memory, 0, n * size);
	return memory;
}

static struct value_pair *add_pair(struct value *map, const char *key, enum value_type type)
{
	struct value_pair *pair = &map->pairs[map->n_pairs++];

	pair->key = key;
	pair->value.type = type;
	return pair;
}

static void set_str(struct value *value, const char *str)
{
	value->type = VALUE_STR;
	value->str = str;
	value->len = strlen(str);
}

static void add_needs(struct sim *sim, struct value *input, uint32_t i_phase)
{
	struct plan *plan = sim->plan;
	size_t first = plan->n_calls - plan->phases[i_phase].n_calls;
	size_t n = 1 + sim_pick(&sim->plan_random, 2);
	struct value *list = &add_pair(input, "needs", VALUE_LIST)->value;

	list->items = get(plan, n, sizeof(struct value));
	for (; list->n_items < n; list->n_items++) {
		size_t i = first + sim_pick(&sim->plan_random, plan->n_calls - first);

		set_str(&list->items[list->n_items], plan->calls[i]->id);
	}
}

static void add_locks(struct sim *sim, struct value *input)
{
	static const char *const names[] = { "build", "index", "port" };
	size_t n = 1 + sim_pick(&sim->plan_random, 2);
	struct value *list = &add_pair(input, "locks", VALUE_LIST)->value;

	list->items = get(sim->plan, n, sizeof(struct value));
	for (; list->n_items < n; list->n_items++)
		set_str(&list->items[list->n_items], names[sim_pick(&sim->plan_random, 3)]);
}

/* ---- calls ---- */

static struct sim_script pick_script(struct sim *sim, uint32_t name, bool is_fused)
{
	uint64_t *random = &sim->plan_random;
	struct sim_script script = { .name = name, .ms = 1 + sim_pick(random, 1500) };

	if (chance(random, 20))
		script.ms = 1 + sim_pick(random, 8000);
	script.out_len = sim_pick(random, 200);
	if (chance(random, 10)) /* longer than what the journal keeps of it */
		script.out_len = JOURNAL_INLINE_MAX + sim_pick(random, 2000);
	if (chance(random, sim->percent_failing))
		script.exit_status = is_fused ? 1 : 2; /* permanent: it is never tried again */
	return script;
}

/* Every fifth fused call is equal to one before it. */
static struct sim_script script_of(struct sim *sim, const struct tool *tool)
{
	size_t n = sim->plan->n_calls;

	if (tool->fuser && n && chance(&sim->plan_random, 20)) {
		size_t i = sim_pick(&sim->plan_random, n);

		if (sim->plan->calls[i]->tool == tool)
			return sim->scripts[i];
	}
	return pick_script(sim, (uint32_t)n, tool->fuser);
}

static void add_call(struct sim *sim, uint32_t i_phase, const struct tool *tool)
{
	struct plan *plan = sim->plan;
	struct sim_script script = script_of(sim, tool);
	struct value *input = get(plan, 1, sizeof(*input));
	struct plan_call call = { .tool = tool, .input = input, .phase = i_phase };
	struct problem problem;
	char name[16];

	input->type = VALUE_MAP;
	input->pairs = get(plan, 8, sizeof(*input->pairs));
	(void)snprintf(name, sizeof(name), "%u", script.name);
	set_str(&add_pair(input, "name", VALUE_STR)->value, arena_strdup(&plan->arena, name));
	if (!tool->fuser) {
		uint64_t *random = &sim->plan_random;

		if (tool->rerun_keys[0] && chance(random, 40))
			add_pair(input, tool->rerun_keys[0], VALUE_BOOL)->value.boolean = true;
		if (chance(random, 25))
			add_pair(input, "timeout", VALUE_INT)->value.integer =
				(int64_t)(200 + sim_pick(random, 6000));
		if (plan->phases[i_phase].n_calls && chance(random, 20))
			add_needs(sim, input, i_phase);
		if (chance(random, 25))
			add_locks(sim, input);
	}
	sim->scripts[plan->n_calls] = script;
	if (plan_add_call(plan, &call, &problem) < 0)
		abort();
}

static const struct tool *pick_tool(uint64_t *random, unsigned percent_fused)
{
	if (chance(random, percent_fused))
		return chance(random, 75) ? &sim_look : &sim_peek;
	return chance(random, 75) ? &sim_run : &sim_ask;
}

/* ---- phases ---- */

static void add_phase(struct sim *sim)
{
	static const char *const names[] = { "a", "b", "c", "d" };
	struct plan *plan = sim->plan;
	uint64_t *random = &sim->plan_random;
	struct plan_phase *phase;
	uint32_t i_phase;

	if (plan_add_phase(plan, names[plan->n_phases], &i_phase, NULL) < 0)
		abort();
	phase = &plan->phases[i_phase];
	phase->needs = get(plan, i_phase + 1, sizeof(*phase->needs));
	for (uint32_t i = 0; i < i_phase; i++) {
		if (chance(random, 50))
			phase->needs[phase->n_needs++] = i;
	}
	for (int lane = 0; lane < LANE_COUNT; lane++) {
		if (chance(random, 30))
			phase->limits[lane] = 1 + (unsigned)sim_pick(random, 6);
	}
}

static void pick_halt(struct sim *sim)
{
	struct halt_policy *halt = &sim->plan->halt;
	uint64_t *random = &sim->plan_random;

	if (!chance(random, 25))
		return;
	halt->when = chance(random, 50) ? HALT_SOON : HALT_NOW;
	halt->what = (enum halt_what)sim_pick(random, 3);
	halt->is_percent = chance(random, 30);
	halt->limit = (double)(1 + sim_pick(random, halt->is_percent ? 60 : 12));
}

void sim_make_plan(struct sim *sim)
{
	uint64_t *random = &sim->plan_random;
	size_t n_phases = 1 + sim_pick(random, 4);
	size_t n_calls = 5 + sim_pick(random, chance(random, 50) ? 56 : 16);
	unsigned percent_fused = (unsigned)sim_pick(random, 3) * 50;

	sim->percent_failing = chance(random, 50) ? 8 : 0;
	sim->plan = plan_new("sim");
	if (!sim->plan)
		abort();
	for (size_t i = 0; i < n_phases; i++) {
		size_t n = i + 1 < n_phases ? n_calls / n_phases : n_calls - sim->plan->n_calls;

		add_phase(sim);
		for (size_t k = 0; k < n; k++)
			add_call(sim, (uint32_t)i, pick_tool(random, percent_fused));
	}
	pick_halt(sim);
	if (chance(random, 20))
		sim->plan->budget.wall_ms = 500 + sim_pick(random, 20000);
	for (int lane = 0; lane < LANE_COUNT; lane++) {
		if (chance(random, 50))
			sim->lane_limits[lane] = 1 + (unsigned)sim_pick(random, 5);
	}
	if (chance(random, 30))
		sim->total_limit = 1 + (unsigned)sim_pick(random, 8);
	sim->too_big = 2 + (unsigned)sim_pick(random, 10);
	sim->is_recorded = !chance(random, 5);
}

/* ---- what goes wrong ---- */

void sim_make_flaws(struct sim *sim)
{
	enum { ON_PERCENT = 25, FIRES_PERCENT = 25, STORM_PERCENT = 90 };
	uint64_t *random = &sim->flaw_random;

	for (int i = 0; i < FLAW_COUNT; i++) {
		sim->flaw_on[i] = chance(random, ON_PERCENT);
		sim->flaw_percent[i] = chance(random, 15) ? STORM_PERCENT : FIRES_PERCENT;
	}
	if (!chance(random, ON_PERCENT / 3))
		return;
	/* Everything is busy for a while: breakers open, and close again. */
	sim->flaw_on[FLAW_BUSY] = true;
	sim->flaw_percent[FLAW_BUSY] = STORM_PERCENT;
	sim->busy_ms = 1 + sim_pick(random, 4000);
}

bool sim_flaw(struct sim *sim, enum flaw flaw)
{
	bool fires = chance(&sim->flaw_random, sim->flaw_percent[flaw]);
	bool is_quiet = sim->now_ns - sim->life_start_ns >= SIM_QUIET_MS * (uint64_t)SIM_MS;

	if (flaw == FLAW_BUSY && sim->busy_ms)
		is_quiet = sim->now_ns - sim->life_start_ns >= sim->busy_ms * SIM_MS;
	return sim->flaw_on[flaw] && fires && !is_quiet && !sim->is_down;
}

void sim_write_body(const struct sim_script *script, char *ret_body)
{
	uint64_t random = script->name + 1;

	for (size_t i = 0; i < script->out_len; i++)
		ret_body[i] = i % 40 == 39 ? '\n' : (char)('a' + sim_pick(&random, 26));
}
