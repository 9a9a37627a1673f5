/* SPDX-License-Identifier: MIT */
#ifndef DOCS_EXCERPT_H
#define DOCS_EXCERPT_H

#include "base/arena.h"
#include "docs/words.h"

enum { EXCERPT_BYTES = 800 };

/** The lines of a passage that answer best, one after the other, at most about EXCERPT_BYTES of
 *  them, in the arena; NULL when it has failed. */
const char *excerpt(const struct words *words, const char *text, size_t len, struct arena *arena);

#endif
