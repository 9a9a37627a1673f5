/* SPDX-License-Identifier: MIT */
#ifndef GRAPH_ANSWER_H
#define GRAPH_ANSWER_H

#include "base/arena.h"
#include "graph/claim.h"
#include "graph/rank.h"

/**
 * The answer to a question about a code base: the files that matter, the ranges of their lines
 * that do, and why; what agrees and what clashes. Chosen so that each next piece adds most for
 * what it costs. All of it lives in the answer's arena.
 */
struct answer_range {
	uint32_t line, end_line;
	const char *symbol; /* what is defined there, or NULL */
	const char *text;   /* the lines, with their ends */
	size_t len;
	double value;   /* what it adds */
	uint32_t order; /* the how-manieth to be chosen, over all files */
};

struct answer_claim {
	const char *text;
	const char *const *support; /* ids of calls */
	size_t n_support;
	enum claim_status status;
};

struct answer_file {
	const char *path;
	double score;                /* 1 = the best file of this answer */
	struct answer_range *ranges; /* best first */
	size_t n_ranges;
	const char *const *symbols; /* that it defines and that have to do with the question */
	size_t n_symbols;
	const char *const *why;
	size_t n_why;
	const struct ranked *ranked; /* borrowed from the ranking */
};

struct answer {
	struct arena arena;
	const struct question *question;
	struct answer_file *files; /* best first */
	size_t n_files;
	struct answer_claim *claims; /* clashes first */
	size_t n_claims;
};

/* In an answer, at most; lines are shown of the best ones. */
enum { ANSWER_FILES = 30, ANSWER_FILES_EXPLAINED = 300 };

struct answer_conf {
	const struct graph *graph;
	const struct question *question;
	struct lexicon *lexicon;
	const struct ranking *ranking;
	const struct history *history; /* or NULL */
	const struct rank_change *changes;
	size_t n_changes;
	const struct claims *clashes;
	const uint32_t *word_of_node; /* as for ranking */
	int root_fd;                  /* cited lines are read again, as they are now */
	size_t files_max;             /* in the answer */
};

/** 0 or -ENOMEM. Reads files: blocks on the disk. */
int answer_make(const struct answer_conf *conf, struct answer *ret_answer);
void answer_release(struct answer *answer);

#endif
