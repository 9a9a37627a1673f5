/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_FAKE_CHILDREN_H
#define TESTS_UNIT_FAKE_CHILDREN_H

/*
 * Children of the simulated environment, described by their argv: "fake" MS STATUS OUTPUT [FLAG].
 * One runs for MS of the clock, writes OUTPUT at once, ends with exit status STATUS, or by signal
 * -STATUS; with "oom" the kernel did that, because memory was short. With the flag
 * "term" it ignores SIGTERM; with "hold" it leaves its pipes open; with "busy" its first start
 * fails with EAGAIN; with "die" its supervisor is lost instead.
 */
#include "fake_env.h"

#include <signal.h>

static bool fake_sandbox(struct env *env, struct sandbox_report *ret_report)
{
	(void)env, (void)ret_report;
	return false;
}

static int fake_spawn(struct env *env, const struct spawn_request *request,
		      const struct sandbox_profile *profile, struct error *err)
{
	struct fake_env *fake = fake_of(env);
	const char *const *argv = request->argv;
	const char *flag = argv[4] ? argv[4] : "";
	struct fake_event *event;

	fake->profile = *profile;
	if (fake->fail_spawns > 0) {
		fake->fail_spawns--;
		return error_errno(err, EMFILE, "cannot start '%s'", argv[0]);
	}
	event = fake_event_at(fake, strtoull(argv[1], NULL, 10));
	event->child = (struct spawn_event){
		.type = str_equal(flag, "die") ? SPAWN_LOST : SPAWN_EXITED,
		.id = request->id,
		.status = atoi(argv[2]) < 0 ? -atoi(argv[2]) : atoi(argv[2]) << 8,
		.user_us = 1000,
		.max_rss_kb = 100,
	};
	event->ignores_term = str_equal(flag, "term");
	event->is_oom = str_equal(flag, "oom");
	if (str_equal(flag, "hold"))
		event->held_fd = dup(request->stdout_fd);
	if (str_equal(flag, "busy") && fake->n_busy++ == 0) {
		event->child.type = SPAWN_FAILED;
		event->child.code = EAGAIN;
	} else {
		if (write(request->stdout_fd, argv[3], strlen(argv[3])) < 0)
			abort();
		fake->n_spawned++;
		fake->n_live++;
		if (fake->n_live > fake->max_live)
			fake->max_live = fake->n_live;
	}
	fake->live[request->id] = event;
	return 0;
}

static void fake_kill(struct env *env, uint64_t id, int signo)
{
	struct fake_env *fake = fake_of(env);
	struct fake_event *event = fake->live[id];

	fake->n_kills += signo == SIGKILL;
	fake->n_terms += signo == SIGTERM;
	if (!event || (signo == SIGTERM && event->ignores_term))
		return;
	event->child.status = signo;
	heap_remove(&fake->heap, &event->node);
	heap_push(&fake->heap, &event->node, fake->now_ns + FAKE_MS);
}

static void fake_free(struct env *env)
{
	free(fake_of(env));
}

static void fake_read_machine(struct env *env, struct machine *ret_machine)
{
	struct fake_env *fake = fake_of(env);

	fake->n_machine_reads++;
	if (fake->before_read)
		fake->before_read(fake);
	if (fake->files)
		machine_read(fake->files, ret_machine);
	else
		*ret_machine = fake->machine;
}

static const struct env_ops fake_ops = {
	.now_ns = fake_now_ns,
	.time_s = fake_time_s,
	.random = fake_random,
	.usage = fake_usage,
	.read_machine = fake_read_machine,
	.attach = fake_attach,
	.detach = fake_detach,
	.wake_at = fake_wake_at,
	.spawn = fake_spawn,
	.kill = fake_kill,
	.sandbox = fake_sandbox,
	.start_thread = fake_start_thread,
	.free = fake_free,
};

static struct fake_env *fake_env_new(void)
{
	struct fake_env *fake = calloc(1, sizeof(*fake));

	if (!fake)
		abort();
	fake->env.ops = &fake_ops;
	fake->now_ns = FAKE_MS;
	return fake;
}

#endif
