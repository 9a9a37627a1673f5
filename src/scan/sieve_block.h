/* SPDX-License-Identifier: MIT */
#ifndef SCAN_SIEVE_BLOCK_H
#define SCAN_SIEVE_BLOCK_H

#include "scan/sieve.h"

/* Between the files of the sieve only. */

/** Bit b of table[p][c]: bucket b has a window whose byte p may be c. */
struct sieve_tables {
	uint8_t table[SIEVE_WIDTH][256];
	uint8_t any_high[SIEVE_WIDTH];                                     /* OR over c >= 0x80 */
	uint8_t low_nibble[SIEVE_WIDTH][16], high_nibble[SIEVE_WIDTH][16]; /* AND: superset */

	/* For sieve_block_pair: two bytes of the only needle, from its window on. Byte c fits if
	 * (c | pair_fold) == pair_value. */
	uint8_t pair_at[2], pair_fold[2], pair_value[2];
};

struct sieve_candidate {
	size_t at; /* of the window */
	uint8_t buckets;
};

/** Candidates at *from and after, below end, in order, at most max (>= 64); moves *from. Reads up
 *  to end + SIEVE_PADDING. */
typedef size_t sieve_block_fn(const struct sieve_tables *tables, const unsigned char *data,
			      size_t *from, size_t end, struct sieve_candidate *out, size_t max);

sieve_block_fn sieve_block_scalar, sieve_block_avx2, sieve_block_avx512, sieve_block_pair;

#endif
