/* SPDX-License-Identifier: MIT */
#ifndef CLI_RUN_DIR_H
#define CLI_RUN_DIR_H

#include "base/error.h"
#include "cli/spill.h"

#include <stdbool.h>
#include <sys/types.h>

/**
 * The directories of runs, STATE/runs/RUN: the journal, full outputs, and `lock`, which the
 * process that works on the run holds (an OFD lock) and which has its number in it.
 */

/** The end of a run's id, "20261126T013138-44bc", that name begins with; NULL if it does not. They
 *  sort by time. */
const char *run_dir_name_end(const char *name);

/** Which directory RUN means: a whole id, the beginning or the end of only one, or "last".
 *  ret_id: room for SPILL_NAME_MAX. */
int run_dir_find(const char *run, char ret_path[SPILL_PATH_MAX], char *ret_id, struct error *err);

/** Calls each() for every run, newest first, at most max of them; until it returns false. */
int run_dir_each(size_t max, bool (*each)(void *data, const char *id, const char *path), void *data,
		 struct error *err);

/** Takes the lock; *ret_fd holds it until it is closed. Fails when a process has it. */
int run_lock_take(const char *path, int *ret_fd, struct error *err);

/** The process that works on the run; 0 = none. */
pid_t run_lock_holder(const char *path);

#endif
