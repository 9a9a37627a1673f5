/* SPDX-License-Identifier: MIT */
#ifndef SCAN_LINEAR_H
#define SCAN_LINEAR_H

#include "scan/regex.h"

/**
 * A matcher that takes time linear in the subject, whatever the pattern: a virtual machine whose
 * threads advance together, one code point at a time (K. Thompson 1968; R. Pike; R. Cox, "Regular
 * Expression Matching: the Virtual Machine Approach", 2009). Some fifty times slower than PCRE2's
 * machine code, so it is used where that one would not be linear: on very long lines, and where
 * PCRE2 reached its step limit. Leftmost match, first alternative, as PCRE2.
 */
struct linear;         /* a program: immutable, shared between threads */
struct linear_scratch; /* one per thread and program */

enum { LINEAR_SIZE_MAX = 1 << 18 }; /* instructions */

/** -E2BIG if the repeats unroll to too much, -ENOMEM. */
int linear_new(const struct regex *regex, struct linear **ret_linear);
void linear_free(struct linear *linear);

struct linear_scratch *linear_scratch_new(const struct linear *linear); /* NULL without memory */
void linear_scratch_free(struct linear_scratch *scratch);

/** The first match in subject[from, len): true with its bounds. */
bool linear_find(const struct linear *linear, struct linear_scratch *scratch,
		 const unsigned char *subject, size_t len, size_t from, size_t ret_bounds[2]);

#endif
