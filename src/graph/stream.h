/* SPDX-License-Identifier: MIT */
#ifndef GRAPH_STREAM_H
#define GRAPH_STREAM_H

#include "graph/graph.h"

/**
 * Results into the graph as they arrive: each goes to the aggregator of its tool, which makes
 * facts of it; the graph takes them and compares them with what it has. Loop thread.
 */
struct result;

/** Results that arrived together, of any tools and in any order. */
struct stream_item {
	const struct call *call;
	const struct result *result;
	uint32_t number; /* of the call in the graph, below GRAPH_CALLS_MAX */
	int64_t time_ms; /* when it ended, since 1970 */
};

/** root: absolute, for absolute paths in outputs. 0 or -ENOMEM. */
int stream_take(struct graph *graph, const char *root, const struct stream_item *items, size_t n);

#endif
