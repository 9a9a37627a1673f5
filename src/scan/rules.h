/* SPDX-License-Identifier: MIT */
#ifndef SCAN_RULES_H
#define SCAN_RULES_H

#include "scan/glob_set.h"

/**
 * The rules of one ignore file, as ripgrep 13 reads it: comments, '!', anchors, a trailing slash,
 * trimmed blanks; a line that is not a valid glob is passed over; reading stops at a line that is
 * not UTF-8. A file of more than RULES_FILE_MAX bytes or RULES_MAX rules is read as far as that,
 * and as long as its compiled form stays within RULES_MEMORY_MAX; the rest of it is ignored, so
 * that more files are seen, never fewer. Immutable; free to share between threads.
 */
enum { RULES_FILE_MAX = 1 << 20, RULES_MAX = 50000, RULES_MEMORY_MAX = 16 << 20 };

struct rules;

/** One line as a rule. 1 = a rule, 0 = none (blank, comment), -EINVAL with *ret_problem filled
 *  (positions are bytes of the line), -ENOMEM. */
int rule_compile(struct arena *arena, const char *line, size_t len, enum glob_flags flags,
		 struct rule *ret_rule, struct glob_problem *ret_problem);

/** *ret_rules is NULL if there are none. -ENOMEM. */
int rules_new(const char *text, size_t len, struct rules **ret_rules);
void rules_free(struct rules *rules);

/** The last rule that matches, or NULL. subject's path is relative to the file's directory. */
const struct rule *rules_match(const struct rules *rules, const struct glob_subject *subject,
			       bool is_dir);

#endif
