/* SPDX-License-Identifier: MIT */
#ifndef GRAPH_EXPORT_VIEW_H
#define GRAPH_EXPORT_VIEW_H

#include "base/json_write.h"
#include "graph/export.h"

/**
 * What all forms of export say of nodes and edges: their numbers, who says so, how certain it is,
 * what shows it. Borrows the graph; loop thread.
 */
enum {
	EXPORT_UNOBSERVED = CLAIM_STALE + 1, /* beside enum claim_status */
	EXPORT_TEXT_MAX = 200,               /* bytes of evidence */
	EXPORT_TIME_MAX = 32,
};

struct export_view {
	const struct graph *graph;
	const struct claims *clashes;
	struct graph_order order;
	uint32_t *ids;     /* by node: its number in the export; NODE_NONE = left out */
	uint32_t *calls;   /* by node: the lowest that says something of it; UINT32_MAX = none */
	uint8_t *statuses; /* by node: enum claim_status or EXPORT_UNOBSERVED */
	uint32_t *degrees; /* by node: its edges */
	size_t n_nodes;    /* that are in it */
};

/** max_nodes: if there are more, the most telling stay. 0 or -ENOMEM. */
int export_view_init(struct export_view *view, const struct graph *graph,
		     const struct claims *clashes, size_t max_nodes);
void export_view_release(struct export_view *view);

/** The node at a place of the order; NODE_NONE: left out. */
static inline uint32_t export_node_at(const struct export_view *view, size_t place)
{
	uint32_t id = view->order.nodes[place];

	return view->ids[id] == NODE_NONE ? NODE_NONE : id;
}

/** The edge at a place of the order; NULL: an end of it is left out. */
const struct edge *export_edge_at(const struct export_view *view, size_t place);

/** The name, or where it is, if it has none. Borrowed, or in at_line. */
enum { EXPORT_LABEL_MAX = 4200 };
const char *export_label(const struct export_view *view, uint32_t node,
			 char at_line[EXPORT_LABEL_MAX]);

/** Evidence in valid UTF-8 and without a cut character. Returns its length; 0 = none. */
size_t export_evidence(const struct export_view *view, uint32_t node, char out[EXPORT_TEXT_MAX]);

/** RFC 3339, UTC, milliseconds. False: there is none, or it is out of the years 1 to 9999. */
bool export_time(int64_t time_ms, char out[EXPORT_TIME_MAX]);

/** The id of a call; "" for UINT32_MAX. */
const char *export_call_id(const struct export_view *view, uint32_t call);

const char *export_status_name(unsigned status); /* NULL for EXPORT_UNOBSERVED */

/** The character at the start of text as valid UTF-8, U+FFFD for a byte that is part of none.
 *  Returns how many bytes of text it is. */
size_t export_rune(const char *text, size_t len, const char **ret_rune, size_t *ret_len);

/* The forms. Each appends to out, whose error tells. */
void export_json(const struct export_view *view, struct buf *out);
void export_dot(const struct export_view *view, struct buf *out);
void export_graphml(const struct export_view *view, struct buf *out);
void export_html(const struct export_view *view, struct buf *out);

#endif
