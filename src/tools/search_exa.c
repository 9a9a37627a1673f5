/* SPDX-License-Identifier: MIT */
/* Exa. Passages that answer the query ("highlights") come only when asked for. */
#include "base/json_write.h"
#include "tools/search_json.h"
#include "tools/search_registry.h"
#include "tools/search_request.h"

static void write_request(struct search_draft *draft, const struct search_query *query,
			  const char *text)
{
	struct json_write json = search_request_json(draft);

	buf_add_str(&draft->url, "/search");
	json_begin_object(&json);
	json_key_str(&json, "query", text);
	json_key_str(&json, "type", "auto");
	json_key_uint(&json, "numResults", search_request_count(draft, query));
	search_request_domains(&json, "includeDomains", query->allowed);
	search_request_domains(&json, "excludeDomains", query->blocked);
	json_key(&json, "contents");
	json_begin_object(&json);
	json_key_bool(&json, "highlights", true);
	json_end_object(&json);
	json_end_object(&json);
}

const struct search_provider search_exa = {
	.name = "exa",
	.summary = "Exa",
	.url = "https://api.exa.ai",
	.key_variable = "EXA_API_KEY",
	.key_header = "x-api-key: ",
	.needs_key = true,
	.rate_per_s = 10,
	.count_max = 100,
	.write = write_request,
	.parse = search_json_parse,
	.shape = &(const struct search_shape){
		.lists = { "results" },
		.members = {
			.url = "url",
			.title = "title",
			.snippet = { "highlights", "summary", "text" },
			.published = { "publishedDate" },
		},
	},
};
