/* SPDX-License-Identifier: MIT */
#ifndef SCAN_NEEDLE_H
#define SCAN_NEEDLE_H

#include "scan/regex.h"

/**
 * What every match must contain. A needle is a fixed-length sequence of byte sets; a pattern's
 * needles are such that each match contains at least one of them. `struct\s+\w+` has the needle
 * "struct" + [\s or >= 0x80]; `copy_(from|to)_user` has two. Looking for needles is much faster
 * than matching, and lines without one need not be matched at all.
 */
enum { NEEDLE_LEN_MAX = 32, NEEDLES_MAX = 16 };

struct byte_set {
	uint64_t bits[4];
};

static inline void byte_set_add(struct byte_set *set, unsigned char byte)
{
	set->bits[byte >> 6] |= 1ull << (byte & 63);
}

struct needle {
	unsigned len;
	struct byte_set at[NEEDLE_LEN_MAX];
};

struct needle_set {
	const struct needle *const *items; /* in the arena */
	size_t n;                          /* 0 with is_valid: the pattern matches nothing */
	bool is_valid;                     /* false: no needles, every line may match */
	bool is_whole;  /* a needle is a match and a match is a needle: nothing to confirm */
	double density; /* candidates per byte of source text, a rough guess from above */
};

static inline bool byte_set_has(const struct byte_set *set, unsigned char byte)
{
	return set->bits[byte >> 6] >> (byte & 63) & 1;
}

/** Finds the best needles of a pattern. Memory comes from the arena; without any left the set is
 *  not valid, which is always right. */
void needle_find(const struct regex_node *root, struct arena *arena, struct needle_set *ret_set);

/** How often the sequence of sets is expected in source text, per byte. */
double needle_density(const struct byte_set *at, unsigned len);

/** The start of the `width` bytes of a needle that are rarest in source text, and how often these
 *  are expected per byte. */
unsigned needle_rarest(const struct needle *needle, unsigned width, double *ret_density);

#endif
