/* SPDX-License-Identifier: MIT */
#ifndef RECOVERY_FINGERPRINT_H
#define RECOVERY_FINGERPRINT_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Failures that look alike: what retrying them brought, and how many calls they hit of late. The
 * table has room for FINGERPRINTS_MAX and forgets the one not seen for the longest time. Zeroed is
 * empty. Loop thread.
 */
enum {
	FINGERPRINTS_MAX = 256,
	FINGERPRINT_COUNT_MAX = 200, /* then both counts are halved: old news fades */
	ALIKE_CALLS = 3,             /* that many distinct calls */
	ALIKE_MS = 60000,            /* within that time */
};

struct fingerprint {
	uint64_t hash; /* 0 = free */
	uint64_t seen_ns;
	unsigned n_passed, n_failed; /* retries */
	struct {
		uint64_t call, at_ns;
	} latest[ALIKE_CALLS]; /* distinct calls */
};

struct fingerprints {
	struct fingerprint items[FINGERPRINTS_MAX];
};

/** Of tool, origin, code, and a line of text, in which numbers, paths and quoted names do not
 *  matter. Never 0. */
uint64_t fingerprint_of(const char *tool, const struct error *err, const char *line, size_t len);

/** A call failed like that. True: so did ALIKE_CALLS distinct ones within ALIKE_MS. */
bool fingerprints_add(struct fingerprints *self, uint64_t hash, uint64_t call, uint64_t now_ns);

/** A retry after such a failure is over. */
void fingerprints_retried(struct fingerprints *self, uint64_t hash, bool has_passed);

/**
 * Whether retries help: with a Beta(1,1) prior over their chance of success, HELPS when it is over
 * 0.5 with probability 0.9, IS_VAIN when it is under 0.1 with probability 0.9.
 */
enum retrying { RETRYING_UNKNOWN, RETRYING_HELPS, RETRYING_IS_VAIN };
enum retrying fingerprints_judge(const struct fingerprints *self, uint64_t hash);

/** P(X <= x) for X ~ Beta(a, b), a and b whole numbers from 1 to FINGERPRINT_COUNT_MAX + 1. */
double beta_below(unsigned a, unsigned b, double x);

#endif
