/* SPDX-License-Identifier: MIT */
#ifndef CLI_ASKED_H
#define CLI_ASKED_H

#include "base/buf.h"
#include "base/error.h"
#include "cli/options.h"

/** What n operands from `first` on ask, with blanks between them. Secrets that are in variables
 *  are taken out before anything is made of it (searches, an answer), unless --redact is off. */
int asked_read(const struct options *options, size_t first, size_t n, struct buf *out,
	       struct error *err);

#endif
