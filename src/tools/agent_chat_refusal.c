/* SPDX-License-Identifier: MIT */
/* What servers refuse of a request that others want, and how it is asked anew. What an API is
 * said to take says little of the servers that have it, and nothing of models to come; so what a
 * refusal names is believed, once each. */
#include "base/str.h"
#include "tools/agent_chat.h"

#include <ctype.h>
#include <jansson.h>
#include <string.h>

/* Limits are of requests and tokens per minute, mostly, so waits of a minute are ordinary. */
enum { RETRIES_MAX = 4, RETRY_MS = 500, RETRY_MAX_MS = 90000 };

static const char *const thoughts[] = { "reasoning", "reasoning_content" };

struct refusal {
	const char *body;
	size_t len;
};

static bool names(const struct refusal *refusal, const char *what)
{
	return memmem(refusal->body, refusal->len, what, strlen(what)) != NULL;
}

/* Some models think before they answer, and do not where they may call tools over this API; they
 * want to be told so. */
static bool forgo_effort(struct chat *chat, const struct refusal *refusal)
{
	if (chat->is_effortless || json_array_size(chat->schemas) == 0 ||
	    !names(refusal, "reasoning_effort"))
		return false;
	chat->is_effortless = true;
	return true;
}

/* Not each model need have one. */
static bool forgo_cache(struct chat *chat, const struct refusal *refusal)
{
	if (chat->is_uncached || !names(refusal, "cache_control"))
		return false;
	chat->is_uncached = true;
	return true;
}

/* OpenAI's newer models want the limit of an answer by another name, which older servers do not
 * know. */
static bool rename_limit(struct chat *chat, const struct refusal *refusal)
{
	if (chat->is_renamed || !names(refusal, "max_completion_tokens"))
		return false;
	chat->is_renamed = true;
	return true;
}

static bool is_of_name(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* As a whole: "reasoning" is not in "reasoning_effort". */
static bool names_word(const struct refusal *refusal, const char *word)
{
	size_t n = strlen(word);
	const char *end = refusal->body + refusal->len, *at = refusal->body;

	for (; (at = memmem(at, (size_t)(end - at), word, n)); at += n)
		if ((at == refusal->body || !is_of_name(at[-1])) &&
		    (at + n == end || !is_of_name(at[n])))
			return true;
	return false;
}

bool chat_drop_thoughts(json_t *message)
{
	bool is_found = false;

	for (size_t i = 0; i < countof(thoughts); i++)
		is_found |= json_object_del(message, thoughts[i]) == 0;
	return is_found;
}

/* Some servers give what a model thought beside its answer, and refuse to have it back. */
static bool forget_thoughts(struct chat *chat, const struct refusal *refusal)
{
	bool is_found = false;

	if (chat->is_thoughtless || !names(refusal, "unsupported") ||
	    !(names_word(refusal, thoughts[0]) || names_word(refusal, thoughts[1])))
		return false;
	for (size_t i = 0; i < json_array_size(chat->messages); i++)
		is_found |= chat_drop_thoughts(json_array_get(chat->messages, i));
	chat->is_thoughtless = is_found;
	return is_found;
}

bool chat_give_in(struct chat *chat, const char *body, size_t len)
{
	struct refusal refusal = { body, len };

	if (chat->api == &chat_anthropic)
		return forgo_cache(chat, &refusal);
	return forgo_effort(chat, &refusal) || rename_limit(chat, &refusal) ||
	       forget_thoughts(chat, &refusal);
}

static bool is_code(const json_t *error, const char *member)
{
	const char *code = json_string_value(json_object_get(error, member));

	return code && str_equal(code, "insufficient_quota");
}

bool chat_is_quota_gone(const char *body, size_t len)
{
	json_t *answer = json_loadb(body, len, 0, NULL);
	const json_t *error = json_object_get(answer, "error");
	bool is_gone = is_code(error, "code") || is_code(error, "type");

	json_decref(answer);
	return is_gone;
}

uint64_t chat_retry_ms(unsigned n_retries, uint64_t asked_ms, uint64_t left_ms)
{
	uint64_t ms;

	if (n_retries >= RETRIES_MAX || asked_ms > RETRY_MAX_MS)
		return 0;
	ms = (uint64_t)RETRY_MS << n_retries;
	ms = asked_ms > ms ? asked_ms : ms;
	return ms < left_ms ? ms : 0;
}
