/* SPDX-License-Identifier: MIT */
/* A chained hash table that doubles at a load of one. */
#include "base/map.h"

#include <stdlib.h>
#include <string.h>

static struct map_node **bucket_of(const struct map *map, uint64_t hash)
{
	return &map->buckets[hash & (map->n_buckets - 1)];
}

static struct map_node *first_of(const struct map *map, uint64_t hash)
{
	return map->buckets ? *bucket_of(map, hash) : map->one;
}

static void link_node(struct map *map, struct map_node *node)
{
	struct map_node **bucket = map->buckets ? bucket_of(map, node->hash) : &map->one;

	node->next = *bucket;
	*bucket = node;
}

static void relink_chain(struct map *into, struct map_node *node)
{
	while (node) {
		struct map_node *next = node->next;

		link_node(into, node);
		node = next;
	}
}

static void grow(struct map *map)
{
	struct map bigger = { .n_buckets = map->n_buckets ? map->n_buckets * 2 : 16, .n = map->n };

	bigger.buckets = calloc(bigger.n_buckets, sizeof(struct map_node *));
	if (!bigger.buckets)
		return; /* longer chains, still right */
	relink_chain(&bigger, map->one);
	for (size_t i = 0; i < map->n_buckets; i++)
		relink_chain(&bigger, map->buckets[i]);
	free(map->buckets);
	*map = bigger;
}

void map_release(struct map *map)
{
	free(map->buckets);
	*map = (struct map){ 0 };
}

struct map_node *map_find(const struct map *map, uint64_t hash, map_equal_fn *equal,
			  const void *key)
{
	struct map_node *node = first_of(map, hash);

	while (node && !(node->hash == hash && equal(node, key)))
		node = node->next;
	return node;
}

void map_add(struct map *map, struct map_node *node, uint64_t hash)
{
	if (map->n >= map->n_buckets)
		grow(map);
	node->hash = hash;
	link_node(map, node);
	map->n++;
}

void map_remove(struct map *map, struct map_node *node)
{
	struct map_node **at = map->buckets ? bucket_of(map, node->hash) : &map->one;

	while (*at != node)
		at = &(*at)->next;
	*at = node->next;
	node->next = NULL;
	map->n--;
}

uint64_t hash_uint(uint64_t hash, uint64_t n)
{
	unsigned __int128 product =
		(unsigned __int128)(hash ^ n ^ 0x9e3779b97f4a7c15u) * 0xd6e8feb86659fd93u;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

uint64_t hash_bytes(uint64_t hash, const void *data, size_t len)
{
	const unsigned char *at = data;
	uint64_t word = 0;

	hash = hash_uint(hash, len);
	for (; len >= sizeof(word); len -= sizeof(word), at += sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		hash = hash_uint(hash, word);
	}
	word = 0;
	if (len)
		memcpy(&word, at, len);
	return hash_uint(hash, word);
}
