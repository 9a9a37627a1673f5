/* SPDX-License-Identifier: MIT */
#ifndef RECOVERY_THROTTLE_H
#define RECOVERY_THROTTLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * The soft form of a breaker, for an endpoint that answers some of the time: of the requests of
 * the last two minutes, the client itself refuses the share max(0, (requests - 2 accepts) /
 * (requests + 1)). What it refuses counts as a request. A zeroed throttle has seen nothing. Not
 * locked: the caller's thread, or the caller's lock.
 */
enum { THROTTLE_SLICES = 12, THROTTLE_SLICE_MS = 10000, THROTTLE_K = 2 };

struct throttle {
	struct {
		uint64_t i_slice; /* which time this is of */
		uint64_t n_requests, n_accepts;
	} slices[THROTTLE_SLICES];
};

/** Counts a request; may it be sent? */
bool throttle_allow(struct throttle *throttle, uint64_t now_ns, uint64_t random);
/** Requests in the window, refused ones too. */
uint64_t throttle_requests(const struct throttle *throttle, uint64_t now_ns);
/** The endpoint took a request (it answered, be it with an error of the caller's). */
void throttle_accepted(struct throttle *throttle, uint64_t now_ns);

#endif
