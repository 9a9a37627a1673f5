/* SPDX-License-Identifier: MIT */
#ifndef MODEL_SEARCH_H
#define MODEL_SEARCH_H

#include "base/arena.h"
#include "model/transfer.h"

#include <stdatomic.h>

/**
 * What a search provider is: a table row that the engine asks without knowing it. A remote one
 * builds a request and reads the answer; a local one answers on a worker thread. Which provider is
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
};

/** A provider as the user set it up. */
struct search_endpoint {
	const struct search_provider *provider;
	const char *url;        /* its base, without a slash at the end */
	const char *key;        /* or NULL */
	const char *collection; /* kiwix: the book; docs: the workspace; NULL = all, or none */
	double rate_per_s;      /* as the user knows it; 0 = the provider's */
};

struct search_provider {
	const char *name;    /* "brave" */
	const char *summary; /* one line */
	const char *url;     /* base; NULL = the user must give one */
	const char
		*key_variable; /* where its key comes from, "BRAVE_API_KEY"; NULL = it has none */
	bool needs_key;
	double rate_per_s;  /* that its documents promise; 0 = none said */
	unsigned burst;     /* at once, at that rate; 0 = 1 */
	unsigned count_max; /* hits of one request */

	/** Strings of *ret_request live in the arena. A query that it cannot take (too long) is
	 *  shortened, domains are passed on where it knows them. */
	int (*build)(const struct search_endpoint *endpoint, const struct search_query *query,
		     struct arena *arena, struct transfer_request *ret_request, struct error *err);
	/** An answer of status 200. Fails for what is not an answer of this provider
	 *  (FAULT_PROTOCOL, ERROR_TRANSIENT). Fields that are missing are no failure. */
	int (*parse)(const char *data, size_t len, struct arena *arena,
		     struct search_hits *ret_hits, struct error *err);

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
	bool is_partial; /* somebody who was to be asked as well failed */
};

enum { SEARCH_ENDPOINTS_MAX = 16 };

/** Who is asked. All borrowed by the engine, for as long as it lives. */
struct search_conf {
	const struct search_endpoint *endpoints; /* SEARCH_ENDPOINTS_MAX at most */
	size_t n;
};

#endif
