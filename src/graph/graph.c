/* SPDX-License-Identifier: MIT */
/* The store: nodes by what they are, edges by their ends, observations by node and attribute. All
 * merging takes the lower or the greater of two values, so that the order of facts is no matter. */
#include "graph/graph.h"

#include "base/str.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

enum { ARENA_MAX_LOG2 = 33 };

const char *node_kind_name(enum node_kind kind)
{
	static const char *const names[NODE_KIND_COUNT] = {
		"file",       "symbol", "match",  "query", "command",
		"diagnostic", "test",   "commit", "page",  "domain",
	};

	return names[kind];
}

const char *relation_name(enum relation relation)
{
	static const char *const names[REL_COUNT] = {
		"contains", "defines",  "references",  "imports",
		"matches",  "mentions", "produced-by", "changed-with",
	};

	return names[relation];
}

const char *attribute_name(enum attribute attribute)
{
	static const char *const names[ATTR_COUNT] = { "exists", "length", "text", "passed",
						       "answer" };

	return names[attribute];
}

uint32_t fact_text_hash(const char *text, size_t len)
{
	if (len && text[len - 1] == '\r')
		len--;
	return (uint32_t)XXH3_64bits(text, len);
}

struct graph *graph_new(void)
{
	struct graph *graph = calloc(1, sizeof(*graph));

	if (!graph)
		return NULL;
	arena_init(&graph->arena, (size_t)1 << ARENA_MAX_LOG2);
	if (!names_init(&graph->names)) {
		graph_free(graph);
		return NULL;
	}
	return graph;
}

void graph_free(struct graph *graph)
{
	if (!graph)
		return;
	for (size_t i = 0; i < graph->sources.n; i++)
		blob_unref(graph->sources.items[i].body);
	vec_release(&graph->nodes);
	vec_release(&graph->edges);
	vec_release(&graph->observations);
	vec_release(&graph->sources);
	vec_release(&graph->readings);
	vec_release(&graph->children);
	vec_release(&graph->file_readings);
	index_release(&graph->node_table);
	index_release(&graph->edge_table);
	index_release(&graph->observation_table);
	names_release(&graph->names);
	arena_release(&graph->arena);
	free(graph);
}

/* ---- nodes ---- */

static uint64_t node_hash(const struct node *node)
{
	uint32_t key[4] = { node->kind, node->name, node->file, node->line };

	return XXH3_64bits(key, sizeof(key));
}

static bool is_node(const void *data, uint32_t id, const void *key_)
{
	const struct node *node = &((const struct graph *)data)->nodes.items[id], *key = key_;

	return node->kind == key->kind && node->name == key->name && node->file == key->file &&
	       node->line == key->line;
}

static uint32_t new_node(struct graph *graph, const struct node *key, uint64_t hash)
{
	uint32_t id = (uint32_t)graph->nodes.n;

	if (id == NODE_NONE || !vec_push(&graph->nodes, *key) ||
	    !vec_push(&graph->children, NODE_NONE) || !vec_push(&graph->file_readings, NODE_NONE) ||
	    !index_add(&graph->node_table, hash, id)) {
		graph->is_out_of_memory = true;
		return NODE_NONE;
	}
	if (key->file != NODE_NONE) {
		graph->nodes.items[id].next = graph->children.items[key->file];
		graph->children.items[key->file] = id;
	}
	return id;
}

/* Total, so that the one that stays does not depend on which came first. */
static bool is_better_evidence(const struct node *new, const struct node *old)
{
	if (!new->len != !old->len)
		return new->len;
	if (new->call != old->call)
		return new->call < old->call;
	if (new->at != old->at)
		return new->at < old->at;
	return new->len != old->len ? new->len > old->len : new->hash < old->hash;
}

static void merge_node(struct node *into, const struct node *from)
{
	if (into->kind == NODE_FILE) { /* its size and hash are not of one call */
		if (from->call < into->call)
			into->call = from->call;
	} else if (is_better_evidence(from, into)) {
		into->call = from->call;
		into->at = from->at;
		into->len = from->len;
		into->hash = from->hash;
	}
	if (from->end_line > into->end_line)
		into->end_line = from->end_line;
	if (from->time_ms > into->time_ms)
		into->time_ms = from->time_ms;
	if (from->sub > into->sub)
		into->sub = from->sub;
}

/* The node that key describes: found and merged, or new. */
static uint32_t add_node(struct graph *graph, const struct node *key)
{
	uint64_t hash = node_hash(key);
	uint32_t id = index_find(&graph->node_table, hash, is_node, graph, key);

	if (key->name == UINT32_MAX) {
		graph->is_out_of_memory = true;
		return NODE_NONE;
	}
	if (id == NODE_NONE)
		return new_node(graph, key, hash);
	merge_node(&graph->nodes.items[id], key);
	return id;
}

static uint32_t add_named(struct graph *graph, enum node_kind kind, const char *name, size_t len,
			  int64_t time_ms)
{
	struct node key = { .kind = (uint8_t)kind,
			    .name = names_add(&graph->names, name, len),
			    .file = NODE_NONE,
			    .next = NODE_NONE,
			    .time_ms = time_ms };

	return add_node(graph, &key);
}

/* ---- edges ---- */

static uint64_t edge_hash(const struct edge *edge)
{
	uint32_t key[3] = { edge->from, edge->to, edge->relation };

	return XXH3_64bits(key, sizeof(key));
}

static bool is_edge(const void *data, uint32_t i, const void *key_)
{
	const struct edge *edge = &((const struct graph *)data)->edges.items[i], *key = key_;

	return edge->from == key->from && edge->to == key->to && edge->relation == key->relation;
}

static void add_edge(struct graph *graph, uint32_t from, enum relation relation, uint32_t to,
		     const struct fact *fact, uint32_t call)
{
	struct edge key = { from, to, call, fact->weight, (uint8_t)relation };
	uint64_t hash = edge_hash(&key);
	uint32_t i;

	if (from == NODE_NONE || to == NODE_NONE)
		return; /* memory ended */
	i = index_find(&graph->edge_table, hash, is_edge, graph, &key);
	if (i != UINT32_MAX) {
		struct edge *edge = &graph->edges.items[i];

		if (call < edge->call)
			edge->call = call;
		if (key.weight > edge->weight)
			edge->weight = key.weight;
		return;
	}
	i = (uint32_t)graph->edges.n;
	if (i == UINT32_MAX || !vec_push(&graph->edges, key) ||
	    !index_add(&graph->edge_table, hash, i))
		graph->is_out_of_memory = true;
}

/* ---- observations ---- */

struct observation_key {
	uint32_t node;
	uint8_t attribute;
};

static uint64_t observation_hash(uint32_t node, uint8_t attribute)
{
	uint32_t key[2] = { node, attribute };

	return XXH3_64bits(key, sizeof(key));
}

static bool is_observation(const void *data, uint32_t i, const void *key_)
{
	const struct observation *o = &((const struct graph *)data)->observations.items[i];
	const struct observation_key *key = key_;

	return o->node == key->node && o->attribute == key->attribute;
}

/* Keeps the lowest calls, each once. */
static void add_call_of(struct observation *o, uint32_t call)
{
	unsigned at = o->n_calls;

	for (unsigned i = 0; i < o->n_calls; i++) {
		if (o->calls[i] == call)
			return;
		if (call < o->calls[i] && i < at)
			at = i;
	}
	if (at == OBSERVATION_CALLS)
		return;
	if (o->n_calls < OBSERVATION_CALLS)
		o->n_calls++;
	for (unsigned i = o->n_calls - 1u; i > at; i--)
		o->calls[i] = o->calls[i - 1];
	o->calls[at] = call;
}

static void observe(struct graph *graph, uint32_t node, enum attribute attribute, uint64_t value,
		    uint32_t call)
{
	struct observation_key key = { node, (uint8_t)attribute };
	struct observation new = { .node = node,
				   .attribute = (uint8_t)attribute,
				   .n_calls = 1,
				   .value = value,
				   .calls = { call },
				   .next = UINT32_MAX };
	uint64_t hash = observation_hash(node, key.attribute);
	uint32_t first, i, n = (uint32_t)graph->observations.n;

	if (node == NODE_NONE)
		return;
	first = index_find(&graph->observation_table, hash, is_observation, graph, &key);
	for (i = first; i != UINT32_MAX; i = graph->observations.items[i].next) {
		struct observation *o = &graph->observations.items[i];

		if (o->value == value) {
			add_call_of(o, call);
			return;
		}
	}
	new.is_first = first == UINT32_MAX;
	if (!vec_push(&graph->observations, new)) {
		graph->is_out_of_memory = true;
		return;
	}
	if (first == UINT32_MAX) {
		if (!index_add(&graph->observation_table, hash, n))
			graph->is_out_of_memory = true;
		return;
	}
	if (graph->observations.items[first].next == UINT32_MAX)
		graph->n_clashes++;
	graph->observations.items[n].next = graph->observations.items[first].next;
	graph->observations.items[first].next = n;
}

uint32_t graph_find_observation(const struct graph *graph, uint32_t node, enum attribute attribute)
{
	struct observation_key key = { node, (uint8_t)attribute };

	return index_find(&graph->observation_table, observation_hash(node, key.attribute),
			  is_observation, graph, &key);
}

/* ---- what was read of files, against what was matched in them ---- */

static void compare(struct graph *graph, const struct reading *reading, uint32_t match)
{
	uint32_t line = graph->nodes.items[match].line;

	if (graph->nodes.items[match].kind == NODE_MATCH && line >= reading->line &&
	    line - reading->line < reading->n_lines)
		observe(graph, match, ATTR_TEXT, reading->hashes[line - reading->line],
			reading->call);
}

/* Of what was read from the first line on; of several readings the greatest hash stays, so that
 * their order is no matter. */
static void hash_file(struct node *file, const struct reading *reading)
{
	uint32_t hash = (uint32_t)XXH3_64bits(reading->hashes, reading->n_lines * sizeof(uint32_t));

	if (reading->line == 1 && hash > file->hash)
		file->hash = hash;
}

static void add_reading(struct graph *graph, uint32_t file, uint32_t call, const struct fact *fact)
{
	struct reading reading = { file, call, fact->line, fact->n_lines, NODE_NONE, NULL };
	uint32_t i = (uint32_t)graph->readings.n;

	if (file == NODE_NONE || !fact->n_lines)
		return;
	reading.next = graph->file_readings.items[file];
	reading.hashes = arena_alloc_array(&graph->arena, fact->n_lines, sizeof(uint32_t));
	if (!reading.hashes || !vec_push(&graph->readings, reading)) {
		graph->is_out_of_memory = true;
		return;
	}
	memcpy(reading.hashes, fact->line_hashes, fact->n_lines * sizeof(uint32_t));
	hash_file(&graph->nodes.items[file], &reading);
	graph->file_readings.items[file] = i;
	for (uint32_t id = graph->children.items[file]; id != NODE_NONE;
	     id = graph->nodes.items[id].next)
		compare(graph, &reading, id);
}

static void compare_with_readings(struct graph *graph, uint32_t match)
{
	uint32_t file;

	if (match == NODE_NONE)
		return;
	file = graph->nodes.items[match].file;
	for (uint32_t i = graph->file_readings.items[file]; i != NODE_NONE;
	     i = graph->readings.items[i].next)
		compare(graph, &graph->readings.items[i], match);
}

/* ---- facts ---- */

/* A fact on its way in: its call, and the file it speaks of. */
struct intake {
	struct graph *graph;
	uint32_t call, node; /* of the call */
	int64_t time_ms;
	const struct fact *fact;
	uint32_t file; /* NODE_NONE: none */
};

static uint32_t place_node(struct intake *in, enum node_kind kind, bool is_named)
{
	const struct fact *fact = in->fact;
	struct node key = {
		.kind = (uint8_t)kind,
		.sub = (uint8_t)fact->sub,
		.name = is_named ? names_add(&in->graph->names, fact->name, fact->name_len) : 0,
		.file = in->file,
		.line = fact->line,
		.end_line = fact->end_line ? fact->end_line : fact->line,
		.next = NODE_NONE,
		.call = in->call,
		.at = (uint32_t)fact->at,
		.len = fact->at + fact->len > UINT32_MAX ? 0 : (uint32_t)fact->len,
		.hash = (uint32_t)fact->value,
		.time_ms = in->time_ms,
	};

	return add_node(in->graph, &key);
}

static uint32_t name_node(struct intake *in, enum node_kind kind, int64_t time_ms)
{
	return add_named(in->graph, kind, in->fact->name, in->fact->name_len, time_ms);
}

/* NODE_NONE: the fact names no other, or memory ended. */
static uint32_t other_node(struct intake *in, enum node_kind kind)
{
	const struct fact *fact = in->fact;

	return fact->other ? add_named(in->graph, kind, fact->other, fact->other_len, 0)
			   : NODE_NONE;
}

static void edge(struct intake *in, uint32_t from, enum relation relation, uint32_t to)
{
	add_edge(in->graph, from, relation, to, in->fact, in->call);
}

static void take_file_fact(struct intake *in)
{
	struct graph *graph = in->graph;

	switch (in->fact->kind) {
	case FACT_EXISTS:
		observe(graph, in->file, ATTR_EXISTS, in->fact->value, in->call);
		if (in->fact->value)
			edge(in, in->file, REL_PRODUCED_BY, in->node);
		return;
	case FACT_LENGTH:
		observe(graph, in->file, ATTR_LENGTH, in->fact->value, in->call);
		return;
	case FACT_READ:
		observe(graph, in->file, ATTR_EXISTS, 1, in->call);
		edge(in, in->file, REL_PRODUCED_BY, in->node);
		add_reading(graph, in->file, in->call, in->fact);
		return;
	case FACT_MENTION:
		if (in->fact->value > graph->nodes.items[in->file].at)
			graph->nodes.items[in->file].at = (uint32_t)in->fact->value;
		edge(in, in->node, REL_MENTIONS, in->file);
		return;
	default:
		return; /* the others are not of files alone */
	}
}

static void take_placed_fact(struct intake *in)
{
	struct graph *graph = in->graph;
	uint32_t id;

	switch (in->fact->kind) {
	case FACT_MATCH:
		id = place_node(in, NODE_MATCH, false);
		observe(graph, id, ATTR_TEXT, in->fact->value, in->call);
		compare_with_readings(graph, id);
		edge(in, in->file, REL_CONTAINS, id);
		edge(in, in->node, REL_MATCHES, id);
		return;
	case FACT_SYMBOL:
		edge(in, in->file, REL_DEFINES, place_node(in, NODE_SYMBOL, true));
		return;
	case FACT_REFERENCE:
		edge(in, in->file, REL_REFERENCES, name_node(in, NODE_SYMBOL, in->time_ms));
		return;
	case FACT_IMPORT:
		edge(in, in->file, REL_IMPORTS, name_node(in, NODE_SYMBOL, in->time_ms));
		return;
	default:
		return;
	}
}

static void take_other_fact(struct intake *in)
{
	const struct fact *fact = in->fact;
	uint32_t id;

	switch (fact->kind) {
	case FACT_DIAGNOSTIC:
		id = place_node(in, NODE_DIAGNOSTIC, true);
		if (in->file != NODE_NONE)
			edge(in, in->file, REL_CONTAINS, id);
		edge(in, id, REL_PRODUCED_BY, in->node);
		return;
	case FACT_TEST:
		id = name_node(in, NODE_TEST, in->time_ms);
		observe(in->graph, id, ATTR_PASSED, fact->value, in->call);
		edge(in, id, REL_PRODUCED_BY, in->node);
		return;
	case FACT_COMMIT:
		id = name_node(in, NODE_COMMIT, (int64_t)fact->value * 1000);
		edge(in, id, REL_PRODUCED_BY, in->node);
		return;
	case FACT_CHANGE:
		edge(in, in->file, REL_CHANGED_WITH, name_node(in, NODE_COMMIT, 0));
		return;
	case FACT_ANSWER:
		observe(in->graph, in->node, ATTR_ANSWER, fact->value, in->call);
		return;
	case FACT_PAGE:
		id = name_node(in, NODE_PAGE, (int64_t)fact->value * 1000);
		edge(in, id, REL_PRODUCED_BY, in->node);
		return;
	case FACT_ABOUT:
		if (in->file != NODE_NONE)
			edge(in, name_node(in, NODE_PAGE, 0), REL_MENTIONS, in->file);
		return;
	case FACT_SITE:
		id = other_node(in, NODE_DOMAIN);
		if (id != NODE_NONE)
			edge(in, id, REL_CONTAINS, name_node(in, NODE_PAGE, 0));
		return;
	case FACT_LINK:
		id = other_node(in, NODE_PAGE);
		if (id != NODE_NONE)
			edge(in, name_node(in, NODE_PAGE, 0), REL_REFERENCES, id);
		return;
	default:
		return;
	}
}

static void take(struct intake *in)
{
	const struct fact *fact = in->fact;

	in->file = fact->file ? add_named(in->graph, NODE_FILE, fact->file, fact->file_len,
					  in->time_ms)
			      : NODE_NONE;
	if (fact->file && in->file == NODE_NONE)
		return; /* memory ended */
	if (fact->kind <= FACT_READ || fact->kind == FACT_MENTION)
		take_file_fact(in);
	else if (fact->kind <= FACT_IMPORT)
		take_placed_fact(in);
	else
		take_other_fact(in);
}

void graph_add_call(struct graph *graph, const struct graph_call *call)
{
	struct source *source;

	while (graph->sources.n <= call->call) {
		if (!vec_push(&graph->sources, (struct source){ 0 })) {
			graph->is_out_of_memory = true;
			return;
		}
	}
	source = &graph->sources.items[call->call];
	blob_unref(source->body);
	*source = (struct source){
		.tool = call->tool,
		.id = arena_strdup(&graph->arena, call->id),
		.node = add_named(graph, call->kind, call->label, strlen(call->label),
				  call->time_ms),
		.body = call->body ? blob_ref(call->body) : NULL,
		.time_ms = call->time_ms,
		.status = call->status,
	};
	graph->is_out_of_memory |= arena_failed(&graph->arena);
}

int graph_integrate(struct graph *graph, uint32_t call, const struct facts *facts)
{
	struct intake in = { .graph = graph, .call = call };

	graph->is_out_of_memory |= facts->is_out_of_memory;
	if (graph->is_out_of_memory)
		return -ENOMEM;
	in.node = graph->sources.items[call].node;
	in.time_ms = graph->sources.items[call].time_ms;
	for (size_t i = 0; i < facts->list.n; i++) {
		in.fact = &facts->list.items[i];
		take(&in);
	}
	return graph->is_out_of_memory ? -ENOMEM : 0;
}

uint32_t graph_find_file(const struct graph *graph, const char *path, size_t len)
{
	struct node key = { .kind = NODE_FILE,
			    .name = names_find(&graph->names, path, len),
			    .file = NODE_NONE };

	if (key.name == UINT32_MAX)
		return NODE_NONE;
	return index_find(&graph->node_table, node_hash(&key), is_node, graph, &key);
}

const char *graph_name(const struct graph *graph, uint32_t node)
{
	return names_text(&graph->names, graph->nodes.items[node].name);
}

const char *graph_file_name(const struct graph *graph, uint32_t node)
{
	uint32_t file =
		graph->nodes.items[node].kind == NODE_FILE ? node : graph->nodes.items[node].file;

	return file == NODE_NONE ? "" : graph_name(graph, file);
}

const char *graph_evidence(const struct graph *graph, const struct node *node, size_t *ret_len)
{
	const struct source *source =
		node->call < graph->sources.n ? &graph->sources.items[node->call] : NULL;

	*ret_len = 0;
	if (!node->len || !source || !source->body ||
	    (size_t)node->at + node->len > blob_len(source->body))
		return "";
	*ret_len = node->len;
	return blob_data(source->body) + node->at;
}
