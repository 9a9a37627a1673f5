/* SPDX-License-Identifier: MIT */
/*
 * Fused passes. A pass is shared by the loop and its thread, which hold a reference each; what
 * both touch is under the mutex of the home. The home outlives the engine as long as a thread
 * that is stuck in the kernel may come back to it.
 */
#include "engine/pass.h"

#include "base/buf.h"
#include "base/vec.h"
#include "engine/core.h"
#include "model/cache.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FOUND_BYTES_MAX = 256 << 10, STRANGERS_MAX = 64 };

struct pass_home {
	pthread_mutex_t mutex;
	unsigned refs;
	uv_async_t *async; /* NULL once the engine is gone */
	int root_fd;
	char *root_path, *spool_dir;
	struct cache *cache; /* its own; or NULL */
};

struct pass {
	/* The loop's. */
	struct pass *next;
	struct engine *engine;
	enum lane lane;
	struct VEC(struct run_call *) targets; /* by slot; NULL when answered */
	struct VEC(struct group *) groups;
	struct timer watchdog;
	size_t width_max; /* of what it may carry */
	size_t n_held;    /* calls that were to join and may not run now */
	size_t n_taken;
	/* Constant while the thread runs. */
	struct pass_home *home;
	const struct fuser *fuser;
	struct fuse_conf conf;
	const struct call **calls;
	struct secrets **secrets; /* by slot: what is kept out of its result */
	atomic_bool cancel;
	/* Under the home's mutex. */
	unsigned refs;
	struct result *slots; /* written once each, before their number is in done */
	uint32_t *done;
	size_t n_done;
	bool is_over, is_left; /* the thread's end; the loop waits no more */
	struct error err;
	int code;
	struct buf found; /* struct found, text, struct found, … */
};

struct found {
	uint32_t i_call, len;
};

/* ---- the home ---- */

int passes_init(struct engine *engine, struct error *err)
{
	struct pass_home *home = calloc(1, sizeof(*home));

	if (!home)
		return error_errno(err, ENOMEM, "cannot start the engine");
	home->cache = engine->own_cache;
	engine->own_cache = NULL;
	(void)pthread_mutex_init(&home->mutex, NULL); /* cannot fail on Linux */
	home->refs = 1;
	home->async = &engine->async;
	home->root_path = strdup(engine->root_path);
	home->spool_dir = engine->spool_dir ? strdup(engine->spool_dir) : NULL;
	home->root_fd = fcntl(engine->root_fd, F_DUPFD_CLOEXEC, 0);
	engine->passes.home = home;
	if (!home->root_path || (engine->spool_dir && !home->spool_dir))
		return error_errno(err, ENOMEM, "cannot start the engine");
	if (home->root_fd < 0)
		return error_errno(err, errno, "cannot start the engine");
	return 0;
}

void passes_share(struct engine *engine, struct cache *own_cache)
{
	struct pass_home *home = engine->passes.home;

	if (home->cache)
		own_cache->ops->free(own_cache);
	else
		home->cache = own_cache;
}

/* Unlocks too: the last one out frees. */
static void home_unref_unlock(struct pass_home *home)
{
	bool is_last = --home->refs == 0;

	(void)pthread_mutex_unlock(&home->mutex);
	if (!is_last)
		return;
	(void)pthread_mutex_destroy(&home->mutex);
	if (home->root_fd >= 0)
		(void)close(home->root_fd); /* read only: nothing to lose */
	free(home->root_path);
	free(home->spool_dir);
	if (home->cache)
		home->cache->ops->free(home->cache);
	free(home);
}

static void pass_free(struct pass *pass)
{
	for (size_t i = pass->n_taken; i < pass->n_done; i++)
		result_release(&pass->slots[pass->done[i]]);
	buf_release(&pass->found);
	vec_release(&pass->targets);
	vec_release(&pass->groups);
	for (size_t i = 0; pass->secrets && i < pass->conf.n_calls; i++)
		secrets_unref(pass->secrets[i]);
	free(pass->secrets);
	free(pass->calls);
	free(pass->slots);
	free(pass->done);
	free(pass);
}

/* With the mutex held; it is not afterwards. */
static void pass_unref_unlock(struct pass *pass)
{
	struct pass_home *home = pass->home;

	if (--pass->refs > 0) {
		(void)pthread_mutex_unlock(&home->mutex);
		return;
	}
	pass_free(pass);
	home_unref_unlock(home);
}

static void knock(struct pass_home *home)
{
	if (home->async)
		(void)uv_async_send(home->async); /* only fails when closing */
}

/* ---- the thread ---- */

static const char *redact_str(const struct pass *pass, size_t i_call, struct result *result,
			      const char *str)
{
	CLEANUP(buf) struct buf out = { .max = 64 << 10 };
	int n = str ? redact_values(pass->secrets[i_call], str, strlen(str), &out) : 0;

	if (n == 0)
		return str;
	result->receipt.redacted += n > 0 ? (uint64_t)n : 0;
	return n > 0 ? arena_strdup(result->arena, out.data) : "";
}

/* Known values only: by the form of tokens, a line would not be what it is in the file. */
static void redact_result(const struct pass *pass, size_t i_call, struct result *result)
{
	bool had_body = result->body;

	if (!secrets_trie(pass->secrets[i_call]))
		return;
	result->body = redact_blob(pass->secrets[i_call], result->body, &result->receipt.redacted);
	if (had_body && !result->body) {
		result->status = CALL_FAILED;
		(void)error_set(&result->error, ERROR_LIMIT, ENOMEM, "no memory for the output");
	}
	if (!result->arena)
		return;
	if (result->payload == PAYLOAD_READ)
		result->read.file_path = redact_str(pass, i_call, result, result->read.file_path);
	result->receipt.truncated_at =
		redact_str(pass, i_call, result, result->receipt.truncated_at);
	result->receipt.cursor = redact_str(pass, i_call, result, result->receipt.cursor);
}

static void on_done(void *data, size_t i_call, struct result *own_result)
{
	struct pass *pass = data;

	redact_result(pass, i_call, own_result);
	(void)pthread_mutex_lock(&pass->home->mutex);
	if (pass->is_left) {
		(void)pthread_mutex_unlock(&pass->home->mutex);
		result_release(own_result);
		return;
	}
	assert(i_call < pass->conf.n_calls && pass->n_done < pass->conf.n_calls);
	pass->slots[i_call] = *own_result;
	pass->done[pass->n_done++] = (uint32_t)i_call;
	knock(pass->home);
	(void)pthread_mutex_unlock(&pass->home->mutex);
}

/* Only for progress: what does not fit is not missed. */
static void on_found(void *data, size_t i_call, const char *text, size_t len)
{
	struct pass *pass = data;
	CLEANUP(buf) struct buf out = { .max = FOUND_BYTES_MAX };
	struct found found = { .i_call = (uint32_t)i_call };

	if (secrets_trie(pass->secrets[i_call])) {
		if (redact_values(pass->secrets[i_call], text, len, &out) < 0)
			return;
		text = out.data ? out.data : "";
		len = out.len;
	}
	found.len = (uint32_t)len;
	(void)pthread_mutex_lock(&pass->home->mutex);
	if (!pass->is_left && len <= FOUND_BYTES_MAX / 4 &&
	    pass->found.len + sizeof(found) + len <= FOUND_BYTES_MAX) {
		size_t before = pass->found.len;

		buf_add(&pass->found, &found, sizeof(found));
		buf_add(&pass->found, text, len);
		if (buf_error(&pass->found))
			pass->found.len = before;
		knock(pass->home);
	}
	(void)pthread_mutex_unlock(&pass->home->mutex);
}

static void thread_body(void *data)
{
	struct pass *pass = data;
	struct error err = { 0 };
	int code = pass->fuser->run(&pass->conf, &err);

	(void)pthread_mutex_lock(&pass->home->mutex);
	pass->code = code;
	pass->err = err;
	pass->is_over = true;
	knock(pass->home);
	pass_unref_unlock(pass);
}

/* ---- gathering ---- */

/* How wide the pass may be if the call joins it; 0: not at all. */
static size_t width_with(const struct pass *pass, const struct run_call *call)
{
	size_t width = pass->width_max;

	if (call->width_max && call->width_max < width)
		width = call->width_max;
	return pass->targets.n < width ? width : 0;
}

/* Ready calls that may not run now leave the group all the same. */
static bool take_group(struct pass *pass, struct group *group)
{
	struct heap_node *node;

	if (!vec_reserve(&pass->groups, 1))
		return false;
	while ((node = heap_first(&group->ready))) {
		struct run_call *call = container_of(node, struct run_call, ready);
		size_t width = width_with(pass, call);

		if (!width || !vec_reserve(&pass->targets, 1))
			break;
		heap_remove(&group->ready, node);
		if (!retry_allows(call)) {
			pass->n_held++;
			continue;
		}
		pass->width_max = width;
		pass->targets.items[pass->targets.n++] = call;
	}
	pass->groups.items[pass->groups.n++] = group;
	group->n_running++;
	group->run->n_passes++;
	return pass->targets.n < pass->width_max && !heap_first(&group->ready);
}

/* Calls share a pass when they have the same deadline (or none): a pass has only one. */
static void gather(struct pass *pass, struct queue *queue)
{
	struct heap strangers = { 0 };
	unsigned n_strangers = 0;
	struct heap_node *node = heap_first(&queue->groups);

	pass->conf.deadline_ns = container_of(node, struct group, node)->run->deadline_ns;
	while (n_strangers < STRANGERS_MAX && (node = heap_pop(&queue->groups))) {
		struct group *group = container_of(node, struct group, node);

		if (group->run->deadline_ns != pass->conf.deadline_ns) {
			heap_push(&strangers, node, node->key);
			n_strangers++;
		} else if (!take_group(pass, group)) {
			group_update(group);
			break;
		}
	}
	while ((node = heap_pop(&strangers)))
		heap_push(&queue->groups, node, node->key);
	for (size_t i = 0; i < pass->groups.n; i++)
		group_update(pass->groups.items[i]);
}

static bool prepare(struct pass *pass)
{
	size_t n = pass->targets.n;

	pass->calls = calloc(n + 1, sizeof(*pass->calls));
	pass->slots = calloc(n + 1, sizeof(*pass->slots));
	pass->done = calloc(n + 1, sizeof(*pass->done));
	pass->secrets = calloc(n + 1, sizeof(*pass->secrets));
	if (!pass->calls || !pass->slots || !pass->done || !pass->secrets)
		return false;
	for (size_t i = 0; i < n; i++) {
		pass->calls[i] = pass->targets.items[i]->call;
		pass->secrets[i] = secrets_ref(pass->targets.items[i]->run->secrets);
	}
	pass->conf.root_fd = pass->home->root_fd;
	pass->conf.root_path = pass->home->root_path;
	pass->conf.calls = pass->calls;
	pass->conf.n_calls = n;
	pass->conf.n_threads = pass->engine->n_threads;
	pass->conf.cancel = &pass->cancel;
	pass->conf.spool_dir = pass->home->spool_dir;
	pass->conf.cache = pass->home->cache;
	pass->conf.done = on_done;
	pass->conf.found = pass->engine->stream_output ? on_found : NULL;
	pass->conf.data = pass;
	return true;
}

/* ---- the loop's side ---- */

static struct pass *pass_of(struct timer *timer)
{
	return container_of(timer, struct pass, watchdog);
}

/* Frees the pass, unless its thread still runs. */
static void pass_end(struct pass *pass, bool is_stuck)
{
	struct engine *engine = pass->engine;
	struct pass **at = &engine->passes.running;

	while (*at != pass)
		at = &(*at)->next;
	*at = pass->next;
	engine->passes.n_running--;
	timer_stop(&engine->timers, &pass->watchdog);
	for (size_t i = 0; i < pass->groups.n; i++) {
		struct group *group = pass->groups.items[i];

		group->n_running--;
		group_update(group);
		group->run->is_plan_held |= is_stuck;
		run_pass_ended(group->run);
	}
	schedule_give(engine, pass->lane);
	(void)pthread_mutex_lock(&pass->home->mutex);
	pass->is_left = true;
	pass_unref_unlock(pass);
}

static enum call_status status_of(const struct error *err)
{
	switch (err->class) {
	case ERROR_DENIED:
		return CALL_DENIED;
	case ERROR_TIMEOUT:
		return CALL_TIMEOUT;
	case ERROR_CANCELLED:
		return CALL_CANCELLED;
	default:
		return CALL_FAILED;
	}
}

/* A pass is cancelled for all its calls; those whose run goes on have another try. */
static bool is_bystander(struct pass *pass, const struct run_call *call)
{
	return atomic_load(&pass->cancel) && call->run->stop == RUN_STOP_NONE;
}

/* The pass was told to stop, not why. */
static void say_deadline(struct result *result)
{
	result->status = CALL_TIMEOUT;
	result->receipt.why = (result->receipt.why & ~(unsigned)WHY_CANCELLED) | WHY_DEADLINE;
	(void)error_set(&result->error, ERROR_TIMEOUT, ETIMEDOUT, "the deadline was reached");
}

static void take_done(struct pass *pass, size_t n_done)
{
	for (; pass->n_taken < n_done; pass->n_taken++) {
		uint32_t slot = pass->done[pass->n_taken];
		struct run_call *call = pass->targets.items[slot];
		struct result *result = &pass->slots[slot];

		assert(call); /* answered once */
		pass->targets.items[slot] = NULL;
		if (result->status == CALL_CANCELLED && is_bystander(pass, call)) {
			result_release(result);
			run_call_again(call);
			continue;
		}
		if (result->status == CALL_CANCELLED && call->run->stop == RUN_STOP_DEADLINE)
			say_deadline(result);
		else if (result->status == CALL_TIMEOUT && call->run->stop == RUN_STOP_NONE &&
			 call->run->wanted == RUN_STOP_NONE)
			run_past_deadline(call->run); /* seen before the timer was */
		run_call_end(call, result);
	}
}

static void answer_rest(struct pass *pass, const struct error *err)
{
	size_t n = 0;

	for (size_t i = 0; i < pass->targets.n; i++) {
		struct run_call *call = pass->targets.items[i];

		if (!call)
			continue;
		pass->targets.items[i] = NULL;
		if (err->class == ERROR_CANCELLED && is_bystander(pass, call))
			run_call_again(call);
		else
			pass->targets.items[n++] = call;
	}
	pass->targets.n = n;
	retry_batch(pass->targets.items, n, status_of(err), err);
}

static void tell_found(struct pass *pass, const struct buf *found)
{
	for (size_t at = 0; at < found->len;) {
		struct found head;
		struct run_call *call;

		memcpy(&head, found->data + at, sizeof(head));
		at += sizeof(head);
		call = pass->targets.items[head.i_call];
		if (call)
			run_output(call, found->data + at, head.len);
		at += head.len;
	}
}

static void collect(struct pass *pass)
{
	struct buf found;
	struct error err;
	size_t n_done;
	bool is_over;

	(void)pthread_mutex_lock(&pass->home->mutex);
	n_done = pass->n_done;
	is_over = pass->is_over;
	found = pass->found;
	buf_init(&pass->found, FOUND_BYTES_MAX);
	err = pass->err;
	if (is_over && pass->code == 0)
		(void)error_set(&err, ERROR_BUG, 0, "the pass ended without an answer");
	(void)pthread_mutex_unlock(&pass->home->mutex);
	tell_found(pass, &found);
	buf_release(&found);
	take_done(pass, n_done);
	if (is_over) {
		answer_rest(pass, &err);
		pass_end(pass, false);
	}
}

void passes_collect(struct engine *engine)
{
	struct pass *next;

	for (struct pass *pass = engine->passes.running; pass; pass = next) {
		next = pass->next;
		collect(pass);
	}
}

static void on_overstay(struct timer *timer)
{
	struct pass *pass = pass_of(timer);
	struct error err;
	bool is_over;

	(void)pthread_mutex_lock(&pass->home->mutex);
	is_over = pass->is_over;
	pass->is_left = !is_over; /* from here on nothing is added */
	(void)pthread_mutex_unlock(&pass->home->mutex);
	if (is_over) {
		collect(pass);
		return;
	}
	take_done(pass, pass->n_done);
	(void)error_set(&err, ERROR_TIMEOUT, ETIMEDOUT,
			"gave up: the pass is stuck in the kernel, %d ms after it was to end",
			PASS_OVERSTAY_MS);
	error_from(&err, ERROR_FROM_ENGINE, FAULT_STUCK);
	answer_rest(pass, &err);
	pass_end(pass, true);
}

static void watch(struct pass *pass, uint64_t end_ns)
{
	timer_start(&pass->engine->timers, &pass->watchdog,
		    end_ns + (uint64_t)PASS_OVERSTAY_MS * 1000000u, on_overstay);
}

void pass_cancel(struct pass *pass)
{
	if (atomic_exchange(&pass->cancel, true))
		return;
	watch(pass, env_now_ns(pass->engine->env));
}

static int launch(struct pass *pass)
{
	struct env *env = pass->engine->env;
	int r;

	if (!prepare(pass))
		return -ENOMEM;
	(void)pthread_mutex_lock(&pass->home->mutex);
	pass->refs++;
	(void)pthread_mutex_unlock(&pass->home->mutex);
	r = env->ops->start_thread(env, thread_body, pass);
	if (r < 0)
		pass->refs--; /* there is no thread */
	return r;
}

static void fail_queue_head(struct queue *queue)
{
	struct group *group = container_of(heap_first(&queue->groups), struct group, node);
	struct run_call *call = container_of(heap_first(&group->ready), struct run_call, ready);

	schedule_remove(call);
	run_call_fail(call, CALL_FAILED, &call->run->no_memory.error);
}

void pass_start(struct engine *engine, struct queue *queue)
{
	struct pass *pass = calloc(1, sizeof(*pass));
	struct error err;
	int r;

	if (!pass) {
		fail_queue_head(queue);
		return;
	}
	pass->engine = engine;
	pass->lane = queue->lane;
	pass->fuser = queue->fuser;
	pass->home = engine->passes.home;
	pass->refs = 1;
	pass->width_max = PASS_WIDTH_MAX;
	buf_init(&pass->found, FOUND_BYTES_MAX);
	(void)pthread_mutex_lock(&pass->home->mutex);
	pass->home->refs++;
	(void)pthread_mutex_unlock(&pass->home->mutex);
	pass->next = engine->passes.running;
	engine->passes.running = pass;
	engine->passes.n_running++;
	schedule_take(engine, queue->lane);
	gather(pass, queue);
	if (pass->targets.n == 0 && pass->n_held > 0) {
		pass_end(pass, false);
		return;
	}
	for (size_t i = 0; i < pass->targets.n; i++) {
		pass->targets.items[i]->pass = pass;
		run_call_started(pass->targets.items[i]);
	}
	for (size_t i = 0; i < pass->groups.n; i++) {
		if (i == 0 || pass->groups.items[i]->run != pass->groups.items[i - 1]->run)
			pass->groups.items[i]->run->totals.batches++;
	}
	r = pass->targets.n > 0 ? launch(pass) : -ENOMEM;
	if (r < 0) {
		bool is_empty = pass->targets.n == 0;

		(void)error_errno(&err, -r, "cannot start a pass over %zu calls", pass->targets.n);
		error_from(&err, ERROR_FROM_SPAWN, 0);
		answer_rest(pass, &err);
		pass_end(pass, false);
		if (is_empty) /* or it would be tried for ever */
			fail_queue_head(queue);
	} else if (pass->conf.deadline_ns) {
		watch(pass, pass->conf.deadline_ns);
	}
}

void passes_release(struct engine *engine)
{
	struct pass_home *home = engine->passes.home;

	for (struct pass *pass = engine->passes.running, *next; pass; pass = next) {
		next = pass->next;
		pass_end(pass, true);
	}
	if (!home)
		return;
	(void)pthread_mutex_lock(&home->mutex);
	home->async = NULL;
	home_unref_unlock(home);
}
