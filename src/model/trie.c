/* SPDX-License-Identifier: MIT */
/*
 * Searching for many strings at once. Where no needle has begun, most text is passed over six
 * bytes at a time, after Wu and Manber: a needle that begins at any of them has the three bytes
 * that follow the first five among its own first eight.
 */
#include "model/trie.h"

#include <errno.h>
#include <stdlib.h>

enum { HASH_BITS = 16, STEP = TRIE_NEEDLE_MIN - 2 };

_Static_assert(sizeof(((struct trie *)NULL)->starts) * 8 == 1 << HASH_BITS, "a bit a hash");

static uint32_t hash3(uint32_t three)
{
	return (three * 2654435761u) >> (32 - HASH_BITS);
}

static uint32_t load3(const char *data)
{
	const unsigned char *at = (const unsigned char *)data;

	return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16;
}

static void set_bit(uint64_t *bits, const char *three)
{
	uint32_t hash = hash3(load3(three));

	bits[hash / 64] |= (uint64_t)1 << hash % 64;
}

static bool has_bit(const uint64_t *bits, const char *three)
{
	uint32_t hash = hash3(load3(three));

	return bits[hash / 64] >> hash % 64 & 1;
}

static bool reserve(struct trie *trie, size_t more)
{
	size_t want = trie->n + more;
	size_t cap = trie->cap ? trie->cap : 256;
	struct trie_node *grown;

	while (cap < want)
		cap *= 2;
	if (cap == trie->cap)
		return true;
	grown = realloc(trie->nodes, cap * sizeof(*grown));
	if (!grown)
		return false;
	trie->nodes = grown;
	trie->cap = (uint32_t)cap;
	return true;
}

uint32_t trie_child(const struct trie *trie, uint32_t parent, unsigned char byte)
{
	uint32_t at = parent ? trie->nodes[parent].child : trie->first[byte];

	while (at && trie->nodes[at].byte != byte)
		at = trie->nodes[at].sibling;
	return at;
}

/* The children of the root are listed as siblings too, for trie_link(). */
static uint32_t add_child(struct trie *trie, uint32_t parent, unsigned char byte)
{
	uint32_t at = trie->n++;

	trie->nodes[at] = (struct trie_node){ .byte = byte,
					      .sibling = trie->nodes[parent].child,
					      .depth = (uint16_t)(trie->nodes[parent].depth + 1) };
	trie->nodes[parent].child = at;
	if (!parent)
		trie->first[byte] = at;
	return at;
}

int trie_add(struct trie *trie, const void *needle, size_t len, uint16_t value)
{
	const unsigned char *bytes = needle;
	uint32_t at = 0;

	if (len < TRIE_NEEDLE_MIN || len > TRIE_NEEDLE_MAX || trie->n + len > TRIE_NODES_MAX)
		return -E2BIG;
	if (!reserve(trie, len + 1))
		return -ENOMEM;
	if (trie->n == 0)
		trie->nodes[trie->n++] = (struct trie_node){ 0 };
	for (size_t i = 0; i < len; i++) {
		uint32_t next = trie_child(trie, at, bytes[i]);

		at = next ? next : add_child(trie, at, bytes[i]);
	}
	if (!trie->nodes[at].found_len) {
		trie->nodes[at].found_len = (uint16_t)len;
		trie->nodes[at].found = value;
	}
	set_bit(trie->starts, needle);
	for (size_t i = 0; i < STEP; i++)
		set_bit(trie->grams, (const char *)needle + i);
	return 0;
}

/* A node without a needle of its own has that of its suffix. */
static void inherit(struct trie_node *node, const struct trie_node *suffix)
{
	if (node->found_len)
		return;
	node->found_len = suffix->found_len;
	node->found = suffix->found;
}

int trie_link(struct trie *trie)
{
	uint32_t *queue, n = 0;

	if (trie->n == 0)
		return 0;
	queue = malloc(trie->n * sizeof(*queue));
	if (!queue)
		return -ENOMEM;
	for (uint32_t at = trie->nodes[0].child; at; at = trie->nodes[at].sibling)
		queue[n++] = at;
	for (uint32_t i = 0; i < n; i++) { /* by depth: suffixes are shorter, so they come first */
		const struct trie_node *node = &trie->nodes[queue[i]];

		for (uint32_t at = node->child; at; at = trie->nodes[at].sibling) {
			struct trie_node *child = &trie->nodes[at];

			child->suffix = trie_step(trie, node->suffix, child->byte);
			inherit(child, &trie->nodes[child->suffix]);
			queue[n++] = at;
		}
	}
	free(queue);
	return 0;
}

void trie_release(struct trie *trie)
{
	free(trie->nodes);
	trie->nodes = NULL;
	trie->n = trie->cap = 0;
}

size_t trie_skip(const struct trie *trie, const char *data, size_t at, size_t len)
{
	while (at + TRIE_NEEDLE_MIN <= len) {
		if (!has_bit(trie->grams, data + at + STEP - 1)) {
			at += STEP;
			continue;
		}
		if (has_bit(trie->starts, data + at))
			return at;
		at++;
	}
	while (at + 3 <= len && !has_bit(trie->starts, data + at))
		at++;
	return at;
}
