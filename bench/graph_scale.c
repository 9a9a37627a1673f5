/* SPDX-License-Identifier: MIT */
/* How the graph grows: facts of a realistic mix go in, in calls of a thousand or so, in a random
 * order of calls; then clashes are found and all of it is exported. One line for each size.
 *
 *	graph_scale 250000 500000 1000000 2000000 */
#include "base/random.h"
#include "graph/export.h"
#include "model/tool.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { CALL_FACTS = 1000, FILES = 20000, NAMES = 60000, LINES = 2000, READ_LINES = 400 };

struct maker {
	uint64_t seed;
	struct facts facts;
	char (*texts)[64];              /* of the names in facts: they are borrowed */
	uint32_t (*hashes)[READ_LINES]; /* of the lines that were read */
};

static unsigned pick(struct maker *maker, unsigned n)
{
	return (unsigned)random_within(n - 1, random_next(&maker->seed));
}

/* Few files and names have most of everything. */
static unsigned pick_skewed(struct maker *maker, unsigned n)
{
	return (unsigned)((uint64_t)pick(maker, n) * pick(maker, n) / n);
}

static uint32_t line_hash(uint32_t file, uint32_t line)
{
	return (file * 2654435761u) ^ (line * 40503u);
}

/* 55 % matches, 15 % mentions, 15 % references, 13 % symbols, 2 % reads. */
static void make_fact(struct maker *maker, size_t i)
{
	unsigned kind = pick(maker, 100), file = pick_skewed(maker, FILES);
	char *path = maker->texts[2 * i], *name = maker->texts[2 * i + 1];
	struct fact fact = { .file = path,
			     .name = name,
			     .line = 1 + pick(maker, LINES),
			     .weight = 1 + pick(maker, 9) };

	fact.file_len = (size_t)snprintf(path, 64, "src/module%u/part_of_it_%u.c", file % 97, file);
	fact.name_len = (size_t)snprintf(name, 64, "function_%u", pick_skewed(maker, NAMES));
	fact.end_line = fact.line;
	fact.at = i * 40;
	fact.len = 32;
	if (kind < 55) {
		fact.kind = FACT_MATCH;
		/* One in a thousand was seen before a change. */
		fact.value = line_hash(file, fact.line) + !pick(maker, 1000);
	} else if (kind < 70) {
		fact.kind = FACT_MENTION;
	} else if (kind < 85) {
		fact.kind = FACT_REFERENCE;
	} else if (kind < 98) {
		fact.kind = FACT_SYMBOL;
		fact.end_line += pick(maker, 60);
	} else {
		fact.kind = FACT_READ;
		fact.n_lines = READ_LINES;
		for (uint32_t j = 0; j < READ_LINES; j++)
			maker->hashes[i][j] = line_hash(file, fact.line + j);
		fact.line_hashes = maker->hashes[i];
	}
	facts_add(&maker->facts, &fact);
}

static double seconds(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void integrate(struct graph *graph, struct maker *maker, uint32_t call, double *ret_s)
{
	static const struct tool tool = { .name = "Grep" };
	static char body[CALL_FACTS * 40];
	struct blob *blob;
	char label[32];
	double start;

	memset(body, 'x', sizeof(body));
	maker->facts.list.n = 0;
	for (size_t i = 0; i < CALL_FACTS; i++)
		make_fact(maker, i);
	blob = blob_new(body, sizeof(body));
	(void)snprintf(label, sizeof(label), "Grep 'pattern %u'", (unsigned)call);
	start = seconds();
	graph_add_call(graph, &(struct graph_call){ .call = call,
						    .tool = &tool,
						    .id = label + 5,
						    .label = label,
						    .kind = NODE_QUERY,
						    .body = blob,
						    .time_ms = 1700000000000 });
	if (graph_integrate(graph, call, &maker->facts) < 0)
		exit(1);
	*ret_s += seconds() - start;
	blob_unref(blob);
}

static void measure(size_t n_facts)
{
	struct maker maker = { .seed = 1 };
	struct claims clashes = { 0 };
	struct graph *graph = graph_new();
	size_t n_calls = n_facts / CALL_FACTS, before = mallinfo2().uordblks + mallinfo2().hblkhd;
	size_t bytes;
	double integrated = 0, start, found, exported;
	struct buf out;

	maker.texts = calloc(2 * CALL_FACTS, sizeof(*maker.texts));
	maker.hashes = calloc(CALL_FACTS, sizeof(*maker.hashes));
	if (!graph || !maker.texts || !maker.hashes)
		exit(1);
	for (uint32_t call = 0; call < n_calls; call++)
		integrate(graph, &maker, call, &integrated);
	bytes = mallinfo2().uordblks + mallinfo2().hblkhd - before - n_calls * CALL_FACTS * 40;
	start = seconds();
	if (claims_find_clashes(graph, NULL, NULL, &clashes) < 0)
		exit(1);
	found = seconds() - start;
	buf_init(&out, (size_t)8 << 30);
	start = seconds();
	if (graph_export(graph, &clashes, EXPORT_JSON, &out) < 0)
		exit(1);
	exported = seconds() - start;
	printf("%8zu facts: %7zu nodes %8zu edges; %5.1f bytes a fact; %.2f M facts/s; "
	       "%zu clashes in %.0f ms; JSON %.0f MB in %.1f s\n",
	       n_facts, graph->nodes.n, graph->edges.n, (double)bytes / (double)n_facts,
	       (double)n_facts / integrated / 1e6, clashes.list.n, found * 1e3,
	       (double)out.len / 1e6, exported);
	buf_release(&out);
	claims_release(&clashes);
	graph_free(graph);
	vec_release(&maker.facts.list);
	free(maker.texts);
	free(maker.hashes);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		measure(strtoull(argv[i], NULL, 10));
	return 0;
}
