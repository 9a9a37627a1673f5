/* SPDX-License-Identifier: MIT */
/* A pairing heap: a tree in heap order; removal pairs the orphaned children up, then melds. */
#include "base/heap.h"

/* Makes the root with the larger key the first child of the other. */
static struct heap_node *meld(struct heap_node *a, struct heap_node *b)
{
	if (!a || !b)
		return a ? a : b;
	if (b->key < a->key) {
		struct heap_node *swap = a;

		a = b;
		b = swap;
	}
	b->next = a->child;
	if (b->next)
		b->next->back = b;
	b->back = a;
	a->child = b;
	a->next = NULL;
	a->back = a;
	return a;
}

/* Two passes over the children of a removed node: left to right in pairs, then back. */
static struct heap_node *meld_children(struct heap_node *first)
{
	struct heap_node *pairs = NULL; /* stack, linked by next */
	struct heap_node *root = NULL;

	while (first) {
		struct heap_node *a = first;
		struct heap_node *b = a->next;

		first = b ? b->next : NULL;
		a->next = NULL;
		if (b)
			b->next = NULL;
		a = meld(a, b);
		a->next = pairs;
		pairs = a;
	}
	while (pairs) {
		struct heap_node *next = pairs->next;

		pairs->next = NULL;
		root = meld(pairs, root);
		pairs = next;
	}
	if (root)
		root->back = root;
	return root;
}

void heap_push(struct heap *heap, struct heap_node *node, uint64_t key)
{
	*node = (struct heap_node){ .key = key };
	node->back = node;
	heap->root = meld(heap->root, node);
}

void heap_remove(struct heap *heap, struct heap_node *node)
{
	struct heap_node *rest = meld_children(node->child);

	if (node == heap->root) {
		heap->root = rest;
	} else {
		if (node->back->child == node)
			node->back->child = node->next;
		else
			node->back->next = node->next;
		if (node->next)
			node->next->back = node->back;
		heap->root = meld(heap->root, rest);
	}
	*node = (struct heap_node){ .key = node->key };
}

struct heap_node *heap_pop(struct heap *heap)
{
	struct heap_node *first = heap->root;

	if (first)
		heap_remove(heap, first);
	return first;
}
