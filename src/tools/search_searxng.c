/* SPDX-License-Identifier: MIT */
/* SearXNG, and searx before it: instances that users run. They answer in JSON only if they are set
 * up to. */
#include "tools/search_json.h"
#include "tools/search_registry.h"
#include "tools/search_request.h"

#include <string.h>

static void write_request(struct search_draft *draft, const struct search_query *query,
			  const char *text)
{
	const char *url = draft->endpoint->url;
	size_t len = strlen(url);

	(void)query; /* how many it gives is not for us to say */
	while (len && url[len - 1] == '/')
		len--;
	/* As it stands in a browser's line of addresses. */
	if (len > strlen("/search") && memcmp(url + len - strlen("/search"), "/search", 7) == 0)
		len -= strlen("/search");
	buf_clear(&draft->url);
	buf_printf(&draft->url, "%.*s/search?q=", (int)len, url);
	search_url_encode(&draft->url, text, "");
	buf_add_str(&draft->url, "&format=json");
	search_request_header(draft, "Accept-Language: *"); /* nor has a bot a language */
}

const struct search_provider search_searxng = {
	.name = "searxng",
	.summary = "SearXNG: a metasearch engine of one's own",
	.count_max = 50,
	.form = { .has_operators = true },
	/* Its limiter takes who does not read HTML for a bot. */
	.accept = "Accept: application/json, text/html;q=0.5",
	.write = write_request,
	.parse = search_json_parse,
	.shape = &(const struct search_shape){
		.lists = { "results" },
		.failures = "unresponsive_engines",
		.members = {
			.url = "url",
			.title = "title",
			.snippet = { "content" },
			.published = { "publishedDate", "pubdate" },
		},
	},
};
