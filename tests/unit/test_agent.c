/* SPDX-License-Identifier: MIT */
/* What agents print, where conversations are led, what models are shown; the section of a workflow
 * that has agents; the slots that processes share. */
#include "api/toolbox.h"
#include "base/str.h"
#include "base/token_count.h"
#include "os/slot_pool.h"
#include "plan/workflow.h"
#include "tools/agent_answer.h"
#include "tools/agent_args.h"
#include "tools/agent_chat.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tree.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- answers ---- */

static void answers(void **state)
{
	static const struct {
		const char *printed, *text;
		uint64_t in, out, usd_e6;
		bool is_error;
	} cases[] = {
		{ "plain", "plain", 0, 0, 0, false },
		{ "", "", 0, 0, 0, false },
		{ "{not json", "{not json", 0, 0, 0, false },
		{ "[1, 2]", "[1, 2]", 0, 0, 0, false },
		{ "{\"other\":1}", "{\"other\":1}", 0, 0, 0, false },
		{ " \n{\"text\":\"a\"}\n", "a", 0, 0, 0, false },
		{ "{\"result\":\"r\",\"text\":\"t\"}", "r", 0, 0, 0, false },
		{ "{\"result\":\"no\",\"is_error\":true}", "no", 0, 0, 0, true },
		{ "{\"result\":7,\"response\":\"x\"}", "x", 0, 0, 0, false },
		{ "{\"answer\":\"x\",\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4},"
		  "\"cost\":0.000002}",
		  "x", 3, 4, 2, false },
		{ "{\"text\":\"x\",\"usage\":{\"input_tokens\":-5,\"output_tokens\":1e30}}", "x", 0,
		  0, 0, false },
		{ "[{\"type\":\"system\"},{\"type\":\"result\",\"result\":\"z\"}]", "z", 0, 0, 0,
		  false },
		{ "noise\n{\"type\":\"item.completed\",\"item\":{\"type\":\"agent_message\","
		  "\"text\":\"one\"}}\n{\"type\":\"item.completed\",\"item\":{\"type\":"
		  "\"agent_message\",\"text\":\"two\"}}\n",
		  "two", 0, 0, 0, false },
		{ "{\"text\":\"a\\u0000b\"}", "a", 0, 0, 0, false }, /* and a NUL, and b */
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct agent_answer answer;

		assert_int_equal(agent_answer_read(cases[i].printed, strlen(cases[i].printed),
						   AGENT_OUTPUT_AUTO, &answer),
				 0);
		assert_string_equal(answer.text.data ? answer.text.data : "", cases[i].text);
		assert_int_equal(answer.tokens_in, cases[i].in);
		assert_int_equal(answer.tokens_out, cases[i].out);
		assert_int_equal(answer.usd_e6, cases[i].usd_e6);
		assert_int_equal(answer.is_error, cases[i].is_error);
		agent_answer_release(&answer);
	}
}

static void forms(void **state)
{
	static const char json[] = "{\"result\":\"r\"}";
	struct agent_answer answer;

	(void)state;
	assert_int_equal(agent_answer_read(json, strlen(json), AGENT_OUTPUT_TEXT, &answer), 0);
	assert_string_equal(answer.text.data, json);
	agent_answer_release(&answer);
	assert_int_equal(agent_answer_read(json, strlen(json), AGENT_OUTPUT_JSON, &answer), 0);
	assert_string_equal(answer.text.data, "r");
	agent_answer_release(&answer);
	assert_int_equal(agent_answer_read("no", 2, AGENT_OUTPUT_JSON, &answer), -EBADMSG);
	agent_answer_release(&answer);
}

/* ---- conversations ---- */

static void places(void **state)
{
	static const struct {
		const struct chat_api *api;
		const char *endpoint, *url;
	} urls[] = {
		{ &chat_openai, "http://h:1", "http://h:1/v1/chat/completions" },
		{ &chat_openai, "http://h:1/", "http://h:1/v1/chat/completions" },
		{ &chat_openai, "http://h/v1", "http://h/v1/chat/completions" },
		{ &chat_openai, "http://h/v1//", "http://h/v1/chat/completions" },
		{ &chat_openai, "http://h/x/v1/chat/completions",
		  "http://h/x/v1/chat/completions" },
		{ &chat_openai, "http://h/chat/completions/", "http://h/chat/completions" },
		{ &chat_openai, "https://h/v1beta/openai/",
		  "https://h/v1beta/openai/chat/completions" },
		{ &chat_openai, "https://h/api/paas/v4?a=/b",
		  "https://h/api/paas/v4/chat/completions?a=/b" },
		{ &chat_openai, "https://h?a=/b", "https://h/v1/chat/completions?a=/b" },
		{ &chat_openai, "h:1/v2", "h:1/v2/chat/completions" },
		{ &chat_anthropic, "http://h:1", "http://h:1/v1/messages" },
		{ &chat_anthropic, "http://h/v1/", "http://h/v1/messages" },
		{ &chat_anthropic, "http://h/anthropic", "http://h/anthropic/v1/messages" },
		{ &chat_anthropic, "http://h/x/messages", "http://h/x/messages" },
	};
	static const struct {
		const char *url;
		bool is_usual;
	} cases[] = {
		{ "https://api.openai.com/v1/chat/completions", true },
		{ "https://api.openai.com:443/v1", true },
		{ "https://api.openai.com", true },
		{ "HTTPS://API.OpenAI.com/", true },
		{ "http://api.openai.com/", false },
		{ "https://api.openai.com.evil.example/", false },
		{ "https://api.openai.comx/", false },
		{ "https://api.openai.com@evil.example/", false },
		{ "https://api.openai.com:x@evil.example/", false },
		{ "https://api.anthropic.com/", false },
		{ "http://127.0.0.1:8080/v1", true },
		{ "http://localhost/", true },
		{ "http://[::1]:1/", true },
		{ "http://127.0.0.1.evil.example/", false },
		{ "http://localhost.evil.example/", false },
		{ "http://evil.example/http://127.0.0.1/", false },
	};

	(void)state;
	for (size_t i = 0; i < countof(urls); i++) {
		char *url = chat_url(urls[i].api, urls[i].endpoint);

		assert_string_equal(url, urls[i].url);
		free(url);
	}
	for (size_t i = 0; i < countof(cases); i++)
		if (chat_is_usual_place(&chat_openai, cases[i].url) != cases[i].is_usual)
			fail_msg("%s", cases[i].url);
}

static struct chat *a_chat(const struct chat_api *api)
{
	struct chat *chat = calloc(1, sizeof(*chat));

	assert_non_null(chat);
	chat->api = api;
	chat->system = strdup("s");
	chat->shown_url = strdup("u");
	chat->model = "m";
	assert_int_equal(chat_begin(chat, "p"), 0);
	return chat;
}

static void turns(void **state)
{
	static const char both[] = "{\"content\":[{\"type\":\"text\",\"text\":\"a\"},{\"type\":"
				   "\"tool_use\",\"id\":\"i\",\"name\":\"Grep\",\"input\":{\"x\":"
				   "1}}],\"usage\":{\"input_tokens\":7,\"cache_read_input_tokens\":"
				   "2,\"cache_creation_input_tokens\":4,\"output_tokens\":3}}";
	static const char nul[] = "{\"content\":[{\"type\":\"text\",\"text\":\"a\\u0000b\"}]}";
	static const struct {
		const char *text;
		enum error_class class;
	} wrong[] = { { "", ERROR_TRANSIENT },     { "{\"content\":[{\"type\":", ERROR_TRANSIENT },
		      { "<html>", ERROR_INVALID }, { "[]", ERROR_TRANSIENT },
		      { "{}", ERROR_TRANSIENT },   { "{\"content\":\"x\"}", ERROR_TRANSIENT } };
	struct chat *chat = a_chat(&chat_anthropic);
	struct error err;

	(void)state;
	for (size_t i = 0; i < countof(wrong); i++) {
		assert_true(chat_read(chat, wrong[i].text, strlen(wrong[i].text), &err) < 0);
		assert_int_equal(err.class, wrong[i].class);
		assert_int_equal(chat->turn.calls.n, 0);
	}
	assert_int_equal(chat_read(chat, both, strlen(both), &err), 0);
	assert_string_equal(chat->turn.text.data, "a");
	assert_int_equal(chat->turn.calls.n, 1);
	assert_string_equal(chat->turn.calls.items[0].input, "{\"x\":1}");
	assert_int_equal(chat->turn.tokens_in, 13);
	assert_int_equal(chat->turn.tokens_cached, 2);
	assert_int_equal(chat->turn.tokens_written, 4);
	assert_false(chat->turn.has_cost);
	assert_int_equal(chat->turn.tokens_out, 3);
	assert_int_equal(chat_read(chat, nul, strlen(nul), &err), 0);
	assert_memory_equal(chat->turn.text.data, "a\0b", 3);
	chat_free(chat);
}

static void refusals(void **state)
{
	static const struct {
		unsigned n_retries;
		uint64_t asked_ms, left_ms, ms;
	} waits[] = {
		{ 0, 0, 600000, 500 },       { 3, 0, 600000, 4000 },  { 3, 5000, 600000, 5000 },
		{ 3, 1000, 600000, 4000 },   { 4, 0, 600000, 0 },     { 0, 60000, 600000, 60000 },
		{ 0, 60000, 60000, 0 }, /* there would be no time to ask in */
		{ 0, 90000, 600000, 90000 }, { 0, 91000, 600000, 0 },
	};
	static const struct {
		const char *body;
		bool is_gone;
	} bodies[] = {
		{ "", false },
		{ "insufficient_quota", false },
		{ "{\"error\":\"insufficient_quota\"}", false },
		{ "{\"error\":{\"code\":\"rate_limit_exceeded\",\"message\":"
		  "\"insufficient_quota\"}}",
		  false },
		{ "{\"error\":{\"code\":429,\"type\":\"insufficient_quota\"}}", true },
		{ "{\"error\":{\"message\":\"m\",\"code\":\"insufficient_quota\"}}", true },
	};

	(void)state;
	for (size_t i = 0; i < countof(waits); i++)
		assert_int_equal(
			chat_retry_ms(waits[i].n_retries, waits[i].asked_ms, waits[i].left_ms),
			waits[i].ms);
	for (size_t i = 0; i < countof(bodies); i++)
		assert_int_equal(chat_is_quota_gone(bodies[i].body, strlen(bodies[i].body)),
				 bodies[i].is_gone);
}

static bool give_in(struct chat *chat, const char *refusal)
{
	return chat_give_in(chat, refusal, strlen(refusal));
}

/* Each once, and only what is named, and where there is something to leave out. */
static void giving_in(void **state)
{
	static const char thought[] = "{\"choices\":[{\"message\":{\"role\":\"assistant\","
				      "\"content\":\"x\",\"reasoning\":\"hm\"}}]}";
	static const char unsupported[] = "property 'reasoning' is unsupported";
	struct chat *chat = a_chat(&chat_openai);
	struct error err;
	char *request;

	(void)state;
	assert_false(give_in(chat, ""));
	assert_false(give_in(chat, "set reasoning_effort to 'none'")); /* there are no tools */
	assert_false(give_in(chat, unsupported));
	assert_int_equal(chat_read(chat, thought, strlen(thought), &err), 0);
	assert_false(give_in(chat, "'reasoning' is wrong"));
	assert_false(give_in(chat, "'reasoning_effort' is unsupported"));
	assert_false(give_in(chat, "'a_reasoning' is unsupported"));
	assert_true(give_in(chat, unsupported));
	assert_false(give_in(chat, unsupported));
	assert_int_equal(chat_read(chat, thought, strlen(thought), &err), 0);
	request = chat_request(chat);
	assert_null(strstr(request, "reasoning"));
	free(request);
	assert_true(give_in(chat, "use max_completion_tokens"));
	assert_false(give_in(chat, "use max_completion_tokens"));
	chat_free(chat);
}

static bool has_cache_control(struct chat *chat, const char *url)
{
	char *request;
	bool has;

	free(chat->shown_url);
	chat->shown_url = strdup(url);
	request = chat_request(chat);
	assert_non_null(request);
	has = strstr(request, "\"cache_control\":{\"type\":\"ephemeral\"}") != NULL;
	free(request);
	return has;
}

/* Only where its maker is asked, and only if there is a turn to come, or was one. */
static void caching(void **state)
{
	static const struct chat_tool tool = { "Glob", "finds", "{\"type\":\"object\"}" };
	static const char there[] = "https://api.anthropic.com/v1/messages";
	struct chat *chat = a_chat(&chat_anthropic);
	struct chat *other = a_chat(&chat_openai);

	(void)state;
	chat->n_turns = 1;
	assert_false(has_cache_control(chat, there));
	assert_int_equal(chat_add_tool(chat, &tool), 0);
	assert_true(has_cache_control(chat, there));
	assert_false(has_cache_control(chat, "https://api.anthropic.com.h/v1/messages"));
	assert_false(has_cache_control(chat, "https://api.anthropic.com:x@h/v1/messages"));
	assert_false(has_cache_control(chat, "https://h/v1/messages"));
	chat->why_last = "w";
	assert_false(has_cache_control(chat, there));
	chat->n_turns = 2;
	assert_true(has_cache_control(chat, there));
	assert_true(give_in(chat, "cache_control: Extra inputs are not permitted"));
	assert_false(give_in(chat, "cache_control: Extra inputs are not permitted"));
	assert_false(has_cache_control(chat, there));
	assert_int_equal(chat_add_tool(other, &tool), 0);
	assert_false(has_cache_control(other, "https://api.openai.com/v1/chat/completions"));
	chat_free(chat);
	chat_free(other);
}

static void prices(void **state)
{
	static const struct agent_price price = { .in = 3, .out = 15, .cached = 0.5 };

	(void)state;
	assert_int_equal(agent_price_of(&price, 1000, 400, 0, 20), 600 * 3 + 400 / 2 + 20 * 15);
	assert_int_equal(agent_price_of(&price, 1000, 400, 200, 20),
			 400 * 3 + 400 / 2 + 200 * 3.75 + 20 * 15);
	assert_int_equal(agent_price_of(&price, 3, 100, 5, 0), 2); /* more than there were */
	assert_int_equal(agent_price_of(&price, 4, 0, 100, 0), 15);
	assert_int_equal(agent_price_of(&price, UINT64_MAX, 0, 0, UINT64_MAX), 1000000000000000);
}

static struct buf shown(const struct result *result, size_t tokens)
{
	struct buf out;

	buf_init(&out, 1 << 20);
	chat_write_result(result, tokens, &out);
	assert_int_equal(buf_error(&out), 0);
	return out;
}

static void results(void **state)
{
	struct result result = { .payload = PAYLOAD_GLOB, .body_is_nul = true };
	struct buf out, lines;

	(void)state;
	result.body = blob_new("a\0b\0", 4);
	out = shown(&result, 100);
	assert_string_equal(out.data, "a\nb\n");
	buf_release(&out);
	result_release(&result);

	buf_init(&lines, 1 << 20);
	for (int i = 0; i < 2000; i++)
		buf_printf(&lines, "line %d of many\n", i);
	result = (struct result){ .payload = PAYLOAD_READ };
	result.body = blob_new(lines.data, lines.len);
	out = shown(&result, 300);
	assert_true(token_count(out.data, out.len) < 340);
	assert_true(out.len > 600);
	assert_non_null(strstr(out.data, "\n[cut: "));
	buf_release(&out);
	buf_release(&lines);
	result_release(&result);

	result = (struct result){ .payload = PAYLOAD_GREP };
	result.body = blob_new("", 0);
	out = shown(&result, 100);
	assert_string_equal(out.data, "[nothing found]\n");
	buf_release(&out);
	result_release(&result);
}

/* ---- a section ---- */

#define PHASE "phases:\n- name: p\n"

static void a_section(void **state)
{
	static const char text[] =
		PHASE "  agents: {max_depth: 2, max_instances: 3, budget: {tokens: 900, wall: 2m, "
		      "usd: 0.5},\n    command: c, model: m, tools: Grep, price: {in: 1, out: 2},\n"
		      "    runner: command,\n    tasks: [{prompt: x, command: [a, b]}, y,\n"
		      "            {prompt: z, Model: o, price: {in: 3, out: 4}}]}\n";
	struct workflow_text workflow = { "w", text, strlen(text) };
	const struct plan_phase *phase;
	const struct args *args;
	struct problems problems;
	struct plan *plan;

	(void)state;
	assert_int_equal(workflow_load(&workflow, toolbox_builtin(), &plan, &problems), 0);
	phase = &plan->phases[0];
	assert_int_equal(plan->n_calls, 3);
	assert_int_equal(phase->limits[LANE_AGENTS], 3);
	assert_int_equal(phase->agents_depth_max, 2);
	assert_int_equal(phase->agents_budget->of[SPEND_TOKENS], 900);
	assert_int_equal(phase->agents_budget->of[SPEND_USD_E6], 500000);
	assert_true(phase->agents_budget->of[SPEND_CALLS] == SPEND_NO_LIMIT);
	assert_int_equal(phase->agents_budget->wall_ms, 120000);
	args = &plan->calls[0]->args; /* its own command: nothing of a chat */
	assert_int_equal(args->values[AGENT_COMMAND].value->n_items, 2);
	assert_false(args_is_set(args, AGENT_MODEL) || args_is_set(args, AGENT_TOOLS));
	assert_true(args_is_set(args, AGENT_PRICE));
	args = &plan->calls[1]->args;
	assert_string_equal(args_str(args, AGENT_PROMPT), "y");
	assert_string_equal(args->values[AGENT_COMMAND].value->str, "c");
	assert_false(args_is_set(args, AGENT_MODEL) || args_is_set(args, AGENT_TOOLS));
	assert_true(args_is_set(args, AGENT_RUNNER));
	args = &plan->calls[2]->args;
	assert_false(args_is_set(args, AGENT_COMMAND) || args_is_set(args, AGENT_RUNNER));
	assert_string_equal(args_str(args, AGENT_MODEL), "o");
	assert_int_equal(args->values[AGENT_PRICE].value->pairs[0].value.integer, 3);
	plan_free(plan);
}

static void wrong_sections(void **state)
{
	static const char *const cases[][2] = {
		{ "{max_depth: 0, tasks: [x]}", "3:23: 'max_depth' must be between 1 and 3" },
		{ "{max_depht: 1, tasks: [x]}",
		  "3:12: unknown key 'max_depht'; did you mean 'max_depth'?" },
		{ "{budget: {tokens: many}, tasks: [x]}",
		  "3:29: 'tokens' of a budget must be a whole number from 1 up" },
		{ "{budget: {token: 1}, tasks: [x]}",
		  "3:28: unknown key 'token' of a budget; did you mean 'tokens'?" },
		{ "{tasks: [{prompt: x, budget: {usd: no}}]}", "3:46: Agent: " },
		{ "{tasks: [{prompt: ' '}]}", "3:29: Agent: the prompt is empty" },
		{ "{tasks: [{prompt: x, command: []}]}",
		  "3:41: Agent: 'command' must begin with the name of a program" },
		{ "{tasks: [{prompt: x, command: a, budget: 5}]}",
		  "3:52: Agent: 'budget' must be a map, not a whole number" },
		{ "{toolz: Grep, tasks: [x]}", "3:12: unknown key 'toolz'; did you mean 'tools'?" },
		{ "{runner: chat, tasks: [x]}", "3:20: Agent: an agent that is led as a chat" },
		{ "{tasks: [{command: [a]}]}", "3:20: Agent: 'prompt' is missing" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct workflow_text workflow = { "w", NULL, 0 };
		struct problems problems;
		struct plan *plan = NULL;
		char text[512], told[ERROR_TEXT_MAX + 32];

		(void)snprintf(text, sizeof(text), PHASE "  agents: %s\n", cases[i][0]);
		workflow.data = text;
		workflow.len = strlen(text);
		assert_true(workflow_load(&workflow, toolbox_builtin(), &plan, &problems) < 0);
		(void)snprintf(told, sizeof(told), "%u:%u: %s", problems.items[0].place.line,
			       problems.items[0].place.column, problems.items[0].error.text);
		if (!str_starts_with(told, cases[i][1]) || strstr(told, "in quotes"))
			fail_msg("%s\nsays:  %s\nnot:   %s", text, told, cases[i][1]);
	}
}

/* ---- slots ---- */

static void slots(void **state)
{
	struct tree tree = tree_new();
	int fd = open(tree.path, O_RDONLY | O_DIRECTORY);
	struct slot a, b, c, lent;
	char dir[256];
	int pipes[2], status;
	char byte;
	pid_t pid;

	(void)state;
	(void)snprintf(dir, sizeof(dir), "%s/agents", tree.path);
	assert_int_equal(slot_pool_take(dir, &a), -ENOENT);
	assert_int_equal(slot_pool_make(fd, 2), 0);
	assert_int_equal(slot_pool_take(dir, &a), 0);
	assert_int_equal(slot_pool_take(dir, &b), 0);
	assert_int_not_equal(a.number, b.number);
	assert_int_equal(slot_pool_take(dir, &c), -EAGAIN);

	/* One at a time of those beneath has the slot that is lent. */
	assert_int_equal(slot_pool_take_lent(dir, a.number, a.level + 1, &lent), 0);
	assert_int_equal(slot_pool_take_lent(dir, a.number, a.level + 1, &c), -EAGAIN);
	slot_give(&lent);
	slot_give(&lent); /* does no harm */
	assert_int_equal(slot_pool_take_lent(dir, a.number, SLOT_POOL_LEVELS, &c), -ENOENT);

	/* What a process held that was killed is free. */
	slot_give(&a);
	assert_int_equal(pipe(pipes), 0);
	pid = fork();
	if (pid == 0) {
		bool has_slot = slot_pool_take(dir, &a) == 0;

		(void)!write(pipes[1], has_slot ? "+" : "-", 1);
		pause();
		_exit(0);
	}
	assert_int_equal(read(pipes[0], &byte, 1), 1);
	assert_int_equal(byte, '+');
	assert_int_equal(slot_pool_take(dir, &c), -EAGAIN);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(slot_pool_take(dir, &c), 0);
	slot_give(&b);
	slot_give(&c);
	(void)close(pipes[0]);
	(void)close(pipes[1]);
	(void)close(fd);
	tree_remove(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers),        cmocka_unit_test(forms),
		cmocka_unit_test(places),         cmocka_unit_test(turns),
		cmocka_unit_test(results),        cmocka_unit_test(a_section),
		cmocka_unit_test(wrong_sections), cmocka_unit_test(slots),
		cmocka_unit_test(prices),         cmocka_unit_test(refusals),
		cmocka_unit_test(giving_in),      cmocka_unit_test(caching),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
