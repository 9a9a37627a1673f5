/* SPDX-License-Identifier: MIT */
#ifndef CLI_LOAD_H
#define CLI_LOAD_H

#include "plan/plan.h"

struct options;

/**
 * Reads a workflow file ("-": standard input), checks it and applies the command line to it.
 * What is wrong has been told on standard error then; the result is an exit status (0 = fine).
 */
int load_workflow(const struct options *options, const char *path, struct plan **ret_plan);

#endif
