/* SPDX-License-Identifier: MIT */
/* Depth-first search with its own stack, so that a chain of a million needs is no danger. */
#include "plan/cycle.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

enum mark { MARK_NEW, MARK_OPEN, MARK_DONE };

struct frame {
	uint32_t node;
	uint32_t next; /* need to look at */
};

struct search {
	cycle_needs_fn *needs;
	const void *data;
	unsigned char *marks;
	struct frame *path; /* each node is on it at most once */
	uint32_t depth;
};

static void enter(struct search *search, uint32_t node)
{
	search->marks[node] = MARK_OPEN;
	search->path[search->depth++] = (struct frame){ .node = node };
}

/* Goes on from the top of the path; true if it runs into an open node: *ret_node. */
static bool step(struct search *search, uint32_t *ret_node)
{
	struct frame *top = &search->path[search->depth - 1];
	size_t n;
	const uint32_t *needs = search->needs(search->data, top->node, &n);

	while (top->next < n) {
		uint32_t needed = needs[top->next++];

		if (search->marks[needed] == MARK_OPEN) {
			*ret_node = needed;
			return true;
		}
		if (search->marks[needed] == MARK_NEW) {
			enter(search, needed);
			return false;
		}
	}
	search->marks[top->node] = MARK_DONE;
	search->depth--;
	return false;
}

static bool search_from(struct search *search, uint32_t start, uint32_t *ret_node)
{
	enter(search, start);
	while (search->depth) {
		if (step(search, ret_node))
			return true;
	}
	return false;
}

static int copy_cycle(const struct search *search, uint32_t node, uint32_t **ret_nodes)
{
	uint32_t from = 0, n;
	uint32_t *nodes;

	while (search->path[from].node != node)
		from++;
	n = search->depth - from;
	nodes = malloc(n * sizeof(*nodes));
	if (!nodes)
		return -ENOMEM;
	for (uint32_t i = 0; i < n; i++)
		nodes[i] = search->path[from + i].node;
	*ret_nodes = nodes;
	return (int)n;
}

int cycle_find(uint32_t n, cycle_needs_fn *needs, const void *data, uint32_t **ret_nodes)
{
	struct search search = { .needs = needs, .data = data };
	uint32_t node;
	int r = 0;

	if (!n)
		return 0;
	search.marks = calloc(n, sizeof(*search.marks));
	search.path = calloc(n, sizeof(*search.path));
	if (!search.marks || !search.path)
		r = -ENOMEM;
	for (uint32_t i = 0; r == 0 && i < n; i++) {
		if (search.marks[i] == MARK_NEW && search_from(&search, i, &node))
			r = copy_cycle(&search, node, ret_nodes);
	}
	free(search.marks);
	free(search.path);
	return r;
}
