/* SPDX-License-Identifier: MIT */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stdint.h>

/** The next 64 random bits of a sequence; any seed will do. Not for secrets. */
static inline uint64_t random_next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

/** A uniform choice from [0, limit], made from 64 random bits. */
static inline uint64_t random_within(uint64_t limit, uint64_t random)
{
	if (limit == UINT64_MAX)
		return random;
	return (uint64_t)(((unsigned __int128)random * (limit + 1)) >> 64);
}

#endif
