/* SPDX-License-Identifier: MIT */
#ifndef SCAN_GLOB_PARSE_H
#define SCAN_GLOB_PARSE_H

#include "base/vec.h"
#include "scan/glob.h"

#include <stdint.h>

/** What a glob is made of, in order; braces are bracketed by OPEN and CLOSE. */
enum glob_token_kind {
	TOKEN_BYTE,   /* one byte, literally */
	TOKEN_ANY,    /* ? */
	TOKEN_STAR,   /* * (never two in a row) */
	TOKEN_CLASS,  /* [...] */
	TOKEN_PREFIX, /* a leading "**" and its slash: nothing, or anything up to a slash */
	TOKEN_SUFFIX, /* a slash and "**" at the end: a slash and anything */
	TOKEN_MIDDLE, /* "**" between two slashes: a slash, or two and anything between */
	TOKEN_OPEN,
	TOKEN_COMMA,
	TOKEN_CLOSE,
	TOKEN_EMPTY, /* a '}' that closes nothing: matches the empty string */
};

struct glob_token {
	uint8_t kind;
	uint8_t byte;
	uint16_t class; /* index of the byte set */
};

/** A set of bytes, one bit each. */
struct byte_set {
	uint64_t bits[4];
};

static inline bool byte_set_has(const struct byte_set *set, unsigned char byte)
{
	return set->bits[byte / 64] >> (byte % 64) & 1;
}

struct glob_tokens {
	struct VEC(struct glob_token) list;
	struct VEC(struct byte_set) classes;
};

/** Why a glob is not one. */
struct glob_problem {
	const char *what; /* static text; NULL when memory is short */
	size_t at;        /* byte, from 0 */
};

/** -EINVAL with *ret_problem filled, or -ENOMEM. Release the tokens in any case. */
int glob_parse(const char *pattern, size_t len, enum glob_flags flags, struct glob_tokens *tokens,
	       struct glob_problem *ret_problem);
void glob_tokens_release(struct glob_tokens *tokens);

#endif
