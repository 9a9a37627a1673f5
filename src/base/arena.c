/* SPDX-License-Identifier: MIT */
/* Bump allocation in chunks that double up to 1 MiB. */
#include "base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct arena_chunk {
	struct arena_chunk *next;
	size_t size;
	max_align_t data[];
};

enum { CHUNK_MIN = 4096, CHUNK_MAX = 1 << 20 };

void arena_init(struct arena *arena, size_t max_bytes)
{
	*arena = (struct arena){ .max = max_bytes };
}

void arena_release(struct arena *arena)
{
	struct arena_chunk *chunk = arena->chunk;

	while (chunk) {
		struct arena_chunk *next = chunk->next;

		free(chunk);
		chunk = next;
	}
	*arena = (struct arena){ .max = arena->max };
}

static bool arena_grow(struct arena *arena, size_t size)
{
	size_t want = arena->chunk ? arena->chunk->size * 2 : CHUNK_MIN;
	struct arena_chunk *chunk;

	if (want > CHUNK_MAX)
		want = CHUNK_MAX;
	if (want < size)
		want = size;
	if (want > arena->max || arena->total > arena->max - want)
		return false;
	chunk = calloc(1, sizeof(*chunk) + want);
	if (!chunk)
		return false;
	chunk->next = arena->chunk;
	chunk->size = want;
	arena->chunk = chunk;
	arena->used = 0;
	arena->total += want;
	return true;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	const size_t align = sizeof(max_align_t);
	void *at;

	if (arena->failed || size > SIZE_MAX / 2) {
		arena->failed = true;
		return NULL;
	}
	size = size ? (size + align - 1) / align * align : align;
	if ((!arena->chunk || arena->chunk->size - arena->used < size) &&
	    !arena_grow(arena, size)) {
		arena->failed = true;
		return NULL;
	}
	at = (char *)arena->chunk->data + arena->used;
	arena->used += size;
	return at;
}

void *arena_alloc_array(struct arena *arena, size_t n, size_t size)
{
	if (size && n > SIZE_MAX / 2 / size) {
		arena->failed = true;
		return NULL;
	}
	return arena_alloc(arena, n * size);
}

char *arena_memdup0(struct arena *arena, const void *data, size_t len)
{
	char *copy = arena_alloc(arena, len + 1);

	if (copy && len)
		memcpy(copy, data, len);
	return copy;
}

char *arena_strdup(struct arena *arena, const char *str)
{
	return str ? arena_memdup0(arena, str, strlen(str)) : NULL;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
	va_list args;
	char *text;
	int n;

	va_start(args, format);
	n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (n < 0)
		return NULL;
	text = arena_alloc(arena, (size_t)n + 1);
	if (!text)
		return NULL;
	va_start(args, format);
	(void)vsnprintf(text, (size_t)n + 1, format, args); /* measured above */
	va_end(args);
	return text;
}
