/* SPDX-License-Identifier: MIT */
/* Jina. It would read each page it finds if it were not told that nobody wants that. */
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
	search_request_header(&draft, "X-Respond-With", "no-content");
	r = search_request_key(&draft, "Authorization", "Bearer ", err);
	if (r < 0)
		return r;
	buf_printf(&draft.url, "%s/", endpoint->url);
	json_begin_object(&json);
	json_key_str(&json, "q", text);
	json_key_uint(&json, "num", search_request_count(&draft, query));
	json_end_object(&json);
	return search_request_end(&draft, ret_request, err);
}

static int parse(const char *data, size_t len, struct arena *arena, struct search_hits *ret_hits,
		 struct error *err)
{
	static const struct search_shape shape = {
		.provider = "jina",
		.lists = { "data" },
		.members = {
			.url = "url",
			.title = "title",
			.snippet = { "description", "content" },
			.published = { "date", "publishedTime" },
		},
	};

	return search_json_read(&shape, (struct search_slice){ data, len }, arena, ret_hits, err);
}

const struct search_provider search_jina = {
	.name = "jina",
	.summary = "Jina Search",
	.url = "https://s.jina.ai",
	.key_variable = "JINA_API_KEY",
	.needs_key = true,
	.rate_per_s = 40 / 60.0,
	.count_max = 20,
	.build = build,
	.parse = parse,
};
