/* SPDX-License-Identifier: MIT */
#ifndef TESTS_SIM_SIM_CHECK_H
#define TESTS_SIM_SIM_CHECK_H

#include "tests/sim/sim.h"

/*
 * The rules. They are checked from what the world sees (starts, children, effects, commits) and
 * from what volley tells (events, results), never from the engine's own books.
 */

/** A process begins to work on the run. */
void sim_check_begin(struct sim *sim);
/** What a journal must have after all that was told; NULL: there is none. */
void sim_check_recorded(struct sim *sim, const struct recorded *recorded);
/** The policy's choice for a call in doubt. */
void sim_check_again(struct sim *sim, size_t i_call);
/** The run is over for good. */
void sim_check_final(struct sim *sim);

event_fn sim_check_event;

/* sim_answer.c: results, and what becomes of them. */
void sim_check_result(struct sim *sim, const struct call *call, const struct result *result);
void sim_check_finished(struct sim *sim, const struct event *event);

/* Of calls that run children: the tool is started, and the attempt has ended. */
void sim_check_start(struct sim *sim, const struct call *call);
void sim_check_end(struct sim *sim, const struct call *call);
void sim_check_born(struct sim *sim, size_t i_call);
void sim_check_effect(struct sim *sim, size_t i_call);

/** A pass looks at a call. */
void sim_check_look(struct sim *sim, const struct call *call);
void sim_check_pass(struct sim *sim, int change); /* +1: one begins; -1: its thread ends */

/** A commit begins; it is over, and done or not. */
void sim_check_commit(struct sim *sim, bool is_over, bool is_done);

/** From now on nothing may start. */
void sim_check_halt(struct sim *sim);

bool sim_may_rerun(const struct sim *sim, size_t i_call);

#endif
