/* SPDX-License-Identifier: MIT */
#ifndef SCAN_SIEVE_H
#define SCAN_SIEVE_H

#include "scan/needle.h"

/**
 * Looks for many needles at once. Each needle is reduced to its four rarest neighbouring bytes
 * (its window) and put into one of eight buckets; four table look-ups a byte, ANDed, tell which
 * buckets have a window here. With AVX-512 VBMI or AVX2 that is done for 64 or 32 bytes at a
 * time (the idea of "Teddy": W. Bruening and G. Langdale, Hyperscan). What the sieve lets through
 * is compared with the whole needles of the bucket. Building costs microseconds.
 */
enum { SIEVE_BUCKETS = 8, SIEVE_WIDTH = 4, SIEVE_PADDING = 128 };

struct sieve_entry {
	const struct needle *needle;
	uint32_t owner; /* whose needle it is */
};

struct sieve_hit {
	size_t start; /* of the needle */
	uint32_t owner;
};

struct sieve;

/** Immutable once built; entries are copied, needles are borrowed. NULL without memory. */
struct sieve *sieve_new(const struct sieve_entry *entries, size_t n);
void sieve_free(struct sieve *sieve);

/**
 * Finds needles that lie wholly in data[from, len), in the order of their windows (which is not
 * quite the order of their starts), up to max hits. *from moves to where to go on; it is len when
 * the end was reached. data[len … len + SIEVE_PADDING) must be readable (any content).
 */
size_t sieve_scan(const struct sieve *sieve, const unsigned char *data, size_t len, size_t *from,
		  struct sieve_hit *hits, size_t max);

/** Instructions a sieve uses. Tests build one for each: isa NULL is the best there is; a name the
 *  processor lacks gives NULL. */
const char *sieve_isa(const struct sieve *sieve);
struct sieve *sieve_new_isa(const struct sieve_entry *entries, size_t n, const char *isa);

#endif
