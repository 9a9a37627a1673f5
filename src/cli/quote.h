/* SPDX-License-Identifier: MIT */
#ifndef CLI_QUOTE_H
#define CLI_QUOTE_H

#include "base/buf.h"
#include "plan/problem.h"

/** The text that problems are about, to quote from it. */
struct quoted_text {
	const char *name; /* "review.yaml" */
	const char *data; /* NULL: nothing is quoted */
	size_t len;
};

/**
 * Adds one problem as people read it:
 *
 *	review.yaml:12:7: unknown key 'grpe'; did you mean 'grep'?
 *	   12 |       grpe: [retry]
 *	      |       ^
 *
 * A long line is quoted around its caret only; bytes that a terminal should not see become '?'.
 */
void quote_problem(struct buf *buf, const struct quoted_text *text, const struct problem *problem);

/** Adds all of them, and how many more there are. */
void quote_problems(struct buf *buf, const struct quoted_text *text,
		    const struct problems *problems);

#endif
