/* SPDX-License-Identifier: MIT */
#include "graph/export.h"

#include "graph/export_view.h"

/* A browser lays out so many and stays quick; the page says how many it leaves out. */
enum { HTML_NODES_MAX = 6000 };

struct form {
	const char *name;
	void (*write)(const struct export_view *view, struct buf *out);
	size_t max_nodes;
};

static const struct form forms[EXPORT_FORMAT_COUNT] = {
	[EXPORT_JSON] = { "json", export_json, SIZE_MAX },
	[EXPORT_DOT] = { "dot", export_dot, SIZE_MAX },
	[EXPORT_GRAPHML] = { "graphml", export_graphml, SIZE_MAX },
	[EXPORT_HTML] = { "html", export_html, HTML_NODES_MAX },
};

const char *export_format_name(enum export_format format)
{
	return forms[format].name;
}

int graph_export(const struct graph *graph, const struct claims *clashes, enum export_format format,
		 struct buf *out)
{
	struct export_view view;
	int r = export_view_init(&view, graph, clashes, forms[format].max_nodes);

	if (r < 0)
		return r;
	forms[format].write(&view, out);
	export_view_release(&view);
	return buf_error(out);
}
