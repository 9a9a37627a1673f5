/* SPDX-License-Identifier: MIT */
/* WebSearch: pages, when they were published, and whose they are. */
#include "graph/aggregate.h"
#include "graph/page.h"

#include <string.h>

void aggregate_page(struct aggregate *aggregate, const struct aggregate_page *page)
{
	const char *name = page_identity(page->url, aggregate->arena);
	const char *site = name ? page_site(name, aggregate->arena) : NULL;
	struct fact fact = { .kind = FACT_PAGE, .name = name, .at = page->at, .len = page->len };

	if (!site) {
		aggregate->facts->is_out_of_memory = true;
		return;
	}
	fact.name_len = strlen(name);
	fact.value = page->published_s > 0 ? (uint64_t)page->published_s : 0;
	facts_add(aggregate->facts, &fact);
	if (!*site)
		return;
	fact.kind = FACT_SITE;
	fact.other = site;
	fact.other_len = strlen(site);
	facts_add(aggregate->facts, &fact);
}

void aggregate_web_search(struct aggregate *aggregate)
{
	const struct result *result = aggregate->result;
	const char *body = result->body ? blob_data(result->body) : "";
	size_t size = result->body ? blob_len(result->body) : 0;

	for (size_t at = 0; at < size;) {
		const char *line = body + at, *end = memchr(line, '\n', size - at);
		size_t len = (size_t)((end ? end : body + size) - line);
		struct page_hit hit;

		if (page_read_hit(line, len, aggregate->arena, &hit))
			aggregate_page(aggregate, &(struct aggregate_page){
							  hit.url, hit.published_s, at, len });
		at += len + 1;
	}
}
