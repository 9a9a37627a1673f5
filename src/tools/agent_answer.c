/* SPDX-License-Identifier: MIT */
/*
 * Answers of agents' command lines. Shapes that are known, all by what is in them:
 *
 *	{"type":"result","result":"…","is_error":false,"total_cost_usd":0.1,"usage":{…}}
 *	{"response":"…","stats":{"models":{"NAME":{"tokens":{"prompt":1,"candidates":2}}}}}
 *	{"type":"item.completed","item":{"type":"agent_message","text":"…"}}
 *	{"type":"turn.completed","usage":{"input_tokens":1,"output_tokens":2}}
 *	{"type":"text","part":{"text":"…"}}, {"type":"step_finish","part":{"tokens":{…},"cost":0.1}}
 */
#include "tools/agent_answer.h"

#include "base/attr.h"
#include "base/str.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

enum { PARTS_MAX = 1000, USD = 1000000 };

#define TOKENS_MAX 1e15

static void cleanup_json(json_t **json)
{
	json_decref(*json);
}

/* ---- figures ---- */

static uint64_t number(const json_t *value)
{
	double n = json_number_value(value);

	return n >= 1 && n <= TOKENS_MAX ? (uint64_t)n : 0;
}

static uint64_t sum(const json_t *object, const char *const *names, size_t n)
{
	uint64_t total = 0;

	for (size_t i = 0; i < n; i++)
		total += number(json_object_get(object, names[i]));
	return total;
}

/* Of many lines, too, it stays a number that can be one. */
static void add(uint64_t *total, uint64_t n)
{
	*total = *total + n < TOKENS_MAX ? *total + n : (uint64_t)TOKENS_MAX;
}

static void add_usage(struct agent_answer *answer, const json_t *usage)
{
	static const char *const in[] = { "input_tokens",
					  "cache_creation_input_tokens",
					  "cache_read_input_tokens",
					  "prompt_tokens",
					  "input",
					  "prompt" };
	static const char *const cached[] = { "cache_read_input_tokens", "cached_input_tokens",
					      "cached" };
	static const char *const written[] = { "cache_creation_input_tokens" };
	static const char *const out[] = { "output_tokens", "completion_tokens", "output",
					   "candidates",    "thoughts",          "reasoning" };

	if (!json_is_object(usage))
		return;
	add(&answer->tokens_in, sum(usage, in, countof(in)));
	add(&answer->tokens_cached, sum(usage, cached, countof(cached)));
	add(&answer->tokens_written, sum(usage, written, countof(written)));
	add(&answer->tokens_out, sum(usage, out, countof(out)));
	answer->has_usage = answer->tokens_in + answer->tokens_out > 0;
}

static void add_stats(struct agent_answer *answer, json_t *models)
{
	const char *name;
	json_t *model;

	json_object_foreach(models, name, model)
	{
		(void)name;
		add_usage(answer, json_object_get(model, "tokens"));
	}
}

static void add_cost(struct agent_answer *answer, const json_t *object)
{
	static const char *const names[] = { "total_cost_usd", "cost_usd", "cost" };

	for (size_t i = 0; i < countof(names); i++) {
		const json_t *cost = json_object_get(object, names[i]);
		double usd = json_number_value(cost);

		if (!json_is_number(cost) || !(usd >= 0 && usd < TOKENS_MAX / USD))
			continue;
		answer->usd_e6 += (uint64_t)(usd * USD + 0.5);
		answer->has_cost = true;
		return;
	}
}

/* ---- text ---- */

static void add_text(struct agent_answer *answer, const json_t *text)
{
	buf_add(&answer->text, json_string_value(text), json_string_length(text));
}

/* A text, or a list of parts that have one. */
static bool take_text(struct agent_answer *answer, const json_t *value)
{
	if (json_is_string(value)) {
		buf_clear(&answer->text);
		add_text(answer, value);
		return true;
	}
	if (!json_is_array(value) ||
	    !json_is_string(json_object_get(json_array_get(value, 0), "text")))
		return false;
	buf_clear(&answer->text);
	for (size_t i = 0; i < json_array_size(value) && i < PARTS_MAX; i++)
		add_text(answer, json_object_get(json_array_get(value, i), "text"));
	return true;
}

static bool take_named(struct agent_answer *answer, const json_t *object)
{
	static const char *const names[] = { "result",  "response", "text",
					     "content", "answer",   "output" };

	for (size_t i = 0; i < countof(names); i++) {
		if (take_text(answer, json_object_get(object, names[i])))
			return true;
	}
	return false;
}

static bool type_is(const json_t *object, const char *type)
{
	const char *given = json_string_value(json_object_get(object, "type"));

	return given && str_equal(given, type);
}

/* Of a stream: only what is known to be an answer is one. */
static bool take_event(struct agent_answer *answer, const json_t *event)
{
	const json_t *item = json_object_get(event, "item"), *part = json_object_get(event, "part");
	bool is_result = type_is(event, "result");

	answer->is_error |= json_is_true(json_object_get(event, "is_error"));
	if (is_result || type_is(event, "turn.completed")) {
		add_usage(answer, json_object_get(event, "usage"));
		add_cost(answer, event);
		return is_result && take_named(answer, event);
	}
	if (type_is(event, "item.completed") && type_is(item, "agent_message"))
		return take_text(answer, json_object_get(item, "text"));
	if (type_is(event, "step_start")) {
		buf_clear(&answer->text); /* what was said before a tool was called */
		return false;
	}
	if (type_is(event, "step_finish")) {
		add_usage(answer, json_object_get(part, "tokens"));
		add_cost(answer, part);
		return false;
	}
	if (!type_is(event, "text") || !json_is_string(json_object_get(part, "text")))
		return false;
	add_text(answer, json_object_get(part, "text"));
	return true;
}

static bool take_object(struct agent_answer *answer, json_t *object)
{
	if (json_is_object(json_object_get(object, "item")) ||
	    json_is_object(json_object_get(object, "part")) || type_is(object, "turn.completed"))
		return take_event(answer, object);
	answer->is_error |= json_is_true(json_object_get(object, "is_error"));
	add_usage(answer, json_object_get(object, "usage"));
	add_stats(answer, json_object_get(json_object_get(object, "stats"), "models"));
	add_cost(answer, object);
	return take_named(answer, object);
}

/* ---- all of it ---- */

static json_t *load(const char *data, size_t len)
{
	json_error_t problem;

	return json_loadb(data, len, JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, &problem);
}

static bool read_whole(struct agent_answer *answer, const char *data, size_t len)
{
	CLEANUP(json) json_t *root = load(data, len);
	bool found = false;

	if (json_is_object(root))
		return take_object(answer, root);
	for (size_t i = 0; i < json_array_size(root); i++)
		found |= take_event(answer, json_array_get(root, i));
	return found;
}

static bool read_lines(struct agent_answer *answer, const char *data, size_t len)
{
	bool found = false;

	for (size_t at = 0; at < len;) {
		const char *end = memchr(data + at, '\n', len - at);
		size_t n = end ? (size_t)(end - data) - at : len - at;

		if (n && data[at] == '{') {
			CLEANUP(json) json_t *event = load(data + at, n);

			found |= take_event(answer, event);
		}
		at += n + 1;
	}
	return found;
}

static void begin(struct agent_answer *answer)
{
	*answer = (struct agent_answer){ 0 };
	buf_init(&answer->text, AGENT_ANSWER_MAX);
}

int agent_answer_read(const char *data, size_t len, enum agent_output_form form,
		      struct agent_answer *ret_answer)
{
	size_t start = 0;

	begin(ret_answer);
	while (start < len && strchr(" \t\r\n", data[start]) && data[start])
		start++;
	if (form != AGENT_OUTPUT_TEXT && start < len) {
		if (read_whole(ret_answer, data + start, len - start))
			return buf_error(&ret_answer->text);
		agent_answer_release(ret_answer);
		begin(ret_answer); /* one line may be the whole: nothing counts twice */
		if (read_lines(ret_answer, data + start, len - start))
			return buf_error(&ret_answer->text);
	}
	if (form == AGENT_OUTPUT_JSON)
		return -EBADMSG;
	buf_clear(&ret_answer->text); /* what it cost is true all the same */
	buf_add(&ret_answer->text, data, len);
	return buf_error(&ret_answer->text);
}

void agent_answer_release(struct agent_answer *answer)
{
	buf_release(&answer->text);
}
