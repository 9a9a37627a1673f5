/* SPDX-License-Identifier: MIT */
/* What is on the disk, seen by a second connection, whenever the engine lets something happen; and
 * what happens when nothing can be written any more. */
#include "engine/recorded.h"
#include "engine_fixture.h"
#include "shim_vfs.h"

#include "tests/unit/tree.h"

static struct tree dir; /* of the run */

static const struct journal_run about = {
	.id = "20260101T000000-aaaa",
	.root = "/tmp",
	.command = "[\"volley\"]",
	.created_s = 1,
};

static struct recorded *load(void)
{
	struct recorded *recorded = NULL;
	struct error err;

	return recorded_load(dir.path, true, &recorded, &err) < 0 ? NULL : recorded;
}

static bool is_there(const char *name)
{
	return faccessat(dir.fd, name, F_OK, 0) == 0;
}

/* ---- children and events that look into the journal ---- */

static struct seen {
	bool is_checked; /* the journal is whole at every step */
	bool is_silent;  /* nothing may start any more */
	unsigned n_spawns, n_ends;
} seen;

/* Output is the number of the call. */
static int checked_spawn(struct env *env, const struct spawn_request *request,
			 const struct sandbox_profile *profile, struct error *err)
{
	struct recorded *recorded = seen.is_checked ? load() : NULL;
	size_t i = strtoull(request->argv[3], NULL, 10);

	assert_false(seen.is_silent);
	if (seen.is_checked) {
		assert_non_null(recorded);
		assert_true(i < recorded->n_calls);
		assert_int_equal(recorded->calls[i].outcome, ATTEMPT_UNKNOWN);
		assert_int_equal(recorded_state(&recorded->calls[i]), RECORDED_IN_DOUBT);
	}
	recorded_free(recorded);
	seen.n_spawns++;
	return fake_spawn(env, request, profile, err);
}

static void checked_event(void *data, struct run *run, const struct event *event)
{
	struct recorded *recorded;
	const struct recorded_call *call;

	(void)data;
	(void)run;
	if (event->type != EVENT_CALL_FINISHED || !seen.is_checked)
		return;
	recorded = load();
	assert_non_null(recorded);
	call = &recorded->calls[event->call->index];
	assert_true(call->has_result);
	assert_int_equal(call->result.status, event->result->status);
	assert_int_equal(call->body_len, event->result->body ? blob_len(event->result->body) : 0);
	recorded_free(recorded);
	seen.n_ends++;
}

static struct sim *journal_sim(uint64_t thread_ms)
{
	static struct env_ops ops;
	struct sim *sim = sim_new(NULL);

	ops = fake_ops;
	ops.spawn = checked_spawn;
	sim->fake->env.ops = &ops;
	sim->fake->thread_ms = thread_ms;
	seen = (struct seen){ .is_checked = true };
	assert_true(engine_listen(sim->engine, checked_event, sim) > 0);
	dir = tree_new();
	return sim;
}

static void record(struct sim *sim, bool is_deferred, const char *vfs)
{
	const struct record_conf conf = {
		.dir = dir.path,
		.vfs = vfs,
		.about = about,
		.is_deferred = is_deferred,
	};
	struct error err;

	if (run_record(sim->run, &conf, &err) < 0)
		fail_msg("%s", err.text);
}

static void end_record(struct sim *sim)
{
	struct error err;

	if (engine_end_record(sim->engine, RUN_ENDED, sim->exit_status, &err) < 0)
		fail_msg("%s", err.text);
}

static void over(struct sim *sim, struct plan *plan)
{
	sim_free(sim, plan);
	tree_remove(&dir);
}

/* ---- in order ---- */

/* Whatever a commit takes: none of the time, and longer than everything else. */
static void test_durable_before_it_happens(void **state)
{
	static const uint64_t thread_ms[] = { 0, 1, 50 };

	(void)state;
	for (size_t k = 0; k < countof(thread_ms); k++) {
		struct plan *plan = new_plan();
		uint32_t phase = add_phase(plan, "a"), next;
		struct sim *sim = journal_sim(thread_ms[k]);
		struct recorded *recorded;
		uint32_t first;

		for (int i = 0; i < 20; i++)
			add_call(plan, phase, &tool_work, "ms=%d out=%d status=%d", i * 3, i,
				 i % 7 == 3);
		for (int i = 0; i < 5; i++)
			add_call(plan, phase, &tool_look, "pattern=%d", i % 3);
		next = add_phase(plan, "b");
		phase_needs(plan, next, phase);
		first = add_call(plan, next, &tool_work, "ms=5 out=%d", 25);
		add_call(plan, next, &tool_work, "ms=5 out=%d", 26);
		call_needs(plan, 26, first);
		sim_start(sim, plan);
		record(sim, false, NULL);
		assert_true(is_there("ballast"));
		sim_finish(sim);
		assert_int_equal(seen.n_spawns, 22);
		assert_int_equal(seen.n_ends, 27);
		end_record(sim);
		recorded = load();
		assert_int_equal(recorded->run.state, RUN_ENDED);
		assert_int_equal(recorded->run.exit_status, 1);
		for (size_t i = 0; i < 27; i++) {
			assert_int_equal(recorded_state(&recorded->calls[i]), RECORDED_DONE);
			assert_int_equal(recorded->calls[i].result.status, status_of(sim, i));
			assert_int_equal(recorded->calls[i].idem, plan->calls[i]->tool == &tool_look
									  ? IDEM_PURE
									  : IDEM_EFFECT);
		}
		recorded_free(recorded);
		assert_false(is_there("ballast"));
		assert_false(is_there("journal.db-wal"));
		over(sim, plan);
	}
}

/* An interrupt between the record of a start and the start. */
static void test_recorded_and_never_started(void **state)
{
	struct plan *plan = new_plan();
	uint32_t phase = add_phase(plan, "a");
	struct sim *sim = journal_sim(10);
	struct recorded *recorded;

	(void)state;
	add_call(plan, phase, &tool_look, "pattern=x");
	for (int i = 1; i < 9; i++)
		add_call(plan, phase, &tool_work, "ms=1000 out=%d", i);
	sim->cancel_at_start = RUN_STOP_INTERRUPT; /* the Look starts at once */
	sim_start(sim, plan);
	record(sim, false, NULL);
	sim_finish(sim);
	end_record(sim);
	assert_int_equal(seen.n_spawns, 0);
	recorded = load();
	for (size_t i = 1; i < 9; i++) {
		assert_int_equal(recorded->calls[i].result.status, CALL_CANCELLED);
		assert_int_equal(recorded_state(&recorded->calls[i]), RECORDED_OPEN);
	}
	recorded_free(recorded);
	over(sim, plan);
}

/* What hangs on a call whose end is unknown is not over either. */
static void test_blocked_by_doubt(void **state)
{
	struct plan *plan = new_plan();
	uint32_t phase = add_phase(plan, "a");
	struct sim *sim = journal_sim(0);
	struct recorded *recorded;

	(void)state;
	add_call(plan, phase, &tool_work, "ms=1 out=0 flag=die");
	add_call(plan, phase, &tool_work, "ms=1 out=1");
	add_call(plan, phase, &tool_work, "ms=1 out=2");
	add_call(plan, phase, &tool_work, "ms=1 out=3 status=1");
	add_call(plan, phase, &tool_work, "ms=1 out=4");
	call_needs(plan, 1, 0);
	call_needs(plan, 2, 1);
	call_needs(plan, 4, 3);
	sim_start(sim, plan);
	record(sim, false, NULL);
	sim_finish(sim);
	end_record(sim);
	recorded = load();
	assert_int_equal(recorded_state(&recorded->calls[0]), RECORDED_IN_DOUBT);
	assert_int_equal(recorded_state(&recorded->calls[1]), RECORDED_OPEN);
	assert_int_equal(recorded_state(&recorded->calls[2]), RECORDED_OPEN);
	assert_int_equal(recorded_state(&recorded->calls[3]), RECORDED_DONE);
	assert_int_equal(recorded_state(&recorded->calls[4]), RECORDED_DONE);
	recorded_free(recorded);
	over(sim, plan);
}

/* ---- deferred ---- */

static void test_deferred(void **state)
{
	(void)state;
	for (int is_slow = 0; is_slow < 2; is_slow++) {
		struct plan *plan = new_plan();
		uint32_t phase = add_phase(plan, "a");
		struct sim *sim = journal_sim(is_slow ? 150 : 0);
		struct recorded *recorded;

		for (int i = 0; i < 3; i++) {
			uint32_t next = i ? add_phase(plan, i == 1 ? "b" : "c") : phase;

			if (next != phase)
				phase_needs(plan, next, next - 1);
			add_call(plan, next, &tool_look, "pattern=%d", i);
		}
		seen.is_checked = false;
		sim_start(sim, plan);
		record(sim, true, NULL);
		sim_finish(sim);
		recorded = load();
		assert_int_equal(recorded != NULL, is_slow);
		if (recorded) /* from then on as with any other */
			assert_int_equal(recorded_state(&recorded->calls[2]), RECORDED_DONE);
		recorded_free(recorded);
		end_record(sim);
		recorded = load();
		assert_non_null(recorded);
		for (size_t i = 0; i < 3; i++)
			assert_int_equal(recorded_state(&recorded->calls[i]), RECORDED_DONE);
		assert_int_equal(recorded->run.state, RUN_ENDED);
		recorded_free(recorded);
		over(sim, plan);
	}
}

/* Later calls with effects end the deferring, and what was told already comes first. */
static void test_deferred_no_more(void **state)
{
	struct plan *plan = new_plan(), *more = new_plan();
	struct sim *sim = journal_sim(0);
	struct recorded *recorded;
	struct run *first;

	(void)state;
	add_call(plan, add_phase(plan, "a"), &tool_look, "pattern=0");
	add_call(more, add_phase(more, "a"), &tool_work, "ms=1 out=1"); /* the second of all */
	seen.is_checked = false;
	sim_start(sim, plan);
	record(sim, true, NULL);
	sim_finish(sim);
	assert_false(is_there("journal.db"));
	first = sim->run;
	sim->is_done = false;
	memset(sim->started, 0, sizeof(sim->started));
	memset(sim->finished, 0, sizeof(sim->finished));
	sim_start(sim, more);
	record(sim, false, NULL);
	seen.is_checked = true;
	sim->n_finished = 0;
	assert_int_equal(engine_run_until(sim->engine, &sim->is_done, NULL), 0);
	assert_int_equal(seen.n_spawns, 1);
	assert_true(is_there("ballast"));
	end_record(sim);
	recorded = load();
	assert_int_equal(recorded->n_calls, 2);
	assert_int_equal(recorded_state(&recorded->calls[0]), RECORDED_DONE);
	assert_int_equal(recorded_state(&recorded->calls[1]), RECORDED_DONE);
	recorded_free(recorded);
	assert_true(run_free(first));
	plan_free(plan);
	over(sim, more);
}

/* ---- when nothing can be written ---- */

enum kind { KIND_WRITE, KIND_SYNC, KIND_FULL };

struct breaking {
	enum kind kind;
	int left; /* changes until then; < 0: it was reached */
	unsigned n_refused;
};

/* A full disk has room again when the ballast goes. */
static int break_later(void *data, const struct shim_change *change)
{
	struct breaking *self = data;
	bool is_it =
		self->kind == KIND_SYNC ? change->what == SHIM_SYNC : change->what == SHIM_WRITE;

	if (!is_it || (self->left >= 0 && self->left-- > 0))
		return SQLITE_OK;
	if (self->kind == KIND_FULL && !is_there("ballast"))
		return SQLITE_OK;
	seen.is_silent = true;
	self->n_refused++;
	return self->kind == KIND_WRITE  ? SQLITE_IOERR_WRITE
	       : self->kind == KIND_SYNC ? SQLITE_IOERR_FSYNC
					 : SQLITE_FULL;
}

static struct plan *plan_of_work(void)
{
	struct plan *plan = new_plan();
	uint32_t phase = add_phase(plan, "a"), next;

	plan->phases[phase].limits[LANE_BASH] = 2;
	for (int i = 0; i < 6; i++)
		add_call(plan, phase, &tool_work, "ms=%d out=%d", 3 + i, i);
	next = add_phase(plan, "b");
	phase_needs(plan, next, phase);
	add_call(plan, next, &tool_work, "ms=5 out=6");
	return plan;
}

/* DONE only what ended; nothing that ran is taken for what did not. */
static void check_call(const struct sim *sim, size_t i, const struct recorded_call *call,
		       enum kind kind)
{
	enum recorded_state state = recorded_state(call);
	enum call_status status = status_of(sim, i);

	assert_true(status == CALL_OK || status == CALL_CANCELLED || status == CALL_SKIPPED);
	if (state == RECORDED_DONE)
		assert_int_equal(status, call->result.status);
	if (state == RECORDED_OPEN)
		assert_int_equal(status, CALL_SKIPPED);
	if (kind != KIND_FULL)
		return;
	/* Everything that ended had room. */
	if (status == CALL_OK)
		assert_int_equal(state, RECORDED_DONE);
	else
		assert_int_equal(state, status == CALL_SKIPPED ? RECORDED_OPEN : RECORDED_IN_DOUBT);
}

static void check_broken(const struct sim *sim, int r, enum kind kind)
{
	struct recorded *recorded = load();
	bool is_stopped = run_stop_reason(sim->run) == RUN_STOP_SYSTEMIC;

	if (is_stopped)
		assert_int_equal(sim->exit_status, 4);
	if (!recorded) { /* not even the plan is in it */
		assert_int_equal(seen.n_spawns, 0);
		return;
	}
	if (kind == KIND_FULL) {
		assert_int_equal(r, -ECANCELED);
		assert_int_equal(recorded->run.state, RUN_STOPPED);
	}
	for (size_t i = 0; i < recorded->n_calls; i++)
		check_call(sim, i, &recorded->calls[i], kind);
	recorded_free(recorded);
}

/* Others may go on with what there is. */
static void check_taken(void)
{
	const struct journal_db_conf conf = { .dir = dir.path };
	struct journal_db *db;
	struct error err;
	uint64_t epoch;
	int r = journal_db_take(&conf, &db, &epoch, &err);

	if (r < 0)
		assert_int_equal(err.class, ERROR_MISSING); /* the run never began */
	else
		journal_db_close(db);
}

/* Fails the k-th change, for every k, until it comes too late to be seen. */
static void break_everywhere(enum kind kind)
{
	unsigned n_stopped = 0;
	bool is_reached = true;

	for (int k = 0; is_reached; k++) {
		struct breaking breaking = { .kind = kind, .left = 1000000 };
		struct plan *plan = plan_of_work();
		struct error err = { 0 };
		struct shim_vfs shim;
		struct sim *sim = journal_sim(k % 3);
		bool is_broken;
		int r;

		seen.is_checked = false;
		shim_begin(&shim, break_later, &breaking);
		sim_start(sim, plan);
		record(sim, false, "shim");
		breaking.left = k;
		sim_finish(sim);
		r = engine_end_record(sim->engine, RUN_STOPPED, sim->exit_status, &err);
		is_broken = breaking.n_refused > 0;
		is_reached = breaking.left < 0;
		if ((r < 0) != is_broken)
			fail_msg("change %d: %d %s", k, r, err.text);
		assert_int_equal(err.text[0] != '\0', is_broken);
		if (is_broken) {
			n_stopped += run_stop_reason(sim->run) == RUN_STOP_SYSTEMIC;
			check_broken(sim, r, kind);
		}
		shim_end(&shim);
		check_taken();
		over(sim, plan);
	}
	assert_true(n_stopped > 5);
}

static void test_writes_fail(void **state)
{
	(void)state;
	break_everywhere(KIND_WRITE);
}

static void test_syncs_fail(void **state)
{
	(void)state;
	break_everywhere(KIND_SYNC);
}

static void test_disk_is_full(void **state)
{
	(void)state;
	break_everywhere(KIND_FULL);
}

/* A run that cannot be recorded at all is told so, and nothing of a journal is left. */
static void test_no_beginning(void **state)
{
	(void)state;
	for (int k = 0;; k++) {
		struct breaking breaking = { .kind = KIND_WRITE, .left = k };
		struct plan *plan = plan_of_work();
		struct record_conf conf = { .vfs = "shim", .about = about };
		struct error err = { 0 };
		struct shim_vfs shim;
		struct sim *sim = journal_sim(0);
		int r;

		seen.is_checked = false;
		conf.dir = dir.path;
		shim_begin(&shim, break_later, &breaking);
		sim_start(sim, plan);
		r = run_record(sim->run, &conf, &err);
		seen.is_silent = false;
		breaking.left = 1000000;
		if (r < 0) {
			assert_non_null(strstr(err.text, "journal.db'"));
			assert_false(is_there("journal.db"));
			assert_false(is_there("journal.db-wal"));
		}
		sim_finish(sim); /* it runs all the same */
		assert_int_equal(sim->exit_status, 0);
		assert_int_equal(engine_end_record(sim->engine, RUN_ENDED, 0, &err), 0);
		shim_end(&shim);
		over(sim, plan);
		if (r == 0) {
			assert_true(k > 0);
			return;
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_durable_before_it_happens),
		cmocka_unit_test(test_recorded_and_never_started),
		cmocka_unit_test(test_blocked_by_doubt),
		cmocka_unit_test(test_deferred),
		cmocka_unit_test(test_deferred_no_more),
		cmocka_unit_test(test_writes_fail),
		cmocka_unit_test(test_syncs_fail),
		cmocka_unit_test(test_disk_is_full),
		cmocka_unit_test(test_no_beginning),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
