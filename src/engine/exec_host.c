/* SPDX-License-Identifier: MIT */
/* Runs the calls of tools that are no fusers: each gets a host, through which it asks and ends. */
#include "engine/core.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* A run that stops waits no longer than this between TERM and KILL. */
enum { STOP_GRACE_MS = 500 };

struct exec_host {
	struct host host;
	struct run_call *call;
	struct child *child; /* while one runs */
	host_child_done_fn *done;
	uint64_t redacted; /* by all its children */
	char spool_name[64];
	bool is_restarted; /* it was killed so that it makes room */
};

static struct exec_host *self_of(struct host *host)
{
	return container_of(host, struct exec_host, host);
}

static void on_child_done(void *data, struct child_outcome *own_outcome)
{
	struct exec_host *self = data;

	self->child = NULL;
	self->redacted += own_outcome->redacted;
	self->done(&self->host, self->host.call, own_outcome);
}

static void on_output(void *data, const char *text, size_t len)
{
	struct exec_host *self = data;

	run_output(self->call, text, len);
}

static int run_child(struct host *host, const struct host_child *child, host_child_done_fn *done,
		     struct error *err)
{
	struct exec_host *self = self_of(host);
	struct run *run = self->call->run;
	uint64_t witness_key = 0;
	struct host_child own = *child;
	struct child_owner owner = {
		.done = on_child_done,
		.output = run->engine->stream_output ? on_output : NULL,
		.data = self,
		.spool_name = self->spool_name,
		.witness_fd = run_call_witness(self->call, &witness_key),
		.witness_key = witness_key,
		.secrets = run->secrets,
	};

	assert(!self->child);
	if (run->is_cancelled)
		return error_set(err, ERROR_CANCELLED, ECANCELED, "the run was stopped");
	self->done = done;
	if (self->call->memo.time_factor > 1)
		own.timeout_ms *= self->call->memo.time_factor;
	return child_start(run->engine->children, &own, &owner, &self->child, err);
}

static void finish(struct host *host, struct result *own_result)
{
	struct exec_host *self = self_of(host);
	struct run_call *call = self->call;

	bool is_restarted = self->is_restarted && own_result->status == CALL_CANCELLED &&
			    call->run->stop == RUN_STOP_NONE;

	assert(!self->child);
	own_result->receipt.redacted += self->redacted;
	free(self);
	if (is_restarted) {
		result_release(own_result);
		call->host = NULL;
		schedule_again(call);
		return;
	}
	limits_call_ended(call, own_result);
	run_call_end(call, own_result);
}

static const struct host_ops ops = { .run_child = run_child, .finish = finish };

static enum call_status status_of(const struct error *err)
{
	if (err->class == ERROR_DENIED)
		return CALL_DENIED;
	return err->class == ERROR_CANCELLED ? CALL_CANCELLED : CALL_FAILED;
}

void exec_host_start(struct run_call *call)
{
	struct exec_host *self = calloc(1, sizeof(*self));
	struct error err = { 0 };

	if (!self) {
		run_call_fail(call, CALL_FAILED, &call->run->no_memory.error);
		return;
	}
	self->host.ops = &ops;
	self->host.call = call->call;
	self->host.run_id = call->run->id;
	self->host.root_fd = call->run->engine->root_fd;
	self->host.root_path = call->run->engine->root_path;
	self->host.sandbox = call->run->engine->sandbox_level;
	self->host.environ = jobs_environ(&call->run->engine->jobs);
	jobs_show(&call->run->engine->jobs, &call->run->engine->sandbox);
	limits_call_starts(call);
	self->call = call;
	(void)snprintf(self->spool_name, sizeof(self->spool_name), "%s.%u", call->run->id,
		       call->call->index); /* fits */
	call->host = self;
	if (call->call->tool->start(&self->host, call->call, &err) < 0) {
		assert(!self->child);
		free(self);
		if (err.origin == ERROR_FROM_ERRNO)
			error_from(&err, ERROR_FROM_SPAWN, 0); /* nothing has run */
		run_call_fail(call, status_of(&err), &err);
	}
}

void exec_host_stop(struct exec_host *self, bool is_timeout, bool at_once)
{
	if (self->child)
		child_stop(self->child, is_timeout, at_once ? 0 : STOP_GRACE_MS);
}

void exec_host_restart(struct exec_host *self)
{
	if (!self->child || self->is_restarted)
		return;
	self->is_restarted = true;
	child_stop(self->child, false, 0);
}
