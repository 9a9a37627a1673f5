/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_SEARCH_JSON_H
#define TOOLS_SEARCH_JSON_H

#include "tools/search_hits.h"

struct json_t;

/** Answers in JSON, and where in them hits stand. */

/** Names of the members of a hit. Of several the first that says something is taken; a list of
 *  strings is joined. What has another type is as good as missing. NULL: no more. */
struct search_members {
	const char *url, *title;
	const char *snippet[3], *published[2];
};

/** An answer of a provider. "web.results" is the member "results" of the member "web". */
struct search_shape {
	const char *lists[5]; /* of hits, in this order; one of them must be there, or … */
	const char *proof;    /* … an object that a true answer has; NULL = there is none */
	const char *refusal;  /* a member that no true answer has, unless empty; NULL = none */
	const char *failures; /* [name, reason] of each engine that it asked in vain; NULL = none */
	struct search_members members;
};

/** search_provider.parse() by the provider's shape. */
int search_json_parse(const struct search_provider *self, struct search_slice answer,
		      struct arena *arena, struct search_hits *ret_hits, struct error *err);

/** What an answer that is an error says of it, plain; NULL = nothing, or it is no JSON. */
const char *search_json_said(struct search_slice answer, struct arena *arena);

/* The parts of it, for an answer that needs more than that. */

/** The object that is the whole answer; json_decref() it. */
int search_json_load(const char *provider, struct search_slice answer, struct json_t **ret_root,
		     struct error *err);

/** The hit that an object is. */
void search_json_add(struct search_gather *gather, const struct json_t *item,
		     const struct search_members *members);

/** search_answer_bad(): there is nothing to read in it. */
int search_json_bad(const char *provider, const struct json_t *root, struct arena *arena,
		    struct error *err);

#endif
