/* SPDX-License-Identifier: MIT */
#include "graph/names.h"

#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#define NO_NUMBER UINT32_MAX

enum { BYTES_MAX_LOG2 = 32 }; /* of names */

uint32_t index_find(const struct index_table *table, uint64_t hash, index_equal_fn *equal,
		    const void *data, const void *key)
{
	if (!table->slots)
		return NO_NUMBER;
	for (size_t at = hash & table->mask; table->slots[at].number; at = (at + 1) & table->mask) {
		const struct index_slot *slot = &table->slots[at];

		if (slot->hash == (uint32_t)hash && equal(data, slot->number - 1, key))
			return slot->number - 1;
	}
	return NO_NUMBER;
}

static void put(struct index_table *table, struct index_slot slot)
{
	size_t at = slot.hash & table->mask;

	while (table->slots[at].number)
		at = (at + 1) & table->mask;
	table->slots[at] = slot;
}

/* The mask stays within the 32 bits that are kept: there are no more numbers than that. */
static bool grow(struct index_table *table)
{
	size_t size = table->slots ? (table->mask + 1) * 2 : 64;
	struct index_table bigger = { .mask = size - 1, .n = table->n };

	if (size > (size_t)UINT32_MAX + 1)
		return false;
	bigger.slots = calloc(size, sizeof(*bigger.slots));
	if (!bigger.slots)
		return false;
	for (size_t at = 0; table->slots && at <= table->mask; at++) {
		if (table->slots[at].number)
			put(&bigger, table->slots[at]);
	}
	free(table->slots);
	*table = bigger;
	return true;
}

bool index_add(struct index_table *table, uint64_t hash, uint32_t number)
{
	if ((!table->slots || (table->n + 1) * 4 > (table->mask + 1) * 3) && !grow(table))
		return false;
	put(table, (struct index_slot){ (uint32_t)hash, number + 1 });
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
	uint64_t hash;
};

static bool is_name(const void *data, uint32_t name, const void *key_)
{
	const struct names *names = data;
	const struct key *key = key_;
	const char *text = names_text(names, name);

	return strncmp(text, key->text, key->len) == 0 && text[key->len] == '\0';
}

/* What a NUL cuts off would make two names of one. */
static struct key key_of(const char *text, size_t len)
{
	text = text ? text : "";
	len = strnlen(text, len);
	return (struct key){ text, len, XXH3_64bits(text, len) };
}

static uint32_t store(struct names *names, const struct key *key)
{
	size_t number = names->texts.n;
	const char *text = arena_memdup0(&names->arena, key->text, key->len);

	if (number >= NO_NUMBER || !text || !vec_push(&names->texts, text))
		return NO_NUMBER;
	return (uint32_t)number;
}

bool names_init(struct names *names)
{
	*names = (struct names){ 0 };
	arena_init(&names->arena, (size_t)1 << BYTES_MAX_LOG2);
	return vec_push(&names->texts, ""); /* number 0, and in no table */
}

void names_release(struct names *names)
{
	arena_release(&names->arena);
	vec_release(&names->texts);
	index_release(&names->table);
}

static uint32_t find(const struct names *names, const struct key *key)
{
	return key->len ? index_find(&names->table, key->hash, is_name, names, key) : 0;
}

uint32_t names_find(const struct names *names, const char *text, size_t len)
{
	struct key key = key_of(text, len);

	return find(names, &key);
}

uint32_t names_add(struct names *names, const char *text, size_t len)
{
	struct key key = key_of(text, len);
	uint32_t name = find(names, &key);

	if (name != NO_NUMBER)
		return name;
	name = store(names, &key);
	if (name != NO_NUMBER && !index_add(&names->table, key.hash, name))
		return NO_NUMBER;
	return name;
}
