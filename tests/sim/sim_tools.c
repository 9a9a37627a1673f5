/* SPDX-License-Identifier: MIT */
/* Tools: Run and Ask start a simulated child, Look and Peek are fused. */
#include "tests/sim/sim.h"

#include "model/host.h"
#include "tests/sim/sim_check.h"
#include "tests/sim/sim_env.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

/* A tool is given no data of its own; there is one simulation a process. */
static struct sim *the_sim;

void sim_set(struct sim *sim)
{
	the_sim = sim;
}

const struct sim *sim_at_work(void)
{
	return the_sim;
}

bool sim_is_fused(const struct call *call)
{
	return call->tool->fuser;
}

/* ---- children ---- */

enum { RUN_NAME, RUN_TIMEOUT, RUN_IDEMPOTENT };

static const struct arg_spec run_args[] = {
	[RUN_NAME] = { "name", ARG_STR, NULL, "which", .required = true },
	[RUN_TIMEOUT] = { "timeout", ARG_INT, NULL, "ms", .max = 100000000 },
	[RUN_IDEMPOTENT] = { "idempotent", ARG_BOOL, NULL, "may be repeated", .required = false },
	{ .type = ARG_END },
};

static void set_error(struct result *result, int code)
{
	switch (code) {
	case SIM_EXIT_BUSY:
		(void)error_errno(&result->error, EBUSY, "ended");
		return;
	case SIM_EXIT_COORD:
		(void)error_errno(&result->error, EDEADLK, "ended");
		return;
	case SIM_EXIT_DEVICE:
		(void)error_errno(&result->error, EIO, "ended");
		return;
	case SIM_EXIT_SPACE:
		(void)error_errno(&result->error, ENOSPC, "ended");
		return;
	case SIM_EXIT_DENIED:
		(void)error_errno(&result->error, EACCES, "ended");
		return;
	case SIM_EXIT_OOM:
		(void)error_set(&result->error, ERROR_LIMIT, ENOMEM, "killed for its memory");
		error_from(&result->error, ERROR_FROM_ENGINE, FAULT_OOM_KILLED);
		return;
	default:
		(void)error_set(&result->error, ERROR_INVALID, 0, "exited with %d", code);
		error_from(&result->error, ERROR_FROM_EXIT, code);
	}
}

static void set_exit(struct result *result, int status)
{
	if (status == 0)
		return;
	result->status = CALL_FAILED;
	if (WIFEXITED(status)) {
		set_error(result, WEXITSTATUS(status));
		if (WEXITSTATUS(status) == SIM_EXIT_DENIED)
			result->status = CALL_DENIED;
		return;
	}
	(void)error_set(&result->error, ERROR_INVALID, 0, "ended by signal %d", WTERMSIG(status));
	error_from(&result->error, ERROR_FROM_SIGNAL, WTERMSIG(status));
}

static void set_lost(const struct call *call, struct result *result)
{
	result->status = tool_may_rerun(call) ? CALL_FAILED : CALL_INDETERMINATE;
	(void)error_set(&result->error, ERROR_TRANSIENT, 0, "its end is unknown");
	error_from(&result->error, ERROR_FROM_ENGINE, FAULT_END_UNKNOWN);
}

static void run_done(struct host *host, const struct call *call, struct child_outcome *own_outcome)
{
	struct result result = { .payload = PAYLOAD_BASH, .body = own_outcome->out };

	result.bash.err = own_outcome->err;
	result.cpu_us = own_outcome->cpu_us;
	if (own_outcome->timed_out) {
		result.status = CALL_TIMEOUT;
		result.receipt.why |= WHY_DEADLINE;
		(void)error_set(&result.error, ERROR_TIMEOUT, ETIMEDOUT, "its time was up");
	} else if (own_outcome->cancelled) {
		result.status = CALL_CANCELLED;
		result.receipt.why |= WHY_CANCELLED;
		(void)error_set(&result.error, ERROR_CANCELLED, ECANCELED, "the run stops");
	} else if (own_outcome->spawn_errno) {
		result.status = CALL_FAILED;
		(void)error_errno(&result.error, own_outcome->spawn_errno, "cannot start");
		error_from(&result.error, ERROR_FROM_SPAWN, 0);
	} else if (own_outcome->lost) {
		set_lost(call, &result);
	} else {
		set_exit(&result, own_outcome->status);
	}
	sim_check_end(the_sim, call);
	host->ops->finish(host, &result);
}

static int run_start_call(struct host *host, const struct call *call, struct error *err)
{
	static const char *const envp[] = { NULL };
	char index[16];
	const char *argv[] = { "sim", index, NULL };
	struct host_child child = {
		.argv = argv,
		.envp = envp,
		.timeout_ms = (uint64_t)args_int(&call->args, RUN_TIMEOUT),
	};
	int r;

	(void)snprintf(index, sizeof(index), "%u", call->index);
	sim_check_start(the_sim, call);
	r = host->ops->run_child(host, &child, run_done, err);
	if (r < 0)
		sim_check_end(the_sim, call);
	return r;
}

const struct tool sim_run = {
	.name = "Run",
	.args = run_args,
	.lane = LANE_BASH,
	.flags = TOOL_WRITES,
	.start = run_start_call,
	.brief_key = "name",
	.rerun_keys = { "idempotent" },
};

const struct tool sim_ask = {
	.name = "Ask",
	.args = run_args,
	.lane = LANE_WEB_SEARCH,
	.flags = TOOL_RERUN,
	.start = run_start_call,
	.brief_key = "name",
};

/* ---- passes ---- */

static const struct arg_spec look_args[] = {
	{ "name", ARG_STR, NULL, "which", .required = true },
	{ .type = ARG_END },
};

static void set_body(const struct sim_script *script, struct result *result)
{
	char body[2 * JOURNAL_INLINE_MAX];

	sim_write_body(script, body);
	result->body = blob_new(body, script->out_len);
	if (!result->body)
		abort();
}

static void answer(const struct fuse_conf *conf, size_t i)
{
	const struct sim_script *script = &the_sim->scripts[conf->calls[i]->index];
	struct result result = { .payload = PAYLOAD_GREP, .receipt.root = conf->root_path };

	if (atomic_load(conf->cancel)) {
		result.status = CALL_CANCELLED;
		result.receipt.why = WHY_CANCELLED;
		(void)error_set(&result.error, ERROR_CANCELLED, ECANCELED, "the pass was stopped");
	} else if (conf->deadline_ns && the_sim->now_ns >= conf->deadline_ns) {
		result.status = CALL_TIMEOUT;
		result.receipt.why = WHY_DEADLINE;
		(void)error_set(&result.error, ERROR_TIMEOUT, ETIMEDOUT,
				"the deadline was reached");
	} else if (sim_flaw(the_sim, FLAW_BUSY)) {
		result.status = CALL_FAILED;
		(void)error_errno(&result.error, ESTALE, "cannot read");
	} else if (sim_flaw(the_sim, FLAW_DEVICE)) {
		result.status = CALL_FAILED;
		(void)error_errno(&result.error, EIO, "cannot read");
	} else if (script->exit_status) {
		result.status = CALL_FAILED;
		(void)error_errno(&result.error, ENOENT, "cannot read");
	} else {
		set_body(script, &result);
		if (conf->found)
			conf->found(conf->data, i, "found\n", strlen("found\n"));
	}
	conf->done(conf->data, i, &result);
}

static int look_run(const struct fuse_conf *conf, struct error *err)
{
	bool is_short = sim_flaw(the_sim, FLAW_MEMORY);
	bool is_silent = sim_flaw(the_sim, FLAW_SILENT);
	size_t n = conf->n_calls;

	for (size_t i = 0; i < n; i++)
		sim_check_look(the_sim, conf->calls[i]);
	if (n > the_sim->too_big && sim_flaw(the_sim, FLAW_TOO_BIG))
		return error_errno(err, E2BIG, "%zu calls", n);
	if (is_short || is_silent)
		n = sim_pick(&the_sim->world_random, n + 1);
	for (size_t i = 0; i < n; i++)
		answer(conf, i);
	if (is_short && n < conf->n_calls)
		return error_errno(err, ENOMEM, "%zu calls", conf->n_calls);
	return 0;
}

static const struct fuser fuser = { .name = "look", .run = look_run };

const struct tool sim_look = {
	.name = "Look",
	.args = look_args,
	.lane = LANE_CODEBASE,
	.flags = TOOL_PURE | TOOL_RERUN,
	.fuser = &fuser,
	.brief_key = "name",
};

const struct tool sim_peek = {
	.name = "Peek",
	.args = look_args,
	.lane = LANE_CODEBASE,
	.flags = TOOL_PURE | TOOL_RERUN,
	.fuser = &fuser,
	.brief_key = "name",
};
