/* SPDX-License-Identifier: MIT */
#include "graph/pagerank.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

enum { ROUNDS_MAX = 60 };
static const double FOLLOW = 0.85, ENOUGH = 1e-9;

/* One round; how much changed. */
static double step(size_t n, const struct pagerank_edge *edges, size_t n_edges,
		   const double *const inputs[2], double *rank, double *next)
{
	const double *start = inputs[0], *out = inputs[1];
	double lost = 0, change = 0;

	for (size_t i = 0; i < n; i++) {
		next[i] = 0;
		lost += out[i] > 0 ? (1 - FOLLOW) * rank[i] : rank[i];
	}
	for (size_t i = 0; i < n_edges; i++)
		next[edges[i].to] +=
			FOLLOW * rank[edges[i].from] * edges[i].weight / out[edges[i].from];
	for (size_t i = 0; i < n; i++) {
		next[i] += lost * start[i];
		change += fabs(next[i] - rank[i]);
		rank[i] = next[i];
	}
	return change;
}

int pagerank(size_t n, const struct pagerank_edge *edges, size_t n_edges, const double *start,
	     double *ret_rank)
{
	double *next = calloc(3 * n + 1, sizeof(*next)), *from = next + n, *out = next + 2 * n;
	double sum = 0;

	if (!next)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		sum += start[i];
	for (size_t i = 0; i < n; i++)
		ret_rank[i] = from[i] = sum > 0 ? start[i] / sum : 1 / (double)n;
	for (size_t i = 0; i < n_edges; i++)
		out[edges[i].from] += edges[i].weight;
	for (int round = 0; round < ROUNDS_MAX; round++) {
		if (step(n, edges, n_edges, (const double *const[]){ from, out }, ret_rank, next) <
		    ENOUGH)
			break;
	}
	free(next);
	return 0;
}
