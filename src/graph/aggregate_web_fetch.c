/* SPDX-License-Identifier: MIT */
/* WebFetch: the page that was read. What of the code it names can only be told when the code is
 * known: see graph/page_links.h. */
#include "graph/aggregate.h"

void aggregate_web_fetch(struct aggregate *aggregate)
{
	const struct result *result = aggregate->result;
	const struct web_fetch_output *page = &result->web_fetch;

	if (result->payload != PAYLOAD_WEB_FETCH || result->status != CALL_OK || !page->url ||
	    !*page->url)
		return;
	aggregate_page(aggregate, &(struct aggregate_page){ page->url, page->published_s, 0, 0 });
}
