/* SPDX-License-Identifier: MIT */
#include "graph/export_view.h"

#include "base/utf8.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */

/* ---- who says so, and how certain it is ---- */

static void note_call(uint32_t *calls, uint32_t node, uint32_t call)
{
	if (call < calls[node])
		calls[node] = call;
}

static void find_calls(struct export_view *view)
{
	const struct graph *graph = view->graph;

	for (size_t i = 0; i < graph->nodes.n; i++)
		view->calls[i] = UINT32_MAX;
	for (uint32_t i = 0; i < graph->sources.n; i++) {
		const struct source *source = &graph->sources.items[i];

		if (source->tool && source->node != NODE_NONE)
			note_call(view->calls, source->node, i);
	}
	for (size_t i = 0; i < graph->edges.n; i++) {
		const struct edge *edge = &graph->edges.items[i];

		note_call(view->calls, edge->from, edge->call);
		note_call(view->calls, edge->to, edge->call);
		view->degrees[edge->from]++;
		view->degrees[edge->to]++;
	}
	for (size_t i = 0; i < graph->observations.n; i++) {
		const struct observation *o = &graph->observations.items[i];

		note_call(view->calls, o->node, o->calls[0]);
	}
	/* The one whose output shows it, where there is one. */
	for (size_t i = 0; i < graph->nodes.n; i++) {
		if (graph->nodes.items[i].len)
			view->calls[i] = graph->nodes.items[i].call;
	}
}

/* Of two attributes the worse one counts, and one that is agreed more than one that is not. */
static unsigned worse(unsigned a, unsigned b)
{
	static const uint8_t weights[] = {
		[CLAIM_SINGLE] = 1, [CLAIM_AGREED] = 2,      [CLAIM_CONTRADICTED] = 4,
		[CLAIM_STALE] = 3,  [EXPORT_UNOBSERVED] = 0,
	};

	return weights[a] >= weights[b] ? a : b;
}

/* A clash that the files decide is stale, whatever the graph alone says of it. */
static void find_statuses(struct export_view *view)
{
	const struct graph *graph = view->graph;

	memset(view->statuses, EXPORT_UNOBSERVED, graph->nodes.n);
	for (size_t i = 0; i < graph->observations.n; i++) {
		const struct observation *o = &graph->observations.items[i];
		struct claim claim;

		if (o->is_first && o->next == UINT32_MAX &&
		    claim_find(graph, o->node, o->attribute, &claim))
			view->statuses[o->node] =
				(uint8_t)worse(view->statuses[o->node], claim.status);
	}
	for (size_t i = 0; view->clashes && i < view->clashes->list.n; i++) {
		const struct claim *claim = &view->clashes->list.items[i];

		view->statuses[claim->node] =
			(uint8_t)worse(view->statuses[claim->node], claim->status);
	}
}

/* ---- which ones stay ---- */

/* What somebody looking for the gist wants first: what clashes, what was asked, then what most is
 * connected to. */
static unsigned class_of(const struct export_view *view, uint32_t id)
{
	unsigned status = view->statuses[id];
	enum node_kind kind = view->graph->nodes.items[id].kind;

	if (status == CLAIM_CONTRADICTED || status == CLAIM_STALE)
		return 0;
	return kind == NODE_QUERY || kind == NODE_COMMAND || kind == NODE_DOMAIN ? 1 : 2;
}

/* A file says more than the one match in it. */
static uint32_t weight_of(const struct export_view *view, uint32_t id)
{
	return view->degrees[id] + (view->graph->nodes.items[id].kind == NODE_FILE);
}

static int compare_telling(const void *a_, const void *b_, void *data)
{
	const struct export_view *view = data;
	uint32_t a = *(const uint32_t *)a_, b = *(const uint32_t *)b_;
	unsigned x = class_of(view, a), y = class_of(view, b);

	if (x != y)
		return x < y ? -1 : 1;
	if (weight_of(view, a) != weight_of(view, b))
		return weight_of(view, a) > weight_of(view, b) ? -1 : 1;
	return view->order.ranks[a] < view->order.ranks[b] ? -1 : 1;
}

/* Without memory for sorting them, false. */
static bool choose(struct export_view *view, size_t max)
{
	size_t n = view->graph->nodes.n;
	uint32_t *best = malloc(n * sizeof(*best));

	if (!best)
		return false;
	memcpy(best, view->order.nodes, n * sizeof(*best));
	qsort_r(best, n, sizeof(*best), compare_telling, view);
	for (size_t i = max; i < n; i++)
		view->ids[best[i]] = NODE_NONE;
	free(best);
	return true;
}

static void number(struct export_view *view)
{
	for (size_t i = 0; i < view->graph->nodes.n; i++) {
		uint32_t id = view->order.nodes[i];

		if (view->ids[id] != NODE_NONE)
			view->ids[id] = (uint32_t)view->n_nodes++;
	}
}

int export_view_init(struct export_view *view, const struct graph *graph,
		     const struct claims *clashes, size_t max_nodes)
{
	size_t n = graph->nodes.n;
	int r;

	*view = (struct export_view){
		.graph = graph,
		.clashes = clashes,
		.ids = calloc(n + 1, sizeof(uint32_t)),
		.calls = calloc(n + 1, sizeof(uint32_t)),
		.statuses = calloc(n + 1, 1),
		.degrees = calloc(n + 1, sizeof(uint32_t)),
	};
	r = view->ids && view->calls && view->statuses && view->degrees
		    ? graph_order(graph, &view->order)
		    : -ENOMEM;
	if (r == 0) {
		find_calls(view);
		find_statuses(view);
		if (n > max_nodes && !choose(view, max_nodes))
			r = -ENOMEM;
	}
	if (r < 0)
		export_view_release(view);
	else
		number(view);
	return r;
}

void export_view_release(struct export_view *view)
{
	graph_order_release(&view->order);
	free(view->ids);
	free(view->calls);
	free(view->statuses);
	free(view->degrees);
	*view = (struct export_view){ 0 };
}

/* ---- what is said of them ---- */

const struct edge *export_edge_at(const struct export_view *view, size_t place)
{
	const struct edge *edge = &view->graph->edges.items[view->order.edges[place]];

	return view->ids[edge->from] == NODE_NONE || view->ids[edge->to] == NODE_NONE ? NULL : edge;
}

const char *export_label(const struct export_view *view, uint32_t node,
			 char at_line[EXPORT_LABEL_MAX])
{
	const char *name = graph_name(view->graph, node);

	if (*name)
		return name;
	(void)snprintf(at_line, EXPORT_LABEL_MAX, "%s:%" PRIu32, /* what is too long is cut */
		       graph_file_name(view->graph, node), view->graph->nodes.items[node].line);
	return at_line;
}

size_t export_rune(const char *text, size_t len, const char **ret_rune, size_t *ret_len)
{
	size_t n = utf8_sequence((const unsigned char *)text, len);

	*ret_rune = n ? text : replacement;
	*ret_len = n ? n : sizeof(replacement) - 1;
	return n ? n : 1;
}

size_t export_evidence(const struct export_view *view, uint32_t node, char out[EXPORT_TEXT_MAX])
{
	size_t len, n = 0;
	const char *text = graph_evidence(view->graph, &view->graph->nodes.items[node], &len);

	for (size_t at = 0; at < len;) {
		const char *rune;
		size_t rune_len;

		at += export_rune(text + at, len - at, &rune, &rune_len);
		if (n + rune_len > EXPORT_TEXT_MAX)
			break;
		memcpy(out + n, rune, rune_len);
		n += rune_len;
	}
	return n;
}

bool export_time(int64_t time_ms, char out[EXPORT_TIME_MAX])
{
	int64_t ms = (time_ms % 1000 + 1000) % 1000;
	time_t seconds = (time_ms - ms) / 1000;
	struct tm tm;
	size_t n;

	if (!time_ms || !gmtime_r(&seconds, &tm) || tm.tm_year + 1900 < 1 ||
	    tm.tm_year + 1900 > 9999)
		return false;
	n = strftime(out, EXPORT_TIME_MAX, "%Y-%m-%dT%H:%M:%S", &tm);
	(void)snprintf(out + n, EXPORT_TIME_MAX - n, ".%03dZ", (int)ms); /* it fits */
	return true;
}

const char *export_call_id(const struct export_view *view, uint32_t call)
{
	return call < view->graph->sources.n && view->graph->sources.items[call].id
		       ? view->graph->sources.items[call].id
		       : "";
}

const char *export_status_name(unsigned status)
{
	return status == EXPORT_UNOBSERVED ? NULL : claim_status_name(status);
}
