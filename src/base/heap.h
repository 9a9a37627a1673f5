/* SPDX-License-Identifier: MIT */
#ifndef BASE_HEAP_H
#define BASE_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * A priority queue whose nodes live inside the queued objects (a pairing heap), so that nothing
 * can fail: the smallest key comes first; with equal keys the order is a function of the calls
 * made. Push and first cost O(1), pop and remove O(log n) amortised. A zeroed node is in no heap.
 */
struct heap_node {
	uint64_t key;
	struct heap_node *child;
	struct heap_node *next; /* sibling */
	struct heap_node *back; /* previous sibling, or parent of the first; the root: itself */
};

struct heap {
	struct heap_node *root;
};

void heap_push(struct heap *heap, struct heap_node *node, uint64_t key);
void heap_remove(struct heap *heap, struct heap_node *node);

/** NULL when empty. */
struct heap_node *heap_pop(struct heap *heap);

static inline struct heap_node *heap_first(const struct heap *heap)
{
	return heap->root;
}

static inline bool heap_has(const struct heap_node *node)
{
	return node->back != NULL;
}

#endif
