/* SPDX-License-Identifier: MIT */
#ifndef GRAPH_PAGERANK_H
#define GRAPH_PAGERANK_H

#include <stddef.h>
#include <stdint.h>

/** From one node to another; the weights of a node's edges are shared out. */
struct pagerank_edge {
	uint32_t from, to;
	double weight; /* > 0 */
};

/**
 * Personalised PageRank (T. Haveliwala, "Topic-sensitive PageRank", 2002): where a reader ends up
 * who follows edges and, with probability 0.15 and whenever there is none, begins anew at a node
 * chosen by start[] (n values >= 0; all 0: any). ret_rank: n values, sum 1. 0 or -ENOMEM.
 */
int pagerank(size_t n, const struct pagerank_edge *edges, size_t n_edges, const double *start,
	     double *ret_rank);

#endif
