/* SPDX-License-Identifier: MIT */
/* What is decided about an attempt: one row of the ladder at a time. */
#include "recovery/recover.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const uint64_t ms = 1000000, s = 1000000000;

struct bench {
	struct recover *recover;
	struct recover_attempt attempt;
	struct recover_memo memo;
	struct recover_decision decision;
	struct error err;
	char changes[512];
};

static void on_changed(void *data, const char *name, const struct breaker_change *change,
		       const char *reason)
{
	struct bench *bench = data;
	size_t len = strlen(bench->changes);

	assert_true(reason[0] != '\0');
	(void)snprintf(bench->changes + len, sizeof(bench->changes) - len, "%s %s; ", name,
		       breaker_state_name(change->to));
}

static struct bench *bench_new(void)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	assert_non_null(bench);
	assert_int_equal(recover_new(42, on_changed, bench, &bench->recover), 0);
	bench->attempt = (struct recover_attempt){
		.target = { .tool = "Tool" },
		.status = CALL_FAILED,
		.error = &bench->err,
		.line = "",
		.call = 1,
		.may_repeat = true,
		.width = 1,
		.n_under_way = 10,
		.run_ns = 10 * ms,
		.now_ns = 100 * s,
	};
	(void)error_errno(&bench->err, ESTALE, "x");
	return bench;
}

static void bench_free(struct bench *bench)
{
	recover_free(bench->recover);
	free(bench);
}

static bool may_start(struct bench *bench)
{
	const char *name;
	uint64_t until_ns;

	return recover_allow(bench->recover, &bench->attempt.target, &bench->memo,
			     bench->attempt.now_ns, &until_ns, &name);
}

static enum recover_action end(struct bench *bench)
{
	recover_ended(bench->recover, &bench->attempt, &bench->memo, &bench->decision);
	return bench->decision.action;
}

static enum recover_action try_it(struct bench *bench)
{
	assert_true(may_start(bench));
	return end(bench);
}

static void new_call(struct bench *bench)
{
	recover_forget(bench->recover, &bench->memo);
	bench->memo = (struct recover_memo){ 0 };
	bench->attempt.call++;
}

static void fail_from(struct bench *bench, enum error_origin origin, int code)
{
	(void)error_set(&bench->err, ERROR_INVALID, 0, "x");
	error_from(&bench->err, origin, code);
}

static void test_transient(void **state)
{
	struct bench *bench = bench_new();

	(void)state;
	assert_int_equal(try_it(bench), RECOVER_RETRY);
	assert_int_equal(bench->decision.type, FAILURE_TRANSIENT);
	assert_in_range(bench->decision.at_ns, 100 * s, 100 * s + 50 * ms);
	assert_non_null(strstr(bench->decision.reason, "stale"));
	assert_int_equal(try_it(bench), RECOVER_RETRY);
	assert_in_range(bench->decision.at_ns, 100 * s, 100 * s + 100 * ms);
	assert_int_equal(try_it(bench), RECOVER_PARK); /* three attempts */
	assert_non_null(strstr(bench->decision.reason, "gave up after 3 attempts"));
	bench_free(bench);
}

/* The law: what may have had its effect is not repeated. */
static void test_not_declared(void **state)
{
	static const int codes[] = { ESTALE, EBUSY, ENOMEM, EMFILE, EDEADLK, ETIMEDOUT, EIO, 250 };
	struct bench *bench = bench_new();

	(void)state;
	bench->attempt.may_repeat = false;
	for (size_t i = 0; i < 8; i++) {
		for (int width = 1; width < 3; width++) {
			(void)error_errno(&bench->err, codes[i], "x");
			bench->attempt.width = (size_t)width;
			assert_int_equal(try_it(bench), RECOVER_KEEP);
			assert_int_equal(bench->memo.n_retries, 0);
			new_call(bench);
		}
		bench->attempt.now_ns += 100 * s;
	}
	bench->attempt.width = 1;
	(void)error_errno(&bench->err, ETXTBSY, "x");
	error_from(&bench->err, ERROR_FROM_SPAWN, 0); /* it never ran */
	assert_int_equal(try_it(bench), RECOVER_RETRY);
	bench_free(bench);
}

static void test_permanent_and_cancelled(void **state)
{
	static const int codes[] = { ENOENT, EACCES, EINVAL, EISDIR };
	struct bench *bench = bench_new();

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		(void)error_errno(&bench->err, codes[i], "x");
		assert_int_equal(try_it(bench), RECOVER_KEEP);
		assert_int_equal(bench->decision.type, FAILURE_PERMANENT);
	}
	(void)error_errno(&bench->err, ESTALE, "x");
	bench->attempt.status = CALL_CANCELLED;
	assert_int_equal(try_it(bench), RECOVER_KEEP);
	bench->attempt.status = CALL_DENIED;
	assert_int_equal(try_it(bench), RECOVER_KEEP);
	bench->attempt.status = CALL_OK;
	assert_int_equal(try_it(bench), RECOVER_KEEP);
	bench->attempt.status = CALL_FAILED;
	bench->attempt.is_stopping = true;
	assert_int_equal(try_it(bench), RECOVER_KEEP);
	bench_free(bench);
}

static void test_exit_statuses(void **state)
{
	struct bench *bench = bench_new();

	(void)state;
	fail_from(bench, ERROR_FROM_EXIT, 1);
	assert_int_equal(try_it(bench), RECOVER_RETRY);
	assert_int_equal(bench->decision.type, FAILURE_UNKNOWN);
	assert_int_equal(try_it(bench), RECOVER_PARK); /* once */
	new_call(bench);
	fail_from(bench, ERROR_FROM_EXIT, 127);
	assert_int_equal(try_it(bench), RECOVER_KEEP);
	fail_from(bench, ERROR_FROM_GREP, 1);
	assert_int_equal(try_it(bench), RECOVER_KEEP);
	fail_from(bench, ERROR_FROM_SIGNAL, SIGSEGV);
	assert_int_equal(try_it(bench), RECOVER_RETRY);
	assert_int_equal(try_it(bench), RECOVER_KEEP); /* permanent by now */
	assert_int_equal(bench->decision.type, FAILURE_PERMANENT);
	new_call(bench);
	fail_from(bench, ERROR_FROM_ENGINE, FAULT_END_UNKNOWN);
	assert_int_equal(try_it(bench), RECOVER_RETRY);
	assert_int_equal(try_it(bench), RECOVER_PARK);
	bench_free(bench);
}

static void test_its_time_was_up(void **state)
{
	struct bench *bench = bench_new();

	(void)state;
	bench->attempt.status = CALL_TIMEOUT;
	bench->attempt.run_ns = 2 * s;
	(void)error_set(&bench->err, ERROR_TIMEOUT, ETIMEDOUT, "x");
	assert_int_equal(try_it(bench), RECOVER_RETRY);
	assert_int_equal(bench->memo.time_factor, 2);
	assert_int_equal(try_it(bench), RECOVER_KEEP);
	new_call(bench);
	bench->attempt.deadline_ns = 101 * s; /* not even as long as before */
	assert_int_equal(try_it(bench), RECOVER_PARK);
	new_call(bench);
	bench->attempt.deadline_ns = 103 * s;
	assert_int_equal(try_it(bench), RECOVER_RETRY);
	bench_free(bench);
}

static void test_deadline_before_the_retry(void **state)
{
	struct bench *bench = bench_new();

	(void)state;
	bench->attempt.deadline_ns = bench->attempt.now_ns + 1;
	assert_int_equal(try_it(bench), RECOVER_PARK);
	assert_non_null(strstr(bench->decision.reason, "deadline"));
	bench->attempt.deadline_ns = bench->attempt.now_ns + 51 * ms;
	assert_int_equal(try_it(bench), RECOVER_RETRY);
	bench_free(bench);
}

static void test_retry_budget(void **state)
{
	struct bench *bench = bench_new();
	struct recover_memo memos[6];
	unsigned n = 0;

	(void)state;
	for (int i = 0; i < 6; i++, bench->attempt.call++) {
		bench->memo = (struct recover_memo){ 0 };
		n += try_it(bench) == RECOVER_RETRY;
		memos[i] = bench->memo;
	}
	assert_int_equal(n, 3);
	assert_int_equal(bench->decision.action, RECOVER_PARK);
	/* One retry is over: there is room for one. */
	recover_forget(bench->recover, &memos[0]);
	bench->memo = (struct recover_memo){ 0 };
	assert_int_equal(try_it(bench), RECOVER_RETRY);
	bench->memo = (struct recover_memo){ 0 };
	assert_int_equal(try_it(bench), RECOVER_PARK);
	bench->attempt.n_under_way = 3 + 20; /* 20 % of the 20 that are no retries */
	assert_int_equal(try_it(bench), RECOVER_RETRY);
	bench_free(bench);
}

static void test_split(void **state)
{
	struct bench *bench = bench_new();

	(void)state;
	(void)error_errno(&bench->err, E2BIG, "x");
	bench->attempt.width = 7;
	assert_int_equal(try_it(bench), RECOVER_SPLIT);
	assert_int_equal(bench->decision.at_ns, bench->attempt.now_ns);
	bench->attempt.width = 1;
	assert_int_equal(try_it(bench), RECOVER_KEEP); /* too big by itself */
	assert_int_equal(bench->decision.type, FAILURE_PERMANENT);
	(void)error_errno(&bench->err, ENOMEM, "x");
	bench->attempt.width = 2;
	assert_int_equal(try_it(bench), RECOVER_SPLIT);
	bench->attempt.width = 1;
	assert_int_equal(try_it(bench), RECOVER_RETRY);
	bench_free(bench);
}

static void test_endpoints(void **state)
{
	struct bench *bench = bench_new();
	uint64_t until_ns;
	const char *name;

	(void)state;
	bench->attempt.target.endpoint = "example.org";
	fail_from(bench, ERROR_FROM_HTTP, 401);
	error_from(&bench->err, ERROR_FROM_HTTP_SHARED, 401);
	assert_int_equal(try_it(bench), RECOVER_PARK);
	bench->attempt.has_other = true;
	assert_int_equal(try_it(bench), RECOVER_OTHER);
	new_call(bench);
	fail_from(bench, ERROR_FROM_HTTP, 503);
	assert_int_equal(try_it(bench), RECOVER_RETRY);
	assert_in_range(bench->decision.at_ns, 100 * s, 100 * s + 200 * ms);
	bench->memo.n_retries = 2;
	assert_int_equal(try_it(bench), RECOVER_OTHER); /* after the retries */
	/* A quota: the wait that was asked for, for all of that endpoint. */
	new_call(bench);
	bench->attempt.target.endpoint = "b.example.org";
	fail_from(bench, ERROR_FROM_HTTP, 429);
	bench->err.retry_ms = 3000;
	assert_int_equal(try_it(bench), RECOVER_RETRY);
	assert_in_range(bench->decision.at_ns, 103 * s, 103 * s + 300 * ms);
	bench->attempt.now_ns += 2 * s;
	assert_false(recover_allow(bench->recover, &bench->attempt.target, &bench->memo,
				   bench->attempt.now_ns, &until_ns, &name));
	assert_string_equal(name, "b.example.org");
	assert_in_range(until_ns, 103 * s, 103 * s + 300 * ms);
	bench->attempt.now_ns += 2 * s;
	assert_true(may_start(bench));
	bench_free(bench);
}

/* Five failures that may be retried, and there are no more retries of that endpoint. */
static void test_tokens_of_an_endpoint(void **state)
{
	struct bench *bench = bench_new();
	unsigned n = 0;

	(void)state;
	bench->attempt.target.endpoint = "example.org";
	bench->attempt.n_under_way = 1000;
	fail_from(bench, ERROR_FROM_HTTP, 500);
	while (end(bench) == RECOVER_RETRY) {
		n++;
		new_call(bench);
	}
	assert_int_equal(n, 4);
	bench->attempt.status = CALL_OK;
	for (int i = 0; i < 10; i++)
		(void)end(bench);
	bench->attempt.status = CALL_FAILED;
	assert_int_equal(end(bench), RECOVER_PARK); /* 5000 + 1000 - 1000 */
	bench_free(bench);
}

static void test_three_of_a_kind_stop(void **state)
{
	struct bench *bench = bench_new();

	(void)state;
	(void)error_errno(&bench->err, EIO, "x");
	bench->attempt.line = "cannot read 'a.c': Input/output error";
	bench->attempt.line_len = strlen(bench->attempt.line);
	assert_int_equal(try_it(bench), RECOVER_KEEP); /* one file fails one call */
	bench->attempt.now_ns += s;
	assert_int_equal(try_it(bench), RECOVER_KEEP); /* the same call */
	new_call(bench);
	assert_int_equal(try_it(bench), RECOVER_KEEP);
	new_call(bench);
	bench->attempt.now_ns += 61 * s; /* the first was too long ago */
	assert_int_equal(try_it(bench), RECOVER_KEEP);
	new_call(bench);
	bench->attempt.line = "cannot read 'b.c': Input/output error";
	assert_int_equal(try_it(bench), RECOVER_KEEP);
	new_call(bench);
	assert_int_equal(try_it(bench), RECOVER_STOP);
	assert_non_null(strstr(bench->decision.reason, "3 calls failed alike"));
	bench_free(bench);
}

/* Commands that fail alike are not the machine's fault, however many there are. */
static void test_commands_do_not_stop(void **state)
{
	struct bench *bench = bench_new();

	(void)state;
	bench->attempt.may_repeat = false;
	for (int i = 0; i < 100; i++) {
		fail_from(bench, i % 2 ? ERROR_FROM_EXIT : ERROR_FROM_SIGNAL, i % 2 ? 1 : SIGKILL);
		assert_int_equal(try_it(bench), RECOVER_KEEP);
		new_call(bench);
	}
	assert_string_equal(bench->changes, "");
	bench_free(bench);
}

static void test_breakers_of_half_of_the_tools(void **state)
{
	static const char *const names[] = { "A", "B", "C", "D" };
	struct bench *bench = bench_new();
	enum recover_action action = RECOVER_KEEP;

	(void)state;
	for (int i = 0; i < 4; i++) { /* four tools are known */
		bench->attempt.target.tool = names[i];
		bench->attempt.status = CALL_OK;
		(void)try_it(bench);
	}
	bench->attempt.status = CALL_FAILED;
	bench->attempt.may_repeat = false;
	for (int i = 0; i < 2; i++) {
		bench->attempt.target.tool = names[i];
		for (int k = 0; may_start(bench); k++, new_call(bench)) {
			assert_true(k < 30);
			action = end(bench);
			if (i == 0)
				assert_int_equal(action, RECOVER_KEEP);
		}
	}
	assert_int_equal(action, RECOVER_STOP);
	assert_string_equal(bench->changes, "A open; B open; ");
	bench_free(bench);
}

static void test_experience(void **state)
{
	struct bench *bench = bench_new();

	(void)state;
	fail_from(bench, ERROR_FROM_EXIT, 7);
	for (int i = 0; i < 5; i++, new_call(bench)) { /* retrying helped five times */
		bench->attempt.status = CALL_FAILED;
		assert_int_equal(try_it(bench), RECOVER_RETRY);
		bench->attempt.status = CALL_OK;
		assert_int_equal(try_it(bench), RECOVER_KEEP);
	}
	bench->attempt.status = CALL_FAILED;
	assert_int_equal(try_it(bench), RECOVER_RETRY);
	assert_int_equal(try_it(bench), RECOVER_RETRY); /* so now it is worth a second one */
	assert_int_equal(try_it(bench), RECOVER_PARK);
	new_call(bench);
	fail_from(bench, ERROR_FROM_EXIT, 8);
	for (int i = 0; i < 21; i++, new_call(bench)) {
		assert_int_equal(try_it(bench), RECOVER_RETRY);
		assert_int_equal(try_it(bench), RECOVER_PARK);
	}
	assert_int_equal(try_it(bench), RECOVER_KEEP); /* it never did */
	bench_free(bench);
}

static void test_operator(void **state)
{
	struct bench *bench = bench_new();

	(void)state;
	assert_true(recover_force(bench->recover, &bench->attempt.target, true));
	assert_false(may_start(bench));
	assert_true(recover_force(bench->recover, &bench->attempt.target, false));
	assert_true(may_start(bench));
	assert_string_equal(bench->changes, "Tool forced_open; Tool closed; ");
	bench_free(bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_transient),
		cmocka_unit_test(test_not_declared),
		cmocka_unit_test(test_permanent_and_cancelled),
		cmocka_unit_test(test_exit_statuses),
		cmocka_unit_test(test_its_time_was_up),
		cmocka_unit_test(test_deadline_before_the_retry),
		cmocka_unit_test(test_retry_budget),
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_endpoints),
		cmocka_unit_test(test_tokens_of_an_endpoint),
		cmocka_unit_test(test_three_of_a_kind_stop),
		cmocka_unit_test(test_commands_do_not_stop),
		cmocka_unit_test(test_breakers_of_half_of_the_tools),
		cmocka_unit_test(test_experience),
		cmocka_unit_test(test_operator),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
