/* SPDX-License-Identifier: MIT */
/* Waits with full jitter: retries of calls that failed together come spread over the whole time. */
#include "recovery/backoff.h"

#include "base/random.h"
#include "recovery/retry_after.h"

enum { NS_PER_MS = 1000000 };

const struct backoff backoff_local = { .base_ms = 50, .cap_ms = 10000, .retries_max = 2 };
const struct backoff backoff_web = { .base_ms = 200, .cap_ms = 10000, .retries_max = 2 };

uint64_t backoff_limit_ns(const struct backoff *backoff, unsigned i_retry)
{
	uint64_t ms = backoff->base_ms;

	for (unsigned i = 0; i < i_retry && ms < backoff->cap_ms; i++)
		ms *= 2;
	return (ms < backoff->cap_ms ? ms : backoff->cap_ms) * NS_PER_MS;
}

uint64_t backoff_wait_ns(const struct backoff *backoff, unsigned i_retry, uint64_t random)
{
	return random_within(backoff_limit_ns(backoff, i_retry), random);
}

uint64_t backoff_asked_ns(uint64_t asked_ms, uint64_t random)
{
	uint64_t ns = (asked_ms < RETRY_AFTER_MAX_MS ? asked_ms : RETRY_AFTER_MAX_MS) * NS_PER_MS;

	return ns + random_within(ns / 10, random);
}
