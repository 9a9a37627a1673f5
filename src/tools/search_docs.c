/* SPDX-License-Identifier: MIT */
/* docs: the documentation on this machine (docs/docs.h). Needs no network and no key. */
#include "docs/docs.h"
#include "tools/search_registry.h"

#include <errno.h>

static int docs_ask(const struct search_endpoint *endpoint, const struct search_query *query,
		    const atomic_bool *is_stopped, struct arena *arena,
		    struct search_hits *ret_hits, struct error *err)
{
	const struct docs_conf conf = {
		.path = endpoint->url,
		.workspace = endpoint->collection,
		.cancel = is_stopped,
	};
	struct docs_hit *hits;
	struct docs *docs;
	size_t n = 0;
	int r;

	/* Of these domains it has nothing. */
	if (query->allowed && *query->allowed)
		return 0;
	r = docs_open(&conf, &docs, err);
	if (r < 0)
		return r;
	r = docs_search(docs, query->text, query->count, arena, &hits, &n, err);
	docs_close(docs);
	if (r < 0)
		return r;
	ret_hits->items = arena_alloc_array(arena, n ? n : 1, sizeof(*ret_hits->items));
	if (!ret_hits->items)
		return error_errno(err, ENOMEM, "cannot search");
	for (size_t i = 0; i < n; i++) {
		ret_hits->items[i] = (struct search_hit){
			.url = hits[i].url,
			.title = hits[i].title,
			.snippet = hits[i].passage,
			.published_s = hits[i].modified_s,
		};
	}
	ret_hits->n = n;
	return 0;
}

const struct search_provider search_docs = {
	.name = "docs",
	.summary = "manual pages, /usr/share/doc and the workspace's documents, on this machine",
	.count_max = 50,
	.search = docs_ask,
};
