/* SPDX-License-Identifier: MIT */
#ifndef GRAPH_RANK_WORK_H
#define GRAPH_RANK_WORK_H

#include "graph/rank.h"

/* Between rank.c and rank_deep.c only. */

/* Words of the question in a path, as bits, and how many words it has. */
struct path_words {
	uint64_t all, base;
	uint8_t all_len, base_len;
};

struct rank_work {
	const struct rank_conf *conf;
	size_t n, n_words;
	uint32_t *nodes;                /* of the files, by their index here */
	uint32_t *index;                /* by node; UINT32_MAX = no file */
	uint32_t *counts;               /* [file * n_words + word]: mention_pack() */
	uint32_t *df;                   /* files that speak of a word */
	double *weights, *idf;          /* of words */
	struct path_words *paths;       /* by file */
	double path_mean;               /* words of a path */
	float *features[FEATURE_COUNT]; /* raw, by file */
};

static inline uint32_t *rank_counts(const struct rank_work *work, size_t file)
{
	return work->counts + file * work->n_words;
}

/** Fills the features of files that belong to others that rank well: changed with them, or of the
 *  same name. 0 or -ENOMEM. */
int rank_company(struct rank_work *work);

/** Fills the features that need the text of files, for those that were read. 0 or -ENOMEM. */
int rank_deep(struct rank_work *work);

#endif
