/* SPDX-License-Identifier: MIT */
#ifndef SCAN_GLOB_NFA_H
#define SCAN_GLOB_NFA_H

#include "base/arena.h"
#include "scan/glob_parse.h"

/** The general matcher: one bit for each place in the glob. Immutable; lives in its arena. */
struct glob_nfa;

/** Tokens [from, to) as an automaton. NULL when memory is short. */
const struct glob_nfa *glob_nfa_new(struct arena *arena, const struct glob_tokens *tokens,
				    size_t from, enum glob_flags flags);

/** Whether all of text matches. */
bool glob_nfa_match(const struct glob_nfa *nfa, const char *text, size_t len);

#endif
