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

struct counts {
	uint64_t n_requests, n_accepts;
};

static struct counts count(const struct throttle *throttle, uint64_t now_ns)
{
	uint64_t newest = slice_of(now_ns);
	struct counts counts = { 0 };

	for (size_t i = 0; i < THROTTLE_SLICES; i++) {
		if (throttle->slices[i].i_slice + THROTTLE_SLICES <= newest)
			continue;
		counts.n_requests += throttle->slices[i].n_requests;
		counts.n_accepts += throttle->slices[i].n_accepts;
	}
	return counts;
}

uint64_t throttle_requests(const struct throttle *throttle, uint64_t now_ns)
{
	return count(throttle, now_ns).n_requests;
}

bool throttle_allow(struct throttle *throttle, uint64_t now_ns, uint64_t random)
{
	struct counts counts = count(throttle, now_ns);
	uint64_t excess;

	throttle->slices[slice_at(throttle, now_ns)].n_requests++;
	if (counts.n_requests <= THROTTLE_K * counts.n_accepts)
		return true;
	excess = counts.n_requests - THROTTLE_K * counts.n_accepts;
	/* random / 2^64 < excess / (n_requests + 1): refused */
	return (unsigned __int128)random * (counts.n_requests + 1) >= (unsigned __int128)excess
									      << 64;
}

void throttle_accepted(struct throttle *throttle, uint64_t now_ns)
{
	throttle->slices[slice_at(throttle, now_ns)].n_accepts++;
}
