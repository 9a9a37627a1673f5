/* SPDX-License-Identifier: MIT */
#ifndef PLAN_SYNTAX_H
#define PLAN_SYNTAX_H

#include "plan/problem.h"

/**
 * Text to value trees, each value with its line and column (in characters). Everything read lives
 * in the arena given; the text may go after. Foreign text: depth, number of values and memory (by
 * the arena's maximum) are bounded, and no text makes reading slower than n log n.
 *
 * YAML is 1.1 without anchors, aliases, tags, merge keys and base-60 numbers: these are refused,
 * base 60 is text. Both languages refuse a key given twice and numbers that do not fit.
 */
enum { SYNTAX_DEPTH_MAX = 64, SYNTAX_VALUES_MAX = 5000000 };

struct syntax_text {
	const char *data;
	size_t len;
	unsigned line; /* number of its first line; 0 = 1 */
};

/** Reads YAML or JSON: what starts as JSON is read as JSON, and as YAML if it is not. */
int syntax_read(const struct syntax_text *text, struct arena *arena, struct value *ret_value,
		struct problem *ret_problem);

/** Reads strict JSON (RFC 8259) in UTF-8. */
int syntax_read_json(const struct syntax_text *text, struct arena *arena, struct value *ret_value,
		     struct problem *ret_problem);

/** Reads YAML only. */
int syntax_read_yaml(const struct syntax_text *text, struct arena *arena, struct value *ret_value,
		     struct problem *ret_problem);

#endif
