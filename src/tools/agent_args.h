/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_AGENT_ARGS_H
#define TOOLS_AGENT_ARGS_H

#include "model/args.h"
#include "model/spend.h"

/** The inputs of Agent, for its tool and for the engine that shares out what agents may spend. */
enum agent_arg {
	AGENT_PROMPT,
	AGENT_DESCRIPTION,
	AGENT_TYPE,
	AGENT_RUNNER,
	AGENT_COMMAND,
	AGENT_OUTPUT,
	AGENT_TIMEOUT,
	AGENT_CWD,
	AGENT_ENV,
	AGENT_PASS_ENV,
	AGENT_SANDBOX,
	AGENT_NEEDS,
	AGENT_LOCKS,
	AGENT_MAX_DEPTH,
	AGENT_BUDGET,
	AGENT_ENDPOINT,
	AGENT_MODEL,
	AGENT_API,
	AGENT_KEY_ENV,
	AGENT_TOOLS,
	AGENT_MAX_TURNS,
	AGENT_PRICE,
};

/* An orchestrator, its specialists, their executors; nothing makes that deeper. */
enum { AGENT_DEPTH_MAX = 3 };

/** How many agents an agent of this depth (from 1) may start. */
static inline unsigned agent_fan_out(unsigned depth)
{
	return depth == 1 ? 4 : 8;
}

/** The role by that name, as it is written here; NULL: there is none, and type says nothing. */
const char *agent_role_name(const char *type);

/** `{tokens: 20000, calls: 30, wall: 5m, usd: 0.5}`: what is not named has no limit. *ret_place:
 *  of what is wrong. */
int agent_budget_read(const struct value *map, struct spend *ret_budget, struct place *ret_place,
		      struct error *err);

/** Dollars per million tokens, so millionths of a dollar per token. */
struct agent_price {
	double in, out;
	double cached; /* of `in`, what comes from the endpoint's cache */
};

/** `{in: 3, out: 15, cached: 0.3}`; without `cached`, such tokens cost as much as others. */
int agent_price_read(const struct value *map, struct agent_price *ret_price, struct error *err);
/** In millionths of a dollar; what a cache had, and what was written to it, are of those in. */
uint64_t agent_price_of(const struct agent_price *price, uint64_t tokens_in, uint64_t tokens_cached,
			uint64_t tokens_written, uint64_t tokens_out);

#endif
