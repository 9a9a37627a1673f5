/* SPDX-License-Identifier: MIT */
#include "graph/export_view.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* What XML 1.0 has no way to say is left out: control characters, U+FFFE, U+FFFF. */
static void write_rune(const char *rune, size_t len, struct buf *out)
{
	if (len > 1) {
		if (memcmp(rune, "\xef\xbf\xbe", 3) != 0 && memcmp(rune, "\xef\xbf\xbf", 3) != 0)
			buf_add(out, rune, len);
	} else if (*rune == '&') {
		buf_add_str(out, "&amp;");
	} else if (*rune == '<') {
		buf_add_str(out, "&lt;");
	} else if (*rune == '>') {
		buf_add_str(out, "&gt;");
	} else if (*rune == '\r') {
		buf_add_str(out, "&#13;"); /* as it is, it is read as '\n' */
	} else if ((unsigned char)*rune >= ' ' || *rune == '\n' || *rune == '\t') {
		buf_add_char(out, *rune);
	}
}

static void write_data(const char *key, const char *text, size_t len, struct buf *out)
{
	buf_printf(out, "<data key=\"%s\">", key);
	for (size_t at = 0; at < len;) {
		const char *rune;
		size_t rune_len;

		at += export_rune(text + at, len - at, &rune, &rune_len);
		write_rune(rune, rune_len, out);
	}
	buf_add_str(out, "</data>");
}

static void write_str(const char *key, const char *text, struct buf *out)
{
	write_data(key, text, strlen(text), out);
}

static void write_uint(const char *key, uint32_t n, struct buf *out)
{
	buf_printf(out, "<data key=\"%s\">%" PRIu32 "</data>", key, n);
}

static void write_node(const struct export_view *view, uint32_t id, struct buf *out)
{
	const struct node *node = &view->graph->nodes.items[id];
	char at_line[EXPORT_LABEL_MAX], text[EXPORT_TEXT_MAX], time[EXPORT_TIME_MAX], hash[16];
	size_t len = export_evidence(view, id, text);

	buf_printf(out, "<node id=\"n%" PRIu32 "\">", view->ids[id]);
	write_str("kind", node_kind_name(node->kind), out);
	write_str("label", export_label(view, id, at_line), out);
	if (node->file != NODE_NONE)
		write_str("file", graph_file_name(view->graph, id), out);
	if (node->line) {
		write_uint("line", node->line, out);
		write_uint("end_line", node->end_line, out);
	}
	if (view->calls[id] != UINT32_MAX)
		write_str("call", export_call_id(view, view->calls[id]), out);
	if (node->hash) {
		(void)snprintf(hash, sizeof(hash), "%08x", (unsigned)node->hash); /* it fits */
		write_str("hash", hash, out);
	}
	if (export_time(node->time_ms, time))
		write_str("time", time, out);
	if (len)
		write_data("text", text, len, out);
	if (view->statuses[id] != EXPORT_UNOBSERVED)
		write_str("status", export_status_name(view->statuses[id]), out);
	buf_add_str(out, "</node>\n");
}

static void write_edge(const struct export_view *view, const struct edge *edge, struct buf *out)
{
	buf_printf(out, "<edge source=\"n%" PRIu32 "\" target=\"n%" PRIu32 "\">",
		   view->ids[edge->from], view->ids[edge->to]);
	write_str("relation", relation_name(edge->relation), out);
	write_str("said_by", export_call_id(view, edge->call), out);
	if (edge->weight)
		write_uint("weight", edge->weight, out);
	buf_add_str(out, "</edge>\n");
}

static void write_keys(struct buf *out)
{
	static const struct {
		const char *id, *of, *name, *type;
	} keys[] = {
		{ "kind", "node", "kind", "string" },
		{ "label", "node", "label", "string" },
		{ "file", "node", "file", "string" },
		{ "line", "node", "line", "int" },
		{ "end_line", "node", "end_line", "int" },
		{ "call", "node", "call", "string" },
		{ "hash", "node", "hash", "string" },
		{ "time", "node", "time", "string" },
		{ "text", "node", "text", "string" },
		{ "status", "node", "status", "string" },
		{ "relation", "edge", "relation", "string" },
		{ "said_by", "edge", "call", "string" },
		{ "weight", "edge", "weight", "long" },
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		buf_printf(out, "<key id=\"%s\" for=\"%s\" attr.name=\"%s\" attr.type=\"%s\"/>\n",
			   keys[i].id, keys[i].of, keys[i].name, keys[i].type);
}

void export_graphml(const struct export_view *view, struct buf *out)
{
	buf_add_str(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
			 "<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">\n");
	write_keys(out);
	buf_add_str(out, "<graph id=\"volley\" edgedefault=\"directed\">\n");
	for (size_t i = 0; i < view->graph->nodes.n; i++) {
		uint32_t id = export_node_at(view, i);

		if (id != NODE_NONE)
			write_node(view, id, out);
	}
	for (size_t i = 0; i < view->graph->edges.n; i++) {
		const struct edge *edge = export_edge_at(view, i);

		if (edge)
			write_edge(view, edge, out);
	}
	buf_add_str(out, "</graph>\n</graphml>\n");
}
