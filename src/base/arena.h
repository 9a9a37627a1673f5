/* SPDX-License-Identifier: MIT */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>

/**
 * Bump allocation: many small objects, freed all at once. Sticky: after one allocation fails
 * arena_failed() stays true and later ones return NULL too. One owner; no locking. Memory comes
 * zeroed and aligned for any type.
 */
struct arena {
	struct arena_chunk *chunk; /* newest first */
	size_t used;               /* bytes of the newest chunk */
	size_t total;              /* bytes of all chunks */
	size_t max;                /* bytes, over all chunks */
	bool failed;
};

void arena_init(struct arena *arena, size_t max_bytes);
void arena_release(struct arena *arena);

void *arena_alloc(struct arena *arena, size_t size);
void *arena_alloc_array(struct arena *arena, size_t n, size_t size);    /* NULL on overflow */
char *arena_strdup(struct arena *arena, const char *str);               /* NULL stays NULL */
char *arena_memdup0(struct arena *arena, const void *data, size_t len); /* adds a NUL */
char *arena_printf(struct arena *arena, const char *format, ...) ATTR_PRINTF(2, 3);

static inline bool arena_failed(const struct arena *arena)
{
	return arena->failed;
}

#endif
