/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_RESUME_H
#define ENGINE_RESUME_H

#include "engine/engine.h"
#include "engine/recorded.h"

/**
 * Going on with a run: which calls of the new one end at once with what the journal has of them,
 * and which run. What is done stays done; what never ran, or may run twice, runs; of a call with
 * an effect whose end nobody saw, somebody decides. Loop thread.
 */
enum resume_choice {
	RESUME_LEAVE,   /* it ends as indeterminate, and stays to be decided */
	RESUME_RERUN,   /* it runs again */
	RESUME_SKIP,    /* it ends as skipped, for good */
	RESUME_IS_DONE, /* it had its effect: it ends as ok, without output */
};

struct resume_policy {
	bool retries_failed; /* results other than ok do not count, but what was skipped for good */
	bool lacks_secrets;  /* calls whose inputs had some cannot run: they end as failed */
	/** Of a call in doubt. */
	enum resume_choice (*choose)(void *data, size_t i_call);
	/** The body of a result that the journal did not keep, into *result. False: it is lost, and
	 *  the call runs again. */
	bool (*read_body)(void *data, size_t i_call, struct result *result);
	const char *advice; /* ends the message about calls that are left */
	void *data;
};

/** run: of the same plan, taken over, not begun. Results move out of recorded. 0 or -ENOMEM. */
int resume_know(struct run *run, struct recorded *recorded, const struct resume_policy *policy);

#endif
