/* SPDX-License-Identifier: MIT */
/* Kagi. An answer of its first interface has "data" as lists by kind; one of the interface before
 * it, as a list with kinds in it. */
#include "base/json_write.h"
#include "tools/search_json.h"
#include "tools/search_registry.h"
#include "tools/search_request.h"

static void write_request(struct search_draft *draft, const struct search_query *query,
			  const char *text)
{
	struct json_write json = search_request_json(draft);

	buf_add_str(&draft->url, "/api/v1/search");
	json_begin_object(&json);
	json_key_str(&json, "query", text);
	json_key_str(&json, "workflow", "search");
	json_key_str(&json, "format", "json");
	json_key_uint(&json, "limit", search_request_count(draft, query));
	json_end_object(&json);
}

const struct search_provider search_kagi = {
	.name = "kagi",
	.summary = "Kagi",
	.url = "https://kagi.com",
	.key_variable = "KAGI_API_KEY",
	.key_header = "Authorization: Bearer ",
	.needs_key = true,
	.count_max = 100,
	.form = { .has_operators = true },
	.write = write_request,
	.parse = search_json_parse,
	/* Related searches, which the older one has in its list too, have no URL. */
	.shape = &(const struct search_shape){
		.lists = { "data", "data.search", "data.news", "data.interesting_finds",
			   "data.interesting_news" },
		.proof = "data",
		.refusal = "error",
		.members = {
			.url = "url",
			.title = "title",
			.snippet = { "snippet" },
			.published = { "time", "published" },
		},
	},
};
