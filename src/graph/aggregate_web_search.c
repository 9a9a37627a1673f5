/* SPDX-License-Identifier: MIT */
/* WebSearch: pages, and when they were published. A line of its output is a page (model/call.h). */
#include "graph/aggregate.h"
#include "plan/syntax.h"

#include <string.h>

static void add_page(struct aggregate *aggregate, const char *line, size_t len, size_t at)
{
	const struct syntax_text text = { .data = line, .len = len };
	const struct value *url, *published;
	struct fact fact = { .kind = FACT_PAGE, .at = at, .len = len };
	struct problem problem;
	struct value value;

	if (syntax_read_json(&text, aggregate->arena, &value, &problem) < 0 ||
	    value.type != VALUE_MAP)
		return;
	url = value_find(&value, "url");
	published = value_find(&value, "published");
	if (!url || url->type != VALUE_STR || !url->len)
		return;
	fact.name = url->str;
	fact.name_len = url->len;
	if (published && published->type == VALUE_INT && published->integer > 0)
		fact.value = (uint64_t)published->integer;
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

		add_page(aggregate, line, len, at);
		at += len + 1;
	}
}
