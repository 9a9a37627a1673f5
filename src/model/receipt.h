/* SPDX-License-Identifier: MIT */
#ifndef MODEL_RECEIPT_H
#define MODEL_RECEIPT_H

#include "base/json_write.h"

#include <stdbool.h>
#include <stdint.h>

/**
 * What was looked at and what was not (the contract's receipt). One per call; folded per phase
 * and per run. Strings are borrowed from the run's arena. The reasons are why_incomplete, as bits.
 */
enum receipt_why {
	WHY_DEADLINE = 1 << 0,
	WHY_CANCELLED = 1 << 1,
	WHY_DENIED = 1 << 2,      /* something could not be read */
	WHY_STEP_LIMIT = 1 << 3,  /* a backtracking pattern reached its limit on a line */
	WHY_BINARY_STOP = 1 << 4, /* a file was left at its first NUL after matches */
	WHY_TOO_BIG = 1 << 5,
	WHY_OUTPUT_CUT = 1 << 6,   /* head and tail kept, the rest is in a file */
	WHY_CHANGED = 1 << 7,      /* a file changed or vanished while it was read */
	WHY_FAILED = 1 << 8,       /* the call did not get so far as to look */
	WHY_COST_UNKNOWN = 1 << 9, /* money is limited, and it was not told what was spent */
	WHY_COUNT = 10,
};

struct receipt_skips {
	uint64_t ignored, hidden, binary, too_big, denied, other_fs, special, links;
};

struct receipt {
	const char *root; /* NULL where no files are concerned */
	uint64_t files_walked, files_searched, bytes_searched;
	struct receipt_skips skipped;
	const char *engine;       /* "hyperscan", "pcre2", "literal", or NULL */
	uint64_t cached;          /* results taken from earlier runs over the same files */
	unsigned why;             /* bits of enum receipt_why; 0 = complete */
	uint64_t redacted;        /* secrets that were replaced in the output */
	const char *truncated_at; /* path:line where the answer was cut, or NULL */
	const char *cursor;       /* give it as `cursor` to go on; NULL = nothing left */
};

enum { RECEIPT_SKIPS = sizeof(struct receipt_skips) / sizeof(uint64_t) };

/** The names on the wire of reason i (bit i of why) and of skip i, and how many those are. */
const char *receipt_why_name(unsigned i);
const char *receipt_skip_name(unsigned i);
uint64_t receipt_skip(const struct receipt *receipt, unsigned i);

/** Adds up. Engines that differ become "mixed"; truncated_at and cursor belong to one call only. */
void receipt_fold(struct receipt *into, const struct receipt *from);

/** Writes an object. What concerns files is left out where root is NULL. */
void receipt_write(const struct receipt *receipt, struct json_write *json);

#endif
