/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_AGENT_WORK_H
#define TOOLS_AGENT_WORK_H

#include "model/host.h"
#include "tools/agent_args.h"

/** What the runners of agents share. */
enum agent_runner { AGENT_RUNS_COMMAND, AGENT_RUNS_CHAT };

/** What a specialist is told, and what it may use when the task does not say. */
struct agent_role {
	const char *name, *text;
	const char *const *tools; /* NULL-terminated */
};

/** By subagent_type; clients have types of their own, which say nothing here: a role without text.
 *  Never NULL. */
const struct agent_role *agent_role_find(const char *type);

/** An input of the call or, if it is not given, of those that called it. */
const struct arg *agent_arg(const struct host_agent *agent, enum agent_arg arg);
const char *agent_arg_str(const struct host_agent *agent, enum agent_arg arg); /* or NULL */

/** Of volley's own environment; NULL: it is not set, or is empty. */
const char *agent_variable(const struct host *host, const char *name);

/** What its tokens cost; false: nobody said. */
bool agent_price(const struct host_agent *agent, struct agent_price *ret_price);

/** The least of the call's own time and what its budget has left. */
uint64_t agent_timeout_ms(struct host *host);

int agent_command_start(struct host *host, const struct call *call, struct error *err);
int agent_chat_start(struct host *host, struct error *err);

#endif
