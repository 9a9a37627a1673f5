/* SPDX-License-Identifier: MIT */
/* WebFetch: the page that was read, and when it was published. */
#include "graph/aggregate.h"

#include <string.h>

void aggregate_web_fetch(struct aggregate *aggregate)
{
	const struct result *result = aggregate->result;
	const char *url = result->payload == PAYLOAD_WEB_FETCH ? result->web_fetch.url : NULL;
	struct fact fact = { .kind = FACT_PAGE, .name = url };

	if (!url)
		return;
	fact.name_len = strlen(url);
	fact.len = result->body ? blob_len(result->body) : 0;
	if (result->web_fetch.published_s > 0)
		fact.value = (uint64_t)result->web_fetch.published_s;
	facts_add(aggregate->facts, &fact);
}
