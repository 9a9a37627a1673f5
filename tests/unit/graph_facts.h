/* SPDX-License-Identifier: MIT */
#ifndef TESTS_GRAPH_FACTS_H
#define TESTS_GRAPH_FACTS_H

#include "base/random.h"
#include "graph/graph.h"
#include "model/tool.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Facts of a few calls about a small world, so that they meet, agree and clash often; and a graph
 * of them in any order. All of them belong to struct fact_world. */
enum { WORLD_CALLS = 12, WORLD_FACTS = 4000, WORLD_LINES = 40, WORLD_LINE_MAX = 48 };

struct world_fact {
	uint32_t call;
	struct fact fact;
	uint32_t hashes[8];
};

struct fact_world {
	struct world_fact facts[WORLD_FACTS];
	char bodies[WORLD_CALLS][WORLD_LINES][WORLD_LINE_MAX];
	uint64_t seed;
};

static const struct tool world_tool = { .name = "Grep" };

static unsigned world_pick(struct fact_world *world, unsigned n)
{
	return (unsigned)random_within(n - 1, random_next(&world->seed));
}

/* Line `line` of file `file`, as a call sees it: some see another text than others. */
static void world_line(struct fact_world *world, uint32_t call, unsigned i)
{
	static const char *const words[] = { "retry(", "int x;", "} // \xc3\xa4", "\xff\xfe raw",
					     "a < b && \"c\"" };

	(void)snprintf(world->bodies[call][i], WORLD_LINE_MAX, "%s %u", words[i % 5],
		       i % 7 == 0 ? call % 2 : 0);
}

static void world_name(struct fact *fact, unsigned i)
{
	static const char *const names[] = { "main",        "retry_wait",       "a\"b\\c",
					     "<T & U>",     "\xf0\x9f\x98\x80", "line\nbreak",
					     "ctl\x01\x7f", "bad\xff\x80",      "\xe2\x80\xa8",
					     "</script>" };

	fact->name = names[i];
	fact->name_len = strlen(names[i]);
}

static void world_file(struct fact *fact, unsigned i)
{
	static const char *const files[] = { "src/a.c", "src/b.c", "lib/a.c", "README.md",
					     "dir with space/\xe4.txt" };

	fact->file = files[i];
	fact->file_len = strlen(files[i]);
}

static void world_fill(struct fact_world *world, struct world_fact *made)
{
	struct fact *fact = &made->fact;
	unsigned line = world_pick(world, WORLD_LINES);
	const char *text = world->bodies[made->call][line];

	fact->kind = world_pick(world, FACT_KIND_COUNT);
	fact->sub = world_pick(world, 3);
	fact->weight = world_pick(world, 4);
	fact->value = world_pick(world, 4);
	world_name(fact, world_pick(world, 10));
	if (fact->kind != FACT_DIAGNOSTIC || world_pick(world, 2))
		world_file(fact, world_pick(world, 5));
	if (fact->kind == FACT_READ) {
		fact->line = 1 + world_pick(world, WORLD_LINES - 8);
		fact->n_lines = 1 + world_pick(world, 8);
		for (unsigned i = 0; i < fact->n_lines; i++) {
			const char *read = world->bodies[made->call][fact->line + i - 1];

			made->hashes[i] = fact_text_hash(read, strlen(read));
		}
		fact->line_hashes = made->hashes;
	} else if (fact->kind >= FACT_MATCH && fact->kind <= FACT_DIAGNOSTIC) {
		fact->line = line + 1;
		fact->end_line = line + 1 + world_pick(world, 3);
		if (fact->kind == FACT_MATCH)
			fact->value = fact_text_hash(text, strlen(text));
		if (fact->kind == FACT_MATCH || world_pick(world, 2)) {
			fact->at = (size_t)(text - world->bodies[made->call][0]);
			fact->len = strlen(text);
		}
	}
}

static void world_make(struct fact_world *world, uint64_t seed)
{
	memset(world, 0, sizeof(*world));
	world->seed = seed;
	for (uint32_t call = 0; call < WORLD_CALLS; call++) {
		for (unsigned i = 0; i < WORLD_LINES; i++)
			world_line(world, call, i);
	}
	for (size_t i = 0; i < WORLD_FACTS; i++) {
		world->facts[i].call = world_pick(world, WORLD_CALLS);
		world_fill(world, &world->facts[i]);
	}
}

static bool world_add_call(struct fact_world *world, struct graph *graph, uint32_t call)
{
	struct blob *body = blob_new(world->bodies[call], sizeof(world->bodies[call]));
	char id[16], label[32];

	(void)snprintf(id, sizeof(id), "c%u", (unsigned)call);
	(void)snprintf(label, sizeof(label), "Grep 'x%u'",
		       (unsigned)call / 2); /* pairs are equal */
	graph_add_call(graph, &(struct graph_call){
				      .call = call,
				      .tool = &world_tool,
				      .id = id,
				      .label = label,
				      .kind = call % 4 < 2 ? NODE_QUERY : NODE_COMMAND,
				      .body = body,
				      .time_ms = 1700000000000 + call * 1001,
			      });
	blob_unref(body);
	return body;
}

/* A graph of all facts, one by one, in an order that comes from seed. NULL: memory ended. */
static struct graph *world_graph(struct fact_world *world, uint64_t seed)
{
	struct graph *graph = graph_new();
	size_t order[WORLD_FACTS];
	bool is_added[WORLD_CALLS] = { false };
	int r = 0;

	for (size_t i = 0; i < WORLD_FACTS; i++) {
		size_t j = (size_t)random_within(i, random_next(&seed));

		order[i] = order[j];
		order[j] = i;
	}
	for (size_t i = 0; graph && r == 0 && i < WORLD_FACTS; i++) {
		struct world_fact *made = &world->facts[order[i]];
		struct facts facts = { 0 };

		if (!is_added[made->call] && !world_add_call(world, graph, made->call))
			r = -ENOMEM;
		is_added[made->call] = true;
		facts_add(&facts, &made->fact);
		if (r == 0)
			r = graph_integrate(graph, made->call, &facts);
		vec_release(&facts.list);
	}
	if (r < 0) {
		graph_free(graph);
		return NULL;
	}
	return graph;
}

#endif
