/* SPDX-License-Identifier: MIT */
#ifndef SCAN_GLOB_SET_H
#define SCAN_GLOB_SET_H

#include "scan/glob_match.h"

/**
 * Many globs asked about one path at once. Names and extensions are looked up; only the other
 * globs are tried one by one. Built once, then immutable; lives in its arena.
 */

/** What becomes of a path that a rule's glob matches. */
enum rule_flags {
	RULE_NEGATED = 1,  /* it began with '!' */
	RULE_DIR_ONLY = 2, /* it ended with '/' */
};

/** One glob of a set; its number is its place in the set. */
struct rule {
	struct glob glob;
	enum rule_flags flags;
};

struct glob_set;

/** rules stay where they are. NULL when memory is short. */
const struct glob_set *glob_set_new(struct arena *arena, const struct rule *rules, size_t n);

/** The last rule that matches, or -1. */
long glob_set_last(const struct glob_set *set, const struct glob_subject *subject, bool is_dir);

/** The numbers of all rules that match, each once, in no order; ret_ids has room for all rules.
 *  Returns how many. */
size_t glob_set_all(const struct glob_set *set, const struct glob_subject *subject, bool is_dir,
		    uint32_t *ret_ids);

#endif
