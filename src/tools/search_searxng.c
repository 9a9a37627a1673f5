/* SPDX-License-Identifier: MIT */
/* SearXNG, and searx before it: instances that users run. They answer in JSON only if they are set
 * up to. */
#include "base/attr.h"
#include "tools/search_json.h"
#include "tools/search_query.h"
#include "tools/search_registry.h"
#include "tools/search_request.h"

static int build(const struct search_endpoint *endpoint, const struct search_query *query,
		 struct arena *arena, struct transfer_request *ret_request, struct error *err)
{
	static const struct search_query_form form = { .has_operators = true };
	CLEANUP(search_draft) struct search_draft draft;
	const char *text;
	int r;

	search_request_init(&draft, endpoint, arena);
	r = search_query_text(query, &form, arena, &text, err);
	if (r < 0)
		return r;
	search_request_header(&draft, "Accept", "application/json");
	buf_printf(&draft.url, "%s/search?q=", endpoint->url);
	search_url_encode(&draft.url, text, "");
	buf_add_str(&draft.url, "&format=json");
	return search_request_end(&draft, ret_request, err);
}

static int parse(const char *data, size_t len, struct arena *arena, struct search_hits *ret_hits,
		 struct error *err)
{
	static const struct search_shape shape = {
		.provider = "searxng",
		.lists = { "results" },
		.members = {
			.url = "url",
			.title = "title",
			.snippet = { "content" },
			.published = { "publishedDate", "pubdate" },
		},
	};

	return search_json_read(&shape, (struct search_slice){ data, len }, arena, ret_hits, err);
}

const struct search_provider search_searxng = {
	.name = "searxng",
	.summary = "SearXNG: a metasearch engine of one's own",
	.count_max = 50,
	.build = build,
	.parse = parse,
};
