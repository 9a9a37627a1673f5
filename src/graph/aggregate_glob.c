/* SPDX-License-Identifier: MIT */
/* Glob: files that are there. */
#include "graph/aggregate.h"

#include <string.h>

void aggregate_glob(struct aggregate *aggregate)
{
	const struct result *result = aggregate->result;
	const char *at = result->body ? blob_data(result->body) : "";
	const char *end = at + (result->body ? blob_len(result->body) : 0);

	while (at < end) {
		struct fact fact = { .kind = FACT_EXISTS, .file = at, .value = 1 };

		fact.file_len = strnlen(at, (size_t)(end - at));
		facts_add(aggregate->facts, &fact);
		at += fact.file_len + 1;
	}
}
