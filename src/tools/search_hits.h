/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_SEARCH_HITS_H
#define TOOLS_SEARCH_HITS_H

#include "model/search.h"
#include "tools/search_url.h"

/** Hits of one answer; what it has beyond is not looked at. */
enum { SEARCH_HITS_MAX = 100 };

/** A hit as it came: slices are foreign text, empty = not there. */
struct search_raw {
	struct search_slice url, title, snippet, published;
};

/** Gathers the hits of an answer. Errors are the arena's. */
struct search_gather {
	struct arena *arena;
	struct search_hits hits;
	int64_t now_s;
};

void search_gather_init(struct search_gather *gather, struct arena *arena);

/** Makes text plain and reads the date. A hit whose URL is neither http nor https, nor a path on
 *  the server that answered, is passed over. */
void search_gather_add(struct search_gather *gather, const struct search_raw *raw);

/** 0 or -ENOMEM. */
int search_gather_end(const struct search_gather *gather, struct search_hits *ret_hits,
		      struct error *err);

/**
 * What is done with the hits of every provider, whatever it promises: paths become URLs of the
 * endpoint's server, hits whose domain was not asked for go, and no more than query->count stay.
 * In place. 0 or -ENOMEM.
 */
int search_hits_settle(const struct search_endpoint *endpoint, const struct search_query *query,
		       struct arena *arena, struct search_hits *hits, struct error *err);

/** An answer that is none: ERROR_TRANSIENT, FAULT_PROTOCOL. said: what the provider says of it,
 *  plain text; NULL = nothing. */
int search_answer_bad(struct error *err, const char *provider, const char *what, const char *said);

#endif
