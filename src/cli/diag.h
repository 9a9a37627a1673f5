/* SPDX-License-Identifier: MIT */
#ifndef CLI_DIAG_H
#define CLI_DIAG_H

#include "base/attr.h"
#include "base/error.h"
#include "plan/problem.h"

#include <stddef.h>

/** Talk on standard error, one line each: "volley: " and the text. */
void diag_say(const char *format, ...) ATTR_PRINTF(1, 2);
void diag_error(const struct error *err);

/** A text that was read, for showing places in it. */
struct diag_text {
	const char *name, *data;
	size_t len;
};

/** "NAME:LINE:COLUMN: text", then the line and a caret under the place. */
void diag_problems(const struct diag_text *text, const struct problems *problems);

#endif
