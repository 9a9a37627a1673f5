/* SPDX-License-Identifier: MIT */
#ifndef GRAPH_NAMES_H
#define GRAPH_NAMES_H

#include "base/arena.h"
#include "base/vec.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Open addressing from hashes to numbers: the one hash table of the graph. The caller compares,
 * and only what has the same 32 bits of hash: what a number stands for is mostly not in the
 * processor's cache. Eight bytes a slot, at most 3/4 full.
 */
struct index_slot {
	uint32_t hash, number; /* number + 1; 0 = empty */
};

struct index_table {
	struct index_slot *slots;
	size_t mask; /* slots - 1; 0 with NULL slots */
	size_t n;
};

typedef bool index_equal_fn(const void *data, uint32_t number, const void *key);

/** UINT32_MAX if there is none. */
uint32_t index_find(const struct index_table *table, uint64_t hash, index_equal_fn *equal,
		    const void *data, const void *key);
/** False without memory. */
bool index_add(struct index_table *table, uint64_t hash, uint32_t number);
void index_release(struct index_table *table);

/** Strings kept once, told apart by number. Number 0 is "". A text stays where it is until
 *  names_release(), so that what is added may be a name of the same table. */
struct names {
	struct arena arena;
	struct VEC(const char *) texts; /* by number; each ends in a NUL */
	struct index_table table;
};

bool names_init(struct names *names); /* false without memory */
void names_release(struct names *names);
/** UINT32_MAX without memory, or over 4 GiB of names. */
uint32_t names_add(struct names *names, const char *text, size_t len);
uint32_t names_find(const struct names *names, const char *text, size_t len); /* UINT32_MAX: none */

static inline const char *names_text(const struct names *names, uint32_t name)
{
	return names->texts.items[name];
}

#endif
