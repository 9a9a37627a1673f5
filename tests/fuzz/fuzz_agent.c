/* SPDX-License-Identifier: MIT */
/* What agents and models say: the first byte chooses whether the rest is the output of a command
 * line, or an answer over one of the two APIs. What is kept of it goes into the next request. */
#include "tools/agent_answer.h"
#include "tools/agent_chat.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool is_true)
{
	if (!is_true)
		abort();
}

static void check_output(const char *text, size_t len, enum agent_output_form form)
{
	struct agent_answer answer;
	int r = agent_answer_read(text, len, form, &answer);

	must(r == 0 || (r == -EBADMSG && form == AGENT_OUTPUT_JSON));
	must(answer.text.len <= AGENT_ANSWER_MAX);
	if (r == 0 && form == AGENT_OUTPUT_TEXT)
		must(answer.text.len == len && (!len || memcmp(answer.text.data, text, len) == 0));
	agent_answer_release(&answer);
}

static void check_chat(const char *text, size_t len, const struct chat_api *api)
{
	static const struct chat_tool tool = { "Grep", "search", "{\"type\":\"object\"}" };
	struct chat *chat = calloc(1, sizeof(*chat));
	struct error err = { 0 };
	char *request;
	int r;

	must(chat != NULL);
	chat->api = api;
	chat->model = "m";
	chat->system = strdup("s");
	chat->url = strdup("http://127.0.0.1/v1");
	chat->shown_url = strdup(chat->url ? chat->url : "");
	must(chat_begin(chat, "p") == 0 && chat_add_tool(chat, &tool) == 0);
	r = chat_read(chat, text, len, &err);
	must(r == 0 || err.class != ERROR_NONE);
	if (r == 0) {
		size_t n = chat->turn.calls.n;
		struct buf *texts = calloc(n + 1, sizeof(*texts));
		bool *is_error = calloc(n + 1, sizeof(*is_error));

		must(texts && is_error);
		(void)api->add_results(chat, texts, is_error); /* ids may be no text */
		free(texts);
		free(is_error);
		request = chat_request(chat);
		must(request && strstr(request, "\"messages\""));
		free(request);
	}
	chat_free(chat);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data + 1;

	if (size == 0)
		return 0;
	switch (data[0] % 5) {
	case 0:
		check_output(text, size - 1, AGENT_OUTPUT_AUTO);
		break;
	case 1:
		check_output(text, size - 1, AGENT_OUTPUT_TEXT);
		break;
	case 2:
		check_output(text, size - 1, AGENT_OUTPUT_JSON);
		break;
	case 3:
		check_chat(text, size - 1, &chat_openai);
		break;
	default:
		check_chat(text, size - 1, &chat_anthropic);
	}
	return 0;
}
