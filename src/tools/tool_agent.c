/* SPDX-License-Identifier: MIT */
/*
 * Agent: a task for a language model that works on its own. Two ways to run one: a command line
 * that is an agent, or a conversation that is led here. How deep agents may start agents, how many
 * run at once and what they may spend is the engine's business (engine/agents.h).
 */
#include "base/str.h"
#include "tools/agent_work.h"
#include "tools/child_env.h"
#include "tools/registry.h"
#include "tools/search_url.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <string.h>

enum {
	TIMEOUT_MS = 600000,
	TIMEOUT_MAX_MS = 3600000,
	TURNS = 30,
	TURNS_MAX = 1000,
	WORDS_MAX = 64,
	URL_BYTES_MAX = 4096,
	NAME_BYTES_MAX = 256,
};

static const char *const runners[] = { "command", "chat", NULL };
static const char *const outputs[] = { "auto", "text", "json", NULL };
static const char *const apis[] = { "openai", "anthropic", NULL };
static const char *const levels[] = { "off", "workspace", "strict", NULL };

static const struct arg_spec agent_args[] = {
	[AGENT_PROMPT] = { "prompt", ARG_STR, NULL, "the task", .required = true, .min = 1 },
	[AGENT_DESCRIPTION] = { "description", ARG_STR, NULL, "the task in a few words",
				.required = false },
	[AGENT_TYPE] = { "subagent_type", ARG_STR, NULL,
			 "which specialist: code, web, system, integration; others have no role",
			 .required = false },
	[AGENT_RUNNER] = { "runner", ARG_ENUM, NULL, "a command line, or a chat that is led here",
			   .choices = runners },
	[AGENT_COMMAND] = { "command", ARG_STR_LIST, NULL,
			    "the words of the command line; the prompt is its standard input, or "
			    "the word {prompt}",
			    .required = false },
	[AGENT_OUTPUT] = { "output", ARG_ENUM, NULL, "what the command prints",
			   .choices = outputs },
	[AGENT_TIMEOUT] = { "timeout", ARG_INT, NULL, "milliseconds until it is ended", .min = 1,
			    .max = TIMEOUT_MAX_MS, .initial = TIMEOUT_MS },
	[AGENT_CWD] = { "cwd", ARG_PATH, NULL, "directory beneath the root to run the command in",
			.required = false },
	[AGENT_ENV] = { "env", ARG_STR_MAP, NULL, "variables to add to the command's environment",
			.required = false },
	[AGENT_PASS_ENV] = { "pass_env", ARG_STR_LIST, NULL,
			     "names of volley's own variables that the command gets",
			     .required = false },
	[AGENT_SANDBOX] = { "sandbox", ARG_ENUM, NULL,
			    "how the command is confined; never less than the run asks for",
			    .choices = levels },
	/* The plan takes these two before they get here. */
	[AGENT_NEEDS] = { "needs", ARG_STR_LIST, NULL, "ids of calls that must succeed first",
			  .required = false },
	[AGENT_LOCKS] = { "locks", ARG_STR_LIST, NULL, "calls that share a lock never overlap",
			  .required = false },
	[AGENT_MAX_DEPTH] = { "max_depth", ARG_INT, NULL,
			      "how deep agents may start agents, itself counted", .min = 1,
			      .max = AGENT_DEPTH_MAX, .initial = AGENT_DEPTH_MAX },
	[AGENT_BUDGET] = { "budget", ARG_MAP, NULL,
			   "what it and its agents may spend: tokens, calls, wall, usd",
			   .required = false },
	[AGENT_ENDPOINT] = { "endpoint", ARG_STR, NULL, "chat: address of the model's API",
			     .min = 1, .max = URL_BYTES_MAX },
	[AGENT_MODEL] = { "model", ARG_STR, NULL, "chat: name of the model", .min = 1,
			  .max = NAME_BYTES_MAX },
	[AGENT_API] = { "api", ARG_ENUM, NULL, "chat: which API the endpoint has",
			.choices = apis },
	[AGENT_KEY_ENV] = { "key_env", ARG_STR, NULL,
			    "chat: the variable that holds the key; OPENAI_API_KEY or "
			    "ANTHROPIC_API_KEY when not given",
			    .min = 1, .max = NAME_BYTES_MAX },
	[AGENT_TOOLS] = { "tools", ARG_STR_LIST, NULL,
			  "chat: what it may use; all that only reads, and Agent, when not given",
			  .required = false },
	[AGENT_MAX_TURNS] = { "max_turns", ARG_INT, NULL, "chat: how often the model is asked",
			      .min = 1, .max = TURNS_MAX, .initial = TURNS },
	[AGENT_PRICE] = { "price", ARG_MAP, NULL,
			  "dollars per million tokens, where it is not told what was spent: in, "
			  "out, cached",
			  .required = false },
	{ .type = ARG_END },
};

static enum agent_runner runner_of(const struct args *args)
{
	if (args_is_set(args, AGENT_RUNNER))
		return (enum agent_runner)args_int(args, AGENT_RUNNER);
	return args_is_set(args, AGENT_ENDPOINT) || args_is_set(args, AGENT_MODEL)
		       ? AGENT_RUNS_CHAT
		       : AGENT_RUNS_COMMAND;
}

/* What a model says about the agents that it starts must not give them more than it has. */
static int check_inherited(const struct host_agent *agent, struct error *err)
{
	static const enum agent_arg fixed[] = { AGENT_RUNNER, AGENT_COMMAND,  AGENT_OUTPUT,
						AGENT_CWD,    AGENT_PASS_ENV, AGENT_ENDPOINT,
						AGENT_MODEL,  AGENT_API,      AGENT_KEY_ENV,
						AGENT_PRICE };

	for (size_t i = 0; agent->above && i < countof(fixed); i++) {
		if (agent->call->args.values[fixed[i]].is_set)
			return error_set(err, ERROR_DENIED, EPERM,
					 "an agent cannot set '%s' of an agent that it starts",
					 agent_args[fixed[i]].name);
	}
	return 0;
}

static tool_start_fn agent_start;
static int agent_start(struct host *host, const struct call *call, struct error *err)
{
	const struct arg *level = &call->args.values[AGENT_SANDBOX];
	const struct host_agent *top = host->agent; /* says how they are run */
	int r = check_inherited(host->agent, err);

	while (top->above)
		top = top->above;
	if (r < 0)
		return r;
	if (level->is_set && level->integer < (int64_t)host->sandbox)
		return error_set(err, ERROR_DENIED, EPERM,
				 "a call cannot loosen the sandbox of its run, which is '%s'",
				 sandbox_level_name(host->sandbox));
	if (runner_of(&top->call->args) == AGENT_RUNS_CHAT)
		return agent_chat_start(host, err);
	return agent_command_start(host, call, err);
}

static int check_command(const struct arg *command, struct error *err)
{
	const struct value *value = command->value;
	size_t n = value->type == VALUE_LIST ? value->n_items : 1;
	const char *first = value->type != VALUE_LIST ? value->str
			    : n > 0                   ? value->items[0].str
						      : "";

	if (n > WORDS_MAX)
		return error_set(err, ERROR_INVALID, E2BIG, "'command' has more than %d words",
				 WORDS_MAX);
	if (!*first || str_equal(first, "{prompt}"))
		return error_set(err, ERROR_INVALID, EINVAL,
				 "'command' must begin with the name of a program");
	return 0;
}

/* Nobody shall believe that what has no effect has one: that tools are few, say. */
static int check_other_way(const struct args *args, bool is_chat, size_t *ret_arg,
			   struct error *err)
{
	static const unsigned char of_commands[] = { AGENT_COMMAND, AGENT_OUTPUT, AGENT_PASS_ENV,
						     AGENT_ENV, AGENT_CWD };
	static const unsigned char of_chats[] = { AGENT_MODEL,   AGENT_ENDPOINT, AGENT_API,
						  AGENT_KEY_ENV, AGENT_TOOLS,    AGENT_MAX_TURNS };
	const unsigned char *others = is_chat ? of_commands : of_chats;
	size_t n = is_chat ? countof(of_commands) : countof(of_chats);

	for (size_t i = 0; i < n; i++) {
		if (!args_is_set(args, others[i]))
			continue;
		*ret_arg = others[i];
		return error_set(err, ERROR_INVALID, EINVAL, "'%s' is for an agent that is %s",
				 agent_args[others[i]].name,
				 is_chat ? "run by a command, and this one is led as a chat"
					 : "led as a chat, and this one is run by a command");
	}
	return 0;
}

/* What runs it. An agent that another starts has that of the other. */
static int check_runner(const struct args *args, size_t *ret_arg, struct error *err)
{
	bool is_chat = runner_of(args) == AGENT_RUNS_CHAT;

	*ret_arg = AGENT_RUNNER;
	if (args->is_partial)
		return 0;
	if (args_is_set(args, AGENT_COMMAND) && is_chat && !args_is_set(args, AGENT_RUNNER))
		return error_set(
			err, ERROR_INVALID, EINVAL,
			"'command' says that a command runs the agent, and '%s' that it is "
			"led as a chat: leave one out",
			args_is_set(args, AGENT_MODEL) ? "model" : "endpoint");
	if (args_is_set(args, is_chat ? AGENT_MODEL : AGENT_COMMAND))
		return check_other_way(args, is_chat, ret_arg, err);
	if (is_chat)
		return error_set(err, ERROR_INVALID, EINVAL,
				 "an agent that is led as a chat needs 'model'");
	return error_set(err, ERROR_INVALID, EINVAL,
			 args_is_set(args, AGENT_RUNNER)
				 ? "an agent that is run by a command needs 'command'"
				 : "an agent needs 'command', or 'model' if it is led as a chat");
}

static int check_tools(const struct value *names, struct error *err)
{
	const char *known[64];
	size_t n = names->type == VALUE_LIST ? names->n_items : 1;

	assert(builtin_tool_count <= countof(known));
	for (size_t i = 0; i < builtin_tool_count; i++)
		known[i] = builtin_tools[i]->name;
	for (size_t i = 0; i < n; i++) {
		const char *name = names->type == VALUE_LIST ? names->items[i].str : names->str;
		const char *nearest;

		if (tool_find(builtin_tools, builtin_tool_count, name))
			continue;
		nearest = str_nearest(name, known, builtin_tool_count);
		return error_set(err, ERROR_INVALID, ENOENT,
				 "there is no tool '%.80s' that an agent could have%s%s%s", name,
				 nearest ? "; did you mean '" : "", nearest ? nearest : "",
				 nearest ? "'?" : "");
	}
	return 0;
}

static bool is_variable_name(const char *name)
{
	bool begins = *name == '_' || isalpha((unsigned char)*name);

	while (*name == '_' || isalnum((unsigned char)*name))
		name++;
	return begins && *name == '\0';
}

/* These three do not show what is wrong: it may be a key. */
static int check_key_env(const char *name, struct error *err)
{
	if (is_variable_name(name))
		return 0;
	return error_set(err, ERROR_INVALID, EINVAL,
			 "'key_env' must be the name of a variable (letters, digits and '_'), not "
			 "the key itself");
}

static int check_pass_env(const struct value *names, struct error *err)
{
	size_t n = names->type == VALUE_LIST ? names->n_items : 1;

	for (size_t i = 0; i < n; i++) {
		if (!is_variable_name(names->type == VALUE_LIST ? names->items[i].str : names->str))
			return error_set(err, ERROR_INVALID, EINVAL,
					 "'pass_env' must be names of variables (letters, digits "
					 "and '_'), not their values");
	}
	return 0;
}

static int check_endpoint(const char *endpoint, struct error *err)
{
	struct search_url url;

	if (search_url_split(endpoint, &url))
		return 0;
	return error_set(
		err, ERROR_INVALID, EINVAL,
		"'endpoint' must be the address of an API: http:// or https://, a host and "
		"a path");
}

static tool_check_fn agent_check;
static int agent_check(const struct args *args, size_t *ret_arg, struct error *err)
{
	struct agent_price price;
	struct spend budget;
	struct place place;
	const char *prompt = args_str(args, AGENT_PROMPT);
	int r = 0;

	*ret_arg = AGENT_PROMPT;
	if (prompt[strspn(prompt, " \t\r\n")] == '\0')
		return error_set(err, ERROR_INVALID, EINVAL, "the prompt is empty");
	if (args_is_set(args, AGENT_TOOLS)) {
		*ret_arg = AGENT_TOOLS;
		r = check_tools(args->values[AGENT_TOOLS].value, err);
	}
	if (r == 0 && args_is_set(args, AGENT_COMMAND)) {
		*ret_arg = AGENT_COMMAND;
		r = check_command(&args->values[AGENT_COMMAND], err);
	}
	if (r == 0 && args_is_set(args, AGENT_ENV)) {
		*ret_arg = AGENT_ENV;
		r = child_env_check(args->values[AGENT_ENV].value, err);
	}
	if (r == 0 && args_is_set(args, AGENT_PASS_ENV)) {
		*ret_arg = AGENT_PASS_ENV;
		r = check_pass_env(args->values[AGENT_PASS_ENV].value, err);
	}
	if (r == 0 && args_is_set(args, AGENT_KEY_ENV)) {
		*ret_arg = AGENT_KEY_ENV;
		r = check_key_env(args_str(args, AGENT_KEY_ENV), err);
	}
	if (r == 0 && args_is_set(args, AGENT_ENDPOINT)) {
		*ret_arg = AGENT_ENDPOINT;
		r = check_endpoint(args_str(args, AGENT_ENDPOINT), err);
	}
	if (r == 0 && args_is_set(args, AGENT_BUDGET)) {
		*ret_arg = AGENT_BUDGET;
		r = agent_budget_read(args->values[AGENT_BUDGET].value, &budget, &place, err);
	}
	if (r == 0 && args_is_set(args, AGENT_PRICE)) {
		*ret_arg = AGENT_PRICE;
		r = agent_price_read(args->values[AGENT_PRICE].value, &price, err);
	}
	if (r < 0)
		return r;
	return check_runner(args, ret_arg, err);
}

static const char *const agent_aliases[] = { "Task", NULL };

const struct tool tool_agent = {
	.name = "Agent",
	.aliases = agent_aliases,
	.summary = "Give a task to an agent",
	.args = agent_args,
	.lane = LANE_AGENTS,
	.flags = TOOL_WRITES,
	.check = agent_check,
	.start = agent_start,
	.brief_key = "prompt",
};
