/* SPDX-License-Identifier: MIT */
/*
 * Agents as conversations that are led here: the model is asked, the tools that it wants to call
 * run side by side, their results go back to it, until it calls none.
 *
 *	ask → transfer → came ┬ tools → nest → called → ask …
 *	                      ├ busy  → wait → ask
 *	                      └ a text: the answer
 *
 * A tenth of a budget is kept back. When only that is left, or with the last of its turns, the
 * model is asked for its conclusion, and may call no tools.
 */
#include "tools/agent_chat.h"

#include "base/clock.h"
#include "base/str.h"
#include "base/token_count.h"
#include "base/utf8.h"
#include "model/tool_schema.h"
#include "tools/agent_work.h"
#include "tools/registry.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	TURN_TOKENS_MAX = 8192,     /* of an answer */
	RESULTS_TOKENS_MAX = 16000, /* of the results of one turn together */
	RESULT_TOKENS_MIN = 200,
	SCHEMA_BYTES_MAX = 64 << 10,
	RESERVE_PART = 10,
};

static const char *const manner =
	"You work on a task for another program. You may call several tools at once, and should "
	"where one does not need the result of another: they run side by side. Paths are relative "
	"to the root of the workspace. Your last message, in which you call no tool, is your "
	"answer; nothing else of what you say is read.";

static const char *const conclude =
	"This is your last message: you have no more tools. Give your answer from what you have "
	"found so far, and say what you could not look at.";

static void ask(struct host *host, struct chat *chat);

/* ---- the end ---- */

/* If its last words are none, those before are what there is. */
static void fill(struct host *host, struct chat *chat, struct result *result)
{
	const struct buf *said = chat->turn.text.len ? &chat->turn.text : &chat->said;

	result->payload = PAYLOAD_AGENT;
	result->agent = (struct agent_output){
		.n_calls = chat->n_calls,
		.tokens_in = chat->tokens_in,
		.tokens_out = chat->tokens_out,
		.cost_usd_e6 = chat->usd_e6,
		.has_cost = !chat->is_cost_unknown,
		.depth = host->agent->depth,
		.role = agent_role_name(args_str(&host->call->args, AGENT_TYPE)),
	};
	result->body = blob_new(said->data ? said->data : "", said->len);
}

static void end_failed(struct host *host, struct chat *chat, const struct error *error)
{
	struct result result = { .status = CALL_FAILED, .error = *error };

	if (error->class == ERROR_TIMEOUT)
		result.status = CALL_TIMEOUT;
	else if (error->class == ERROR_CANCELLED)
		result.status = CALL_CANCELLED;
	else if (error->class == ERROR_DENIED)
		result.status = CALL_DENIED;
	fill(host, chat, &result); /* what it said last may be of use */
	chat_free(chat);
	host->ops->finish(host, &result);
}

static void end_no_memory(struct host *host, struct chat *chat)
{
	struct error err;

	(void)error_errno(&err, ENOMEM, "cannot go on with the conversation");
	end_failed(host, chat, &err);
}

static void set_no_answer(const struct chat *chat, struct error *err)
{
	bool has_called = chat->turn.calls.n > 0;
	char what[96] = "the model gave no answer";

	if (chat->turn.is_cut && !has_called) /* what it thought counts as well */
		(void)snprintf(what, sizeof(what),
			       "the model's answer was cut at its limit of %" PRIu64
			       " tokens before any text came",
			       chat->max_tokens);
	if (!chat->why_last)
		(void)error_set(err, ERROR_INVALID, ENODATA, "%s", what);
	else
		(void)error_set(err, ERROR_INVALID, ENODATA,
				"%s: it was asked for its conclusion, as %s%s", what,
				chat->why_last,
				has_called          ? ", and called tools again"
				: chat->turn.is_cut ? ""
						    : ", and said nothing");
}

static void end_answered(struct host *host, struct chat *chat)
{
	struct result result = { .status = CALL_OK };
	struct error err;

	if (chat->turn.text.len == 0) {
		set_no_answer(chat, &err);
		end_failed(host, chat, &err);
		return;
	}
	fill(host, chat, &result);
	if (!result.body) {
		end_no_memory(host, chat);
		return;
	}
	if (chat->turn.is_cut)
		result.receipt.why |= WHY_OUTPUT_CUT;
	chat_free(chat);
	host->ops->finish(host, &result);
}

/* ---- results ---- */

/* What all results of a turn may take of the model's attention, and of the budget. */
static size_t tokens_each(struct host *host, size_t n)
{
	uint64_t left = host->ops->left(host).of[SPEND_TOKENS] / 4;
	size_t all = left < RESULTS_TOKENS_MAX ? (size_t)left : RESULTS_TOKENS_MAX;

	return all / n > RESULT_TOKENS_MIN ? all / n : RESULT_TOKENS_MIN;
}

static bool write_results(struct host *host, struct chat *chat, const struct result *const *results,
			  size_t n)
{
	size_t n_calls = chat->turn.calls.n;
	struct buf *texts = calloc(n_calls, sizeof(*texts));
	bool *is_error = calloc(n_calls, sizeof(*is_error));
	size_t each = tokens_each(host, n_calls);
	bool is_whole = texts && is_error;

	for (size_t i = 0; is_whole && i < n_calls; i++) {
		buf_init(&texts[i], CHAT_BYTES_MAX);
		if (i < n && results[i])
			chat_write_result(results[i], each, &texts[i]);
		else
			buf_add_str(&texts[i], "[not called: there is no budget for more calls]\n");
		is_error[i] = i >= n || !results[i] || results[i]->status != CALL_OK;
		is_whole = buf_error(&texts[i]) == 0;
	}
	is_whole = is_whole && chat->api->add_results(chat, texts, is_error) == 0;
	for (size_t i = 0; texts && i < n_calls; i++)
		buf_release(&texts[i]);
	free(texts);
	free(is_error);
	return is_whole;
}

static void called(struct host *host, const struct call *call, const struct result *const *results,
		   size_t n)
{
	struct chat *chat = (struct chat *)host->tool_data;

	(void)call;
	if (!write_results(host, chat, results, n))
		end_no_memory(host, chat);
	else
		ask(host, chat);
}

static uint64_t ms_left(const struct chat *chat)
{
	uint64_t now_ns = clock_now_ns();

	return chat->end_ns > now_ns ? (chat->end_ns - now_ns) / 1000000 : 0;
}

/* What is for those who write workflows, and not for a model to say. */
static bool is_kept(const struct tool *tool, const struct arg_spec *spec)
{
	static const char *const kept[] = { "needs",   "locks",      "sandbox", "env",
					    "network", "idempotent", "creates" };

	(void)tool;
	for (size_t i = 0; i < countof(kept); i++)
		if (str_equal(kept[i], spec->name))
			return true;
	return false;
}

/* A model sees what concerns the task. */
static bool is_not_offered(const struct tool *tool, const struct arg_spec *spec)
{
	static const char *const of_agents[] = { "prompt", "description", "subagent_type",
						 "max_turns" };

	if (tool->lane != LANE_AGENTS)
		return is_kept(tool, spec);
	for (size_t i = 0; i < countof(of_agents); i++)
		if (str_equal(of_agents[i], spec->name))
			return false;
	return true;
}

static void call_tools(struct host *host, struct chat *chat)
{
	struct host_nest_call calls[CHAT_CALLS_MAX];
	struct spend cost = { 0 };
	uint64_t left = host->ops->left(host).of[SPEND_CALLS];
	struct host_nest nest = { .calls = calls,
				  .tools = chat->names,
				  .is_kept = is_kept,
				  .timeout_ms = ms_left(chat) };
	struct error err;

	while (nest.n < chat->turn.calls.n && nest.n < CHAT_CALLS_MAX && nest.n < left) {
		const struct chat_call *call = &chat->turn.calls.items[nest.n];

		calls[nest.n++] =
			(struct host_nest_call){ call->name, call->input, strlen(call->input) };
	}
	cost.of[SPEND_CALLS] = nest.n;
	host->ops->spend(host, &cost);
	chat->n_calls += nest.n;
	nest.timeout_ms += nest.timeout_ms == 0; /* 0 would be no limit */
	if (nest.n == 0)
		called(host, host->call, NULL, 0);
	else if (host->ops->nest(host, &nest, called, &err) < 0)
		end_failed(host, chat, &err);
}

/* ---- answers ---- */

static void charge(struct host *host, struct chat *chat)
{
	struct chat_turn *turn = &chat->turn;
	struct spend cost = { 0 };

	if (!turn->has_usage) {
		turn->tokens_in = chat->asked_tokens;
		turn->tokens_out =
			token_count(turn->text.data ? turn->text.data : "", turn->text.len);
		for (size_t i = 0; i < turn->calls.n; i++)
			turn->tokens_out += token_count(turn->calls.items[i].input,
							strlen(turn->calls.items[i].input));
	}
	if (!turn->has_cost && chat->has_price) {
		turn->usd_e6 = agent_price_of(&chat->price, turn->tokens_in, turn->tokens_cached,
					      turn->tokens_written, turn->tokens_out);
		turn->has_cost = true;
	}
	chat->is_cost_unknown |= !turn->has_cost;
	chat->tokens_in += turn->tokens_in;
	chat->tokens_out += turn->tokens_out;
	chat->usd_e6 += turn->usd_e6;
	cost.of[SPEND_TOKENS] = turn->tokens_in + turn->tokens_out;
	cost.of[SPEND_USD_E6] = turn->usd_e6;
	host->ops->spend(host, &cost);
}

/* An answer was made, or begun, that nobody has seen. */
static void charge_unseen(struct host *host, struct chat *chat)
{
	struct spend cost = { .of[SPEND_TOKENS] = chat->asked_tokens };

	if (chat->has_price)
		cost.of[SPEND_USD_E6] = agent_price_of(&chat->price, chat->asked_tokens, 0, 0, 0);
	chat->is_cost_unknown |= !chat->has_price;
	chat->tokens_in += chat->asked_tokens;
	chat->usd_e6 += cost.of[SPEND_USD_E6];
	host->ops->spend(host, &cost);
}

/* A limit of money that nothing is counted against would be none. */
static void check_cost(struct host *host, const struct chat *chat, struct error *err)
{
	if (chat->turn.has_cost || host->ops->left(host).of[SPEND_USD_E6] == SPEND_NO_LIMIT)
		return;
	(void)error_set(err, ERROR_INVALID, EINVAL,
			"the agent's money is limited, and '%.150s' does not say what an answer of "
			"'%.80s' costs; give 'price'",
			chat->shown_url, chat->model);
	error_from(err, ERROR_FROM_POLICY, 0);
}

static int set_time_up(const struct chat *chat, bool is_asking, struct error *err)
{
	return error_set(err, ERROR_TIMEOUT, ETIMEDOUT,
			 "the agent's time was up after %" PRIu64 " ms, by %s%s%.150s%s",
			 (chat->end_ns - chat->start_ns) / 1000000, chat->why_end,
			 is_asking ? ", before '" : "", is_asking ? chat->shown_url : "",
			 is_asking ? "' answered" : "");
}

static void set_http_error(const struct chat *chat, const struct transfer_outcome *came,
			   struct error *error)
{
	int status = came->status;
	size_t len = came->body ? blob_len(came->body) : 0;
	const char *body = len ? blob_data(came->body) : "";
	/* To have no money left is no matter of time. */
	int meant = status == 429 && chat_is_quota_gone(body, len) ? 402 : status;

	(void)error_set(error, transfer_class_of(meant), EIO, "'%.150s' answered HTTP %d: %.*s",
			chat->shown_url, status, (int)utf8_fit(body, len, 250), body);
	error_from(error, ERROR_FROM_HTTP, meant);
}

static void waited(struct host *host, const struct call *call)
{
	(void)call;
	ask(host, (struct chat *)host->tool_data);
}

/* Whether the same is asked once more, a little later. */
static bool try_again(struct host *host, struct chat *chat, const struct error *error,
		      uint64_t asked_ms)
{
	uint64_t ms = chat_retry_ms(chat->n_retries, asked_ms, ms_left(chat));

	if ((error->class != ERROR_LIMIT && error->class != ERROR_TRANSIENT) || ms == 0)
		return false;
	chat->n_retries++;
	chat->n_turns--;
	return host->ops->wait(host, ms, waited, NULL) == 0;
}

/* Whether it was refused for what can be asked otherwise. */
static bool give_in(struct chat *chat, const struct transfer_outcome *came)
{
	if (came->status != 400 || !came->body ||
	    !chat_give_in(chat, blob_data(came->body), blob_len(came->body)))
		return false;
	chat->n_turns--;
	return true;
}

static void came(struct host *host, const struct call *call, struct transfer_outcome *own_outcome)
{
	struct chat *chat = (struct chat *)host->tool_data;
	const struct blob *body = own_outcome->body;
	struct error err = own_outcome->error;
	bool is_waiting = false;

	(void)call;
	if (err.class == ERROR_NONE && give_in(chat, own_outcome)) {
		transfer_outcome_release(own_outcome);
		ask(host, chat);
		return;
	}
	if (err.class == ERROR_TIMEOUT && ms_left(chat) == 0)
		(void)set_time_up(chat, true, &err);
	if (err.class == ERROR_NONE && own_outcome->status != 200)
		set_http_error(chat, own_outcome, &err);
	if (err.class == ERROR_NONE && own_outcome->is_cut)
		(void)error_set(&err, ERROR_INVALID, EFBIG, "the answer of '%.150s' is too long",
				chat->shown_url);
	if (err.class == ERROR_NONE) {
		(void)chat_read(chat, body ? blob_data(body) : "", body ? blob_len(body) : 0, &err);
		if (!chat->turn.is_error)
			charge(host, chat); /* whether it could be read or not */
		if (err.class == ERROR_NONE)
			check_cost(host, chat, &err);
	} else if (own_outcome->is_cut || err.class == ERROR_TIMEOUT ||
		   err.class == ERROR_CANCELLED) {
		charge_unseen(host, chat);
	}
	if (err.class != ERROR_NONE)
		is_waiting = try_again(host, chat, &err, own_outcome->retry_after_ms);
	transfer_outcome_release(own_outcome);
	if (is_waiting)
		return;
	if (err.class != ERROR_NONE) {
		end_failed(host, chat, &err);
		return;
	}
	chat->n_retries = 0;
	if (chat->turn.calls.n && !chat->why_last)
		call_tools(host, chat);
	else
		end_answered(host, chat);
}

/* ---- asking ---- */

/* What is nearly over; NULL = nothing. */
static const char *why_last(struct host *host, const struct chat *chat)
{
	static const char *const why[SPEND_KIND_COUNT] = {
		[SPEND_TOKENS] = "its budget of tokens was nearly spent",
		[SPEND_CALLS] = "its budget of calls was spent",
		[SPEND_USD_E6] = "its budget of money was nearly spent",
	};
	struct spend left = host->ops->left(host);
	uint64_t all_ns = chat->end_ns - chat->start_ns;

	for (int i = 0; i < SPEND_KIND_COUNT; i++)
		if (left.of[i] != SPEND_NO_LIMIT && left.of[i] <= chat->reserve.of[i])
			return why[i];
	if (ms_left(chat) < all_ns / 1000000 / RESERVE_PART)
		return "its time was nearly up";
	return chat->n_turns + 1 >= chat->max_turns ? "'max_turns' was reached" : NULL;
}

static int check_left(struct host *host, const struct chat *chat, struct error *err)
{
	struct spend left = host->ops->left(host);

	if (ms_left(chat) == 0)
		return set_time_up(chat, false, err);
	if (left.of[SPEND_TOKENS] && left.of[SPEND_USD_E6])
		return 0;
	(void)error_set(err, ERROR_LIMIT, EPERM, "the agent's budget is out (%s)",
			left.of[SPEND_TOKENS] ? "money" : "tokens");
	error_from(err, ERROR_FROM_POLICY, 0);
	return -EPERM;
}

/* What an answer may be long. */
static uint64_t turn_tokens(struct host *host, const struct chat *chat)
{
	struct spend left = host->ops->left(host);
	uint64_t most =
		left.of[SPEND_TOKENS] < TURN_TOKENS_MAX ? left.of[SPEND_TOKENS] : TURN_TOKENS_MAX;
	double paid = (double)left.of[SPEND_USD_E6];

	if (!chat->has_price || left.of[SPEND_USD_E6] == SPEND_NO_LIMIT ||
	    paid >= chat->price.out * (double)most)
		return most;
	return paid >= chat->price.out ? (uint64_t)(paid / chat->price.out) : 1;
}

static int send(struct host *host, struct chat *chat, struct error *err)
{
	struct transfer_request request = {
		.url = chat->url,
		.headers = (const char *const *)chat->headers,
		.timeout_ms = ms_left(chat),
		.is_trusted = true,
	};
	char *text;
	int r;

	chat->max_tokens = turn_tokens(host, chat);
	text = chat_request(chat);
	if (!text)
		return error_errno(err, ENOMEM, "cannot go on with the conversation");
	request.body = text;
	request.body_len = strlen(text);
	chat->asked_tokens = token_count(text, request.body_len);
	r = request.body_len > CHAT_BYTES_MAX
		    ? error_set(err, ERROR_LIMIT, EFBIG, "the conversation is over %d MiB",
				CHAT_BYTES_MAX >> 20)
		    : host->ops->transfer(host, &request, came, err);
	free(text);
	return r;
}

static int ask_once(struct host *host, struct chat *chat, struct error *err)
{
	int r = check_left(host, chat, err);

	if (r < 0)
		return r;
	if (!chat->why_last) {
		chat->why_last = why_last(host, chat);
		if (chat->why_last && chat->api->add_user(chat, conclude) < 0)
			return error_errno(err, ENOMEM, "cannot go on with the conversation");
	}
	chat->n_turns++;
	return send(host, chat, err);
}

static void ask(struct host *host, struct chat *chat)
{
	struct error err;

	if (ask_once(host, chat, &err) < 0)
		end_failed(host, chat, &err);
}

/* ---- beginning ---- */

static int add_tool(struct chat *chat, const struct tool *tool, bool is_offered)
{
	struct chat_tool shown = { .name = tool->name, .summary = tool->summary };
	struct buf text;
	struct json_write json = json_write_to(&text);
	int r;

	buf_init(&text, SCHEMA_BYTES_MAX);
	tool_schema_write(tool, is_not_offered, &json);
	shown.schema = is_offered ? text.data : NULL;
	r = buf_error(&text) ? -ENOMEM : chat_add_tool(chat, &shown);
	buf_release(&text);
	return r;
}

/* Whether the agents above have the tool, too: nobody gives away what he has not. */
static bool is_allowed(const struct host_agent *agent, const struct tool *tool)
{
	for (; agent; agent = agent->above) {
		const struct arg *given = &agent->call->args.values[AGENT_TOOLS];
		const struct value *names = given->is_set ? given->value : NULL;
		const char *const *usual =
			agent_role_find(args_str(&agent->call->args, AGENT_TYPE))->tools;
		size_t n = !names ? 0 : names->type == VALUE_LIST ? names->n_items : 1;
		bool found = false;

		for (size_t i = 0; i < n && !found; i++)
			found = tool_find(builtin_tools, builtin_tool_count,
					  names->type == VALUE_LIST ? names->items[i].str
								    : names->str) == tool;
		for (; !names && *usual && !found; usual++)
			found = str_equal(*usual, tool->name);
		if (!found)
			return false;
	}
	return true;
}

static int add_tools(struct host *host, struct chat *chat)
{
	for (size_t i = 0; i < builtin_tool_count; i++) {
		const struct tool *tool = builtin_tools[i];

		bool is_too_deep =
			tool->lane == LANE_AGENTS && host->agent->depth >= host->agent->depth_max;

		if (is_allowed(host->agent, tool) && add_tool(chat, tool, !is_too_deep) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int set_key(struct host *host, struct chat *chat, bool is_from_environment,
		   struct error *err)
{
	const char *name = agent_arg_str(host->agent, AGENT_KEY_ENV);
	const char *key;
	char **header = chat->headers;

	if (asprintf(header, "Content-Type: application/json") < 0)
		goto fail;
	header++;
	if (chat->api->header && asprintf(header++, "%s", chat->api->header) < 0)
		goto fail;
	/* Who set both the address and the key means one for the other; whoever a workflow names
	 * gets no key that it does not name, too. */
	if (!name && !is_from_environment && !chat_is_usual_place(chat->api, chat->url))
		return 0;
	key = agent_variable(host, name ? name : chat->api->key_env);
	if (!key)
		return name ? error_set(
				      err, ERROR_MISSING, ENOENT,
				      "the variable '%.100s', which is to hold the key, is not set",
				      name)
			    : 0;
	if (asprintf(header, "%s%s", chat->api->key_header, key) < 0)
		goto fail;
	return 0;
fail:
	*header = NULL;
	return error_errno(err, ENOMEM, "cannot start an agent");
}

static int set_place(struct host *host, struct chat *chat, struct error *err)
{
	const struct host_agent *agent = host->agent;
	const char *endpoint = agent_arg_str(agent, AGENT_ENDPOINT);
	bool is_given = endpoint != NULL;

	chat->api = agent_arg(agent, AGENT_API)->integer == 0 ? &chat_openai : &chat_anthropic;
	chat->model = agent_arg_str(agent, AGENT_MODEL);
	if (!endpoint)
		endpoint = agent_variable(host, chat->api->url_env);
	chat->url = chat_url(chat->api, endpoint ? endpoint : chat->api->origin);
	chat->shown_url = chat->url ? strndup(chat->url, strcspn(chat->url, "?#")) : NULL;
	if (!chat->shown_url)
		return error_errno(err, ENOMEM, "cannot start an agent");
	return set_key(host, chat, !is_given, err);
}

static int set_words(struct host *host, struct chat *chat)
{
	const struct args *args = &host->call->args;
	const struct agent_role *role = agent_role_find(args_str(args, AGENT_TYPE));

	if (asprintf(&chat->system, "%s%s%s", role->text, *role->text ? " " : "", manner) < 0) {
		chat->system = NULL;
		return -ENOMEM;
	}
	if (chat_begin(chat, args_str(args, AGENT_PROMPT)) < 0)
		return -ENOMEM;
	return add_tools(host, chat);
}

static void set_limits(struct host *host, struct chat *chat)
{
	struct spend left = host->ops->left(host);

	chat->has_price = agent_price(host->agent, &chat->price);
	chat->max_turns = (unsigned)args_int(&host->call->args, AGENT_MAX_TURNS);
	chat->why_end = left.wall_ms < (uint64_t)args_int(&host->call->args, AGENT_TIMEOUT)
				? "the 'wall' of a budget"
				: "'timeout'";
	chat->start_ns = clock_now_ns();
	chat->end_ns = chat->start_ns + agent_timeout_ms(host) * 1000000;
	chat->reserve.of[SPEND_TOKENS] = left.of[SPEND_TOKENS] / RESERVE_PART;
	chat->reserve.of[SPEND_USD_E6] = left.of[SPEND_USD_E6] / RESERVE_PART;
}

int agent_chat_start(struct host *host, struct error *err)
{
	struct chat *chat;
	int r;

	assert(agent_arg_str(host->agent, AGENT_MODEL));
	chat = calloc(1, sizeof(*chat));
	if (!chat)
		return error_errno(err, ENOMEM, "cannot start an agent");
	r = set_place(host, chat, err);
	if (r == 0 && set_words(host, chat) < 0)
		r = error_errno(err, ENOMEM, "cannot start an agent");
	if (r == 0) {
		set_limits(host, chat);
		host->tool_data = (uintptr_t)chat;
		r = ask_once(host, chat, err);
	}
	if (r < 0)
		chat_free(chat);
	return r;
}
