/* SPDX-License-Identifier: MIT */
#ifndef CLI_LOAD_H
#define CLI_LOAD_H

#include "base/buf.h"
#include "plan/workflow.h"

struct options;

/**
 * Reads a workflow file ("-": standard input) into buf, checks it and applies the command line to
 * it. What is wrong has been told on standard error then; the result is an exit status (0 = fine).
 * *ret_text points into buf.
 */
int load_workflow(const struct options *options, const char *path, struct buf *buf,
		  struct workflow_text *ret_text, struct plan **ret_plan);

/** The same of a text that is there. */
int load_text(const struct options *options, const struct workflow_text *text,
	      struct plan **ret_plan);

/** Whether the root that the workflow names, if it does, is a directory; otherwise says where it
 *  is named. */
bool load_finds_root(const struct workflow_text *text, const struct plan *plan);

#endif
