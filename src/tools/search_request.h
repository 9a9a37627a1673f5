/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_SEARCH_REQUEST_H
#define TOOLS_SEARCH_REQUEST_H

#include "base/buf.h"
#include "model/search.h"

struct json_write;

/** Puts a request to a provider together. Bufs are sticky; search_request_end() tests them. */
struct search_draft {
	struct buf url, body;
	const char *headers[5]; /* in the arena */
	size_t n_headers;
	struct arena *arena;
	const struct search_endpoint *endpoint;
};

enum { SEARCH_REQUEST_MAX = 64 << 10 };

void search_request_init(struct search_draft *draft, const struct search_endpoint *endpoint,
			 struct arena *arena);

/** Accepts one that search_request_init() has seen. */
void cleanup_search_draft(struct search_draft *draft);

void search_request_header(struct search_draft *draft, const char *name, const char *value);

/** "NAME: PREFIXkey". ERROR_DENIED: there is no key, or one that no header can carry. */
int search_request_key(struct search_draft *draft, const char *name, const char *prefix,
		       struct error *err);

/** How many hits to ask for: as many as are wanted, and the provider gives. */
unsigned search_request_count(const struct search_draft *draft, const struct search_query *query);

/** A member of the body that is a list of domains; left out where there is none. */
void search_request_domains(struct json_write *json, const char *key, const char *const *domains);

/** POST when there is a body. An origin that the user gave is trusted. */
int search_request_end(struct search_draft *draft, struct transfer_request *ret_request,
		       struct error *err);

#endif
