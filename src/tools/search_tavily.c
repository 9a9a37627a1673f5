/* SPDX-License-Identifier: MIT */
/* Tavily. Without a key it answers too, to fewer requests. */
#include "base/json_write.h"
#include "tools/search_json.h"
#include "tools/search_registry.h"
#include "tools/search_request.h"

static void write_request(struct search_draft *draft, const struct search_query *query,
			  const char *text)
{
	struct json_write json = search_request_json(draft);

	buf_add_str(&draft->url, "/search");
	if (!draft->endpoint->key)
		search_request_header(draft, "X-Tavily-Access-Mode: keyless");
	json_begin_object(&json);
	json_key_str(&json, "query", text);
	json_key_uint(&json, "max_results", search_request_count(draft, query));
	json_key_str(&json, "search_depth", "basic");
	search_request_domains(&json, "include_domains", query->allowed);
	search_request_domains(&json, "exclude_domains", query->blocked);
	json_end_object(&json);
}

const struct search_provider search_tavily = {
	.name = "tavily",
	.summary = "Tavily",
	.url = "https://api.tavily.com",
	.key_variable = "TAVILY_API_KEY",
	.key_header = "Authorization: Bearer ",
	.rate_per_s = 100 / 60.0,
	.count_max = 19,
	.form = { .chars_max = 400 },
	.write = write_request,
	.parse = search_json_parse,
	.shape = &(const struct search_shape){
		.lists = { "results" },
		.members = {
			.url = "url",
			.title = "title",
			.snippet = { "content" },
			.published = { "published_date" },
		},
	},
};
