/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_SEARCH_REQUEST_H
#define TOOLS_SEARCH_REQUEST_H

#include "base/buf.h"
#include "model/search.h"

struct json_write;

/** A request to a provider that is being put together. Bufs are sticky, and tested in the end. */
struct search_draft {
	struct buf url, body;
	const char *headers[5]; /* in the arena */
	size_t n_headers;
	struct arena *arena;
	const struct search_endpoint *endpoint;
};

enum { SEARCH_REQUEST_MAX = 64 << 10 };

/**
 * What to send to an endpoint of a provider that writes; POST when there is a body. Strings of
 * *ret_request live in the arena. An origin that the user gave is trusted. ERROR_INVALID: there is
 * nothing to search for; ERROR_DENIED: there is no key, or one that no header can carry.
 */
int search_request_build(const struct search_endpoint *endpoint, const struct search_query *query,
			 struct arena *arena, struct transfer_request *ret_request,
			 struct error *err);

/* Parts of it, for providers. */

void search_request_header(struct search_draft *draft, const char *header);

/** The body, which is to be JSON. */
struct json_write search_request_json(struct search_draft *draft);

/** How many hits to ask for: as many as are wanted, and the provider gives. */
unsigned search_request_count(const struct search_draft *draft, const struct search_query *query);

/** A member of the body that is a list of domains; left out where there is none. */
void search_request_domains(struct json_write *json, const char *key, const char *const *domains);

#endif
