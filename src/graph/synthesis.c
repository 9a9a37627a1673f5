/* SPDX-License-Identifier: MIT */
#include "graph/synthesis.h"

#include "base/str.h"
#include "graph/aggregate.h"

#include <inttypes.h>
#include <stdlib.h>

enum { RANGES_MAX = 6, QUERIES_MAX = 8, GAP_MAX = 3, LINES_MAX = 4096 };

struct stretch {
	uint32_t line, end_line;
};

/* A call that points to a file, and with how many lines. */
struct pointer {
	uint32_t call;
	unsigned lines;
};

/* What is said of one file. */
struct profile {
	struct stretch spans[RANGES_MAX];
	size_t n_spans;
	struct pointer pointers[QUERIES_MAX];
	size_t n_pointers;
	uint32_t lines[LINES_MAX]; /* that were matched */
	size_t n_lines;
};

static int compare_lines(const void *a_, const void *b_)
{
	uint32_t a = *(const uint32_t *)a_, b = *(const uint32_t *)b_;

	return (a > b) - (a < b);
}

static void point(struct profile *profile, uint32_t call, unsigned lines)
{
	for (size_t i = 0; i < profile->n_pointers; i++) {
		if (profile->pointers[i].call == call) {
			profile->pointers[i].lines += lines;
			return;
		}
	}
	if (profile->n_pointers < QUERIES_MAX)
		profile->pointers[profile->n_pointers++] = (struct pointer){ call, lines };
}

static int compare_pointers(const void *a_, const void *b_)
{
	const struct pointer *a = a_, *b = b_;

	return (a->call > b->call) - (a->call < b->call);
}

static void make_spans(struct profile *profile)
{
	qsort(profile->lines, profile->n_lines, sizeof(uint32_t), compare_lines);
	for (size_t i = 0; i < profile->n_lines; i++) {
		uint32_t line = profile->lines[i];
		struct stretch *last =
			profile->n_spans ? &profile->spans[profile->n_spans - 1] : NULL;

		if (last && line <= last->end_line + GAP_MAX)
			last->end_line = line;
		else if (profile->n_spans < RANGES_MAX)
			profile->spans[profile->n_spans++] = (struct stretch){ line, line };
		else
			return;
	}
}

static void read_profile(const struct graph *graph, uint32_t file, struct profile *ret)
{
	*ret = (struct profile){ 0 };
	for (size_t i = 0; i < graph->edges.n; i++) {
		const struct edge *edge = &graph->edges.items[i];
		const struct node *to = &graph->nodes.items[edge->to];

		if (edge->relation == REL_MENTIONS && edge->to == file)
			point(ret, edge->call, mention_lines(edge->weight));
		if (edge->relation != REL_MATCHES || to->file != file)
			continue;
		point(ret, edge->call, 1);
		if (ret->n_lines < LINES_MAX)
			ret->lines[ret->n_lines++] = to->line;
	}
	qsort(ret->pointers, ret->n_pointers, sizeof(struct pointer), compare_pointers);
	make_spans(ret);
}

static size_t n_files(const struct synthesis *synthesis)
{
	size_t n = 0;

	while (n < synthesis->ranking->n && n < synthesis->files_max &&
	       synthesis->ranking->items[n].score > 0)
		n++;
	return n;
}

static void write_file_md(const struct synthesis *synthesis, const struct ranked *ranked,
			  struct buf *out)
{
	const struct graph *graph = synthesis->graph;
	struct profile *profile = malloc(sizeof(*profile));

	if (!profile)
		return; /* the others go on */
	read_profile(graph, ranked->node, profile);
	buf_printf(out, "- %s", graph_name(graph, ranked->node));
	for (size_t i = 0; i < profile->n_spans; i++)
		buf_printf(out, "%s%" PRIu32 "-%" PRIu32, i ? ", " : ":", profile->spans[i].line,
			   profile->spans[i].end_line);
	buf_add_str(out, " - ");
	for (size_t i = 0; i < profile->n_pointers; i++)
		buf_printf(out, "%s%s (%u)", i ? ", " : "",
			   graph->sources.items[profile->pointers[i].call].id,
			   profile->pointers[i].lines);
	buf_add_char(out, '\n');
	free(profile);
}

void synthesis_write_md(const struct synthesis *synthesis, struct buf *out)
{
	size_t n = n_files(synthesis);

	if (!n)
		buf_add_str(out, "nothing points to a file\n");
	else
		buf_add_str(out, "files that most results point to (call, lines):\n");
	for (size_t i = 0; i < n; i++)
		write_file_md(synthesis, &synthesis->ranking->items[i], out);
	for (size_t i = 0; i < synthesis->clashes->list.n && i < synthesis->claims_max; i++) {
		const struct claim *claim = &synthesis->clashes->list.items[i];

		if (i == 0)
			buf_add_str(out, "\nclashes:\n");
		buf_printf(out, "- %s: ", claim_status_name(claim->status));
		claim_write(synthesis->graph, claim, out);
		buf_add_char(out, '\n');
	}
	if (synthesis->clashes->list.n > synthesis->claims_max)
		buf_printf(out, "- and %zu more\n",
			   synthesis->clashes->list.n - synthesis->claims_max);
}

static void write_file_json(const struct synthesis *synthesis, const struct ranked *ranked,
			    struct json_write *json)
{
	const struct graph *graph = synthesis->graph;
	struct profile *profile = malloc(sizeof(*profile));

	if (!profile)
		return; /* the others go on */
	read_profile(graph, ranked->node, profile);
	json_begin_object(json);
	json_key_str(json, "path", graph_name(graph, ranked->node));
	json_key(json, "score");
	json_fixed(json, ranked->score / synthesis->ranking->items[0].score, 3);
	json_key(json, "ranges");
	json_begin_array(json);
	for (size_t i = 0; i < profile->n_spans; i++) {
		json_begin_array(json);
		json_uint(json, profile->spans[i].line);
		json_uint(json, profile->spans[i].end_line);
		json_end_array(json);
	}
	json_end_array(json);
	json_key(json, "support");
	json_begin_array(json);
	for (size_t i = 0; i < profile->n_pointers; i++)
		json_str(json, graph->sources.items[profile->pointers[i].call].id);
	json_end_array(json);
	json_end_object(json);
	free(profile);
}

static void write_claim_json(const struct synthesis *synthesis, const struct claim *claim,
			     struct json_write *json)
{
	const struct graph *graph = synthesis->graph;
	CLEANUP(buf) struct buf text = { .max = 4096 };

	claim_write(graph, claim, &text);
	json_begin_object(json);
	json_key_str(json, "text", text.data);
	json_key(json, "support");
	json_begin_array(json);
	for (uint32_t i = claim->first; i != UINT32_MAX; i = graph->observations.items[i].next) {
		const struct observation *o = &graph->observations.items[i];

		for (unsigned k = 0; k < o->n_calls; k++)
			json_str(json, graph->sources.items[o->calls[k]].id);
	}
	json_end_array(json);
	json_key_str(json, "status", claim_status_name(claim->status));
	json_end_object(json);
}

void synthesis_write_json(const struct synthesis *synthesis, struct json_write *json)
{
	size_t n = n_files(synthesis);

	json_begin_object(json);
	json_key(json, "files");
	json_begin_array(json);
	for (size_t i = 0; i < n; i++)
		write_file_json(synthesis, &synthesis->ranking->items[i], json);
	json_end_array(json);
	json_key(json, "claims");
	json_begin_array(json);
	for (size_t i = 0; i < synthesis->clashes->list.n && i < synthesis->claims_max; i++)
		write_claim_json(synthesis, &synthesis->clashes->list.items[i], json);
	json_end_array(json);
	json_key_uint(json, "clashes", synthesis->clashes->list.n);
	json_end_object(json);
}
