/* SPDX-License-Identifier: MIT */
/* The order of nodes and edges that is the same for the same facts. */
#include "base/str.h"
#include "graph/graph.h"

#include <errno.h>
#include <stdlib.h>

static int compare_uint(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int compare_names(const struct graph *graph, uint32_t a, uint32_t b)
{
	return a == b ? 0 : strcmp(graph_name(graph, a), graph_name(graph, b));
}

static int compare_nodes(const void *a_, const void *b_, void *data)
{
	const struct graph *graph = data;
	uint32_t a = *(const uint32_t *)a_, b = *(const uint32_t *)b_;
	const struct node *x = &graph->nodes.items[a], *y = &graph->nodes.items[b];
	int r = compare_uint(x->kind, y->kind);

	if (r)
		return r;
	if (x->file != y->file) {
		if (x->file == NODE_NONE || y->file == NODE_NONE)
			return x->file == NODE_NONE ? -1 : 1;
		return compare_names(graph, x->file, y->file);
	}
	r = compare_uint(x->line, y->line);
	return r ? r : compare_names(graph, a, b);
}

struct edge_order {
	const struct graph *graph;
	const uint32_t *ranks;
};

static int compare_edges(const void *a_, const void *b_, void *data)
{
	const struct edge_order *order = data;
	const struct edge *a = &order->graph->edges.items[*(const uint32_t *)a_];
	const struct edge *b = &order->graph->edges.items[*(const uint32_t *)b_];
	int r = compare_uint(order->ranks[a->from], order->ranks[b->from]);

	if (!r)
		r = compare_uint(a->relation, b->relation);
	return r ? r : compare_uint(order->ranks[a->to], order->ranks[b->to]);
}

int graph_order(const struct graph *graph, struct graph_order *ret_order)
{
	size_t n = graph->nodes.n, n_edges = graph->edges.n;
	struct graph_order order = {
		.nodes = malloc((n + 1) * sizeof(uint32_t)),
		.ranks = malloc((n + 1) * sizeof(uint32_t)),
		.edges = malloc((n_edges + 1) * sizeof(uint32_t)),
	};
	struct edge_order by = { graph, order.ranks };

	if (!order.nodes || !order.ranks || !order.edges) {
		graph_order_release(&order);
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < n; i++)
		order.nodes[i] = i;
	qsort_r(order.nodes, n, sizeof(uint32_t), compare_nodes, (void *)(uintptr_t)graph);
	for (uint32_t i = 0; i < n; i++)
		order.ranks[order.nodes[i]] = i;
	for (uint32_t i = 0; i < n_edges; i++)
		order.edges[i] = i;
	qsort_r(order.edges, n_edges, sizeof(uint32_t), compare_edges, &by);
	*ret_order = order;
	return 0;
}

void graph_order_release(struct graph_order *order)
{
	free(order->nodes);
	free(order->ranks);
	free(order->edges);
	*order = (struct graph_order){ 0 };
}
