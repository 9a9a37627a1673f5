/* SPDX-License-Identifier: MIT */
#ifndef CLI_RUN_STATE_H
#define CLI_RUN_STATE_H

#include "base/json_write.h"
#include "engine/recorded.h"

#include <sys/types.h>

/** A run in one line. */
struct run_brief {
	const char *id, *name; /* name: of the workflow, or what it was made by */
	const char *state;     /* "going", "ended", "stopped", "interrupted", "damaged" */
	pid_t pid;             /* of the process that works on it, or 0 */
	int exit_status;       /* where it ended or stopped */
	size_t n_calls, n_ended, n_not_ok, n_in_doubt;
	struct recorded *recorded; /* NULL: damaged, and */
	struct error error;        /* why */
};

/** False: it has no journal, or an empty one. Strings are borrowed from it and from id. */
bool run_brief_read(const char *id, const char *path, struct run_brief *ret_brief);
void run_brief_release(struct run_brief *brief);

/** The keys of a JSON object. */
void run_brief_write(const struct run_brief *brief, struct json_write *json);

#endif
