/* SPDX-License-Identifier: MIT */
#ifndef API_RESEARCH_H
#define API_RESEARCH_H

#include "api/coordinator.h"
#include "graph/web_text.h"
#include "plan/web_research.h"

/**
 * Searching the web for a question: the workflow (plan/build.h), and the answer of its run. Loop
 * thread; looks at the disk.
 */
struct research {
	struct arena arena;
	struct question question;
	struct web_research searches;
	struct buf text;   /* of the workflow */
	struct plan *plan; /* taken by whoever runs it */
};

/** What is asked, and where: root (absolute) is looked into if it is a workspace: it is in a
 *  repository of git, or is_workspace says so. */
struct research_conf {
	const char *question;
	const char *root;
	bool is_workspace;
};

/** A question without words: err says so. Release in any case. */
int research_plan(struct research *research, const struct research_conf *conf, struct error *err);
void research_release(struct research *research); /* not the plan */

/** The answer of a run that has ended, what it ties to the code goes into the coordinator's graph.
 *  0 or -ENOMEM; release with web_answer_release() in any case. */
int research_answer(struct coordinator *coordinator, const struct run *run,
		    const struct question *question, struct web_answer *ret_answer);

#endif
