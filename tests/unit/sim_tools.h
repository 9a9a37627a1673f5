/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_SIM_TOOLS_H
#define TESTS_UNIT_SIM_TOOLS_H

/* Two tools for a simulated engine: Work runs a simulated child, Look is fused. */
#include "base/str.h"
#include "model/host.h"
#include "model/tool.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>

/* ---- Work: a simulated child ---- */

enum { WORK_MS, WORK_STATUS, WORK_OUT, WORK_FLAG, WORK_TIMEOUT };

static const struct arg_spec work_args[] = {
	[WORK_MS] = { "ms", ARG_STR, NULL, "how long", .required = true },
	[WORK_STATUS] = { "status", ARG_STR, NULL, "exit status", .required = false },
	[WORK_OUT] = { "out", ARG_STR, NULL, "output", .required = false },
	[WORK_FLAG] = { "flag", ARG_STR, NULL, "see fake_env.h", .required = false },
	[WORK_TIMEOUT] = { "timeout", ARG_INT, NULL, "ms", .max = 100000000 },
	{ .type = ARG_END },
};

static void work_done(struct host *host, const struct call *call, struct child_outcome *own_outcome)
{
	struct result result = { .payload = PAYLOAD_BASH, .body = own_outcome->out };

	(void)call;
	result.bash.err = own_outcome->err;
	result.cpu_us = own_outcome->cpu_us;
	result.bash.signo = WIFSIGNALED(own_outcome->status) ? WTERMSIG(own_outcome->status) : 0;
	if (own_outcome->timed_out)
		result.status = CALL_TIMEOUT;
	else if (own_outcome->cancelled)
		result.status = CALL_CANCELLED;
	else if (own_outcome->lost)
		result.status = CALL_INDETERMINATE;
	else if (own_outcome->spawn_errno || own_outcome->status != 0)
		result.status = CALL_FAILED;
	host->ops->finish(host, &result);
}

static const char *or_empty(const char *str, const char *otherwise)
{
	return str ? str : otherwise;
}

static int work_start(struct host *host, const struct call *call, struct error *err)
{
	static const char *const envp[] = { NULL };
	const char *argv[] = {
		"fake",
		args_str(&call->args, WORK_MS),
		or_empty(args_str(&call->args, WORK_STATUS), "0"),
		or_empty(args_str(&call->args, WORK_OUT), ""),
		args_str(&call->args, WORK_FLAG),
		NULL,
	};
	struct host_child child = {
		.argv = argv,
		.envp = envp,
		.timeout_ms = (uint64_t)args_int(&call->args, WORK_TIMEOUT),
	};

	return host->ops->run_child(host, &child, work_done, err);
}

static const struct tool tool_work = {
	.name = "Work",
	.args = work_args,
	.lane = LANE_BASH,
	.start = work_start,
	.brief_key = "ms",
};

/* ---- Look: a simulated fused tool ---- */

enum { LOOK_PATTERN };

static const struct arg_spec look_args[] = {
	[LOOK_PATTERN] = { "pattern", ARG_STR, NULL, "what", .required = true },
	{ .type = ARG_END },
};

static struct look_log {
	size_t widths[64], n_passes, n_calls;
} look_log;

/* "silent" is never answered, "broken" breaks the pass, a cancelled pass answers so. */
static int look_run(const struct fuse_conf *conf, struct error *err)
{
	look_log.widths[look_log.n_passes++ % 64] = conf->n_calls;
	look_log.n_calls += conf->n_calls;
	for (size_t i = 0; i < conf->n_calls; i++) {
		const char *pattern = args_str(&conf->calls[i]->args, LOOK_PATTERN);
		struct result result = { .payload = PAYLOAD_GREP };

		if (str_equal(pattern, "silent"))
			continue;
		if (str_equal(pattern, "broken"))
			return error_set(err, ERROR_DENIED, EACCES, "the pass broke");
		if (conf->found)
			conf->found(conf->data, i, pattern, strlen(pattern));
		result.body = blob_new(pattern, strlen(pattern));
		result.receipt = (struct receipt){ .root = conf->root_path, .files_walked = 1 };
		if (atomic_load(conf->cancel)) {
			result.status = CALL_CANCELLED;
			result.receipt.why = WHY_CANCELLED;
		}
		conf->done(conf->data, i, &result);
	}
	return 0;
}

static const struct fuser look_fuser = { .name = "look", .run = look_run };

static const struct tool tool_look = {
	.name = "Look",
	.args = look_args,
	.lane = LANE_CODEBASE,
	.flags = TOOL_PURE | TOOL_RERUN,
	.fuser = &look_fuser,
	.brief_key = "pattern",
};

#endif
