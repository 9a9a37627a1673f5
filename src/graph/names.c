/* SPDX-License-Identifier: MIT */
#include "graph/names.h"

#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#define NO_NUMBER UINT32_MAX

uint32_t index_find(const struct index_table *table, uint64_t hash, index_equal_fn *equal,
		    const void *data, const void *key)
{
	if (!table->slots)
		return NO_NUMBER;
	for (size_t at = hash & table->mask; table->slots[at]; at = (at + 1) & table->mask) {
		uint32_t number = table->slots[at] - 1;

		if (equal(data, number, key))
			return number;
	}
	return NO_NUMBER;
}

static void put(struct index_table *table, uint64_t hash, uint32_t number)
{
	size_t at = hash & table->mask;

	while (table->slots[at])
		at = (at + 1) & table->mask;
	table->slots[at] = number + 1;
}

static bool grow(struct index_table *table, index_hash_fn *hash_of, const void *data)
{
	size_t size = table->slots ? (table->mask + 1) * 2 : 64;
	struct index_table bigger = { .slots = calloc(size, sizeof(uint32_t)),
				      .mask = size - 1,
				      .n = table->n };

	if (!bigger.slots)
		return false;
	for (size_t at = 0; table->slots && at <= table->mask; at++) {
		if (table->slots[at])
			put(&bigger, hash_of(data, table->slots[at] - 1), table->slots[at] - 1);
	}
	free(table->slots);
	*table = bigger;
	return true;
}

bool index_add(struct index_table *table, uint64_t hash, uint32_t number, index_hash_fn *hash_of,
	       const void *data)
{
	if ((!table->slots || (table->n + 1) * 4 > (table->mask + 1) * 3) &&
	    !grow(table, hash_of, data))
		return false;
	put(table, hash, number);
	table->n++;
	return true;
}

void index_release(struct index_table *table)
{
	free(table->slots);
	*table = (struct index_table){ 0 };
}

/* ---- names ---- */

struct key {
	const char *text;
	size_t len;
	uint32_t hash;
};

static uint32_t stored_hash(const struct names *names, uint32_t name)
{
	uint32_t hash;

	memcpy(&hash, names->text.items + name - sizeof(hash), sizeof(hash));
	return hash;
}

static uint64_t hash_of_name(const void *data, uint32_t name)
{
	return stored_hash(data, name);
}

static bool is_name(const void *data, uint32_t name, const void *key_)
{
	const struct names *names = data;
	const struct key *key = key_;
	const char *text = names_text(names, name);

	return stored_hash(names, name) == key->hash && strncmp(text, key->text, key->len) == 0 &&
	       text[key->len] == '\0';
}

static struct key key_of(const char *text, size_t len)
{
	return (struct key){ text, len, (uint32_t)XXH3_64bits(text, len) };
}

static uint32_t store(struct names *names, const struct key *key)
{
	size_t at = names->text.n + sizeof(key->hash);
	char *into;

	if (at + key->len + 1 >= NO_NUMBER ||
	    !vec_reserve(&names->text, sizeof(key->hash) + key->len + 1))
		return NO_NUMBER;
	into = names->text.items + names->text.n;
	memcpy(into, &key->hash, sizeof(key->hash));
	memcpy(into + sizeof(key->hash), key->text, key->len);
	into[sizeof(key->hash) + key->len] = '\0';
	names->text.n = at + key->len + 1;
	return (uint32_t)at;
}

bool names_init(struct names *names)
{
	*names = (struct names){ 0 };
	return vec_push(&names->text, '\0'); /* "" is number 0, and in no table */
}

void names_release(struct names *names)
{
	vec_release(&names->text);
	index_release(&names->table);
}

uint32_t names_find(const struct names *names, const char *text, size_t len)
{
	struct key key = key_of(text, len);

	return len ? index_find(&names->table, key.hash, is_name, names, &key) : 0;
}

uint32_t names_add(struct names *names, const char *text, size_t len)
{
	struct key key;
	uint32_t name;

	/* What a NUL cuts off would make two names of one. */
	len = strnlen(text ? text : "", len);
	key = key_of(text ? text : "", len);
	if (!len)
		return 0;
	name = index_find(&names->table, key.hash, is_name, names, &key);
	if (name != NO_NUMBER)
		return name;
	name = store(names, &key);
	if (name != NO_NUMBER && !index_add(&names->table, key.hash, name, hash_of_name, names))
		return NO_NUMBER;
	return name;
}
