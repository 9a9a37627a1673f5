/* SPDX-License-Identifier: MIT */
/* Runs the calls of tools that are no fusers: each gets a host, through which it asks and ends. */
#include "engine/core.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A run that stops waits no longer than this between TERM and KILL. */
enum { STOP_GRACE_MS = 500 };

struct exec_host {
	struct host host;
	struct run_call *call;
	/* What it waits for, one at a time: */
	struct child *child;
	struct net_transfer *transfer;
	struct search *search;
	struct errand *errand;
	struct nest *nest;
	struct agent *agent; /* of a call of the agents lane */
	union {
		host_child_done_fn *done;
		host_transfer_done_fn *transfer_done;
		host_search_done_fn *search_done;
		host_work_done_fn *work_done;
		host_nest_done_fn *nest_done;
		host_wait_done_fn *wait_done;
	};
	struct timer stop; /* a search that is stopped is told so from the loop */
	struct timer pause;
	bool is_stopped, is_timeout;
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

/* What was ended is told as such, and not as a failure of the peer. */
static int set_stopped(const struct exec_host *self, struct error *err)
{
	return self->is_timeout
		       ? error_set(err, ERROR_TIMEOUT, ETIMEDOUT,
				   "ended: the time of the run is up")
		       : error_set(err, ERROR_CANCELLED, ECANCELED, "ended: the run stops");
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
	if (self->is_stopped || run->is_cancelled)
		return set_stopped(self, err);
	self->done = done;
	if (self->call->memo.time_factor > 1)
		own.timeout_ms *= self->call->memo.time_factor;
	return child_start(run->engine->children, &own, &owner, &self->child, err);
}

/* ---- the web, and work on threads ---- */

static int refuse(const struct exec_host *self, struct error *err)
{
	assert(!self->child && !self->transfer && !self->search && !self->errand && !self->nest);
	return self->is_stopped || self->call->run->is_cancelled ? set_stopped(self, err) : 0;
}

static void on_transfer_done(void *data, struct transfer_outcome *own_outcome)
{
	struct exec_host *self = data;

	self->transfer = NULL;
	web_read_retry_after(self->call->run->engine->env, own_outcome);
	if (self->is_stopped && own_outcome->error.class != ERROR_NONE)
		(void)set_stopped(self, &own_outcome->error);
	self->transfer_done(&self->host, self->host.call, own_outcome);
}

static int transfer(struct host *host, const struct transfer_request *request,
		    host_transfer_done_fn *done, struct error *err)
{
	struct exec_host *self = self_of(host);
	struct net_client *client;
	int r = refuse(self, err);

	if (r < 0)
		return r;
	client = web_client(&self->call->run->engine->web, err);
	if (!client)
		return -EIO;
	self->transfer_done = done;
	return net_start(client, request, on_transfer_done, self, &self->transfer, err);
}

static void on_search_done(void *data, struct search_outcome *own_outcome)
{
	struct exec_host *self = data;

	self->search = NULL;
	self->search_done(&self->host, self->host.call, own_outcome);
}

static void on_search_stopped(struct timer *timer)
{
	struct exec_host *self = container_of(timer, struct exec_host, stop);
	struct search_outcome outcome = { 0 };

	(void)set_stopped(self, &outcome.error);
	self->search_done(&self->host, self->host.call, &outcome);
}

static int search(struct host *host, const struct search_query *query, host_search_done_fn *done,
		  struct error *err)
{
	struct exec_host *self = self_of(host);
	struct search_query asked = *query;
	CLEANUP(buf) struct buf text = { .max = SIZE_MAX / 2 };
	int r = refuse(self, err);

	if (r < 0)
		return r;
	/* A secret is no provider's to know, but that whose key it is. */
	if (redact_text(self->call->run->secrets, query->text, strlen(query->text), &text) < 0)
		return error_errno(err, ENOMEM, "cannot search");
	buf_add_char(&text, '\0');
	if (buf_error(&text))
		return error_errno(err, ENOMEM, "cannot search");
	asked.text = text.data;
	self->search_done = done;
	return search_start(&self->call->run->engine->web, &asked, on_search_done, self,
			    &self->search, err);
}

/* It may outlive its call, when the engine goes first. */
struct errand {
	uv_work_t request;
	struct exec_host *self;
	struct engine *engine;
	host_work_fn *body;
	void *data;
	atomic_bool is_stopped;
};

static void run_errand(uv_work_t *request)
{
	struct errand *errand = container_of(request, struct errand, request);

	errand->body(errand->data, &errand->is_stopped);
}

static void on_errand_done(uv_work_t *request, int status)
{
	struct errand *errand = container_of(request, struct errand, request);
	struct exec_host *self = errand->self;
	void *data = errand->data;
	bool is_ending = errand->engine->is_ending;

	(void)status; /* it is never cancelled */
	free(errand);
	if (is_ending)
		return; /* its call is no more */
	self->errand = NULL;
	self->work_done(&self->host, self->host.call, data);
}

static int work(struct host *host, host_work_fn *body, void *data, host_work_done_fn *done,
		struct error *err)
{
	struct exec_host *self = self_of(host);
	struct engine *engine = self->call->run->engine;
	int r = refuse(self, err);

	if (r < 0)
		return r;
	self->errand = calloc(1, sizeof(*self->errand));
	if (!self->errand)
		return error_errno(err, ENOMEM, "cannot start a thread");
	*self->errand =
		(struct errand){ .self = self, .engine = engine, .body = body, .data = data };
	self->work_done = done;
	r = uv_queue_work(&engine->loop, &self->errand->request, run_errand, on_errand_done);
	if (r < 0) {
		free(self->errand);
		self->errand = NULL;
		return error_errno(err, -r, "cannot start a thread");
	}
	return 0;
}

/* ---- agents ---- */

static void on_nest_done(void *data, const struct result *const *results, size_t n)
{
	struct exec_host *self = data;

	self->nest = NULL;
	self->nest_done(&self->host, self->host.call, results, n);
}

static int nest(struct host *host, const struct host_nest *request, host_nest_done_fn *done,
		struct error *err)
{
	struct exec_host *self = self_of(host);
	const struct nest_owner owner = {
		.call = self->call,
		.agent = self->agent,
		.done = on_nest_done,
		.data = self,
	};
	int r = refuse(self, err);

	if (r < 0)
		return r;
	self->nest_done = done;
	return nest_start(request, &owner, &self->nest, err);
}

static void on_pause_over(struct timer *timer)
{
	struct exec_host *self = container_of(timer, struct exec_host, pause);

	self->wait_done(&self->host, self->host.call);
}

static int pause_call(struct host *host, uint64_t ms, host_wait_done_fn *done, struct error *err)
{
	struct exec_host *self = self_of(host);
	struct engine *engine = self->call->run->engine;
	int r = refuse(self, err);

	if (r < 0)
		return r;
	self->wait_done = done;
	timer_start(&engine->timers, &self->pause, env_now_ns(engine->env) + ms * 1000000ull,
		    on_pause_over);
	return 0;
}

static void spend(struct host *host, const struct spend *cost)
{
	agent_spend(self_of(host)->agent, cost);
}

static struct spend left(struct host *host)
{
	return agent_left(self_of(host)->agent);
}

void exec_host_forget(struct exec_host *self)
{
	if (!self)
		return;
	timer_stop(&self->call->run->engine->timers, &self->pause);
	agents_end(self->agent);
	free(self);
}

static void finish(struct host *host, struct result *own_result)
{
	struct exec_host *self = self_of(host);
	struct run_call *call = self->call;

	bool is_restarted = self->is_restarted && own_result->status == CALL_CANCELLED &&
			    call->run->stop == RUN_STOP_NONE;

	assert(!self->child && !self->transfer && !self->search && !self->errand && !self->nest);
	own_result->receipt.redacted += self->redacted;
	if (self->agent) /* what a model says was not printed by a child of ours */
		own_result->body = redact_blob(call->run->secrets, own_result->body,
					       &own_result->receipt.redacted);
	if (own_result->payload == PAYLOAD_AGENT && self->agent) {
		struct spend spent = agent_spent(self->agent);

		own_result->agent.tree_tokens = spent.of[SPEND_TOKENS];
		own_result->agent.tree_usd_e6 = spent.of[SPEND_USD_E6];
	}
	exec_host_forget(self);
	if (is_restarted) {
		result_release(own_result);
		call->host = NULL;
		schedule_again(call);
		return;
	}
	limits_call_ended(call, own_result);
	run_call_end(call, own_result);
}

static const struct host_ops ops = {
	.run_child = run_child,
	.transfer = transfer,
	.search = search,
	.work = work,
	.wait = pause_call,
	.nest = nest,
	.spend = spend,
	.left = left,
	.finish = finish,
};

static enum call_status status_of(const struct error *err)
{
	if (err->class == ERROR_DENIED)
		return CALL_DENIED;
	return err->class == ERROR_CANCELLED ? CALL_CANCELLED : CALL_FAILED;
}

static int start(struct exec_host *self, struct error *err)
{
	const struct call *call = self->host.call;

	if (call->tool->lane == LANE_AGENTS) {
		int r = agents_begin(self->call, &self->agent, err);

		if (r < 0)
			return r;
		self->host.agent = agent_shown(self->agent);
	}
	return call->tool->start(&self->host, call, err);
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
	if (call->run->above) {
		self->host.sandbox = agent_sandbox(call->run->above);
		self->host.marks = agent_marks(call->run->above);
	}
	self->host.environ = jobs_environ(&call->run->engine->jobs);
	jobs_show(&call->run->engine->jobs, &call->run->engine->sandbox);
	limits_call_starts(call);
	self->call = call;
	(void)snprintf(self->spool_name, sizeof(self->spool_name), "%s.%u", call->run->id,
		       call->call->index); /* fits */
	call->host = self;
	self->host.search = call->run->engine->web.conf;
	self->host.search_data = call->run->engine->web.conf_data;
	if (start(self, &err) < 0) {
		assert(!self->child);
		exec_host_forget(self);
		if (err.origin == ERROR_FROM_ERRNO)
			error_from(&err, ERROR_FROM_SPAWN, 0); /* nothing has run */
		run_call_fail(call, status_of(&err), &err);
	}
}

void exec_host_stop(struct exec_host *self, bool is_timeout, bool at_once)
{
	struct engine *engine = self->call->run->engine;

	if (self->child) {
		child_stop(self->child, is_timeout, at_once ? 0 : STOP_GRACE_MS);
		return; /* it may have ended the call */
	}
	if (self->is_stopped)
		return;
	self->is_stopped = true;
	self->is_timeout = is_timeout;
	if (heap_has(&self->pause.node))
		timer_start(&engine->timers, &self->pause, env_now_ns(engine->env), on_pause_over);
	if (self->nest)
		nest_stop(self->nest, is_timeout);
	if (self->transfer)
		net_cancel(self->transfer);
	if (self->errand)
		atomic_store(&self->errand->is_stopped, true);
	if (self->search) {
		search_forget(self->search);
		self->search = NULL;
		timer_start(&engine->timers, &self->stop, env_now_ns(engine->env),
			    on_search_stopped);
	}
}

void exec_host_restart(struct exec_host *self)
{
	if (!self->child || self->is_restarted)
		return;
	self->is_restarted = true;
	child_stop(self->child, false, 0);
}
