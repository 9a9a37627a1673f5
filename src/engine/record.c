/* SPDX-License-Identifier: MIT */
/*
 * What the journal is told of a run, and what waits for it: a call with an effect until its
 * start is durable, every end until it is. All records of a run go in order, so that whatever is
 * durable implies everything before it; a call that may be repeated need not wait for its start.
 */
#include "engine/core.h"
#include "engine/recorded.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { DEFER_MS = 200 };

static bool has_attempts(const struct run_call *call)
{
	return call->run->is_recorded && !tool_may_rerun(call->call);
}

static uint64_t seq_of(const struct run_call *call)
{
	return call->run->first_seq + call->call->index;
}

static const char *why_lost(const struct engine *engine)
{
	const struct error *why = journal_error(engine->journal);

	return why ? why->text : "the journal cannot be written";
}

static void start_recorded(struct run_call *call)
{
	run_call_started(call);
	exec_host_start(call);
}

static void fail_unrecorded(struct run_call *call)
{
	struct error err;

	call->is_blocked = true;
	if (call->result) { /* it was tried before: that stands */
		retry_end(call);
		return;
	}
	(void)error_set(&err, ERROR_CANCELLED, ECANCELED, "not started: %s",
			why_lost(call->run->engine));
	run_call_fail(call, CALL_SKIPPED, &err);
}

void run_call_start(struct run_call *call)
{
	struct engine *engine = call->run->engine;

	if (!has_attempts(call)) {
		start_recorded(call);
		return;
	}
	call->state = CALL_RECORDING;
	if (journal_add_attempt(engine->journal, seq_of(call),
				call->attempts_before + call->attempts + 1, call)) {
		engine_kick(engine);
		return;
	}
	runs_stop_systemic(engine, why_lost(engine));
	fail_unrecorded(call);
}

/* The record says that it started: it has to say that it did not. */
static void end_recorded(struct run_call *call)
{
	(void)journal_end_attempt(call->run->engine->journal, seq_of(call),
				  call->attempts_before + call->attempts + 1, ATTEMPT_NOT_STARTED,
				  NULL); /* what is lost reads as unknown */
	run_call_end_unstarted(call);
}

int run_call_witness(const struct run_call *call, uint64_t *ret_key)
{
	*ret_key = witness_key(seq_of(call), call->attempts_before + call->attempts);
	return has_attempts(call) ? call->run->engine->witness_fd : 0;
}

void run_call_record_retry(struct run_call *call, const struct result *result)
{
	if (has_attempts(call))
		(void)journal_end_attempt(call->run->engine->journal, seq_of(call),
					  call->attempts_before + call->attempts,
					  (int)result->status,
					  &result->error); /* what is lost reads as unknown */
}

/* A stop that only lets nothing begin leaves what runs alone: a time limit is the call's own. */
static bool is_cut(const struct run_call *call, enum call_status status)
{
	const struct run *run = call->run;
	bool is_soft = !run->is_cancelled &&
		       (run->stop == RUN_STOP_HALT || run->stop == RUN_STOP_SYSTEMIC);

	if (call->is_known || run->stop == RUN_STOP_NONE || status == CALL_OK ||
	    status == CALL_FAILED || status == CALL_DENIED)
		return false;
	return status != CALL_TIMEOUT || !is_soft || call->attempts == 0;
}

bool run_call_record_end(struct run_call *call)
{
	struct run *run = call->run;
	struct journal_end end = {
		.seq = seq_of(call),
		.result = call->result ? call->result : &run->no_memory,
		.has_attempt = (call->attempts > 0 || call->is_known) && has_attempts(call),
	};

	if (!run->is_recorded || (call->is_known && !call->is_new))
		return false;
	end.is_cut = call->is_blocked || is_cut(call, end.result->status);
	if (journal_add_result(run->engine->journal, &end, call))
		return true;
	runs_stop_systemic(run->engine, why_lost(run->engine));
	return false;
}

static void on_told(struct run_call *call, enum journal_told what, bool failed)
{
	if (failed)
		runs_stop_systemic(call->run->engine, why_lost(call->run->engine));
	if (what == JOURNAL_ENDED)
		run_call_told(call);
	else if (failed)
		fail_unrecorded(call);
	else if (call->run->stop != RUN_STOP_NONE)
		end_recorded(call);
	else
		start_recorded(call);
}

void engine_collect_journal(struct engine *engine)
{
	if (!engine->journal)
		return;
	journal_collect(engine->journal);
	engine_kick(engine);
}

/* Without it a run goes on the same way, and more of it is in doubt after a crash. */
static void open_witness(struct engine *engine, const char *dir)
{
	char path[PATH_MAX];

	if (engine->witness_fd > 0 ||
	    snprintf(path, sizeof(path), "%s/" RECORDED_WITNESS, dir) >= (int)sizeof(path))
		return;
	engine->witness_fd =
		open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (engine->witness_fd < 0)
		engine->witness_fd = 0;
}

static void knock(void *data)
{
	struct engine *engine = data;

	(void)uv_async_send(&engine->async); /* only fails when closing */
}

static void on_hurry(struct timer *timer)
{
	struct engine *engine = container_of(timer, struct engine, hurry_journal);

	journal_hurry(engine->journal);
	engine_kick(engine);
}

static struct journal_conf conf_of(struct engine *engine, const struct record_conf *conf)
{
	return (struct journal_conf){
		.dir = conf->dir,
		.vfs = conf->vfs,
		.env = engine->env,
		.knock = knock,
		.data = engine,
		.told = on_told,
		.is_deferred = conf->is_deferred,
	};
}

int run_record(struct run *run, const struct record_conf *conf, struct error *err)
{
	struct engine *engine = run->engine;
	struct journal_conf journal = conf_of(engine, conf);
	int r = 0;

	if (!engine->journal) {
		r = journal_new(&journal, &conf->about, &engine->journal, err);
		if (r == 0 && conf->is_deferred)
			timer_start(&engine->timers, &engine->hurry_journal,
				    env_now_ns(engine->env) + DEFER_MS * 1000000ull, on_hurry);
	} else if (!conf->is_deferred) {
		journal_hurry(engine->journal);
	}
	if (r < 0)
		return r;
	if (!conf->is_deferred)
		open_witness(engine, conf->dir);
	if (!journal_add_plan(engine->journal, run->plan, run->secrets, &run->first_seq))
		return error_set(err, ERROR_LIMIT, ENOMEM, "no memory for the journal");
	run->is_recorded = true;
	return 0;
}

int run_take_over(struct run *run, const struct record_conf *conf, struct error *err)
{
	struct journal_conf journal = conf_of(run->engine, conf);
	int r = journal_take(&journal, &run->engine->journal, err);

	if (r < 0)
		return r;
	open_witness(run->engine, conf->dir);
	run->is_recorded = true;
	run->first_seq = 0;
	(void)snprintf(run->id, sizeof(run->id), "%s", conf->about.id); /* one of ours: it fits */
	return 0;
}

int run_know(struct run *run, size_t i_call, struct result *own_result, bool is_new)
{
	struct run_call *call = &run->calls[i_call];

	call->result = malloc(sizeof(*call->result));
	if (!call->result) {
		result_release(own_result);
		return -ENOMEM;
	}
	*call->result = *own_result;
	call->is_known = true;
	call->is_new = is_new;
	return 0;
}

void run_know_attempts(struct run *run, size_t i_call, unsigned n)
{
	run->calls[i_call].attempts_before = n;
}

int engine_end_record(struct engine *engine, enum run_state state, int exit_status,
		      struct error *err)
{
	struct journal *journal = engine->journal;
	struct error ignored;

	engine->journal = NULL;
	for (struct run *run = engine->runs; run; run = run->next)
		run->is_recorded = false;
	timer_stop(&engine->timers, &engine->hurry_journal);
	if (engine->witness_fd > 0)
		(void)close(engine->witness_fd); /* not ours to write */
	engine->witness_fd = 0;
	return journal_close(journal, state, exit_status, err ? err : &ignored);
}
