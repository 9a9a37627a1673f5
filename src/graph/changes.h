/* SPDX-License-Identifier: MIT */
#ifndef GRAPH_CHANGES_H
#define GRAPH_CHANGES_H

#include "graph/rank.h"

/** Which commits of a history changed which files of a graph. */
struct changes {
	struct VEC(struct rank_change) list;
};

/**
 * Reads what `git diff-tree --stdin --name-only` printed. A path that is no file of the graph
 * is taken for one that was moved since, if one file alone has its name; others are passed over.
 * 0 or -ENOMEM; adds to ret_changes.
 */
int changes_read(const struct graph *graph, const struct history *history, const char *text,
		 size_t len, struct changes *ret_changes);

void changes_release(struct changes *changes);

#endif
