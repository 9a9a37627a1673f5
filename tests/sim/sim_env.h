/* SPDX-License-Identifier: MIT */
#ifndef TESTS_SIM_SIM_ENV_H
#define TESTS_SIM_SIM_ENV_H

#include "tests/sim/sim.h"

/*
 * The env of one process. Its clock jumps to what happens next, when the loop has had a few turns
 * to take what is in the pipes; children and threads are events in a heap. Threads run on the
 * loop thread, at once and to their end, when their time has come.
 */
struct sim_env *sim_env_new(struct sim *sim);
/** After the engine: threads that are left come to their end, which nobody waits for. */
void sim_env_free(struct sim_env *env);
struct env *sim_env_base(struct sim_env *env);

/** The thread of the journal runs now, if there is one. */
void sim_env_finish_disk(struct sim_env *env);
/** The process ends, as by kill -9 or by a power cut. Of a commit under way all, a part or nothing
 *  is on the disk then. */
void sim_env_crash(struct sim_env *env);
/** How long the slowest commit of this process took. */
uint64_t sim_env_slowest_ns(const struct sim_env *env);
size_t sim_env_n_children(const struct sim_env *env);

/* How children tell of what only their tool knows: exit statuses. */
enum sim_exit {
	SIM_EXIT_BUSY = 100,
	SIM_EXIT_COORD,
	SIM_EXIT_DEVICE,
	SIM_EXIT_SPACE,
	SIM_EXIT_DENIED,
	SIM_EXIT_OOM,
};

#endif
