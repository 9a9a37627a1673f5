/* SPDX-License-Identifier: MIT */
#include "graph/export_view.h"

#include <inttypes.h>
#include <string.h>

enum { LABEL_MAX = 120 }; /* characters: a drawing has no room for more */

struct look {
	const char *shape, *colour;
};

/* The palette of Okabe and Ito, lightened: told apart without seeing red or green. */
static const struct look looks[NODE_KIND_COUNT] = {
	[NODE_FILE] = { "note", "#a6d4f2" },      [NODE_SYMBOL] = { "ellipse", "#99d8c7" },
	[NODE_MATCH] = { "box", "#e6e6e6" },      [NODE_QUERY] = { "hexagon", "#f7e08a" },
	[NODE_COMMAND] = { "cds", "#f3cf8e" },    [NODE_DIAGNOSTIC] = { "octagon", "#eebf99" },
	[NODE_TEST] = { "diamond", "#d9c2e9" },   [NODE_COMMIT] = { "circle", "#c9c9f0" },
	[NODE_PAGE] = { "component", "#e7c3d6" }, [NODE_DOMAIN] = { "house", "#d8d0c0" },
};

/* Graphviz knows escapes and character entities in strings, and no control characters. */
static void write_rune(const char *rune, size_t len, struct buf *out)
{
	if (len > 1)
		buf_add(out, rune, len);
	else if (*rune == '"' || *rune == '\\')
		buf_printf(out, "\\%c", *rune);
	else if (*rune == '&')
		buf_add_str(out, "&amp;");
	else if (*rune == '\n')
		buf_add_str(out, "\\n");
	else if ((unsigned char)*rune >= ' ' && *rune != '\x7f')
		buf_add_char(out, *rune);
	else
		buf_add_char(out, ' ');
}

static void write_string(const char *text, size_t len, struct buf *out)
{
	size_t n = 0;

	buf_add_char(out, '"');
	for (size_t at = 0; at < len; n++) {
		const char *rune;
		size_t rune_len;

		if (n == LABEL_MAX) {
			buf_add_str(out, "…");
			break;
		}
		at += export_rune(text + at, len - at, &rune, &rune_len);
		write_rune(rune, rune_len, out);
	}
	buf_add_char(out, '"');
}

static void write_node(const struct export_view *view, uint32_t id, struct buf *out)
{
	const struct node *node = &view->graph->nodes.items[id];
	const struct look *look = &looks[node->kind];
	char at_line[EXPORT_LABEL_MAX], text[EXPORT_TEXT_MAX];
	const char *label = export_label(view, id, at_line);
	size_t len = export_evidence(view, id, text);

	buf_printf(out, "\tn%" PRIu32 " [label=", view->ids[id]);
	write_string(label, strlen(label), out);
	buf_printf(out, ", shape=%s, fillcolor=\"%s\"", look->shape, look->colour);
	if (view->statuses[id] == CLAIM_CONTRADICTED)
		buf_add_str(out, ", color=\"#c1121f\", penwidth=3");
	else if (view->statuses[id] == CLAIM_STALE)
		buf_add_str(out, ", color=\"#b35900\", penwidth=3, style=\"filled,dashed\"");
	if (len) {
		buf_add_str(out, ", tooltip=");
		write_string(text, len, out);
	}
	buf_add_str(out, "];\n");
}

void export_dot(const struct export_view *view, struct buf *out)
{
	buf_add_str(out, "digraph volley {\n"
			 "\tgraph [rankdir=LR, fontname=\"sans-serif\", charset=\"UTF-8\"];\n"
			 "\tnode [style=filled, color=\"#555555\", fontname=\"sans-serif\"];\n"
			 "\tedge [color=\"#888888\", fontname=\"sans-serif\", fontsize=9];\n");
	for (size_t i = 0; i < view->graph->nodes.n; i++) {
		uint32_t id = export_node_at(view, i);

		if (id != NODE_NONE)
			write_node(view, id, out);
	}
	for (size_t i = 0; i < view->graph->edges.n; i++) {
		const struct edge *edge = export_edge_at(view, i);

		if (edge)
			buf_printf(out, "\tn%" PRIu32 " -> n%" PRIu32 " [label=\"%s\"];\n",
				   view->ids[edge->from], view->ids[edge->to],
				   relation_name(edge->relation));
	}
	buf_add_str(out, "}\n");
}
