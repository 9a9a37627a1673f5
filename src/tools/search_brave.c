/* SPDX-License-Identifier: MIT */
/* Brave Search. */
#include "base/attr.h"
#include "tools/search_json.h"
#include "tools/search_query.h"
#include "tools/search_registry.h"
#include "tools/search_request.h"

static int build(const struct search_endpoint *endpoint, const struct search_query *query,
		 struct arena *arena, struct transfer_request *ret_request, struct error *err)
{
	static const struct search_query_form form = {
		.chars_max = 400,
		.words_max = 50,
		.has_operators = true,
	};
	CLEANUP(search_draft) struct search_draft draft;
	const char *text;
	int r;

	search_request_init(&draft, endpoint, arena);
	r = search_query_text(query, &form, arena, &text, err);
	if (r < 0)
		return r;
	search_request_header(&draft, "Accept", "application/json");
	r = search_request_key(&draft, "X-Subscription-Token", "", err);
	if (r < 0)
		return r;
	buf_printf(&draft.url, "%s/res/v1/web/search?q=", endpoint->url);
	search_url_encode(&draft.url, text, "");
	buf_printf(&draft.url, "&count=%u&result_filter=web&text_decorations=false",
		   search_request_count(&draft, query));
	return search_request_end(&draft, ret_request, err);
}

static int parse(const char *data, size_t len, struct arena *arena, struct search_hits *ret_hits,
		 struct error *err)
{
	/* Where nothing was found there is no "web" at all. */
	static const struct search_shape shape = {
		.provider = "brave",
		.lists = { "web.results" },
		.proof = "query",
		.refusal = "error",
		.members = {
			.url = "url",
			.title = "title",
			.snippet = { "description", "extra_snippets" },
			.published = { "page_age", "age" },
		},
	};

	return search_json_read(&shape, (struct search_slice){ data, len }, arena, ret_hits, err);
}

const struct search_provider search_brave = {
	.name = "brave",
	.summary = "Brave Search",
	.url = "https://api.search.brave.com",
	.key_variable = "BRAVE_API_KEY",
	.needs_key = true,
	.rate_per_s = 1,
	.count_max = 20,
	.build = build,
	.parse = parse,
};
