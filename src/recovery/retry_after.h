/* SPDX-License-Identifier: MIT */
#ifndef RECOVERY_RETRY_AFTER_H
#define RECOVERY_RETRY_AFTER_H

#include <stddef.h>
#include <stdint.h>

/** A server that asks for more than a day is taken to ask for a day: the deadline is shorter. */
enum { RETRY_AFTER_MAX_MS = 86400000 };

/**
 * The value of a Retry-After header (RFC 9110, 10.2.3): seconds, or a date in one of the three
 * forms of HTTP. now_s: the wall clock, since 1970; only dates depend on it. A date in the past is
 * 0. Of several values ("120, 60": the header came twice) the longest wait counts. -EINVAL for
 * anything else, negative numbers and fractions among it. Any thread.
 */
int retry_after_parse(const char *text, size_t len, int64_t now_s, uint64_t *ret_ms);

#endif
