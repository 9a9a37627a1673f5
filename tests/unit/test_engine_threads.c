/* SPDX-License-Identifier: MIT */
/* Passes on real threads that answer from several threads at once: for the thread sanitizer. */
#include "engine/engine.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include <cmocka.h>

enum { THREADS = 4, CALLS = 3000, ROUNDS = 8 };

static const struct arg_spec scan_args[] = {
	{ "pattern", ARG_STR, NULL, "what", .required = true },
	{ .type = ARG_END },
};

struct share {
	const struct fuse_conf *conf;
	size_t first;
};

static void *scan_share(void *data)
{
	const struct share *share = data;
	const struct fuse_conf *conf = share->conf;

	for (size_t i = share->first; i < conf->n_calls; i += THREADS) {
		struct result result = { .payload = PAYLOAD_GREP };
		const char *pattern = args_str(&conf->calls[i]->args, 0);

		if (atomic_load(conf->cancel))
			result.status = CALL_CANCELLED;
		else if (i % 16 == 0)
			conf->found(conf->data, i, pattern, strlen(pattern));
		result.body = blob_new(pattern, strlen(pattern));
		conf->done(conf->data, i, &result);
		if (i % 500 == 0)
			(void)usleep(200); /* a file that takes its time */
	}
	return NULL;
}

static int scan_run(const struct fuse_conf *conf, struct error *err)
{
	pthread_t threads[THREADS];
	struct share shares[THREADS];

	(void)err;
	for (size_t i = 0; i < THREADS; i++) {
		shares[i] = (struct share){ conf, i };
		if (pthread_create(&threads[i], NULL, scan_share, &shares[i]) != 0)
			abort();
	}
	for (size_t i = 0; i < THREADS; i++)
		(void)pthread_join(threads[i], NULL);
	return 0;
}

static const struct fuser scan_fuser = { .name = "scan", .run = scan_run };

static const struct tool tool_scan = {
	.name = "Scan",
	.args = scan_args,
	.lane = LANE_CODEBASE,
	.flags = TOOL_PURE,
	.fuser = &scan_fuser,
};

struct seen {
	struct run *run, *other;
	size_t n_finished, cancel_at;
	uint64_t n_output;
	unsigned n_done;
	bool is_done;
};

static void see(void *data, struct run *run, const struct event *event)
{
	struct seen *seen = data;

	seen->n_output += event->type == EVENT_CALL_OUTPUT;
	if (event->type == EVENT_RUN_FINISHED)
		seen->is_done = ++seen->n_done == 2;
	if (run != seen->run || event->type != EVENT_CALL_FINISHED)
		return;
	if (++seen->n_finished == seen->cancel_at)
		run_cancel(run, RUN_STOP_INTERRUPT);
}

static struct plan *plan_of(const char *name)
{
	struct plan *plan = plan_new("test");
	uint32_t phase;

	assert_int_equal(plan_add_phase(plan, name, &phase, NULL), 0);
	for (int i = 0; i < CALLS; i++) {
		struct value *input = arena_alloc(&plan->arena, sizeof(*input));
		struct value_pair *pair = arena_alloc(&plan->arena, sizeof(*pair));
		const char *str = arena_printf(&plan->arena, "%s%d", name, i % (CALLS - 100));
		struct plan_call call = { .tool = &tool_scan, .input = input, .phase = phase };
		struct problem problem;

		pair->key = "pattern";
		pair->value = (struct value){ .type = VALUE_STR, .str = str, .len = strlen(str) };
		*input = (struct value){ .type = VALUE_MAP, .pairs = pair, .n_pairs = 1 };
		assert_int_equal(plan_add_call(plan, &call, &problem), 0);
	}
	return plan;
}

static void check_results(const struct run *run, bool was_cancelled)
{
	const struct plan *plan = run_plan(run);

	for (size_t i = 0; i < plan->n_calls; i++) {
		const struct result *result = run_result(run, i);

		assert_non_null(result);
		if (!was_cancelled)
			assert_int_equal(result->status, CALL_OK);
		if (result->body)
			assert_string_equal(blob_data(result->body),
					    args_str(&plan->calls[i]->args, 0));
	}
}

static void test_two_runs_and_a_cancel(void **state)
{
	const struct engine_conf conf = { .root_path = "/tmp", .stream_output = true };
	struct engine *engine;
	uint64_t n_output = 0;

	(void)state;
	assert_int_equal(engine_new(&conf, &engine, NULL), 0);
	for (size_t round = 0; round < ROUNDS; round++) {
		struct plan *plan = plan_of("a"), *other = plan_of("b");
		struct seen seen = { .cancel_at = round * 400 };
		int handle = engine_listen(engine, see, &seen);

		assert_true(handle > 0);
		assert_int_equal(run_start(engine, plan, &seen.run, NULL), 0);
		assert_int_equal(run_start(engine, other, &seen.other, NULL), 0);
		assert_int_equal(engine_run_until(engine, &seen.is_done, NULL), 0);
		assert_true(seen.is_done);
		check_results(seen.run, seen.cancel_at > 0);
		check_results(seen.other, false);
		n_output += seen.n_output;
		engine_unlisten(engine, handle);
		assert_true(run_free(seen.run));
		assert_true(run_free(seen.other));
		plan_free(plan);
		plan_free(other);
	}
	assert_true(n_output > 0);
	engine_free(engine);
}

static void test_engine_free_during_a_pass(void **state)
{
	const struct engine_conf conf = { .root_path = "/tmp", .stream_output = true };
	struct plan *plan = plan_of("a");
	struct engine *engine;
	struct run *run;

	(void)state;
	assert_int_equal(engine_new(&conf, &engine, NULL), 0);
	assert_int_equal(run_start(engine, plan, &run, NULL), 0);
	(void)uv_run(engine_loop(engine), UV_RUN_NOWAIT);
	assert_false(run_is_done(run));
	engine_free(engine);
	plan_free(plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_two_runs_and_a_cancel),
		cmocka_unit_test(test_engine_free_during_a_pass),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
