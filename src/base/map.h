/* SPDX-License-Identifier: MIT */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * A hash table whose nodes live inside the objects, chained. Adding cannot fail: when there is no
 * memory for more buckets the chains grow instead. The owner of the objects frees them.
 */
struct map_node {
	struct map_node *next;
	uint64_t hash;
};

struct map {
	struct map_node **buckets; /* NULL while `one` is the only bucket */
	struct map_node *one;
	size_t n_buckets; /* a power of two, or 0 */
	size_t n;
};

typedef bool map_equal_fn(const struct map_node *node, const void *key);

void map_release(struct map *map); /* only the buckets */
struct map_node *map_find(const struct map *map, uint64_t hash, map_equal_fn *equal,
			  const void *key);
void map_add(struct map *map, struct map_node *node, uint64_t hash); /* duplicates are kept */
void map_remove(struct map *map, struct map_node *node);             /* must be in it */

/** Start with hash 0; feed the result back in to hash several pieces. */
uint64_t hash_bytes(uint64_t hash, const void *data, size_t len);
uint64_t hash_uint(uint64_t hash, uint64_t n);

#endif
