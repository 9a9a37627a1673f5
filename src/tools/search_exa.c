/* SPDX-License-Identifier: MIT */
/* Exa. Passages that answer the query ("highlights") come only when asked for. */
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

static int build(const struct search_endpoint *endpoint, const struct search_query *query,
		 struct arena *arena, struct transfer_request *ret_request, struct error *err)
{
	static const struct search_query_form form = { 0 };
	CLEANUP(search_draft) struct search_draft draft;
	const char *text;
	int r;

	search_request_init(&draft, endpoint, arena);
	r = search_query_text(query, &form, arena, &text, err);
	if (r < 0)
		return r;
	search_request_header(&draft, "Accept", "application/json");
	search_request_header(&draft, "Content-Type", "application/json");
	r = search_request_key(&draft, "x-api-key", "", err);
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
		.provider = "exa",
		.lists = { "results" },
		.members = {
			.url = "url",
			.title = "title",
			.snippet = { "highlights", "summary", "text" },
			.published = { "publishedDate" },
		},
	};

	return search_json_read(&shape, (struct search_slice){ data, len }, arena, ret_hits, err);
}

const struct search_provider search_exa = {
	.name = "exa",
	.summary = "Exa",
	.url = "https://api.exa.ai",
	.key_variable = "EXA_API_KEY",
	.needs_key = true,
	.rate_per_s = 10,
	.count_max = 100,
	.build = build,
	.parse = parse,
};
