/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_AGENTS_H
#define ENGINE_AGENTS_H

#include "engine/agent_account.h"
#include "engine/timer.h"
#include "model/host.h"
#include "os/slot_pool.h"

struct engine;
struct run;
struct run_call;

/**
 * Trees of agents: how deep, how many at once, and what they may spend. A tree goes over calls of
 * agents that are led here (a nested run: engine/nest.h) and over processes that run volley again,
 * which learn of it by their environment:
 *
 *	VOLLEY_AGENT_DEPTH   "2/3 dig.1 > call": how deep we are, how deep one may be, by whom
 *	VOLLEY_AGENT_POOL    where the slots of all of them are (os/slot_pool.h)
 *	VOLLEY_AGENT_SLOT    "0.1": the slot that the agent above lends to those beneath it
 *	VOLLEY_AGENT_BUDGET  "tokens=900 calls=10": what it had left to spend when it began
 *	VOLLEY_AGENT_ACCOUNT "account-…": what it and all that it runs have spent of it by now
 *	                     (engine/agent_account.h)
 *
 * What one of a tree has looked up in files, the others are told as long as the files are the
 * same: a cache beside the slots (engine/cache.h), DIR/evidence, that lives as long as they do. Who
 * is confined may read it only.
 *
 * Commands inherit all of this, so that an agent's shell cannot go deeper than the agent. Loop
 * thread.
 */
enum { AGENTS_CHAIN_MAX = 200, AGENTS_MARK_MAX = 256 };

struct agent;

struct agents {
	bool is_ready;  /* the environment was read: when the first agent is to be started */
	char *pool;     /* NULL = only the lane counts */
	char *evidence; /* where what agents have found is shared; NULL = it is not */
	unsigned depth, depth_max; /* of this process; 0 = no agent started it */
	char chain[AGENTS_CHAIN_MAX];
	const char *bad_mark; /* a variable that is not as we write it; NULL = none */
	bool has_lent;
	unsigned lent_number, lent_level;
	struct spend limit;                  /* of what those above may spend */
	char account_name[ACCOUNT_NAME_MAX]; /* of the agent above; "" = it has none */
	struct account account;              /* what is spent for it is spent on this */
	struct timer wait;                   /* all slots are taken: ask again */
};

/** If an agent started this process: what its tree has found by now is known here. Ready passes. */
void agents_join(struct engine *engine);
void agents_release(struct engine *engine);

/** Sets aside what a call needs that is about to start: a slot, and what it may spend. False: all
 *  slots are taken, or all that is left is held back by others, and the engine will be kicked when
 *  it is time to ask again. */
bool agents_take(struct run_call *call);
/** The call does not start after all. Accepts one for which nothing was set aside. */
void agents_put_back(struct run_call *call);

/** A call starts, with what was set aside. Fails if it is too deep, if there are too many, or if
 *  nothing is left to spend. */
int agents_begin(struct run_call *call, struct agent **ret_agent, struct error *err);
/** It is over: gives back its slot and what it did not spend. Accepts NULL. */
void agents_end(struct agent *agent);

const struct host_agent *agent_shown(const struct agent *agent);
/** Of its run; borrowed. */
struct secrets *agent_secrets(const struct agent *agent);
/** For commands that it runs: as it stands now. Until the next such call. */
const char *const *agent_marks(struct agent *agent);
/** The least that they are to be confined. */
enum sandbox_level agent_sandbox(const struct agent *agent);
/** How often it has had calls made by now, with this one: from 1. */
unsigned agent_count_nest(struct agent *agent);
void agent_spend(struct agent *agent, const struct spend *cost);
struct spend agent_left(struct agent *agent);
/** By it and all below it that has ended. */
struct spend agent_spent(struct agent *agent);

/** No agent of the phase runs any more. */
void agents_end_phase(struct run *run, size_t i_phase);

#endif
