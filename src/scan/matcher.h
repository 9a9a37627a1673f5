/* SPDX-License-Identifier: MIT */
#ifndef SCAN_MATCHER_H
#define SCAN_MATCHER_H

#include "base/error.h"
#include "scan/needle.h"
#include "scan/regex.h"

/**
 * One pattern, ready to match. Shared between threads; what is expensive and seldom needed (the
 * Unicode form, the linear program) is made when it is first asked for, once.
 */
enum matcher_kind {
	MATCHER_NEEDLE, /* a needle is a match */
	MATCHER_SIEVED, /* lines with a needle are confirmed by PCRE2 */
	MATCHER_WEAK,   /* no needle worth looking for */
	MATCHER_EMPTY,  /* can match the empty string: each line is asked */
	MATCHER_PCRE2,  /* lookaround, backreferences: each line is asked, under a step limit */
	MATCHER_NEVER,  /* matches nothing */
};

enum {
	MATCHER_STEP_LIMIT = 2000000, /* of PCRE2, a match */
	MATCHER_LONG_LINE = 4096,     /* bytes: longer lines go to the linear matcher */
	MATCHER_LONG_TEXT = 64 << 10, /* so do longer texts of multiline patterns */
};

struct matcher {
	enum matcher_kind kind;
	bool is_multiline;
	struct regex regex;
	struct needle_set needles;
	struct arena arena;
	const char *text;
	size_t text_len;
	struct matcher_lazy *lazy;
};

/** One per thread. */
struct matcher_scratch;

/** A bad pattern: err names it, the place and why; *ret_at is the byte (from 0). */
int matcher_new(const char *text, size_t len, enum regex_flags flags, struct matcher **ret_matcher,
		size_t *ret_at, struct error *err);
void matcher_free(struct matcher *matcher);

/** Only the errors of matcher_new(), at less cost. */
int matcher_check(const char *text, size_t len, enum regex_flags flags, size_t *ret_at,
		  struct error *err);

struct matcher_scratch *matcher_scratch_new(void);
void matcher_scratch_free(struct matcher_scratch *scratch);

/**
 * The first match in subject[from, len), subject being one line without its end (or the whole
 * text when the matcher is multiline). is_ascii: no byte >= 0x80 in subject. 1 with *ret_bounds,
 * 0 = none, -EOVERFLOW when a backtracking pattern reached its step limit, -ENOMEM.
 */
struct subject {
	const unsigned char *text;
	size_t len;
	bool is_ascii;
};

int matcher_find(const struct matcher *matcher, struct matcher_scratch *scratch,
		 const struct subject *subject, size_t from, size_t ret_bounds[2]);

/** As matcher_find() over many lines at once: text is whole lines, none longer than
 *  MATCHER_LONG_LINE. A match does not cross lines. Not for MATCHER_PCRE2 or text anchors. */
int matcher_find_in_lines(const struct matcher *matcher, struct matcher_scratch *scratch,
			  const struct subject *lines, size_t from, size_t ret_bounds[2]);

#endif
