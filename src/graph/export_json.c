/* SPDX-License-Identifier: MIT */
#include "graph/export_view.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { CLAIM_TEXT_MAX = 16 << 10, SUPPORT_MAX = 256 };

static void write_place(const struct export_view *view, uint32_t id, struct json_write *json)
{
	const struct node *node = &view->graph->nodes.items[id];

	if (node->file == NODE_NONE)
		return;
	json_key_str(json, "file", graph_file_name(view->graph, id));
	if (node->line) {
		json_key_uint(json, "line", node->line);
		json_key_uint(json, "end_line", node->end_line);
	}
}

static void write_node(const struct export_view *view, uint32_t id, struct buf *out)
{
	const struct node *node = &view->graph->nodes.items[id];
	struct json_write json = json_write_to(out);
	char at_line[EXPORT_LABEL_MAX], text[EXPORT_TEXT_MAX], time[EXPORT_TIME_MAX], hash[16];
	size_t len = export_evidence(view, id, text);

	json_begin_object(&json);
	json_key_uint(&json, "id", view->ids[id]);
	json_key_str(&json, "kind", node_kind_name(node->kind));
	json_key_str(&json, "label", export_label(view, id, at_line));
	write_place(view, id, &json);
	if (view->calls[id] != UINT32_MAX)
		json_key_str(&json, "call", export_call_id(view, view->calls[id]));
	if (node->hash) {
		(void)snprintf(hash, sizeof(hash), "%08x", (unsigned)node->hash); /* it fits */
		json_key_str(&json, "hash", hash);
	}
	if (export_time(node->time_ms, time))
		json_key_str(&json, "time", time);
	if (len) {
		json_key(&json, "text");
		json_strn(&json, text, len);
	}
	if (view->statuses[id] != EXPORT_UNOBSERVED)
		json_key_str(&json, "status", export_status_name(view->statuses[id]));
	json_end_object(&json);
}

static void write_edge(const struct export_view *view, const struct edge *edge, struct buf *out)
{
	struct json_write json = json_write_to(out);

	json_begin_object(&json);
	json_key_uint(&json, "from", view->ids[edge->from]);
	json_key_uint(&json, "to", view->ids[edge->to]);
	json_key_str(&json, "relation", relation_name(edge->relation));
	json_key_str(&json, "call", export_call_id(view, edge->call));
	if (edge->weight)
		json_key_uint(&json, "weight", edge->weight);
	json_end_object(&json);
}

static int compare_calls(const void *a_, const void *b_)
{
	uint32_t a = *(const uint32_t *)a_, b = *(const uint32_t *)b_;

	return (a > b) - (a < b);
}

/* All calls on either side, the lowest first, each once. */
static size_t find_support(const struct graph *graph, const struct claim *claim,
			   uint32_t calls[SUPPORT_MAX])
{
	size_t n = 0, n_unique = 0;

	for (uint32_t i = claim->first; i != UINT32_MAX; i = graph->observations.items[i].next) {
		const struct observation *o = &graph->observations.items[i];

		for (unsigned j = 0; j < o->n_calls && n < SUPPORT_MAX; j++)
			calls[n++] = o->calls[j];
	}
	qsort(calls, n, sizeof(*calls), compare_calls);
	for (size_t i = 0; i < n; i++) {
		if (!i || calls[i] != calls[i - 1])
			calls[n_unique++] = calls[i];
	}
	return n_unique;
}

static void write_claim(const struct export_view *view, const struct claim *claim, struct buf *out)
{
	struct json_write json = json_write_to(out);
	uint32_t calls[SUPPORT_MAX];
	size_t n = find_support(view->graph, claim, calls);
	struct buf text;

	buf_init(&text, CLAIM_TEXT_MAX); /* what is over it is cut */
	claim_write(view->graph, claim, &text);
	if (buf_error(&text) == -ENOMEM && !out->error)
		out->error = -ENOMEM;
	json_begin_object(&json);
	json_key(&json, "text");
	json_strn(&json, text.data ? text.data : "", text.len);
	json_key(&json, "support");
	json_begin_array(&json);
	for (size_t i = 0; i < n; i++)
		json_str(&json, export_call_id(view, calls[i]));
	json_end_array(&json);
	json_key_str(&json, "status", claim_status_name(claim->status));
	if (view->ids[claim->node] != NODE_NONE)
		json_key_uint(&json, "node", view->ids[claim->node]);
	json_end_object(&json);
	buf_release(&text);
}

static void write_left_out(const struct export_view *view, size_t n_edges, struct buf *out)
{
	const struct graph *graph = view->graph;

	if (view->n_nodes < graph->nodes.n)
		buf_printf(out, ",\"left_out\":{\"nodes\":%zu,\"edges\":%zu}",
			   graph->nodes.n - view->n_nodes, graph->edges.n - n_edges);
}

void export_json(const struct export_view *view, struct buf *out)
{
	const struct graph *graph = view->graph;
	const char *separator = "\n";
	size_t n_edges = 0;

	buf_add_str(out, "{\"nodes\":[");
	for (size_t i = 0; i < graph->nodes.n; i++) {
		uint32_t id = export_node_at(view, i);

		if (id == NODE_NONE)
			continue;
		buf_add_str(out, separator);
		write_node(view, id, out);
		separator = ",\n";
	}
	buf_add_str(out, "\n],\"edges\":[");
	separator = "\n";
	for (size_t i = 0; i < graph->edges.n; i++) {
		const struct edge *edge = export_edge_at(view, i);

		if (!edge)
			continue;
		buf_add_str(out, separator);
		write_edge(view, edge, out);
		separator = ",\n";
		n_edges++;
	}
	buf_add_str(out, "\n],\"claims\":[");
	separator = "\n";
	for (size_t i = 0; view->clashes && i < view->clashes->list.n; i++) {
		buf_add_str(out, separator);
		write_claim(view, &view->clashes->list.items[i], out);
		separator = ",\n";
	}
	buf_add_str(out, "\n]");
	write_left_out(view, n_edges, out);
	buf_add_str(out, "}\n");
}
