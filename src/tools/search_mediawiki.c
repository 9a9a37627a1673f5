/* SPDX-License-Identifier: MIT */
/* MediaWiki: Wikipedia, and any other wiki. Hits have titles, no URLs: how a title becomes one is
 * asked for in the same request ("siteinfo"). */
#include "base/attr.h"
#include "base/str.h"
#include "tools/search_json.h"
#include "tools/search_registry.h"
#include "tools/search_request.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

static void cleanup_json(json_t **json)
{
	json_decref(*json);
}

static bool is_script(const char *url)
{
	size_t len = strlen(url);

	return len > 4 && str_equal(url + len - 4, ".php");
}

static void write_request(struct search_draft *draft, const struct search_query *query,
			  const char *text)
{
	if (!is_script(draft->endpoint->url))
		buf_add_str(&draft->url, "/w/api.php");
	buf_add_str(&draft->url, "?action=query&format=json&list=search&srsearch=");
	search_url_encode(&draft->url, text, "");
	buf_printf(&draft->url, "&srlimit=%u&srprop=snippet%%7Ctimestamp&meta=siteinfo",
		   search_request_count(draft, query));
}

/* A page is at server + articlepath ("/wiki/$1"). What is not said is where most wikis have it. */
static void write_url(struct buf *url, json_t *site, const char *title)
{
	const char *server = json_string_value(json_object_get(site, "server"));
	const char *path = json_string_value(json_object_get(site, "articlepath"));
	const char *place = path ? strstr(path, "$1") : NULL;
	size_t start;

	if (server && str_starts_with(server, "//"))
		buf_add_str(url, "https:");
	buf_add_str(url, server ? server : "");
	if (place)
		buf_add(url, path, (size_t)(place - path));
	else
		buf_add_str(url, "/wiki/");
	start = url->len;
	search_url_encode(url, title, " /:@!$()*,;");
	for (size_t i = start; i < url->len; i++)
		url->data[i] = url->data[i] == ' ' ? '_' : url->data[i];
	buf_add_str(url, place ? place + 2 : "");
}

static void add_hit(struct search_gather *gather, json_t *site, json_t *item)
{
	static const struct search_members members = {
		.url = "url",
		.title = "title",
		.snippet = { "snippet" },
		.published = { "timestamp" },
	};
	const char *title = json_string_value(json_object_get(item, "title"));
	CLEANUP(buf) struct buf url = { 0 };

	if (!title)
		return;
	buf_init(&url, SEARCH_URL_MAX);
	write_url(&url, site, title);
	if (buf_error(&url) == -EFBIG)
		return;
	if (buf_error(&url) || json_object_set_new(item, "url", json_string(url.data)) < 0)
		gather->arena->failed = true;
	else
		search_json_add(gather, item, &members);
}

static int parse(const struct search_provider *self, struct search_slice answer,
		 struct arena *arena, struct search_hits *ret_hits, struct error *err)
{
	CLEANUP(json) json_t *root = NULL;
	struct search_gather gather;
	json_t *query, *found, *site;
	int r = search_json_load(self->name, answer, &root, err);

	if (r < 0)
		return r;
	query = json_object_get(root, "query");
	found = json_object_get(query, "search");
	site = json_object_get(query, "general");
	if (!json_is_array(found))
		return search_json_bad(self->name, root, arena, err);
	search_gather_init(&gather, arena);
	for (size_t i = 0; i < json_array_size(found) && i < SEARCH_HITS_MAX; i++)
		add_hit(&gather, site, json_array_get(found, i));
	return search_gather_end(&gather, ret_hits, err);
}

const struct search_provider search_mediawiki = {
	.name = "mediawiki",
	.summary = "MediaWiki: Wikipedia, or any other wiki",
	.url = "https://en.wikipedia.org",
	.count_max = 50,
	.form = { .chars_max = 300 },
	.write = write_request,
	.parse = parse,
};
