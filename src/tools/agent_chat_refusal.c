/* SPDX-License-Identifier: MIT */
/* What servers refuse of a request that others want, and how it is asked anew. What an API is
 * said to take says little of the servers that have it, and nothing of models to come; so what a
 * refusal names is believed, once each. */
#include "tools/agent_chat.h"

#include <jansson.h>
#include <string.h>

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

/* OpenAI's newer models want the limit of an answer by another name, which older servers do not
 * know. */
static bool rename_limit(struct chat *chat, const struct refusal *refusal)
{
	if (chat->is_renamed || !names(refusal, "max_completion_tokens"))
		return false;
	chat->is_renamed = true;
	return true;
}

bool chat_give_in(struct chat *chat, const char *body, size_t len)
{
	struct refusal refusal = { body, len };

	if (chat->api != &chat_openai)
		return false;
	return forgo_effort(chat, &refusal) || rename_limit(chat, &refusal);
}
