/* SPDX-License-Identifier: MIT */
#ifndef MODEL_TRIE_H
#define MODEL_TRIE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Many strings found in one pass (Aho and Corasick, 1975): a trie of the needles whose nodes know
 * the longest proper suffix of theirs that is in the trie too. A state is a node; 0 is the root,
 * where no needle has begun. Built by one thread, then only read, by any.
 */
enum { TRIE_NODES_MAX = 4 << 20, TRIE_NEEDLE_MIN = 8, TRIE_NEEDLE_MAX = 16 << 10 };

struct trie_node {
	uint32_t child, sibling; /* 0 = none: the root is nobody's */
	uint32_t suffix;
	uint16_t depth;
	uint16_t found_len; /* of the longest needle that ends here; 0 = none does */
	uint16_t found;     /* its value */
	unsigned char byte;
};

struct trie {
	struct trie_node *nodes;
	uint32_t n, cap;
	uint32_t first[256]; /* the children of the root */
	/* Bits: hashes of the first three bytes of needles; of any three of their first eight. */
	uint64_t starts[1024], grams[1024];
};

/** Adds a needle of TRIE_NEEDLE_MIN to TRIE_NEEDLE_MAX bytes. One that is there keeps its value.
 *  0, -ENOMEM, or -E2BIG when the trie is full. */
int trie_add(struct trie *trie, const void *needle, size_t len, uint16_t value);

/** After the last trie_add(), before the first search. 0 or -ENOMEM. */
int trie_link(struct trie *trie);
void trie_release(struct trie *trie);

/** The first place from `at` on where a needle may begin: bytes before it begin none. What is too
 *  near the end to tell counts as such a place. */
size_t trie_skip(const struct trie *trie, const char *data, size_t at, size_t len);

/** The node of a needle's next byte, or 0: only what begins at one place. */
uint32_t trie_child(const struct trie *trie, uint32_t parent, unsigned char byte);

/** The state after one more byte; amortised constant (a state has at most 256 children). */
static inline uint32_t trie_step(const struct trie *trie, uint32_t state, unsigned char byte)
{
	for (; state; state = trie->nodes[state].suffix) {
		for (uint32_t at = trie->nodes[state].child; at; at = trie->nodes[at].sibling) {
			if (trie->nodes[at].byte == byte)
				return at;
		}
	}
	return trie->first[byte];
}

#endif
