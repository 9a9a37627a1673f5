/* SPDX-License-Identifier: MIT */
/* Agent: the files that its answer names, as path:line. */
#include "graph/aggregate.h"
#include "scan/words.h"

#include <string.h>

static bool is_path_byte(unsigned char c)
{
	return words_is_name_byte(c) || strchr("/.-+@", c);
}

void aggregate_agent(struct aggregate *aggregate)
{
	const struct result *result = aggregate->result;
	const char *body = result->body ? blob_data(result->body) : "";
	size_t size = result->body ? blob_len(result->body) : 0;

	for (size_t at = 0, end; at < size; at = end) {
		struct fact fact = { .kind = FACT_MENTION, .weight = 1, .at = at };

		end = at + 1;
		if (!body[at] || !is_path_byte((unsigned char)body[at]))
			continue;
		while (end < size && body[end] && is_path_byte((unsigned char)body[end]))
			end++;
		if (end + 1 >= size || body[end] != ':' || body[end + 1] < '1' ||
		    body[end + 1] > '9' || !memchr(body + at, '.', end - at))
			continue;
		fact.file = aggregate_path(aggregate, NULL, body + at, end - at);
		fact.file_len = fact.file ? strlen(fact.file) : 0;
		fact.len = end - at;
		if (fact.file)
			facts_add(aggregate->facts, &fact);
	}
}
