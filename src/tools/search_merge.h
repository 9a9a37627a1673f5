/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_SEARCH_MERGE_H
#define TOOLS_SEARCH_MERGE_H

#include "model/search.h"

/** What one provider found for one query, best first. Several lists may be of one provider. */
struct search_list {
	const char *provider;
	const struct search_hit *items;
	size_t n;
};

/** A page that at least one list has. Strings are those of the lists. */
struct search_page {
	const char *url;      /* as the list wrote it that ranks it highest */
	const char *title;    /* of the same; where that has none, of the next best */
	const char *snippet;  /* the longest */
	int64_t published_s;  /* the latest that is said; 0 = none is */
	const char *identity; /* search_url_identity() */
	const char **by;      /* providers that found it, each once, in the order of the lists */
	size_t n_by, n_lists;
	uint64_t score; /* sum of SEARCH_MERGE_UNIT / (60 + rank), rank from 1 */
};

struct search_pages {
	struct search_page *items;
	size_t n;
};

enum { SEARCH_MERGE_K = 60, SEARCH_MERGE_MAX = 20000 };

#define SEARCH_MERGE_UNIT UINT64_C(1000000000000)

/**
 * Reciprocal rank fusion (Cormack, Clarke and Büttcher, 2009): pages in the order of their scores;
 * of equal scores, in byte order of URL. A list counts a page once, at its best rank. Which order
 * lists have makes no difference, but to `by`. Hits whose URL is none are left out, and those
 * after the first SEARCH_MERGE_MAX. 0 or -ENOMEM.
 */
int search_merge(const struct search_list *lists, size_t n, struct arena *arena,
		 struct search_pages *ret_pages);

#endif
