/* SPDX-License-Identifier: MIT */
/* Brave Search. */
#include "tools/search_json.h"
#include "tools/search_registry.h"
#include "tools/search_request.h"

static void write_request(struct search_draft *draft, const struct search_query *query,
			  const char *text)
{
	buf_add_str(&draft->url, "/res/v1/web/search?q=");
	search_url_encode(&draft->url, text, "");
	buf_printf(&draft->url, "&count=%u&result_filter=web&text_decorations=false",
		   search_request_count(draft, query));
}

const struct search_provider search_brave = {
	.name = "brave",
	.summary = "Brave Search",
	.url = "https://api.search.brave.com",
	.key_variable = "BRAVE_API_KEY",
	.key_header = "X-Subscription-Token: ",
	.needs_key = true,
	.rate_per_s = 1,
	.count_max = 20,
	.form = { .chars_max = 400, .words_max = 50, .has_operators = true },
	.write = write_request,
	.parse = search_json_parse,
	.says_key_is_wrong = { 422, "SUBSCRIPTION_TOKEN" },
	/* Where nothing was found there is no "web" at all. */
	.shape = &(const struct search_shape){
		.lists = { "web.results" },
		.proof = "query",
		.refusal = "error",
		.members = {
			.url = "url",
			.title = "title",
			.snippet = { "description", "extra_snippets" },
			.published = { "page_age", "age" },
		},
	},
};
