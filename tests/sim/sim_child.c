/* SPDX-License-Identifier: MIT */
/* Children: what they write, when they have their effect, and how they end. */
#include "tests/sim/sim_check.h"
#include "tests/sim/sim_process.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

enum { HANG_MS = 30000, HOLD_MS = 5000 };

struct sim_child {
	struct sim_event event;
	struct spawn_event outcome;
	uint32_t i_call;
	uint64_t effect_ns;
	bool is_born, ignores_term, holds;
	int out_fd; /* -1 = closed */
};

static void write_out(const struct sim_env *self, const struct sim_child *child, bool is_rest)
{
	const struct sim_script *script = &self->sim->scripts[child->i_call];
	size_t half = script->out_len / 2;
	char body[2 * JOURNAL_INLINE_MAX];
	ssize_t n;

	sim_write_body(script, body);
	n = is_rest ? write(child->out_fd, body + half, script->out_len - half)
		    : write(child->out_fd, body, half);
	(void)n; /* nobody need read it any more */
}

static void close_out(struct sim_child *child)
{
	if (child->out_fd >= 0)
		(void)close(child->out_fd); /* a pipe */
	child->out_fd = -1;
}

void sim_release_child(struct sim_env *self, struct sim_event *event)
{
	struct sim_child *child = container_of(event, struct sim_child, event);

	(void)self;
	close_out(child);
	free(child);
}

void sim_leave(struct sim_env *self, struct sim_child *child, bool is_lucky)
{
	if (child->is_born) {
		self->n_children--;
		if (child->effect_ns <= self->sim->now_ns || is_lucky)
			sim_check_effect(self->sim, child->i_call);
	}
	self->children[child->outcome.id] = NULL;
}

static void end_child(struct sim_env *self, struct sim_event *event)
{
	struct sim_child *child = container_of(event, struct sim_child, event);
	const struct spawn_event *outcome = &child->outcome;

	sim_leave(self, child, false);
	sim_say(self->sim, "  child %lu of %u: %d %d", (unsigned long)outcome->id, child->i_call,
		outcome->type, outcome->type == SPAWN_FAILED ? outcome->code : outcome->status);
	if (child->is_born)
		write_out(self, child, true);
	if (!child->holds)
		close_out(child);
	self->events.on_child(self->events.data, outcome);
	child->event.fire = sim_release_child;
	sim_env_at(self, &child->event, child->holds ? (uint64_t)HOLD_MS * SIM_MS : 0);
}

void sim_lose_all(struct sim_env *self, struct sim_event *event)
{
	free(event);
	sim_say(self->sim, "  the supervisor dies");
	for (size_t i = 0; i < self->id_end; i++) {
		struct sim_child *child = self->children[i];

		if (!child || !child->is_born)
			continue;
		child->outcome.type = SPAWN_LOST;
		heap_remove(&self->heap, &child->event.node);
		sim_env_at(self, &child->event, 0);
	}
}

static int exit_of(struct sim *sim, const struct sim_script *script)
{
	static const struct {
		enum flaw flaw;
		int exit;
	} exits[] = {
		{ FLAW_EXIT, 7 },
		{ FLAW_OOM, SIM_EXIT_OOM },
		{ FLAW_BUSY, SIM_EXIT_BUSY },
		{ FLAW_COORD, SIM_EXIT_COORD },
		{ FLAW_DEVICE, SIM_EXIT_DEVICE },
		{ FLAW_SPACE, SIM_EXIT_SPACE },
		{ FLAW_DENIED, SIM_EXIT_DENIED },
	};

	if (sim_flaw(sim, FLAW_CRASH))
		return SIGSEGV;
	for (size_t i = 0; i < countof(exits); i++) {
		if (sim_flaw(sim, exits[i].flaw))
			return exits[i].exit << 8;
	}
	return script->exit_status << 8;
}

static void give_birth(struct sim_env *self, struct sim_child *child, int out_fd)
{
	struct sim *sim = self->sim;
	const struct sim_script *script = &sim->scripts[child->i_call];
	uint64_t ns = (script->ms + sim_env_pick(self, 50)) * SIM_MS;

	child->is_born = true;
	self->n_children++;
	sim_check_born(sim, child->i_call);
	child->out_fd = dup(out_fd);
	write_out(self, child, false);
	child->outcome.type = SPAWN_EXITED;
	child->outcome.status = exit_of(sim, script);
	child->outcome.user_us = 1000;
	child->ignores_term = sim_flaw(sim, FLAW_TERM);
	child->holds = sim_flaw(sim, FLAW_HOLD);
	if (sim_flaw(sim, FLAW_HANG))
		ns += (uint64_t)HANG_MS * SIM_MS;
	child->effect_ns = sim->now_ns + sim_env_pick(self, ns + 1);
	sim_env_at(self, &child->event, ns);
	if (sim_flaw(sim, FLAW_LOST)) {
		struct sim_event *event = calloc(1, sizeof(*event));

		if (!event)
			abort();
		event->fire = sim_lose_all;
		sim_env_at(self, event, sim_env_pick(self, ns));
	}
}

int sim_spawn(struct env *env, const struct spawn_request *request,
	      const struct sandbox_profile *profile, struct error *err)
{
	(void)profile;
	static const int at_once[] = { EAGAIN, EMFILE, ENOMEM, EAGAIN };
	static const int later[] = { EAGAIN, ENOMEM, ETXTBSY, ENOENT };
	struct sim_env *self = sim_env_of(env);
	struct sim *sim = self->sim;
	struct sim_child *child;

	if (sim_flaw(sim, FLAW_NO_FORK))
		return error_errno(err, at_once[sim_env_pick(self, countof(at_once))],
				   "cannot start");
	if (request->id >= SIM_CHILDREN_MAX)
		abort();
	child = calloc(1, sizeof(*child));
	if (!child)
		abort();
	child->event.fire = end_child;
	child->i_call = (uint32_t)strtoul(request->argv[1], NULL, 10);
	child->out_fd = -1;
	child->outcome.id = request->id;
	self->children[request->id] = child;
	if (request->id >= self->id_end)
		self->id_end = request->id + 1;
	if (sim_flaw(sim, FLAW_NO_EXEC)) {
		child->outcome.type = SPAWN_FAILED;
		child->outcome.code = later[sim_env_pick(self, countof(later))];
		sim_env_at(self, &child->event, sim_env_pick(self, 3) * SIM_MS);
	} else {
		give_birth(self, child, request->stdout_fd);
	}
	return 0;
}

void sim_kill(struct env *env, uint64_t id, int signo)
{
	struct sim_env *self = sim_env_of(env);
	struct sim_child *child = self->children[id];

	if (!child || (signo == SIGTERM && child->ignores_term) ||
	    child->outcome.type == SPAWN_FAILED)
		return;
	sim_say(self->sim, "  kill %lu of %u: %d", (unsigned long)id, child->i_call, signo);
	child->outcome.status = signo;
	heap_remove(&self->heap, &child->event.node);
	sim_env_at(self, &child->event, sim_env_pick(self, 3) * SIM_MS);
}
