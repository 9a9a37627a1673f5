/* SPDX-License-Identifier: MIT */
#ifndef CLI_RUN_LIST_H
#define CLI_RUN_LIST_H

#include "base/json_write.h"
#include "cli/options.h"
#include "cli/out.h"

/** Runs on standard output, newest first: an array with --format json. */
struct run_list {
	const struct options *options;
	struct out out;
	struct json_write json; /* to out */
	size_t n;               /* of runs that add() has added */
};

/** add(): for each of the latest max runs; data is what has `list` as its first member. Returns
 *  an exit status. */
int run_list_print(struct run_list *list, size_t max,
		   bool (*add)(void *data, const char *id, const char *path));

#endif
