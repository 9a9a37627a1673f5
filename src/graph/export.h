/* SPDX-License-Identifier: MIT */
#ifndef GRAPH_EXPORT_H
#define GRAPH_EXPORT_H

#include "base/buf.h"
#include "graph/claim.h"

/**
 * The whole graph as text for other programs. The same facts give the same bytes, in whatever
 * order they came.
 */
enum export_format {
	EXPORT_JSON,    /* {"nodes":[…],"edges":[…],"claims":[…]}, an item a line */
	EXPORT_DOT,     /* Graphviz */
	EXPORT_GRAPHML, /* XML 1.0: yEd, Gephi, networkx */
	EXPORT_HTML,    /* one page to look at, which asks no network for anything */
	EXPORT_FORMAT_COUNT
};

const char *export_format_name(enum export_format format); /* "json", … */

/**
 * Appends to out. clashes: of this graph as it is now (claims_find_clashes()); NULL = none.
 * 0, -ENOMEM, or -EFBIG when out is full. Memory: 40 bytes a node and an edge beside out; a page
 * is held twice while it is made.
 */
int graph_export(const struct graph *graph, const struct claims *clashes, enum export_format format,
		 struct buf *out);

#endif
