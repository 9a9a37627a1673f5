/* SPDX-License-Identifier: MIT */
#ifndef GRAPH_HISTORY_H
#define GRAPH_HISTORY_H

#include "base/vec.h"
#include "graph/lexicon.h"

/**
 * What the history of a repository says for a question: which commits were about the same, and
 * what they changed. Read from what git prints; texts are borrowed.
 */
struct commit {
	const char *id;
	size_t id_len;
	const char *author;
	size_t author_len;
	const char *message;
	size_t message_len;
	int64_t time_s;    /* since 1970 */
	double similarity; /* to the question, BM25 over the messages; 0 = nothing in common */
	uint32_t rank;     /* by similarity; UINT32_MAX = not among the best */
};

struct history {
	struct VEC(struct commit) commits; /* newest first */
};

/** Reads what `git log --format=BUILD_LOG_FORMAT` printed. A torn end is left out. */
int history_read(const char *text, size_t len, struct history *ret_history);

/** Fills in similarity and rank. The best: at most `top`, written to ret_best as indexes, best
 *  first; returns how many. */
size_t history_compare(struct history *history, const struct question *question,
		       struct lexicon *lexicon, size_t top, uint32_t *ret_best);

void history_release(struct history *history);

/** What `git diff-tree --stdin --name-only` printed: calls each() with a commit's id and a path
 *  that it changed. */
typedef void history_change_fn(void *data, const char *id, size_t id_len, const char *path,
			       size_t path_len);
void history_each_change(const char *text, size_t len, history_change_fn *each, void *data);

#endif
