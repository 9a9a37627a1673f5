/* SPDX-License-Identifier: MIT */
#ifndef GRAPH_BM25_H
#define GRAPH_BM25_H

#include <math.h>
#include <stddef.h>

/**
 * BM25 (S. Robertson and H. Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond",
 * 2009): what a term of a question adds to a text is its idf by its weighed frequency there.
 */

/** Of a term that df of n texts have. */
static inline double bm25_idf(size_t n, double df)
{
	return log(1 + ((double)n - df + 0.5) / (df + 0.5));
}

/** tf of a term, weighed down by the length of the text (1 = the average), b (0 to 1) of it. */
static inline double bm25(double tf, double b, double length)
{
	const double k1 = 1.2;

	return tf > 0 ? tf * (k1 + 1) / (tf + k1 * (1 - b + b * length)) : 0;
}

#endif
