/* SPDX-License-Identifier: MIT */
/* Specialists, and what agents inherit. */
#include "base/str.h"
#include "tools/agent_work.h"

#include <string.h>

static const char *const tools_all[] = { "Glob",     "Grep",  "Read", "WebSearch",
					 "WebFetch", "Agent", NULL };
static const char *const tools_code[] = { "Glob", "Grep", "Read", "Agent", NULL };
static const char *const tools_web[] = { "WebSearch", "WebFetch", "Read", "Agent", NULL };

static const struct agent_role roles[] = {
	{ "code",
	  "You are the specialist for the source code. Answer from what stands in the files, and "
	  "name each place as path:line.",
	  tools_code },
	{ "web",
	  "You are the specialist for what is known outside of this project. Answer from pages "
	  "that "
	  "you have read, and name the address of each.",
	  tools_web },
	{ "system",
	  "You are the specialist for this machine and the project on it: builds, tests, versions, "
	  "configuration. Say what you have looked at, and change nothing that you are not asked "
	  "to change.",
	  tools_code },
	{ "integration",
	  "You are the specialist for how the parts fit together. Find where they contradict each "
	  "other, and name each place as path:line.",
	  tools_code },
};

const struct agent_role *agent_role_find(const char *type)
{
	static const struct agent_role none = { "", "", tools_all };

	for (size_t i = 0; type && i < countof(roles); i++) {
		if (str_equal_loosely(roles[i].name, type))
			return &roles[i];
	}
	return &none;
}

const char *agent_role_name(const char *type)
{
	const struct agent_role *role = agent_role_find(type);

	return *role->name ? role->name : NULL;
}

const struct arg *agent_arg(const struct host_agent *agent, enum agent_arg arg)
{
	const struct arg *own = &agent->call->args.values[arg];

	for (; agent; agent = agent->above) {
		if (agent->call->args.values[arg].is_set)
			return &agent->call->args.values[arg];
	}
	return own;
}

const char *agent_arg_str(const struct host_agent *agent, enum agent_arg arg)
{
	const struct arg *found = agent_arg(agent, arg);

	return found->is_set ? found->str : NULL;
}

const char *agent_variable(const struct host *host, const char *name)
{
	size_t len = strlen(name);

	for (const char *const *at = host->environ; *at; at++)
		if (strncmp(*at, name, len) == 0 && (*at)[len] == '=' && (*at)[len + 1])
			return *at + len + 1;
	return NULL;
}

bool agent_price(const struct host_agent *agent, struct agent_price *ret_price)
{
	const struct arg *given = agent_arg(agent, AGENT_PRICE);

	return given->is_set && agent_price_read(given->value, ret_price, NULL) == 0;
}

uint64_t agent_timeout_ms(struct host *host)
{
	uint64_t own_ms = (uint64_t)args_int(&host->call->args, AGENT_TIMEOUT);
	uint64_t left_ms = host->ops->left(host).wall_ms;

	return left_ms < own_ms ? left_ms + (left_ms == 0) : own_ms; /* 0 would be no limit */
}
