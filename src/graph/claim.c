/* SPDX-License-Identifier: MIT */
#include "graph/claim.h"

#include "base/date.h"
#include "base/str.h"
#include "base/utf8.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

enum { LINE_SHOWN = 80 }; /* bytes of a line that two calls differ about */

const char *claim_status_name(enum claim_status status)
{
	static const char *const names[] = { "single", "agreed", "contradicted", "stale" };

	return names[status];
}

static const struct observation *observation(const struct graph *graph, uint32_t i)
{
	return &graph->observations.items[i];
}

static void judge(const struct graph *graph, struct claim *claim)
{
	const struct observation *first = observation(graph, claim->first);

	claim->node = first->node;
	claim->attribute = first->attribute;
	claim->status = first->next != UINT32_MAX ? CLAIM_CONTRADICTED
			: first->n_calls > 1      ? CLAIM_AGREED
						  : CLAIM_SINGLE;
}

bool claim_find(const struct graph *graph, uint32_t node, enum attribute attribute,
		struct claim *ret_claim)
{
	uint32_t first = graph_find_observation(graph, node, attribute);

	if (first == UINT32_MAX)
		return false;
	*ret_claim = (struct claim){ .first = first };
	judge(graph, ret_claim);
	return true;
}

static int compare(const void *a_, const void *b_, void *data)
{
	const struct graph *graph = data;
	const struct claim *a = a_, *b = b_;
	const struct node *x = &graph->nodes.items[a->node], *y = &graph->nodes.items[b->node];
	int r = strcmp(graph_file_name(graph, a->node), graph_file_name(graph, b->node));

	if (!r)
		r = (x->line > y->line) - (x->line < y->line);
	if (!r)
		r = (x->kind > y->kind) - (x->kind < y->kind);
	if (!r)
		r = strcmp(graph_name(graph, a->node), graph_name(graph, b->node));
	if (!r)
		r = (a->attribute > b->attribute) - (a->attribute < b->attribute);
	return r || a->first != UINT32_MAX
		       ? r
		       : strcmp(graph_name(graph, a->file), graph_name(graph, b->file));
}

/* Of each file the node of the latest commit that changed it, or NODE_NONE. */
static uint32_t *latest_changes(const struct graph *graph)
{
	uint32_t *latest = malloc((graph->nodes.n + 1) * sizeof(*latest));

	if (latest)
		memset(latest, 0xff, (graph->nodes.n + 1) * sizeof(*latest));
	for (size_t i = 0; latest && i < graph->edges.n; i++) {
		const struct edge *edge = &graph->edges.items[i];
		uint32_t *commit = &latest[edge->from];
		int64_t time = graph->nodes.items[edge->to].time_ms;

		if (edge->relation != REL_CHANGED_WITH ||
		    graph->nodes.items[edge->to].kind != NODE_COMMIT)
			continue;
		if (*commit == NODE_NONE || time > graph->nodes.items[*commit].time_ms ||
		    (time == graph->nodes.items[*commit].time_ms &&
		     strcmp(graph_name(graph, edge->to), graph_name(graph, *commit)) < 0))
			*commit = edge->to;
	}
	return latest;
}

static bool has_pages(const struct graph *graph)
{
	for (size_t i = 0; i < graph->nodes.n; i++) {
		if (graph->nodes.items[i].kind == NODE_PAGE)
			return true;
	}
	return false;
}

static int find_old_pages(const struct graph *graph, struct claims *claims)
{
	uint32_t *latest = latest_changes(graph);
	int r = latest ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < graph->edges.n; i++) {
		const struct edge *edge = &graph->edges.items[i];
		const struct node *page = &graph->nodes.items[edge->from];
		struct claim claim = { .status = CLAIM_STALE,
				       .node = edge->from,
				       .attribute = ATTR_COUNT,
				       .first = UINT32_MAX,
				       .file = edge->to,
				       .commit = latest[edge->to] };

		if (edge->relation != REL_MENTIONS || page->kind != NODE_PAGE ||
		    page->time_ms <= 0 || claim.commit == NODE_NONE ||
		    graph->nodes.items[claim.commit].time_ms <= page->time_ms)
			continue;
		if (!vec_push(&claims->list, claim))
			r = -ENOMEM;
	}
	free(latest);
	return r;
}

int claims_find_clashes(const struct graph *graph, claim_look_fn *look, void *data,
			struct claims *claims)
{
	for (uint32_t i = 0; i < graph->observations.n && graph->n_clashes; i++) {
		const struct observation *first = observation(graph, i);
		struct claim claim = { .first = i };
		enum look_found now = LOOK_NOTHING;

		if (!first->is_first || first->next == UINT32_MAX)
			continue;
		judge(graph, &claim);
		if (look)
			now = look(data, graph, claim.node, claim.attribute, &claim.present);
		if (now == LOOK_BOTH)
			continue;
		if (now == LOOK_VALUE) {
			for (uint32_t j = i; j != UINT32_MAX; j = observation(graph, j)->next) {
				if (observation(graph, j)->value == claim.present)
					claim.status = CLAIM_STALE;
			}
		}
		if (!vec_push(&claims->list, claim))
			return -ENOMEM;
	}
	if (has_pages(graph) && find_old_pages(graph, claims) < 0)
		return -ENOMEM;
	if (claims->list.n)
		qsort_r(claims->list.items, claims->list.n, sizeof(struct claim), compare,
			(void *)(uintptr_t)graph);
	return 0;
}

void claims_release(struct claims *claims)
{
	vec_release(&claims->list);
}

/* ---- in words ---- */

static void write_calls(const struct graph *graph, const struct observation *o, struct buf *out)
{
	for (unsigned i = 0; i < o->n_calls; i++)
		buf_printf(out, "%s%s", i ? ", " : "", graph->sources.items[o->calls[i]].id);
}

static void write_subject(const struct graph *graph, const struct claim *claim, struct buf *out)
{
	const struct node *node = &graph->nodes.items[claim->node];

	if (node->kind == NODE_MATCH)
		buf_printf(out, "%s:%" PRIu32, graph_file_name(graph, claim->node), node->line);
	else
		buf_add_str(out, graph_name(graph, claim->node));
}

/* The line of a match as the call of an observation has it, where its body still shows it. */
static bool write_line(const struct graph *graph, const struct claim *claim,
		       const struct observation *o, struct buf *out)
{
	const struct node *node = &graph->nodes.items[claim->node];
	size_t len;
	const char *text = graph_evidence(graph, node, &len);

	if (!len || fact_text_hash(text, len) != (uint32_t)o->value)
		return false;
	buf_printf(out, "'%.*s'", (int)utf8_fit(text, len, LINE_SHOWN), text);
	return true;
}

static void write_value(const struct graph *graph, const struct claim *claim,
			const struct observation *o, struct buf *out)
{
	switch (claim->attribute) {
	case ATTR_EXISTS:
		buf_add_str(out, o->value ? "exists" : "does not exist");
		return;
	case ATTR_LENGTH:
		buf_printf(out, "has %" PRIu64 " lines", o->value);
		return;
	case ATTR_TEXT:
		buf_add_str(out, "reads ");
		if (!write_line(graph, claim, o, out))
			buf_printf(out, "as text %08" PRIx64, o->value);
		return;
	case ATTR_PASSED:
		buf_add_str(out, o->value ? "passed" : "failed");
		return;
	case ATTR_ANSWER:
	case ATTR_COUNT:
		buf_printf(out, "answered %016" PRIx64, o->value);
		return;
	}
}

static bool is_before(const struct observation *a, const struct observation *b)
{
	return a->calls[0] != b->calls[0] ? a->calls[0] < b->calls[0] : a->value < b->value;
}

/* The first of all values by their lowest call, so that the order of facts is no matter. */
static size_t sort_values(const struct graph *graph, uint32_t first, uint32_t *values, size_t max)
{
	size_t n = 0;

	for (uint32_t i = first; i != UINT32_MAX; i = observation(graph, i)->next) {
		size_t at = n;

		while (at && is_before(observation(graph, i), observation(graph, values[at - 1])))
			at--;
		if (at == max)
			continue;
		n += n < max;
		memmove(values + at + 1, values + at, (n - at - 1) * sizeof(*values));
		values[at] = i;
	}
	return n;
}

static void write_old_page(const struct graph *graph, const struct claim *claim, struct buf *out)
{
	const struct node *page = &graph->nodes.items[claim->node];
	const struct node *commit = &graph->nodes.items[claim->commit];

	buf_printf(out, "%s of ", graph_name(graph, claim->node));
	date_write_day(page->time_ms / 1000, out);
	buf_printf(out, " speaks of %s, which commit %.12s of ", graph_name(graph, claim->file),
		   graph_name(graph, claim->commit));
	date_write_day(commit->time_ms / 1000, out);
	buf_add_str(out, " changed since");
}

void claim_write(const struct graph *graph, const struct claim *claim, struct buf *out)
{
	enum { SIDES_MAX = 8 };
	uint32_t values[SIDES_MAX];
	size_t n = sort_values(graph, claim->first, values, SIDES_MAX);

	if (claim->first == UINT32_MAX) {
		write_old_page(graph, claim, out);
		return;
	}
	write_subject(graph, claim, out);
	for (size_t i = 0; i < n; i++) {
		const struct observation *o = observation(graph, values[i]);

		buf_add_str(out, i ? " / " : " ");
		write_value(graph, claim, o, out);
		buf_add_str(out, " (");
		write_calls(graph, o, out);
		if (claim->status == CLAIM_STALE)
			buf_add_str(out, o->value == claim->present ? "; holds now" : "; stale");
		buf_add_char(out, ')');
	}
}
