/* SPDX-License-Identifier: MIT */
/* The two APIs that models are asked over. Messages are kept as the API has them, so what the
 * model said goes back to it word for word, but for what servers do not take back. */
#include "base/attr.h"
#include "base/str.h"
#include "base/utf8.h"
#include "tools/agent_chat.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { USD = 1000000 };

#define TOKENS_MAX 1e15

static uint64_t number(const json_t *value)
{
	double n = json_number_value(value);

	return n >= 1 && n <= TOKENS_MAX ? (uint64_t)n : 0;
}

/* A NULL is what there was no memory for. */
static int append(json_t *list, json_t *own_item)
{
	return own_item && json_array_append_new(list, own_item) == 0 ? 0 : -ENOMEM;
}

static int bad(struct error *err, const char *what)
{
	return error_set(err, ERROR_TRANSIENT, EBADMSG, "the model's answer %s", what);
}

/* What is not valid UTF-8 is replaced. NULL without memory. */
static json_t *chat_string(const char *text, size_t len)
{
	struct buf clean;
	json_t *string;

	if (utf8_is_valid(text, len))
		return json_stringn(text, len);
	buf_init(&clean, 3 * len + 1);
	for (size_t at = 0; at < len;) {
		size_t n = utf8_sequence((const unsigned char *)text + at, len - at);

		if (n)
			buf_add(&clean, text + at, n);
		else
			buf_add_str(&clean, "\xef\xbf\xbd");
		at += n ? n : 1;
	}
	string = buf_error(&clean) ? NULL : json_stringn(clean.data, clean.len);
	buf_release(&clean);
	return string;
}

static int add_user(struct chat *chat, const char *text)
{
	return append(chat->messages, json_pack("{s:s, s:o}", "role", "user", "content",
						chat_string(text, strlen(text))));
}

static int no_memory(struct error *err)
{
	return error_errno(err, ENOMEM, "cannot read the model's answer");
}

static void add_text(struct chat_turn *turn, const json_t *text)
{
	buf_add(&turn->text, json_string_value(text), json_string_length(text));
}

/* Servers that pass on to others have said OK before those fail. */
static int no_message(struct chat *chat, const json_t *answer, const char *what, struct error *err)
{
	const json_t *error = json_object_get(answer, "error");
	const json_t *text = json_is_object(error) ? json_object_get(error, "message") : error;
	const char *said = json_string_value(text);

	if (!json_is_object(error) && !said)
		return bad(err, what);
	chat->turn.is_error = true;
	return error_set(
		err, ERROR_TRANSIENT, EIO, "'%.150s' answered with an error: %.*s", chat->shown_url,
		said ? (int)utf8_fit(said, json_string_length(text), 250) : 0, said ? said : "");
}

/* Messages with calls in them need the tools; that none may be called any more is said apart. */
static json_t *add_tools(const struct chat *chat, json_t *own_request, json_t *own_none)
{
	bool is_whole = own_request && own_none;

	if (is_whole && json_array_size(chat->schemas)) {
		is_whole = json_object_set(own_request, "tools", chat->schemas) == 0;
		if (is_whole && chat->why_last)
			is_whole = json_object_set(own_request, "tool_choice", own_none) == 0;
		if (is_whole && chat->is_effortless)
			is_whole = json_object_set_new(own_request, "reasoning_effort",
						       json_string("none")) == 0;
	}
	json_decref(own_none);
	if (is_whole)
		return own_request;
	json_decref(own_request);
	return NULL;
}

/* ---- OpenAI ---- */

static int openai_add_tool(struct chat *chat, const struct chat_tool *tool, json_t *own_schema)
{
	return append(chat->schemas, json_pack("{s:s, s:{s:s, s:s, s:o}}", "type", "function",
					       "function", "name", tool->name, "description",
					       tool->summary, "parameters", own_schema));
}

static int openai_add_results(struct chat *chat, struct buf *texts, const bool *is_error)
{
	(void)is_error; /* the text says so */
	for (size_t i = 0; i < chat->turn.calls.n; i++) {
		json_t *content = chat_string(texts[i].data ? texts[i].data : "", texts[i].len);

		if (append(chat->messages,
			   json_pack("{s:s, s:s, s:o}", "role", "tool", "tool_call_id",
				     chat->turn.calls.items[i].id, "content", content)) < 0)
			return -ENOMEM;
	}
	return 0;
}

static json_t *openai_request(const struct chat *chat)
{
	json_t *request =
		json_pack("{s:s, s:I, s:o}", "model", chat->model,
			  chat->is_renamed ? "max_completion_tokens" : "max_tokens",
			  (json_int_t)chat->max_tokens, "messages", json_copy(chat->messages));

	return add_tools(chat, request, json_string("none"));
}

static int openai_read_calls(struct chat *chat, const json_t *calls)
{
	for (size_t i = 0; i < json_array_size(calls); i++) {
		const json_t *call = json_array_get(calls, i);
		const json_t *function = json_object_get(call, "function");
		const char *id = json_string_value(json_object_get(call, "id"));
		const char *name = json_string_value(json_object_get(function, "name"));
		const char *input = json_string_value(json_object_get(function, "arguments"));

		if (chat_add_call(chat, id, name, input) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int openai_read(struct chat *chat, json_t *answer, struct error *err)
{
	const json_t *choice = json_array_get(json_object_get(answer, "choices"), 0);
	const json_t *usage = json_object_get(answer, "usage");
	json_t *message = json_object_get(choice, "message");
	const json_t *content = json_object_get(message, "content");
	const char *reason = json_string_value(json_object_get(choice, "finish_reason"));
	struct chat_turn *turn = &chat->turn;
	const json_t *cost = json_object_get(usage, "cost");
	double usd = json_number_value(cost);

	if (!json_is_object(message))
		return no_message(chat, answer, "has no message", err);
	add_text(turn, content);
	for (size_t i = 0; i < json_array_size(content); i++)
		add_text(turn, json_object_get(json_array_get(content, i), "text"));
	turn->tokens_in = number(json_object_get(usage, "prompt_tokens"));
	turn->tokens_out = number(json_object_get(usage, "completion_tokens"));
	turn->tokens_cached = number(
		json_object_get(json_object_get(usage, "prompt_tokens_details"), "cached_tokens"));
	turn->has_usage = turn->tokens_in + turn->tokens_out > 0;
	turn->has_cost = json_is_number(cost) && usd >= 0 && usd < TOKENS_MAX / USD;
	turn->usd_e6 = turn->has_cost ? (uint64_t)(usd * USD + 0.5) : 0;
	turn->is_cut = reason && str_equal(reason, "length");
	if (chat->is_thoughtless)
		(void)chat_drop_thoughts(message); /* or there were none */
	if (openai_read_calls(chat, json_object_get(message, "tool_calls")) < 0 ||
	    json_array_append(chat->messages, message) < 0)
		return no_memory(err);
	return 0;
}

const struct chat_api chat_openai = {
	.path = "/chat/completions",
	.is_version_given = true,
	.origin = "https://api.openai.com",
	.url_env = "OPENAI_BASE_URL",
	.key_env = "OPENAI_API_KEY",
	.key_header = "Authorization: Bearer ",
	.add_tool = openai_add_tool,
	.add_user = add_user,
	.add_results = openai_add_results,
	.request = openai_request,
	.read = openai_read,
};

/* ---- Anthropic ---- */

static int anthropic_add_tool(struct chat *chat, const struct chat_tool *tool, json_t *own_schema)
{
	return append(chat->schemas, json_pack("{s:s, s:s, s:o}", "name", tool->name, "description",
					       tool->summary, "input_schema", own_schema));
}

static int anthropic_add_results(struct chat *chat, struct buf *texts, const bool *is_error)
{
	json_t *blocks = json_array();

	for (size_t i = 0; blocks && i < chat->turn.calls.n; i++) {
		json_t *content = chat_string(texts[i].data ? texts[i].data : "", texts[i].len);

		if (append(blocks, json_pack("{s:s, s:s, s:o, s:b}", "type", "tool_result",
					     "tool_use_id", chat->turn.calls.items[i].id, "content",
					     content, "is_error", (int)is_error[i])) < 0) {
			json_decref(blocks);
			return -ENOMEM;
		}
	}
	return append(chat->messages, json_pack("{s:s, s:o}", "role", "user", "content", blocks));
}

/* What is written to the cache costs more than what is not, and what is read there a tenth: that
 * pays where another turn follows, and has been paid for where some went before. Only its maker is
 * known to take the word. */
static bool has_cache(const struct chat *chat)
{
	bool is_alone =
		chat->n_turns <= 1 && (chat->why_last || json_array_size(chat->schemas) == 0);

	return !chat->is_uncached && !is_alone && chat_is_makers(chat->api, chat->shown_url);
}

static json_t *anthropic_request(const struct chat *chat)
{
	json_t *request = json_pack("{s:s, s:I, s:o, s:o}", "model", chat->model, "max_tokens",
				    (json_int_t)chat->max_tokens, "system",
				    chat_string(chat->system, strlen(chat->system)), "messages",
				    json_copy(chat->messages));

	if (request && has_cache(chat) &&
	    json_object_set_new(request, "cache_control", json_pack("{s:s}", "type", "ephemeral")) <
		    0) {
		json_decref(request);
		return NULL;
	}
	return add_tools(chat, request, json_pack("{s:s}", "type", "none"));
}

static int anthropic_read_block(struct chat *chat, const json_t *block)
{
	const char *type = json_string_value(json_object_get(block, "type"));
	const json_t *input = json_object_get(block, "input");
	char *text;
	int r;

	if (type && str_equal(type, "text"))
		add_text(&chat->turn, json_object_get(block, "text"));
	if (!type || !str_equal(type, "tool_use"))
		return 0;
	text = json_dumps(input, JSON_COMPACT);
	r = input && !text ? -ENOMEM
			   : chat_add_call(chat, json_string_value(json_object_get(block, "id")),
					   json_string_value(json_object_get(block, "name")), text);
	free(text);
	return r;
}

static bool is_blank_text(const json_t *block)
{
	const char *type = json_string_value(json_object_get(block, "type"));
	const char *text = json_string_value(json_object_get(block, "text"));

	return type && text && str_equal(type, "text") && !text[strspn(text, " \t\r\n")];
}

/* The API gives texts of nothing beside calls, and refuses to have them back. */
static void drop_blank_texts(json_t *content)
{
	for (size_t i = json_array_size(content); i-- > 0;)
		if (is_blank_text(json_array_get(content, i)))
			(void)json_array_remove(content, i); /* it is there */
}

static int anthropic_read(struct chat *chat, json_t *answer, struct error *err)
{
	json_t *content = json_object_get(answer, "content");
	const json_t *usage = json_object_get(answer, "usage");
	const char *reason = json_string_value(json_object_get(answer, "stop_reason"));
	struct chat_turn *turn = &chat->turn;

	if (!json_is_array(content))
		return no_message(chat, answer, "has no content", err);
	turn->tokens_cached = number(json_object_get(usage, "cache_read_input_tokens"));
	turn->tokens_written = number(json_object_get(usage, "cache_creation_input_tokens"));
	turn->tokens_in = number(json_object_get(usage, "input_tokens")) + turn->tokens_written +
			  turn->tokens_cached;
	turn->tokens_out = number(json_object_get(usage, "output_tokens"));
	turn->has_usage = turn->tokens_in + turn->tokens_out > 0;
	turn->is_cut = reason && str_equal(reason, "max_tokens");
	for (size_t i = 0; i < json_array_size(content); i++)
		if (anthropic_read_block(chat, json_array_get(content, i)) < 0)
			return no_memory(err);
	drop_blank_texts(content);
	if (append(chat->messages,
		   json_pack("{s:s, s:O}", "role", "assistant", "content", content)) < 0)
		return no_memory(err);
	return 0;
}

const struct chat_api chat_anthropic = {
	.path = "/messages",
	.origin = "https://api.anthropic.com",
	.url_env = "ANTHROPIC_BASE_URL",
	.key_env = "ANTHROPIC_API_KEY",
	.key_header = "x-api-key: ",
	.header = "anthropic-version: 2023-06-01",
	.add_tool = anthropic_add_tool,
	.add_user = add_user,
	.add_results = anthropic_add_results,
	.request = anthropic_request,
	.read = anthropic_read,
};

/* ---- both ---- */

int chat_begin(struct chat *chat, const char *prompt)
{
	buf_init(&chat->turn.text, CHAT_BYTES_MAX);
	chat->messages = json_array();
	chat->schemas = json_array();
	if (!chat->messages || !chat->schemas)
		return -ENOMEM;
	if (chat->api == &chat_openai &&
	    append(chat->messages, json_pack("{s:s, s:o}", "role", "system", "content",
					     chat_string(chat->system, strlen(chat->system)))) < 0)
		return -ENOMEM;
	return chat->api->add_user(chat, prompt);
}

int chat_add_tool(struct chat *chat, const struct chat_tool *tool)
{
	json_t *schema;

	if (chat->n_tools == CHAT_TOOLS_MAX)
		return 0;
	chat->names[chat->n_tools++] = tool->name;
	if (!tool->schema)
		return 0;
	schema = json_loads(tool->schema, 0, NULL);
	return schema ? chat->api->add_tool(chat, tool, schema) : -ENOMEM;
}

char *chat_request(const struct chat *chat)
{
	json_t *request = chat->api->request(chat);
	char *text = request ? json_dumps(request, JSON_COMPACT) : NULL;

	json_decref(request);
	return text;
}

int chat_read(struct chat *chat, const char *text, size_t len, struct error *err)
{
	json_error_t problem;
	json_t *answer = json_loadb(text, len, JSON_ALLOW_NUL, &problem);
	int r;

	if (chat->turn.text.len) {
		buf_release(&chat->said);
		chat->said = chat->turn.text;
		chat->turn.text = (struct buf){ 0 };
	}
	chat_turn_clear(&chat->turn);
	if (!answer && json_error_code(&problem) == json_error_premature_end_of_input)
		return bad(err, "ends in the middle of its JSON");
	if (!answer) /* no server that knows the API says so, so it would say it again */
		return error_set(err, ERROR_INVALID, EBADMSG, "'%.150s' gave no JSON, but '%.*s'",
				 chat->shown_url, (int)utf8_fit(text, len, 100), text);
	r = chat->api->read(chat, answer, err);
	json_decref(answer);
	return r == 0 && buf_error(&chat->turn.text) ? no_memory(err) : r;
}

int chat_add_call(struct chat *chat, const char *id, const char *name, const char *input)
{
	struct chat_call call = {
		.id = strdup(id ? id : ""),
		.name = strdup(name ? name : ""),
		.input = strdup(input && *input ? input : "{}"),
	};

	if (call.id && call.name && call.input && vec_push(&chat->turn.calls, call))
		return 0;
	free(call.id);
	free(call.name);
	free(call.input);
	return -ENOMEM;
}

void chat_turn_clear(struct chat_turn *turn)
{
	for (size_t i = 0; i < turn->calls.n; i++) {
		free(turn->calls.items[i].id);
		free(turn->calls.items[i].name);
		free(turn->calls.items[i].input);
	}
	vec_release(&turn->calls);
	buf_release(&turn->text);
	*turn = (struct chat_turn){ 0 };
	buf_init(&turn->text, CHAT_BYTES_MAX);
}

void chat_free(struct chat *chat)
{
	if (!chat)
		return;
	chat_turn_clear(&chat->turn);
	buf_release(&chat->turn.text);
	buf_release(&chat->said);
	json_decref(chat->messages);
	json_decref(chat->schemas);
	for (size_t i = 0; i < countof(chat->headers); i++)
		free(chat->headers[i]);
	free(chat->url);
	free(chat->shown_url);
	free(chat->system);
	free(chat);
}
