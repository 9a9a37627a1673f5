/* SPDX-License-Identifier: MIT */
#ifndef SCAN_SIEVE_GROUP_H
#define SCAN_SIEVE_GROUP_H

#include "scan/needle.h"
#include "scan/sieve.h"

/** The bytes of a needle that the tables look for; places past its end hold every byte. */
struct sieve_window {
	struct byte_set at[SIEVE_WIDTH];
	size_t start; /* in the needle */
};

/**
 * Shares windows out over SIEVE_BUCKETS buckets. Tables know for each place which bytes a bucket
 * has there, so a bucket with "ab" and "cd" also lets "ad" and "cb" through: windows that are
 * alike belong together, and frequent ones are better alone. Greedy agglomerative clustering by
 * expected work; n may be any number, the result depends on nothing but the windows and their
 * order. Returns 0 or -ENOMEM.
 */
int sieve_group(const struct sieve_window *windows, size_t n, uint8_t *ret_bucket_of);

#endif
