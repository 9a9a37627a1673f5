/* SPDX-License-Identifier: MIT */
#ifndef GRAPH_SYNTHESIS_H
#define GRAPH_SYNTHESIS_H

#include "base/json_write.h"
#include "graph/claim.h"
#include "graph/rank.h"

/**
 * What all results of a run come to together, without a question ("intelligent_correlation"): the
 * files that most of them point to, with the lines, and what agrees or clashes. All borrowed.
 */
struct synthesis {
	const struct graph *graph;
	const struct ranking *ranking;
	const struct claims *clashes;
	size_t files_max, claims_max;
};

/** Errors are the buf's. */
void synthesis_write_md(const struct synthesis *synthesis, struct buf *out);
void synthesis_write_json(const struct synthesis *synthesis, struct json_write *json);

#endif
