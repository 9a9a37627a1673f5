/* SPDX-License-Identifier: MIT */
#ifndef API_EXPLORE_H
#define API_EXPLORE_H

#include "api/coordinator.h"
#include "graph/answer_text.h"
#include "plan/build.h"
#include "plan/workflow.h"

/**
 * Exploring a code base for a question: the workflow that fits the tree, and the answer of its
 * run. Loop thread; looks at the disk.
 */
struct explore {
	struct arena arena;
	struct question question;
	struct build_tree tree;
	struct buf text;   /* of the workflow */
	struct plan *plan; /* taken by whoever runs it */
};

/** root: absolute. A question without words, a root that cannot be read: err says so. Release in
 *  any case. */
int explore_plan(struct explore *explore, const char *question, const char *root,
		 struct error *err);
void explore_release(struct explore *explore); /* not the plan */

/** Counts the files of a tree as far as `enough` and tells their languages; looks for git. */
int explore_look(const char *root, uint64_t enough, struct build_tree *ret_tree, struct error *err);

/** Whether a directory, or one above it, is a repository of git. */
bool explore_has_git(const char *root);

/** The answer of a run that has ended. report: all but the answer is filled in. */
struct explore_answer {
	struct ranking ranking;
	struct claims clashes;
	struct answer answer;
};
int explore_answer(struct coordinator *coordinator, const struct question *question,
		   size_t files_max, struct explore_answer *ret_answer);
void explore_answer_release(struct explore_answer *answer);

#endif
