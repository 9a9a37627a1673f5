/* SPDX-License-Identifier: MIT */
#ifndef RECOVERY_BACKOFF_H
#define RECOVERY_BACKOFF_H

#include <stdint.h>

/**
 * How long to wait before a retry: full jitter, a uniform choice from 0 to min(cap, base * 2^i).
 * Random numbers are the caller's, uniform over 64 bits. Any thread.
 */
struct backoff {
	uint64_t base_ms, cap_ms;
	unsigned retries_max; /* attempts are one more */
};

extern const struct backoff backoff_local; /* 50 ms, cap 10 s, 2 retries */
extern const struct backoff backoff_web;   /* 200 ms, cap 10 s, 2 retries */

/** The longest wait before retry i (0 = the first), in ns. */
uint64_t backoff_limit_ns(const struct backoff *backoff, unsigned i_retry);

/** The wait before retry i (0 = the first), in ns: calculate_wait_time(i). */
uint64_t backoff_wait_ns(const struct backoff *backoff, unsigned i_retry, uint64_t random);

/** A wait that was asked for, in ns, and up to 10 % more, so that not all come at once. */
uint64_t backoff_asked_ns(uint64_t asked_ms, uint64_t random);

#endif
