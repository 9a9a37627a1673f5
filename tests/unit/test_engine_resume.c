/* SPDX-License-Identifier: MIT */
/* What of a recorded run ends at once, and what runs. */
#include "engine/resume.h"
#include "engine_fixture.h"

enum { N_CALLS = 3 };

struct resumed {
	struct recorded_call calls[N_CALLS];
	struct recorded recorded;
	enum resume_choice choice;
	unsigned n_asked;
};

static enum resume_choice choose(void *data, size_t i_call)
{
	struct resumed *self = data;

	(void)i_call;
	self->n_asked++;
	return self->choice;
}

static bool has_no_body(void *data, size_t i_call, struct result *result)
{
	(void)data;
	(void)i_call;
	(void)result;
	return false;
}

static void setup(struct resumed *self, enum resume_choice choice)
{
	*self = (struct resumed){ .choice = choice };
	for (size_t i = 0; i < N_CALLS; i++) {
		self->calls[i].idem = IDEM_EFFECT;
		self->calls[i].outcome = ATTEMPT_NOT_STARTED;
		self->calls[i].has_body = true;
	}
	self->recorded.calls = self->calls;
	self->recorded.n_calls = N_CALLS;
}

static void set_result(struct resumed *self, size_t i, enum call_status status, unsigned attempts)
{
	struct recorded_call *call = &self->calls[i];

	call->has_result = true;
	call->result.status = status;
	call->result.attempts = call->attempts = attempts;
	call->started = attempts;
	call->outcome = attempts ? (int)status : ATTEMPT_NOT_STARTED;
}

static void set_unfinished(struct resumed *self, size_t i)
{
	self->calls[i].attempts = self->calls[i].started = 1;
	self->calls[i].outcome = ATTEMPT_UNKNOWN;
}

/* Call 1 needs call 0, and call 2 needs call 1. */
static struct plan *chain(const char *status)
{
	struct plan *plan = new_plan();
	uint32_t phase = add_phase(plan, "a");

	(void)add_call(plan, phase, &tool_work, "ms=10 status=%s", status);
	for (uint32_t i = 1; i < N_CALLS; i++)
		call_needs(plan, add_call(plan, phase, &tool_work, "ms=1%u", i), i - 1);
	return plan;
}

static struct sim *resume(struct resumed *self, struct plan *plan)
{
	const struct resume_policy policy = {
		.choose = choose,
		.read_body = has_no_body,
		.advice = "decide",
		.data = self,
	};
	struct sim *sim = sim_new(NULL);

	sim_start(sim, plan);
	assert_int_equal(resume_know(sim->run, &self->recorded, &policy), 0);
	sim_finish(sim);
	return sim;
}

static void test_what_was_skipped_is_asked_again(void **state)
{
	struct plan *plan = chain("0");
	struct resumed self;
	struct sim *sim;

	(void)state;
	setup(&self, RESUME_RERUN);
	set_unfinished(&self, 0);
	set_result(&self, 1, CALL_SKIPPED, 0);
	set_result(&self, 2, CALL_SKIPPED, 0);
	sim = resume(&self, plan);
	assert_int_equal(self.n_asked, 1);
	for (size_t i = 0; i < N_CALLS; i++) {
		assert_int_equal(status_of(sim, i), CALL_OK);
		assert_int_equal(sim->started[i], 1);
	}
	sim_free(sim, plan);
}

static void test_what_was_skipped_by_choice_stays(void **state)
{
	struct plan *plan = chain("0");
	struct resumed self;
	struct sim *sim;

	(void)state;
	setup(&self, RESUME_RERUN);
	set_result(&self, 0, CALL_SKIPPED, 1);
	sim = resume(&self, plan);
	assert_int_equal(self.n_asked, 0);
	assert_int_equal(sim->n_started, 0);
	for (size_t i = 0; i < N_CALLS; i++)
		assert_int_equal(status_of(sim, i), CALL_SKIPPED);
	sim_free(sim, plan);
}

/* What a done call needs is made again because its output is lost, and fails this time. */
static void test_done_stays_done_when_its_need_fails(void **state)
{
	struct plan *plan = chain("1");
	struct resumed self;
	struct sim *sim;

	(void)state;
	setup(&self, RESUME_LEAVE);
	set_result(&self, 0, CALL_OK, 1);
	self.calls[0].has_body = false;
	self.calls[0].body_len = 5000;
	set_result(&self, 1, CALL_OK, 1);
	sim = resume(&self, plan);
	assert_int_equal(status_of(sim, 0), CALL_FAILED);
	assert_int_equal(status_of(sim, 1), CALL_OK);
	assert_int_equal(sim->started[1], 0);
	assert_int_equal(status_of(sim, 2), CALL_OK);
	sim_free(sim, plan);
}

static void test_choices(void **state)
{
	static const struct {
		enum resume_choice choice;
		enum call_status first, second;
		unsigned n_started;
	} cases[] = {
		{ RESUME_LEAVE, CALL_INDETERMINATE, CALL_SKIPPED, 0 },
		{ RESUME_RERUN, CALL_OK, CALL_OK, 3 },
		{ RESUME_SKIP, CALL_SKIPPED, CALL_SKIPPED, 0 },
		{ RESUME_IS_DONE, CALL_OK, CALL_OK, 2 },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct plan *plan = chain("0");
		struct resumed self;
		struct sim *sim;

		setup(&self, cases[i].choice);
		set_unfinished(&self, 0);
		sim = resume(&self, plan);
		assert_int_equal(self.n_asked, 1);
		assert_int_equal(status_of(sim, 0), cases[i].first);
		assert_int_equal(status_of(sim, 1), cases[i].second);
		assert_int_equal(sim->n_started, cases[i].n_started);
		sim_free(sim, plan);
	}
}

/* It was to run again, and its need failed: whether it had its effect is as unknown as before. */
static void test_doubt_outlives_a_skip(void **state)
{
	struct resumed self;

	(void)state;
	setup(&self, RESUME_LEAVE);
	set_result(&self, 0, CALL_SKIPPED, 1);
	set_unfinished(&self, 0);
	assert_int_equal(recorded_state(&self.calls[0]), RECORDED_IN_DOUBT);
	set_result(&self, 0, CALL_SKIPPED, 1);
	assert_int_equal(recorded_state(&self.calls[0]), RECORDED_DONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_was_skipped_is_asked_again),
		cmocka_unit_test(test_what_was_skipped_by_choice_stays),
		cmocka_unit_test(test_done_stays_done_when_its_need_fails),
		cmocka_unit_test(test_choices),
		cmocka_unit_test(test_doubt_outlives_a_skip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
