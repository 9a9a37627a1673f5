/* SPDX-License-Identifier: MIT */
#ifndef CLI_DIAG_H
#define CLI_DIAG_H

#include "base/attr.h"
#include "base/error.h"
#include "cli/quote.h"

/** Talk on standard error, one line each: "volley: " and the text. Whatever is said here, it is
 *  said without the secrets of volley's environment and without tokens. */
void diag_say(const char *format, ...) ATTR_PRINTF(1, 2);
void diag_error(const struct error *err);

/** All problems of a text, each with its line and a caret. */
void diag_problems(const struct quoted_text *text, const struct problems *problems);

#endif
