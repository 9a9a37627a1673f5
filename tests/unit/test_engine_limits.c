/* SPDX-License-Identifier: MIT */
/* Limits in simulated runs: gates, shortage, restarts, and what is told of them. */
#include "engine/limits.h"
#include "engine_fixture.h"
#include "fake_proc.h"

#include <inttypes.h>
#include <math.h>

enum { MIB = 1 << 20, TOLD_MAX = 64 };

/* Like Work, but may be run again. */
static struct tool tool_redo;

/* Like Work, but its child's end is a refusal that says when to come back. */
static struct tool tool_refused;

static void refused_done(struct host *host, const struct call *call,
			 struct child_outcome *own_outcome)
{
	struct result result = { .status = CALL_FAILED,
				 .payload = PAYLOAD_BASH,
				 .body = own_outcome->out };

	(void)call;
	result.bash.err = own_outcome->err;
	(void)error_set(&result.error, ERROR_LIMIT, EBUSY, "come back later");
	result.error.retry_ms = 2000;
	host->ops->finish(host, &result);
}

static int refused_start(struct host *host, const struct call *call, struct error *err)
{
	static const char *const argv[] = { "fake", "10", "0", "", NULL };
	static const char *const envp[] = { NULL };
	struct host_child child = { .argv = argv, .envp = envp };

	(void)call;
	return host->ops->run_child(host, &child, refused_done, err);
}

struct told {
	struct {
		enum lane lane;
		unsigned from, to;
		uint64_t t_ms;
		char why[160];
	} items[TOLD_MAX];
	size_t n;
};

static void listen_to_limits(void *data, struct run *run, const struct event *event)
{
	struct told *told = data;

	(void)run;
	if (event->type != EVENT_LIMIT_CHANGED || told->n == TOLD_MAX)
		return;
	told->items[told->n].lane = event->lane;
	told->items[told->n].from = event->from;
	told->items[told->n].to = event->to;
	told->items[told->n].t_ms = event->t_ns / FAKE_MS;
	(void)snprintf(told->items[told->n++].why, sizeof(told->items[0].why), "%.*s",
		       (int)event->text_len, event->text);
}

static struct fake_env *env_with(double load, unsigned free_mib)
{
	struct fake_env *fake = fake_env_new();

	fake->machine = (struct machine){
		.has = 1 << MACHINE_LOAD | 1 << MACHINE_MEMORY | 1 << MACHINE_SWAP,
		.load1 = load,
		.mem_total = 10000ull * MIB,
		.mem_available = (uint64_t)free_mib * MIB,
	};
	return fake;
}

/* The script of a test: what the machine is like at the n-th reading. */
static unsigned free_mib_at[32];
static double load_at[32];

static void follow_script(struct fake_env *fake)
{
	size_t i = fake->n_machine_reads < 31 ? fake->n_machine_reads : 31;

	fake->machine.mem_available = (uint64_t)free_mib_at[i] * MIB;
	fake->machine.load1 = load_at[i];
}

static struct sim *sim_on(struct fake_env *fake, struct engine_gates gates, struct told *told)
{
	struct sim *sim = sim_new(&(struct engine_conf){ .gates = gates, .env = &fake->env });

	*told = (struct told){ .n = 0 };
	assert_true(engine_listen(sim->engine, listen_to_limits, told) > 0);
	return sim;
}

static void script(double load, unsigned free_mib)
{
	for (size_t i = 0; i < countof(load_at); i++) {
		load_at[i] = load;
		free_mib_at[i] = free_mib;
	}
}

static void a_kill_for_memory_is_told_from_others(void **state)
{
	struct plan *plan = new_plan();
	uint32_t phase = add_phase(plan, "a");
	struct fake_env *fake = env_with(0, 9000);
	struct told told;
	struct sim *sim = sim_on(fake, (struct engine_gates){ 0 }, &told);
	const struct result *other, *result;

	(void)state;
	fake->machine.has |= 1 << MACHINE_OOM;
	fake->machine.oom_kills = 7; /* long ago */
	add_call(plan, phase, &tool_work, "ms=10 status=-9");
	add_call(plan, phase, &tool_work, "ms=2500 status=-9 flag=oom");
	sim_run(sim, plan);
	other = run_result(sim->run, 0);
	assert_int_equal(other->error.class, ERROR_NONE);
	result = run_result(sim->run, 1);
	assert_int_equal(result->error.class, ERROR_LIMIT);
	assert_int_equal(result->error.origin, ERROR_FROM_ENGINE);
	assert_int_equal(result->error.origin_code, FAULT_OOM_KILLED);
	sim_free(sim, plan);
}

static void a_shut_gate_ends_with_the_deadline(void **state)
{
	struct plan *plan = new_plan();
	uint32_t phase = add_phase(plan, "a");
	struct told told;
	struct sim *sim = sim_on(env_with(5, 9000), (struct engine_gates){ .load_max = 1 }, &told);

	(void)state;
	plan->budget.wall_ms = 3500;
	for (int i = 0; i < 3; i++)
		add_call(plan, phase, &tool_work, "ms=10");
	add_call(plan, phase, &tool_look, "pattern=x");
	sim_run(sim, plan);
	assert_int_equal(sim->n_started, 0);
	assert_int_equal(sim->totals.by_status[CALL_TIMEOUT], 4);
	assert_int_equal(sim->exit_status, 124);
	assert_string_equal(run_result(sim->run, 0)->error.text,
			    "not started before the deadline: "
			    "the load of 5.00 is not under --load 1");
	assert_string_equal(run_result(sim->run, 3)->error.text,
			    run_result(sim->run, 0)->error.text);
	assert_int_equal(told.n, 2); /* once for each lane in use, not every second */
	for (size_t i = 0; i < told.n; i++) {
		assert_int_equal(told.items[i].to, 0);
		assert_string_equal(told.items[i].why, "the load of 5.00 is not under --load 1");
	}
	sim_free(sim, plan);
}

static void a_gate_opens(void **state)
{
	struct plan *plan = new_plan();
	uint32_t phase = add_phase(plan, "a");
	struct fake_env *fake = env_with(5, 9000);
	struct told told;
	struct sim *sim;

	(void)state;
	script(0, 9000);
	for (size_t i = 0; i < 4; i++)
		load_at[i] = 50;
	fake->before_read = follow_script;
	sim = sim_on(fake, (struct engine_gates){ .load_max = 40 }, &told);
	for (int i = 0; i < 20; i++)
		add_call(plan, phase, &tool_work, "ms=10");
	sim_run(sim, plan);
	assert_int_equal(sim->totals.by_status[CALL_OK], 20);
	assert_int_equal(sim->max_running, 16);
	/* Readings: at the start (1), then at 1 s (2), 2 s (3), 3 s (4: open). */
	assert_in_range(sim->totals.wall_ns / FAKE_MS, 3000, 3100);
	assert_int_equal(told.n, 2);
	assert_int_equal(told.items[0].to, 0);
	assert_int_equal(told.items[1].from, 0);
	assert_int_equal(told.items[1].to, 16);
	assert_int_equal(told.items[1].t_ms, 3000);
	assert_string_equal(told.items[1].why, "there is room again");
	sim_free(sim, plan);
}

static void an_engine_with_a_gate_that_never_opens_is_not_made(void **state)
{
	struct fake_env *fake = env_with(0, 9000);
	struct engine_conf conf = { .root_path = "/tmp",
				    .env = &fake->env,
				    .gates = { .memfree_bytes = 20000ull * MIB } };
	struct engine *engine = NULL;
	struct error err;

	(void)state;
	assert_true(engine_new(&conf, &engine, &err) < 0);
	assert_int_equal(err.class, ERROR_INVALID);
	assert_null(engine);
	env_free(&fake->env);
}

static void short_of_memory_one_at_a_time(void **state)
{
	struct plan *plan = new_plan();
	uint32_t phase = add_phase(plan, "a");
	struct told told;
	struct sim *sim = sim_on(env_with(0, 900), (struct engine_gates){ 0 }, &told);

	(void)state;
	for (int i = 0; i < 8; i++)
		add_call(plan, phase, &tool_work, "ms=300");
	sim_run(sim, plan);
	assert_int_equal(sim->totals.by_status[CALL_OK], 8);
	assert_int_equal(sim->max_running, 1);
	assert_int_equal(told.n, 1);
	assert_int_equal(told.items[0].from, 16);
	assert_int_equal(told.items[0].to, 1);
	sim_free(sim, plan);
}

/* At the third reading (2 s) memory is under half of the floor: the youngest of those that may be
 * restarted ends, and at the next the next. Then there is room, and they begin again. */
static void the_youngest_makes_room(void **state)
{
	struct plan *plan = new_plan();
	uint32_t phase = add_phase(plan, "a");
	struct fake_env *fake = env_with(0, 9000);
	struct told told;
	struct sim *sim;

	(void)state;
	script(0, 9000);
	free_mib_at[3] = free_mib_at[4] = 499;
	fake->before_read = follow_script;
	sim = sim_on(fake, (struct engine_gates){ 0 }, &told);
	plan->phases[phase].limits[LANE_BASH] = 6;
	add_call(plan, phase, &tool_redo, "ms=3500 out=oldest");
	add_call(plan, phase, &tool_redo, "ms=3500 out=middle");
	add_call(plan, phase, &tool_work, "ms=3500"); /* may not be repeated */
	add_call(plan, phase, &tool_work, "ms=1500");
	add_call(plan, phase, &tool_redo, "ms=1800");
	add_call(plan, phase, &tool_redo, "ms=1800");
	add_call(plan, phase, &tool_redo, "ms=3500 out=youngest"); /* starts at 1.5 s */
	call_locks(plan, 6, "lock");
	sim_run(sim, plan);
	assert_int_equal(sim->totals.by_status[CALL_OK], 7);
	assert_int_equal(fake->n_kills, 2);
	assert_int_equal(run_result(sim->run, 0)->attempts, 1);
	assert_int_equal(run_result(sim->run, 1)->attempts, 2);
	assert_int_equal(run_result(sim->run, 2)->attempts, 1);
	assert_int_equal(run_result(sim->run, 6)->attempts, 2);
	assert_string_equal(blob_data(run_result(sim->run, 6)->body), "youngest");
	assert_int_equal(sim->totals.retries, 2);
	/* Killed at 2 and 3 s, begun again at 4 s. */
	assert_in_range(sim->totals.wall_ns / FAKE_MS, 7500, 7600);
	sim_free(sim, plan);
}

static void nobody_is_restarted_for_ever(void **state)
{
	struct plan *plan = new_plan();
	uint32_t phase = add_phase(plan, "a");
	struct told told;
	struct sim *sim = sim_on(env_with(0, 100), (struct engine_gates){ 0 }, &told);

	(void)state;
	add_call(plan, phase, &tool_redo, "ms=5000");
	sim_run(sim, plan);
	assert_int_equal(status_of(sim, 0), CALL_OK);
	assert_int_equal(run_result(sim->run, 0)->attempts, 1 + LIMITS_RESTARTS_MAX);
	sim_free(sim, plan);
}

static void a_stop_while_it_makes_room(void **state)
{
	struct plan *plan = new_plan();
	uint32_t phase = add_phase(plan, "a");
	struct told told;
	struct sim *sim = sim_on(env_with(0, 100), (struct engine_gates){ 0 }, &told);

	(void)state;
	plan->budget.wall_ms = 1000; /* the very moment of the kill */
	add_call(plan, phase, &tool_redo, "ms=5000");
	sim_run(sim, plan);
	assert_true(status_of(sim, 0) == CALL_TIMEOUT || status_of(sim, 0) == CALL_CANCELLED);
	assert_int_equal(sim->exit_status, 124);
	sim_free(sim, plan);
}

static void come_back_later(void **state)
{
	struct plan *plan = new_plan();
	uint32_t phase = add_phase(plan, "a");
	struct told told;
	struct sim *sim = sim_on(env_with(0, 9000), (struct engine_gates){ 0 }, &told);

	(void)state;
	add_call(plan, phase, &tool_refused, "ms=10");
	for (int i = 0; i < 40; i++)
		add_call(plan, phase, &tool_work, "ms=20");
	sim_run(sim, plan);
	assert_int_equal(sim->totals.by_status[CALL_OK], 40);
	assert_int_equal(status_of(sim, 0), CALL_FAILED);
	/* Refused at 10 ms; 15 were under way and raised the limit of 8 to 9; the other 25 come
	 * 2 s later, in three waves. */
	assert_in_range(sim->totals.wall_ns / FAKE_MS, 2010 + 3 * 20, 2010 + 3 * 20 + 10);
	assert_int_equal(told.items[0].to, 0);
	assert_int_equal(told.items[1].to, 9);
	assert_string_equal(told.items[1].why, "more were refused");
	sim_free(sim, plan);
}

static void readings_are_taken_when_needed(void **state)
{
	struct plan *plan = new_plan();
	uint32_t phase = add_phase(plan, "a");
	struct sim *sim = sim_new(NULL);

	(void)state;
	add_call(plan, phase, &tool_look, "pattern=x");
	sim_run(sim, plan);
	assert_int_equal(sim->fake->n_machine_reads, 0);
	sim_free(sim, plan);
	plan = new_plan();
	phase = add_phase(plan, "a");
	sim = sim_new(NULL);
	add_call(plan, phase, &tool_work, "ms=10500");
	sim_run(sim, plan);
	assert_int_equal(sim->fake->n_machine_reads, 11); /* before it starts, then each second */
	sim_free(sim, plan);
}

/* Little's law as an identity: the mean number under way, summed up from the events, is the rate
 * times the mean time that results report. */
struct little {
	uint64_t last_ns;
	double area, n_running;
};

static void integrate(void *data, struct run *run, const struct event *event)
{
	struct little *little = data;

	(void)run;
	little->area += little->n_running * (double)(event->t_ns - little->last_ns);
	little->last_ns = event->t_ns;
	little->n_running += event->type == EVENT_CALL_STARTED;
	little->n_running -= event->type == EVENT_CALL_FINISHED;
}

static void littles_law_holds(void **state)
{
	struct plan *plan = new_plan();
	uint32_t phase = add_phase(plan, "a");
	struct sim *sim = sim_new(NULL);
	struct little little = { 0 };
	double sum_ns = 0, mean, wall, rate, time;

	(void)state;
	assert_true(engine_listen(sim->engine, integrate, &little) > 0);
	for (int i = 0; i < 2000; i++)
		add_call(plan, phase, &tool_work, "ms=%d", 5 + i * 7919 % 300);
	sim_run(sim, plan);
	for (size_t i = 0; i < plan->n_calls; i++)
		sum_ns += (double)run_result(sim->run, i)->run_ns;
	wall = (double)sim->totals.wall_ns;
	mean = little.area / wall;
	rate = (double)plan->n_calls / wall;
	time = sum_ns / (double)plan->n_calls;
	print_message("# mean under way %.3f, rate x time %.3f\n", mean, rate * time);
	assert_true(fabs(mean - rate * time) / mean < 0.01);
	assert_true(mean > 15); /* and the lane was full */
	sim_free(sim, plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_kill_for_memory_is_told_from_others),
		cmocka_unit_test(a_shut_gate_ends_with_the_deadline),
		cmocka_unit_test(a_gate_opens),
		cmocka_unit_test(an_engine_with_a_gate_that_never_opens_is_not_made),
		cmocka_unit_test(short_of_memory_one_at_a_time),
		cmocka_unit_test(the_youngest_makes_room),
		cmocka_unit_test(nobody_is_restarted_for_ever),
		cmocka_unit_test(a_stop_while_it_makes_room),
		cmocka_unit_test(come_back_later),
		cmocka_unit_test(readings_are_taken_when_needed),
		cmocka_unit_test(littles_law_holds),
	};

	tool_redo = tool_work;
	tool_redo.flags = TOOL_RERUN;
	tool_refused = tool_work;
	tool_refused.start = refused_start;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
