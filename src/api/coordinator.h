/* SPDX-License-Identifier: MIT */
#ifndef API_COORDINATOR_H
#define API_COORDINATOR_H

#include "engine/engine.h"
#include "graph/answer.h"

/**
 * A run and what becomes of its results: each goes into the graph as it arrives; when a phase
 * begins whose calls are decided by an earlier one (struct call_late), they are filled in from
 * what ranks best by then; at the end the graph is checked against the files and ranked. Loop
 * thread.
 */
struct coordinator;

/** Which files the late Reads of a phase are for: best first, at most n paths of the graph; returns
 *  how many. */
typedef size_t coordinator_choose_fn(const struct graph *graph, const char *phase, size_t n,
				     const char **ret_paths);

struct coordinator_conf {
	struct plan *plan; /* late calls are filled in; outlives the coordinator */
	const char *root;  /* absolute */
	/* NULL: files are ranked by all queries alike. Else the plan is build_codebase()'s. */
	const struct question *question;
	coordinator_choose_fn *choose; /* NULL: those that rank best */
};

struct coordinator *coordinator_new(const struct coordinator_conf *conf); /* NULL: no memory */
void coordinator_free(struct coordinator *coordinator); /* accepts NULL; after its engine */

/** After run_start(), before the loop turns. 0 or -ENOMEM. */
int coordinator_attach(struct coordinator *coordinator, struct engine *engine, struct run *run);

struct graph *coordinator_graph(struct coordinator *coordinator);

/** Files as they rank by now; the caller releases. 0 or -ENOMEM. */
int coordinator_rank(struct coordinator *coordinator, struct ranking *ret_ranking);

/** What clashes, each looked up in the files as they are now; the caller releases. */
int coordinator_check(struct coordinator *coordinator, struct claims *claims);

/** The answer to the question. conf: question, ranking, clashes and files_max are set; the rest is
 *  filled in. */
int coordinator_answer(struct coordinator *coordinator, struct answer_conf *conf,
		       struct answer *ret_answer);

/** Late calls that were skipped since nothing was left for them. */
uint64_t coordinator_unneeded(const struct coordinator *coordinator);

/** The first thing that went wrong with the graph itself: 0 or -ENOMEM. */
int coordinator_error(const struct coordinator *coordinator);

#endif
