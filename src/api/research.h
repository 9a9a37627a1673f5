/* SPDX-License-Identifier: MIT */
#ifndef API_RESEARCH_H
#define API_RESEARCH_H

#include "base/arena.h"
#include "graph/web_answer.h"
#include "plan/plan.h"

/**
 * Searching the web for a question: the workflow of its searches (plan/build.h), and
 * the answer of its run. Loop thread.
 */
struct research {
	struct arena arena;
	struct question question; /* its words joined by blanks */
	struct buf text;          /* of the workflow */
	struct plan *plan;        /* taken by whoever runs it */
};

/** A question without words: err says so. Release in any case. */
int research_plan(struct research *research, const char *const *words, size_t n, struct error *err);
void research_release(struct research *research); /* not the plan */

/** The answer of a run that has ended; release with web_answer_release(). */
int research_answer(const struct run *run, const struct question *question,
		    struct web_answer *ret_answer);

#endif
