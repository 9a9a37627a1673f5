/* SPDX-License-Identifier: MIT */
/* Kagi. An answer of its first interface has "data" as lists by kind; one of the interface before
 * it, as a list with kinds in it. */
#include "base/attr.h"
#include "base/json_write.h"
#include "tools/search_json.h"
#include "tools/search_query.h"
#include "tools/search_registry.h"
#include "tools/search_request.h"

static int build(const struct search_endpoint *endpoint, const struct search_query *query,
		 struct arena *arena, struct transfer_request *ret_request, struct error *err)
{
	static const struct search_query_form form = { .has_operators = true };
	CLEANUP(search_draft) struct search_draft draft;
	struct json_write json = json_write_to(&draft.body);
	const char *text;
	int r;

	search_request_init(&draft, endpoint, arena);
	r = search_query_text(query, &form, arena, &text, err);
	if (r < 0)
		return r;
	search_request_header(&draft, "Accept", "application/json");
	search_request_header(&draft, "Content-Type", "application/json");
	r = search_request_key(&draft, "Authorization", "Bearer ", err);
	if (r < 0)
		return r;
	buf_printf(&draft.url, "%s/api/v1/search", endpoint->url);
	json_begin_object(&json);
	json_key_str(&json, "query", text);
	json_key_str(&json, "workflow", "search");
	json_key_str(&json, "format", "json");
	json_key_uint(&json, "limit", search_request_count(&draft, query));
	json_end_object(&json);
	return search_request_end(&draft, ret_request, err);
}

static int parse(const char *data, size_t len, struct arena *arena, struct search_hits *ret_hits,
		 struct error *err)
{
	/* Related searches, which the older one has in its list too, have no URL. */
	static const struct search_shape shape = {
		.provider = "kagi",
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
	};

	return search_json_read(&shape, (struct search_slice){ data, len }, arena, ret_hits, err);
}

const struct search_provider search_kagi = {
	.name = "kagi",
	.summary = "Kagi",
	.url = "https://kagi.com",
	.key_variable = "KAGI_API_KEY",
	.needs_key = true,
	.count_max = 100,
	.build = build,
	.parse = parse,
};
