/* SPDX-License-Identifier: MIT */
#include "resources/balance.h"

#include <assert.h>
#include <math.h>

static const double unknown_penalty = 1e15; /* over any answer's time */

double balance_cost(const struct balance_peer *peer, uint64_t now_ns)
{
	double age_s = now_ns > peer->at_ns ? (double)(now_ns - peer->at_ns) / 1e9 : 0;

	if (!peer->at_ns)
		return peer->n_pending ? unknown_penalty + peer->n_pending : 0;
	return peer->ewma_ns * exp(-age_s / BALANCE_TAU_S) * (peer->n_pending + 1);
}

static size_t nth_bit(uint64_t bits, unsigned n)
{
	while (n--)
		bits &= bits - 1;
	return (size_t)__builtin_ctzll(bits);
}

size_t balance_pick(const struct balance_peer *peers, uint64_t usable, const uint64_t random[2],
		    uint64_t now_ns)
{
	unsigned n = (unsigned)__builtin_popcountll(usable);
	unsigned first, second;
	size_t a, b;

	if (n == 0)
		return SIZE_MAX;
	if (n == 1)
		return nth_bit(usable, 0);
	first = (unsigned)(random[0] % n);
	second = (unsigned)(random[1] % (n - 1));
	a = nth_bit(usable, first);
	b = nth_bit(usable, second < first ? second : second + 1);
	return balance_cost(&peers[b], now_ns) < balance_cost(&peers[a], now_ns) ? b : a;
}

void balance_begin(struct balance_peer *peer)
{
	peer->n_pending++;
}

void balance_end(struct balance_peer *peer, uint64_t took_ns, uint64_t now_ns)
{
	double took = (double)took_ns, weight;

	assert(peer->n_pending > 0);
	peer->n_pending--;
	if (!took_ns)
		return;
	weight = peer->at_ns && now_ns > peer->at_ns
			 ? exp(-(double)(now_ns - peer->at_ns) / 1e9 / BALANCE_TAU_S)
			 : 1;
	if (!peer->at_ns || took > peer->ewma_ns)
		peer->ewma_ns = took;
	else
		peer->ewma_ns = peer->ewma_ns * weight + took * (1 - weight);
	peer->at_ns = now_ns ? now_ns : 1;
}
