/* SPDX-License-Identifier: MIT */
/* Adaptive throttling, in slices of time that are reused as they fall out of the window. */
#include "recovery/throttle.h"

static uint64_t slice_of(uint64_t now_ns)
{
	return now_ns / (THROTTLE_SLICE_MS * 1000000ull);
}

static size_t slice_at(struct throttle *throttle, uint64_t now_ns)
{
	uint64_t i_slice = slice_of(now_ns);
	size_t at = i_slice % THROTTLE_SLICES;

	if (throttle->slices[at].i_slice != i_slice) {
		throttle->slices[at].i_slice = i_slice;
		throttle->slices[at].n_requests = throttle->slices[at].n_accepts = 0;
	}
	return at;
}

bool throttle_allow(struct throttle *throttle, uint64_t now_ns, uint64_t random)
{
	size_t at = slice_at(throttle, now_ns);
	uint64_t oldest = slice_of(now_ns) + 1, n_requests = 0, n_accepts = 0, excess;
	bool is_allowed = true;

	oldest = oldest > THROTTLE_SLICES ? oldest - THROTTLE_SLICES : 0;
	for (size_t i = 0; i < THROTTLE_SLICES; i++) {
		if (throttle->slices[i].i_slice < oldest)
			continue;
		n_requests += throttle->slices[i].n_requests;
		n_accepts += throttle->slices[i].n_accepts;
	}
	if (n_requests > THROTTLE_K * n_accepts) {
		excess = n_requests - THROTTLE_K * n_accepts;
		/* random / 2^64 < excess / (n_requests + 1): refused */
		is_allowed = (unsigned __int128)random * (n_requests + 1) >=
			     (unsigned __int128)excess << 64;
	}
	throttle->slices[at].n_requests++;
	return is_allowed;
}

void throttle_accepted(struct throttle *throttle, uint64_t now_ns)
{
	size_t at = slice_at(throttle, now_ns);

	throttle->slices[at].n_accepts++;
}
