/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_AGENT_CHAT_H
#define TOOLS_AGENT_CHAT_H

#include "base/buf.h"
#include "base/error.h"
#include "base/vec.h"
#include "model/spend.h"
#include "tools/agent_args.h"

#include <stdbool.h>

/* jansson's; its header does not go together with base/json_write.h. */
struct json_t;
struct result;

/** A conversation with a model, and what differs with the API that it is led over. */
enum { CHAT_TOOLS_MAX = 16, CHAT_CALLS_MAX = 128, CHAT_BYTES_MAX = 8 << 20 };

struct chat_api;

/* A call that the model wants; all strings are its own. */
struct chat_call {
	char *id, *name;
	char *input; /* JSON */
};

/* What the model answered. */
struct chat_turn {
	struct buf text;
	struct VEC(struct chat_call) calls;
	uint64_t tokens_in, tokens_out, usd_e6;
	uint64_t tokens_cached, tokens_written; /* of tokens_in: from a cache, and to it */
	bool has_usage, has_cost;
	bool is_cut;   /* it reached its limit of tokens */
	bool is_error; /* it is none, and costs nothing */
};

struct chat {
	const struct chat_api *api;
	const char *model;
	char *url, *shown_url; /* without what may be a key */
	char *headers[4];      /* NULL-terminated */
	char *system;
	const char *names[CHAT_TOOLS_MAX + 1]; /* of the tools, NULL-terminated */
	size_t n_tools;
	struct json_t *messages; /* as the API has them */
	struct json_t *schemas;  /* of the tools, the same */
	struct chat_turn turn;   /* the latest */
	struct buf said;         /* what it said before that, if anything */
	unsigned n_turns, max_turns, n_retries;
	struct agent_price price;
	bool has_price, is_cost_unknown;
	const char *why_last; /* it was asked for its conclusion; NULL = not yet */
	bool is_renamed;      /* its limit of tokens is called max_completion_tokens */
	bool is_effortless;   /* where it may call tools, it is told not to think before */
	bool is_thoughtless;  /* what it thought is not kept */
	bool is_uncached;     /* its maker is not to cache what it was told */
	uint64_t start_ns, end_ns;
	const char *why_end;                             /* what ends it at end_ns */
	uint64_t max_tokens;                             /* of the turn that is asked for */
	struct spend reserve;                            /* kept for the conclusion */
	uint64_t n_calls, tokens_in, tokens_out, usd_e6; /* so far */
	uint64_t asked_tokens;                           /* of the latest request, counted here */
};

/** Functions fail with -ENOMEM, read() also with -EBADMSG. */
/* A tool as the model is told of it. */
struct chat_tool {
	const char *name, *summary;
	const char *schema; /* JSON; NULL: it is not offered, and why is told when it is called */
};

struct chat_api {
	const char *path;       /* behind "/v1" */
	bool is_version_given;  /* an address with a path has its version, whatever that is */
	const char *origin;     /* its maker's */
	const char *url_env;    /* variables for another, */
	const char *key_env;    /* and for the key */
	const char *key_header; /* as far as the key */
	const char *header;     /* one more, or NULL */

	int (*add_tool)(struct chat *chat, const struct chat_tool *tool, struct json_t *own_schema);
	int (*add_user)(struct chat *chat, const char *text);
	/** texts[i] answers turn.calls.items[i]. */
	int (*add_results)(struct chat *chat, struct buf *texts, const bool *is_error);
	/** The request; when the conclusion is asked for, no tool may be called. */
	struct json_t *(*request)(const struct chat *chat);
	/** Reads the answer into turn, and keeps it among the messages. */
	int (*read)(struct chat *chat, struct json_t *answer, struct error *err);
};

extern const struct chat_api chat_openai, chat_anthropic;

/** Adds a call to the turn; copies. input NULL = {}. */
int chat_add_call(struct chat *chat, const char *id, const char *name, const char *input);
void chat_turn_clear(struct chat_turn *turn);
void chat_free(struct chat *chat);

/** api and system are set. 0 or -ENOMEM, as chat_add_tool(). */
int chat_begin(struct chat *chat, const char *prompt);
int chat_add_tool(struct chat *chat, const struct chat_tool *tool);
/** What is sent; free() it. NULL without memory. */
char *chat_request(const struct chat *chat);
/** What came, into turn. */
int chat_read(struct chat *chat, const char *text, size_t len, struct error *err);

/** What was refused (HTTP 400): whether the next request is another, so that it may be asked. */
bool chat_give_in(struct chat *chat, const char *body, size_t len);
/** Takes what the model thought out of its message; false: there was nothing. */
bool chat_drop_thoughts(struct json_t *message);

/** What answered HTTP 429 to a request, if asking again is of no use: the account is empty. */
bool chat_is_quota_gone(const char *body, size_t len);
/** How long to wait before the same is asked again, which was asked again n_retries times, when
 *  the server wants to be left alone for asked_ms; 0 = not at all. */
uint64_t chat_retry_ms(unsigned n_retries, uint64_t asked_ms, uint64_t left_ms);

/** Where to ask: the endpoint as given, with what is missing of the API's path. malloc'd. */
char *chat_url(const struct chat_api *api, const char *endpoint);
/** Whether that is at the API's maker. */
bool chat_is_makers(const struct chat_api *api, const char *url);
/** Whether the usual key of the API may go there, whoever names it: to its maker, or to this
 *  machine. */
bool chat_is_usual_place(const struct chat_api *api, const char *url);

/** A result as the model is shown it, in at most so many tokens, cut at the end of a line. */
void chat_write_result(const struct result *result, size_t tokens, struct buf *out);

#endif
