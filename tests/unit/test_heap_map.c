/* SPDX-License-Identifier: MIT */
/* The heap and the map against the simplest thing that does the same. */
#include "base/heap.h"
#include "base/map.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { N = 500, STEPS = 20000 };

static unsigned next_random(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(*seed >> 33);
}

static void test_heap_against_scan(void **state)
{
	struct heap_node nodes[N] = { 0 };
	struct heap heap = { 0 };
	uint64_t seed = 1;

	(void)state;
	for (int step = 0; step < STEPS; step++) {
		struct heap_node *node = &nodes[next_random(&seed) % N];
		uint64_t least = UINT64_MAX;
		struct heap_node *first;

		if (!heap_has(node))
			heap_push(&heap, node, next_random(&seed) % 1000);
		else if (next_random(&seed) % 2)
			heap_remove(&heap, node);
		else
			(void)heap_pop(&heap);
		for (size_t i = 0; i < N; i++)
			if (heap_has(&nodes[i]) && nodes[i].key < least)
				least = nodes[i].key;
		first = heap_first(&heap);
		assert_int_equal(first ? first->key : UINT64_MAX, least);
	}
	for (uint64_t before = 0; heap_first(&heap);) {
		struct heap_node *node = heap_pop(&heap);

		assert_true(node->key >= before);
		assert_false(heap_has(node));
		before = node->key;
	}
}

struct item {
	struct map_node node;
	unsigned key;
	bool is_in;
};

static bool has_key(const struct map_node *node, const void *key)
{
	return ((const struct item *)node)->key == *(const unsigned *)key;
}

static void test_map_against_flags(void **state)
{
	struct item items[N] = { 0 };
	struct map map = { 0 };
	uint64_t seed = 2;
	size_t n = 0;

	(void)state;
	for (int step = 0; step < STEPS; step++) {
		unsigned key = next_random(&seed) % N;
		struct item *item = &items[key];
		uint64_t hash = hash_uint(0, key % 100); /* some collide */
		struct map_node *found = map_find(&map, hash, has_key, &key);

		assert_ptr_equal(found, item->is_in ? &item->node : NULL);
		if (item->is_in) {
			map_remove(&map, &item->node);
			n--;
		} else {
			item->key = key;
			map_add(&map, &item->node, hash);
			n++;
		}
		item->is_in = !item->is_in;
		assert_int_equal(map.n, n);
	}
	map_release(&map);
}

static void test_hashes_differ(void **state)
{
	char text[32] = "";

	(void)state;
	for (size_t len = 0; len < sizeof(text) - 1; len++) { /* NULs alone differ by length */
		assert_true(hash_bytes(0, text, len) != hash_bytes(0, text, len + 1));
		assert_true(hash_bytes(0, text, len) == hash_bytes(0, text, len));
	}
	assert_true(hash_bytes(0, "ab", 2) != hash_bytes(0, "ba", 2));
	assert_true(hash_bytes(1, "ab", 2) != hash_bytes(0, "ab", 2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_heap_against_scan),
		cmocka_unit_test(test_map_against_flags),
		cmocka_unit_test(test_hashes_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
