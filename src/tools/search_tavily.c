/* SPDX-License-Identifier: MIT */
/* Tavily. Without a key it answers too, to fewer requests. */
#include "base/attr.h"
#include "base/json_write.h"
#include "tools/search_json.h"
#include "tools/search_query.h"
#include "tools/search_registry.h"
#include "tools/search_request.h"

static void write_body(struct search_draft *draft, const struct search_query *query,
		       const char *text)
{
	struct json_write json = json_write_to(&draft->body);

	json_begin_object(&json);
	json_key_str(&json, "query", text);
	json_key_uint(&json, "max_results", search_request_count(draft, query));
	json_key_str(&json, "search_depth", "basic");
	search_request_domains(&json, "include_domains", query->allowed);
	search_request_domains(&json, "exclude_domains", query->blocked);
	json_end_object(&json);
}

static int build(const struct search_endpoint *endpoint, const struct search_query *query,
		 struct arena *arena, struct transfer_request *ret_request, struct error *err)
{
	static const struct search_query_form form = { .chars_max = 400 };
	CLEANUP(search_draft) struct search_draft draft;
	const char *text;
	int r;

	search_request_init(&draft, endpoint, arena);
	r = search_query_text(query, &form, arena, &text, err);
	if (r < 0)
		return r;
	search_request_header(&draft, "Accept", "application/json");
	search_request_header(&draft, "Content-Type", "application/json");
	if (endpoint->key)
		r = search_request_key(&draft, "Authorization", "Bearer ", err);
	else
		search_request_header(&draft, "X-Tavily-Access-Mode", "keyless");
	if (r < 0)
		return r;
	buf_printf(&draft.url, "%s/search", endpoint->url);
	write_body(&draft, query, text);
	return search_request_end(&draft, ret_request, err);
}

static int parse(const char *data, size_t len, struct arena *arena, struct search_hits *ret_hits,
		 struct error *err)
{
	static const struct search_shape shape = {
		.provider = "tavily",
		.lists = { "results" },
		.members = {
			.url = "url",
			.title = "title",
			.snippet = { "content" },
			.published = { "published_date" },
		},
	};

	return search_json_read(&shape, (struct search_slice){ data, len }, arena, ret_hits, err);
}

const struct search_provider search_tavily = {
	.name = "tavily",
	.summary = "Tavily",
	.url = "https://api.tavily.com",
	.key_variable = "TAVILY_API_KEY",
	.rate_per_s = 100 / 60.0,
	.count_max = 19,
	.build = build,
	.parse = parse,
};
