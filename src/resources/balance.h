/* SPDX-License-Identifier: MIT */
#ifndef RESOURCES_BALANCE_H
#define RESOURCES_BALANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Which of several equal endpoints is asked next: the better of two taken at random (Mitzenmacher,
 * "The power of two choices in randomized load balancing", 2001), by peak-EWMA: what its answers
 * took lately, where a slower answer counts at once and a faster one only as time passes, times
 * the calls that it has under way. One that never answered and has calls under way comes last.
 * A zeroed peer has seen nothing. Loop thread; time and randomness are passed in.
 */
enum { BALANCE_TAU_S = 10 };

struct balance_peer {
	double ewma_ns;
	uint64_t at_ns; /* of the latest sample; 0 = none */
	unsigned n_pending;
};

double balance_cost(const struct balance_peer *peer, uint64_t now_ns);

/** Index of the peer to ask among those whose bit is set in usable; n up to 64. random: two
 *  numbers. SIZE_MAX when usable is 0. */
size_t balance_pick(const struct balance_peer *peers, uint64_t usable, const uint64_t random[2],
		    uint64_t now_ns);

void balance_begin(struct balance_peer *peer);
/** took_ns: of a failure, its time limit: it is no good for being quick. 0 = it says nothing
 *  (cancelled). */
void balance_end(struct balance_peer *peer, uint64_t took_ns, uint64_t now_ns);

#endif
