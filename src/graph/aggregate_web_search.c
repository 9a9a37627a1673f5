/* SPDX-License-Identifier: MIT */
/* WebSearch: pages, and when they were published. A line of its output is a page: address, date
 * (seconds since 1970, 0 = not said), title and passage, with tabs between them. */
#include "graph/aggregate.h"

#include <stdlib.h>
#include <string.h>

void aggregate_web_search(struct aggregate *aggregate)
{
	const struct result *result = aggregate->result;
	const char *body = result->body ? blob_data(result->body) : "";
	size_t size = result->body ? blob_len(result->body) : 0;

	for (size_t at = 0; at < size;) {
		const char *line = body + at, *end = memchr(line, '\n', size - at);
		size_t len = (size_t)((end ? end : body + size) - line);
		const char *tab = memchr(line, '\t', len);
		struct fact fact = { .kind = FACT_PAGE, .name = line, .at = at, .len = len };

		at += len + 1;
		if (!tab || tab == line)
			continue;
		fact.name_len = (size_t)(tab - line);
		fact.value = strtoull(tab + 1, NULL, 10);
		facts_add(aggregate->facts, &fact);
	}
}
