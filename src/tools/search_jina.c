/* SPDX-License-Identifier: MIT */
/* Jina. It would read each page it finds if it were not told that nobody wants that. */
#include "base/json_write.h"
#include "tools/search_json.h"
#include "tools/search_registry.h"
#include "tools/search_request.h"

static void write_request(struct search_draft *draft, const struct search_query *query,
			  const char *text)
{
	struct json_write json = search_request_json(draft);

	buf_add_str(&draft->url, "/");
	search_request_header(draft, "X-Respond-With: no-content");
	json_begin_object(&json);
	json_key_str(&json, "q", text);
	json_key_uint(&json, "num", search_request_count(draft, query));
	json_end_object(&json);
}

const struct search_provider search_jina = {
	.name = "jina",
	.summary = "Jina Search",
	.url = "https://s.jina.ai",
	.key_variable = "JINA_API_KEY",
	.key_header = "Authorization: Bearer ",
	.needs_key = true,
	.rate_per_s = 40 / 60.0,
	.count_max = 20,
	.form = { .has_operators = true },
	.write = write_request,
	.parse = search_json_parse,
	.says_nothing = { 422, "No search results available" },
	.shape = &(const struct search_shape){
		.lists = { "data" },
		.members = {
			.url = "url",
			.title = "title",
			.snippet = { "description", "content" },
			.published = { "date", "publishedTime" },
		},
	},
};
