/* SPDX-License-Identifier: MIT */
#include "tests/sim/sim_process.h"

#include "engine/core.h" /* to tell the journal's thread from those of passes */
#include "tests/sim/sim_check.h"
#include "tests/sim/sim_disk.h"

#include <errno.h>
#include <stdlib.h>

enum { IDLE_TICKS_MAX = 20, PATIENCE_MS = 300000 };

struct sim_thread {
	struct sim_event event;
	struct sim_thread *next; /* of the stuck ones */
	void (*body)(void *data);
	void *data;
	bool is_disk;
	uint64_t start_ns;
};

struct sim_env *sim_env_of(struct env *env)
{
	return container_of(env, struct sim_env, env);
}

uint64_t sim_env_pick(struct sim_env *self, uint64_t n)
{
	return sim_pick(&self->sim->env_random, n);
}

void sim_env_at(struct sim_env *self, struct sim_event *event, uint64_t delay_ns)
{
	heap_push(&self->heap, &event->node, self->sim->now_ns + delay_ns);
}

static uint64_t now_ns(struct env *env)
{
	return sim_env_of(env)->sim->now_ns;
}

static int64_t time_s(struct env *env)
{
	return 1769854502 + (int64_t)(sim_env_of(env)->sim->now_ns / 1000000000u);
}

static uint64_t random_of(struct env *env)
{
	return sim_env_pick(sim_env_of(env), UINT64_MAX);
}

static void usage(struct env *env, uint64_t *ret_cpu_us, uint64_t *ret_rss_kb)
{
	(void)env;
	*ret_cpu_us = 0;
	*ret_rss_kb = 1;
}

/* ---- threads ---- */

static void run_thread(struct sim_env *self, struct sim_event *event)
{
	struct sim_thread *thread = container_of(event, struct sim_thread, event);
	struct sim *sim = self->sim;
	uint64_t ns = sim->now_ns - thread->start_ns;

	sim_say(sim, "  %s", thread->is_disk ? "commit" : "pass");
	thread->body(thread->data);
	if (thread->is_disk) {
		self->disk = NULL;
		if (ns > self->slowest_ns)
			self->slowest_ns = ns;
		sim_check_commit(sim, true, !sim_disk_has_failed(sim->disk));
	} else {
		sim_check_pass(sim, -1);
	}
	free(thread);
}

static uint64_t thread_ns(struct sim_env *self, bool is_disk)
{
	struct sim *sim = self->sim;
	uint64_t ms = is_disk ? sim_env_pick(self, 12) : 1 + sim_env_pick(self, 400);

	if (sim_flaw(sim, is_disk ? FLAW_SLOW_DISK : FLAW_LATE))
		ms += sim_env_pick(self, 4000);
	return ms * SIM_MS + sim_env_pick(self, SIM_MS);
}

static int start_thread(struct env *env, void (*body)(void *data), void *data)
{
	struct sim_env *self = sim_env_of(env);
	struct sim *sim = self->sim;
	bool is_disk = data == sim->engine->journal;
	struct sim_thread *thread;

	/* A process that is being cleared away must not wait for a commit: it does it itself. */
	if (sim_flaw(sim, FLAW_NO_THREAD) || (is_disk && sim->is_down)) {
		if (is_disk)
			sim_check_commit(sim, false, false);
		return -EAGAIN;
	}
	thread = calloc(1, sizeof(*thread));
	if (!thread)
		abort();
	*thread = (struct sim_thread){
		.event.fire = run_thread,
		.body = body,
		.data = data,
		.is_disk = is_disk,
		.start_ns = sim->now_ns,
	};
	if (is_disk) {
		self->disk = thread;
		sim_check_commit(sim, false, false);
	} else if (sim_flaw(sim, FLAW_STUCK)) {
		sim_say(sim, "  a pass is stuck");
		thread->next = self->stuck;
		self->stuck = thread;
		return 0;
	} else {
		sim_check_pass(sim, 1);
	}
	sim_env_at(self, &thread->event, thread_ns(self, is_disk));
	return 0;
}

void sim_env_finish_disk(struct sim_env *self)
{
	struct sim_thread *thread = self->disk;

	if (!thread)
		return;
	heap_remove(&self->heap, &thread->event.node);
	run_thread(self, &thread->event);
}

uint64_t sim_env_slowest_ns(const struct sim_env *self)
{
	uint64_t ns = self->slowest_ns;

	if (self->disk && self->sim->now_ns - self->disk->start_ns > ns)
		ns = self->sim->now_ns - self->disk->start_ns;
	return ns;
}

size_t sim_env_n_children(const struct sim_env *self)
{
	return self->n_children;
}

/* ---- time ---- */

void sim_env_crash(struct sim_env *self)
{
	struct sim *sim = self->sim;
	bool power = sim_env_pick(self, 2);

	sim_say(sim, "crash%s", power ? ", the power is gone" : "");
	for (size_t i = 0; i < self->id_end; i++) {
		if (self->children[i])
			sim_leave(self, self->children[i], sim_env_pick(self, 3) == 0);
	}
	sim->is_down = sim->is_over = true;
	switch (sim_env_pick(self, 3)) {
	case 0:
		break;
	case 1:
		sim_disk_stop_after(sim->disk, 1 + sim_env_pick(self, 8));
		sim_env_finish_disk(self);
		break;
	default:
		sim_env_finish_disk(self);
	}
	sim_disk_crash(sim->disk, power, &sim->env_random);
}

static void interrupt(struct sim_env *self)
{
	sim_say(self->sim, "interrupt");
	self->sim->check.was_stopped = true;
	self->is_interrupted = self->was_interrupted = true;
	run_cancel(self->sim->run, RUN_STOP_INTERRUPT);
}

/* A pass without a deadline may be stuck for ever, while the engine reads every second what the
 * machine is like: in the end somebody interrupts it. */
static bool is_patience_over(const struct sim_env *self)
{
	return self->sim->now_ns - self->sim->life_start_ns > PATIENCE_MS * (uint64_t)SIM_MS;
}

/* True: something else happened than what is in the heap. */
static bool intervene(struct sim_env *self, uint64_t next_ns)
{
	struct sim *sim = self->sim;

	if (self->is_interrupted) {
		sim_check_halt(sim); /* the loop has had its turns since */
		self->is_interrupted = false;
	}
	if (++self->n_events == sim->crash_at) {
		sim_env_crash(self);
		return true;
	}
	if (self->stuck && !self->was_interrupted && is_patience_over(self)) {
		interrupt(self);
		return true;
	}
	if (self->n_events > SIM_EVENTS_MAX ||
	    sim->now_ns - sim->life_start_ns > SIM_LIFE_MS * (uint64_t)SIM_MS) {
		sim_break(sim, "liveness", "the run does not end");
		return true;
	}
	if (sim->interrupt_ns && next_ns >= sim->interrupt_ns) {
		sim->interrupt_ns = 0;
		interrupt(self);
		return true;
	}
	return false;
}

static void on_nothing(struct sim_env *self)
{
	if (self->sim->is_down)
		self->sim->now_ns += 10 * SIM_MS; /* whoever waits for a time gets there */
	else if (++self->n_idle > IDLE_TICKS_MAX)
		sim_break(self->sim, "liveness", "nothing will ever happen any more");
}

static void on_tick(uv_idle_t *idle)
{
	struct sim_env *self = idle->data;
	struct sim *sim = self->sim;
	struct heap_node *first = heap_first(&self->heap);
	bool is_event = first && (!self->wake_ns || first->key <= self->wake_ns);
	uint64_t next_ns = is_event ? first->key : self->wake_ns;

	if (++self->n_ticks % self->n_turns != 0 || (sim->is_over && !sim->is_down))
		return;
	if (!sim->is_down && intervene(self, next_ns))
		return;
	if (!next_ns) {
		on_nothing(self);
		return;
	}
	self->n_idle = 0;
	if (next_ns > sim->now_ns)
		sim->now_ns = next_ns;
	if (is_event) {
		struct sim_event *event = container_of(first, struct sim_event, node);

		heap_remove(&self->heap, first);
		event->fire(self, event);
	} else {
		self->wake_ns = 0;
		self->events.on_wake(self->events.data);
	}
}

static void wake_at(struct env *env, uint64_t at_ns)
{
	sim_env_of(env)->wake_ns = at_ns;
}

static int attach(struct env *env, uv_loop_t *loop, const struct env_events *events,
		  struct error *err)
{
	struct sim_env *self = sim_env_of(env);

	(void)err;
	self->events = *events;
	self->idle = malloc(sizeof(*self->idle));
	if (!self->idle)
		abort();
	(void)uv_idle_init(loop, self->idle);
	(void)uv_idle_start(self->idle, on_tick);
	self->idle->data = self;
	uv_unref((uv_handle_t *)self->idle);
	return 0;
}

static void free_handle(uv_handle_t *handle)
{
	free(handle);
}

static void detach(struct env *env)
{
	uv_close((uv_handle_t *)sim_env_of(env)->idle, free_handle);
}

static void free_env(struct env *env)
{
	(void)env; /* the simulation's own */
}

/* Nothing is known of the machine: limits do not follow it. */
static void read_machine(struct env *env, struct machine *ret_machine)
{
	(void)env;
	*ret_machine = (struct machine){ 0 };
}

static bool sandbox(struct env *env, struct sandbox_report *ret_report)
{
	(void)env;
	(void)ret_report;
	return false;
}

static const struct env_ops ops = {
	.now_ns = now_ns,
	.time_s = time_s,
	.random = random_of,
	.usage = usage,
	.attach = attach,
	.detach = detach,
	.wake_at = wake_at,
	.read_machine = read_machine,
	.spawn = sim_spawn,
	.kill = sim_kill,
	.sandbox = sandbox,
	.start_thread = start_thread,
	.free = free_env,
};

struct sim_env *sim_env_new(struct sim *sim)
{
	struct sim_env *self = calloc(1, sizeof(*self));

	if (!self)
		abort();
	self->env.ops = &ops;
	self->sim = sim;
	self->n_turns = 1 + (unsigned)sim_env_pick(self, 4);
	return self;
}

struct env *sim_env_base(struct sim_env *self)
{
	return &self->env;
}

static void end_thread(struct sim_thread *thread)
{
	thread->body(thread->data);
	free(thread);
}

void sim_env_free(struct sim_env *self)
{
	struct heap_node *node;

	while ((node = heap_pop(&self->heap))) {
		struct sim_event *event = container_of(node, struct sim_event, node);

		if (event->fire == run_thread)
			end_thread(container_of(event, struct sim_thread, event));
		else if (event->fire == sim_lose_all)
			free(event);
		else
			sim_release_child(self, event);
	}
	while (self->stuck) {
		struct sim_thread *thread = self->stuck;

		self->stuck = thread->next;
		end_thread(thread);
	}
	free(self);
}
