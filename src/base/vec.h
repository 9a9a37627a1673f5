/* SPDX-License-Identifier: MIT */
#ifndef BASE_VEC_H
#define BASE_VEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/**
 * A growing array: struct VEC(int) numbers = { 0 }; if (!vec_push(&numbers, 7)) return -ENOMEM;
 * Owned by whoever declares it; vec_release() frees it. vec_reserve() returns false when memory
 * is short, and the array is as it was.
 */
#define VEC(type)                                                                                  \
	{                                                                                          \
		type *items;                                                                       \
		size_t n;                                                                          \
		size_t cap;                                                                        \
	}

#define vec_reserve(vec, more)                                                                     \
	vec_grow((void **)&(vec)->items, &(vec)->cap, (vec)->n, (more), sizeof(*(vec)->items))
#define vec_push(vec, item)                                                                        \
	(vec_reserve(vec, 1) ? ((vec)->items[(vec)->n++] = (item), true) : false)
#define vec_release(vec) (free((vec)->items), (vec)->items = NULL, (vec)->n = (vec)->cap = 0)

static inline bool vec_grow(void **items, size_t *cap, size_t n, size_t more, size_t size)
{
	size_t want;
	void *grown;

	if (more <= *cap - n)
		return true;
	want = *cap ? *cap + *cap / 2 + 1 : 8;
	if (want < n + more)
		want = n + more;
	if (want > SIZE_MAX / 2 / size)
		return false;
	grown = realloc(*items, want * size);
	if (!grown)
		return false;
	*items = grown;
	*cap = want;
	return true;
}

#endif
