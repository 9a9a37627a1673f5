/* SPDX-License-Identifier: MIT */
/*
 * Agents as command lines: the prompt goes to standard input, or stands where the command has the
 * word {prompt}; what is printed is the answer. What such an agent costs is known when it has
 * ended, if it says so; if not, the tokens of prompt and answer are counted here. Where money is
 * limited, and neither it nor a price says what was spent, the receipt says that nobody knows.
 */
#include "base/str.h"
#include "base/token_count.h"
#include "base/vec.h"
#include "tools/agent_answer.h"
#include "tools/agent_work.h"
#include "tools/child_env.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

enum { KEEP_BYTES = 2 << 20, GRACE_MS = 2000, ENV_BYTES_MAX = 4 << 20 };

/* host->tool_data: standard input, which must stay until the child is done. */
static char *prompt_of(const struct call *call)
{
	const struct agent_role *role = agent_role_find(args_str(&call->args, AGENT_TYPE));
	const char *prompt = args_str(&call->args, AGENT_PROMPT);
	char *text;

	if (asprintf(&text, "%s%s%s", role->text, *role->text ? "\n\n" : "", prompt) < 0)
		return NULL;
	return text;
}

/* ---- the end ---- */

static const char *program_of(const struct value *command)
{
	return command->type == VALUE_LIST ? command->items[0].str : command->str;
}

static void set_not_started(const char *program, int code, struct error *error)
{
	if (code == ENOENT && !strchr(program, '/'))
		(void)error_set(error, ERROR_MISSING, code, "'%.200s' was not found in PATH",
				program);
	else
		(void)error_errno(error, code, "cannot start '%.200s'", program);
	error_from(error, ERROR_FROM_SPAWN, 0);
}

/* Why it failed, perhaps. */
static void name_unset(struct host *host, struct error *error)
{
	const struct arg *passed = agent_arg(host->agent, AGENT_PASS_ENV);
	const struct value *names = passed->is_set ? passed->value : NULL;
	size_t n = !names ? 0 : names->type == VALUE_LIST ? names->n_items : 1;

	for (size_t i = 0; i < n; i++) {
		const char *name = names->type == VALUE_LIST ? names->items[i].str : names->str;
		size_t len = strlen(error->text);

		if (!agent_variable(host, name))
			(void)snprintf(error->text + len, sizeof(error->text) - len,
				       "; '%.80s' of pass_env is not set", name); /* or is cut */
	}
}

static void set_status(const struct child_outcome *outcome, const char *program,
		       struct result *result)
{
	struct error *error = &result->error;

	if (outcome->timed_out) {
		result->status = CALL_TIMEOUT;
		result->receipt.why |= WHY_DEADLINE;
		(void)error_set(error, ERROR_TIMEOUT, ETIMEDOUT,
				"the agent was ended after %llu ms%s",
				(unsigned long long)outcome->timed_out_after_ms,
				outcome->run_timed_out ? ", when the run's time was up" : "");
	} else if (outcome->cancelled) {
		result->status = CALL_CANCELLED;
		result->receipt.why |= WHY_CANCELLED;
		(void)error_set(error, ERROR_CANCELLED, ECANCELED, "ended: the run stops");
	} else if (outcome->spawn_errno) {
		result->status = CALL_FAILED;
		set_not_started(program, outcome->spawn_errno, error);
	} else if (outcome->lost) {
		result->status = CALL_INDETERMINATE;
		(void)error_set(error, ERROR_TRANSIENT, 0,
				"its end is unknown: the supervisor of commands was killed");
		error_from(error, ERROR_FROM_ENGINE, FAULT_END_UNKNOWN);
	} else if (WIFSIGNALED(outcome->status)) {
		result->status = CALL_FAILED;
		(void)error_set(error, ERROR_INVALID, 0, "the agent was ended by signal %d (%s)",
				WTERMSIG(outcome->status), strsignal(WTERMSIG(outcome->status)));
		error_from(error, ERROR_FROM_SIGNAL, WTERMSIG(outcome->status));
	} else if (outcome->status != 0) {
		result->status = CALL_FAILED;
		(void)error_set(error, ERROR_INVALID, 0, "the agent exited with status %d",
				WEXITSTATUS(outcome->status));
		error_from(error, ERROR_FROM_EXIT, WEXITSTATUS(outcome->status));
	}
}

static void set_unread(int r, struct result *result)
{
	if (result->status != CALL_OK)
		return; /* it has failed already, and this may be why */
	result->status = CALL_FAILED;
	if (r == -EBADMSG)
		(void)error_set(&result->error, ERROR_INVALID, EBADMSG,
				"the agent's output is no JSON with an answer in it");
	else
		(void)error_errno(&result->error, -r, "cannot read the agent's answer");
}

static void charge(struct host *host, const char *prompt, const struct agent_answer *answer,
		   struct result *result)
{
	struct agent_output *agent = &result->agent;
	struct spend cost = { 0 };
	struct agent_price price;

	agent->tokens_in = answer->tokens_in;
	agent->tokens_out = answer->tokens_out;
	agent->cost_usd_e6 = answer->usd_e6;
	agent->has_cost = answer->has_cost;
	if (!answer->has_usage) {
		agent->tokens_in = token_count(prompt, strlen(prompt));
		agent->tokens_out =
			token_count(answer->text.data ? answer->text.data : "", answer->text.len);
	}
	if (!answer->has_cost && agent_price(host->agent, &price)) {
		agent->cost_usd_e6 = agent_price_of(&price, agent->tokens_in, answer->tokens_cached,
						    answer->tokens_written, agent->tokens_out);
		agent->has_cost = true;
	} else if (!answer->has_cost && host->ops->left(host).of[SPEND_USD_E6] != SPEND_NO_LIMIT) {
		if (result->status != CALL_OK && !result->receipt.why)
			result->receipt.why = WHY_FAILED; /* as it is without a limit */
		result->receipt.why |= WHY_COST_UNKNOWN;
	}
	cost.of[SPEND_TOKENS] = agent->tokens_in + agent->tokens_out;
	cost.of[SPEND_USD_E6] = agent->cost_usd_e6;
	host->ops->spend(host, &cost);
}

static void command_done(struct host *host, const struct call *call,
			 struct child_outcome *own_outcome)
{
	enum agent_output_form form =
		(enum agent_output_form)agent_arg(host->agent, AGENT_OUTPUT)->integer;
	struct result result = { .payload = PAYLOAD_AGENT,
				 .cpu_us = own_outcome->cpu_us,
				 .max_rss_kb = own_outcome->max_rss_kb,
				 .agent.depth = host->agent->depth,
				 .agent.role = agent_role_name(args_str(&call->args, AGENT_TYPE)) };
	char *prompt = (char *)host->tool_data;
	const struct blob *out = own_outcome->out;
	struct agent_answer answer;
	int r;

	set_status(own_outcome, program_of(agent_arg(host->agent, AGENT_COMMAND)->value), &result);
	if (result.status == CALL_FAILED)
		name_unset(host, &result.error);
	if (own_outcome->cut)
		result.receipt.why |= WHY_OUTPUT_CUT;
	r = agent_answer_read(out ? blob_data(out) : "", out ? blob_len(out) : 0, form, &answer);
	if (r < 0 || !out || !own_outcome->err)
		set_unread(r < 0 ? r : -ENOMEM, &result);
	if (answer.is_error && result.status == CALL_OK) {
		result.status = CALL_FAILED;
		(void)error_set(&result.error, ERROR_INVALID, 0, "the agent says that it failed");
	}
	if (own_outcome->spawn_errno)
		result.agent.has_cost = true; /* none */
	else
		charge(host, prompt, &answer, &result);
	/* Of one that failed, what it has to say is often on the other stream. */
	if (answer.text.len == 0 && result.status != CALL_OK)
		result.body = blob_ref(own_outcome->err);
	else
		result.body = blob_new(answer.text.data ? answer.text.data : "", answer.text.len);
	if (!result.body && result.status == CALL_OK)
		set_unread(-ENOMEM, &result);
	agent_answer_release(&answer);
	blob_unref(own_outcome->out);
	blob_unref(own_outcome->err);
	free(prompt);
	host->ops->finish(host, &result);
}

/* ---- the start ---- */

struct words VEC(const char *);

/* False without memory. *ret_has_prompt: the prompt is one of the words. */
static bool list_words(const struct value *command, const char *prompt, struct words *words,
		       bool *ret_has_prompt)
{
	const struct value *items = command->type == VALUE_LIST ? command->items : command;
	size_t n = command->type == VALUE_LIST ? command->n_items : 1;

	*ret_has_prompt = false;
	for (size_t i = 0; i < n; i++) {
		bool is_prompt = str_equal(items[i].str, "{prompt}");

		if (!vec_push(words, is_prompt ? prompt : items[i].str))
			return false;
		*ret_has_prompt |= is_prompt;
	}
	return vec_push(words, NULL);
}

static int run_words(struct host *host, const struct words *words, const char *stdin_text,
		     struct error *err)
{
	const struct host_agent *agent = host->agent;
	const struct arg *asked = agent_arg(agent, AGENT_ENV);
	const struct arg *passed = agent_arg(agent, AGENT_PASS_ENV);
	const struct arg *level = agent_arg(agent, AGENT_SANDBOX);
	struct host_child child = {
		.argv = words->items,
		.cwd = agent_arg_str(agent, AGENT_CWD),
		.stdin_data = stdin_text,
		.stdin_len = stdin_text ? strlen(stdin_text) : 0,
		.timeout_ms = agent_timeout_ms(host),
		.grace_ms = GRACE_MS,
		.sandbox = host->sandbox,
		.network = true,
		.keep_bytes = KEEP_BYTES,
	};
	struct child_env_conf env = {
		.asked = asked->is_set ? asked->value : NULL,
		.passed = passed->is_set ? passed->value : NULL,
		.marks = agent->marks,
	};
	struct variables list = { 0 };
	struct arena arena;
	int r;

	if (level->is_set && level->integer > (int64_t)child.sandbox)
		child.sandbox = (enum sandbox_level)level->integer;
	env.sandbox = child.sandbox;
	arena_init(&arena, ENV_BYTES_MAX);
	r = child_env_build(host, &env, &arena, &list);
	child.envp = list.items;
	r = r < 0 ? error_errno(err, ENOMEM, "cannot start the agent")
		  : host->ops->run_child(host, &child, command_done, err);
	vec_release(&list);
	arena_release(&arena);
	return r;
}

int agent_command_start(struct host *host, const struct call *call, struct error *err)
{
	const struct arg *command = agent_arg(host->agent, AGENT_COMMAND);
	struct words words = { 0 };
	bool has_prompt;
	char *prompt;
	int r;

	assert(command->is_set);
	prompt = prompt_of(call);
	if (!prompt || !list_words(command->value, prompt, &words, &has_prompt)) {
		r = error_errno(err, ENOMEM, "cannot start the agent");
	} else {
		host->tool_data = (uintptr_t)prompt;
		r = run_words(host, &words, has_prompt ? NULL : prompt, err);
	}
	vec_release(&words);
	if (r < 0)
		free(prompt);
	return r;
}
