/* SPDX-License-Identifier: MIT */
#ifndef API_START_H
#define API_START_H

#include "api/coordinator.h"
#include "graph/profile_report.h"
#include "plan/build.h"
#include "plan/workflow.h"

/**
 * Getting to know a project: the workflow that fits the tree, and the profile that its results
 * come to. Loop thread; looks at the disk.
 */
struct start {
	struct build_tree tree;
	struct buf text;   /* of the workflow */
	struct plan *plan; /* taken by whoever runs it */
};

/** root: absolute. A root that cannot be read: err says so. Release in any case. */
int start_plan(struct start *start, const char *root, struct error *err);
void start_release(struct start *start); /* not the plan */

/** For coordinator_conf: what the late Reads of the plan are for. */
coordinator_choose_fn start_choose;

/** The profile of a run that has ended; it borrows from the coordinator's graph. 0 or -ENOMEM. */
struct start_profile {
	struct profile profile;
	struct claims clashes;
};
int start_profile_make(struct coordinator *coordinator, const char *root,
		       struct start_profile *ret_profile);
void start_profile_release(struct start_profile *profile);

#endif
