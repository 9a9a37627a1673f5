/* SPDX-License-Identifier: MIT */
#ifndef MODEL_SEARCH_H
#define MODEL_SEARCH_H

#include "base/arena.h"
#include "model/transfer.h"

#include <stdatomic.h>
#include <stdbool.h>

struct search_draft;
struct search_shape;
struct search_slice;

/**
 * What a search provider is: a table row that the engine asks without knowing it. A remote one
 * writes a request and reads the answer; a local one answers on a worker thread. Which provider is
 * asked, when, and which next if it fails, is the engine's business.
 */
struct search_query {
	const char *text;
	const char *const *allowed; /* domains ("example.org", and all beneath), NULL-terminated */
	const char *const *blocked;
	unsigned count; /* hits that are wanted, 1..50 */
};

struct search_hit {
	const char *url, *title, *snippet; /* plain text, UTF-8; title and snippet may be "" */
	int64_t published_s;               /* since 1970; 0 = not said */
};

/** In the order of the provider, best first; all in the arena that was given. */
struct search_hits {
	struct search_hit *items;
	size_t n;
	const char *why_none; /* n is 0 as it could not look; NULL = it could */
};

/** A provider as the user set it up. */
struct search_endpoint {
	const struct search_provider *provider;
	const char *url;        /* its base, without a slash at the end */
	const char *key;        /* or NULL */
	const char *collection; /* kiwix: the book; docs: the workspace; NULL = all, or none */
	const char *folders;    /* docs: more of them, with ":" between them; NULL = none */
	double rate_per_s;      /* as the user knows it; 0 = the provider's */
};

/** What a provider takes as the text of a query. */
struct search_query_form {
	unsigned chars_max; /* Unicode characters; 0 = SEARCH_QUERY_CHARS_MAX */
	unsigned words_max; /* 0 = any number */
	bool has_operators; /* it understands "site:a OR site:b" and "-site:x" */
};

/** A way to tell something by a status that is not 200. */
struct search_saying {
	int status;       /* 0 = it has none */
	const char *text; /* stands somewhere in the body */
};

struct search_provider {
	const char *name;    /* "brave" */
	const char *summary; /* one line */
	const char *url;     /* base; NULL = the user must give one */
	const char
		*key_variable;  /* where its key comes from, "BRAVE_API_KEY"; NULL = it has none */
	const char *key_header; /* as far as the key; NULL = none */
	bool needs_key, has_collections;
	double rate_per_s;  /* that its documents promise; 0 = none said */
	unsigned burst;     /* at once, at that rate; 0 = 1 */
	unsigned count_max; /* hits of one request */

	struct search_query_form form;
	const char *accept; /* the header that says what is read; NULL = JSON */

	/** Its part of search_request_build(): the URL behind the base, the body, headers of its
	 *  own. text: of the query, in its form. Domains are passed on where it knows them. */
	void (*write)(struct search_draft *draft, const struct search_query *query,
		      const char *text);
	/** An answer of status 200. Fails for what is not an answer of this provider
	 *  (FAULT_PROTOCOL, ERROR_TRANSIENT). Fields that are missing are no failure. */
	int (*parse)(const struct search_provider *self, struct search_slice answer,
		     struct arena *arena, struct search_hits *ret_hits, struct error *err);
	const struct search_shape *shape;                     /* of search_json_parse() */
	struct search_saying says_nothing, says_key_is_wrong; /* nothing was found */

	/** Instead of those two: a local provider, whose endpoint->url is a file. Blocks; a worker
	 *  thread, several at a time. is_stopped: nobody waits any more. */
	int (*search)(const struct search_endpoint *endpoint, const struct search_query *query,
		      const atomic_bool *is_stopped, struct arena *arena,
		      struct search_hits *ret_hits, struct error *err);
};

/** What a search came to: pages of all providers that were asked, merged. */
struct search_outcome {
	struct error error; /* class NONE: somebody answered */
	struct blob *body;  /* as in struct web_search_output; owned by the receiver */
	uint64_t n_pages, n_requests;
	bool is_partial;     /* somebody who was to be asked as well failed, */
	const char *missing; /* and why, a line each; borrowed until the receiver is back */
};

enum { SEARCH_ENDPOINTS_MAX = 16 };

/** Who is asked: SEARCH_ENDPOINTS_MAX at most. */
struct search_conf {
	const struct search_endpoint *endpoints;
	size_t n;
};

/** Called at the first search, once, so that nothing is looked up for who does not search; what it
 *  gives is borrowed for as long as the engine lives. */
typedef int search_conf_fn(void *data, const struct search_conf **ret_conf, struct error *err);

#endif
