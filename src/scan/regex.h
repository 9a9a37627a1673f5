/* SPDX-License-Identifier: MIT */
#ifndef SCAN_REGEX_H
#define SCAN_REGEX_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Regular expressions in ripgrep's default syntax (that of the Rust regex crate, Unicode on,
 * multi-line on), parsed into a tree from which everything else is made: text for PCRE2 and
 * Hyperscan, windows for the sieve, a program for the linear matcher. The tree lives in the
 * arena it was parsed into and is immutable.
 *
 * In line mode (not REGEX_MULTILINE) no class matches '\n', as in ripgrep, and a literal '\n'
 * is an error.
 */
enum regex_flags {
	REGEX_ICASE = 1 << 0,
	REGEX_MULTILINE = 1 << 1, /* matches may span lines; '.' matches '\n' (rg -U
				     --multiline-dotall) */
};

enum {
	REGEX_LEN_MAX = 64 << 10,
	REGEX_DEPTH_MAX = 100,
	REGEX_REPEAT_MAX = 65535, /* what PCRE2 can count */
	REGEX_NODES_MAX = 1 << 17,
};

enum regex_op {
	REGEX_EMPTY,
	REGEX_FAIL,  /* matches nothing: [^\x00-\x{10ffff}] */
	REGEX_RUNE,  /* one code point */
	REGEX_BYTE,  /* one raw byte >= 0x80: (?-u:\xff) */
	REGEX_CLASS, /* one code point out of a set */
	REGEX_CONCAT,
	REGEX_ALT,
	REGEX_REPEAT,
	REGEX_LINE_START, /* ^ */
	REGEX_LINE_END,   /* $ */
	REGEX_TEXT_START, /* \A */
	REGEX_TEXT_END,   /* \z */
	REGEX_WORD,       /* \b, Unicode */
	REGEX_NOT_WORD,   /* \B, Unicode */
	REGEX_WORD_ASCII, /* (?-u:\b) */
	REGEX_NOT_WORD_ASCII,
};

/** A set of code points: exact below 0x80, and above as an expression that PCRE2 decides. */
struct regex_class {
	uint64_t ascii[2]; /* bit c: contains code point c */
	bool has_wide;     /* may contain code points >= 0x80 */
	bool is_bytes;     /* (?-u): one byte, not one code point; `high` says which */
	uint64_t high[2];  /* is_bytes: bit c - 0x80 */
	const char *wide;  /* has_wide: PCRE2 (UTF) expression matching one code point of the set */
};

struct regex_node {
	enum regex_op op;
	union {
		uint32_t rune; /* REGEX_RUNE, REGEX_BYTE */
		const struct regex_class *class;
		struct { /* CONCAT, ALT */
			struct regex_node **kids;
			size_t n_kids;
		};
		struct { /* REPEAT */
			struct regex_node *kid;
			uint32_t min, max; /* max REGEX_NO_MAX = unbounded */
			bool is_lazy;
		};
	};
};

#define REGEX_NO_MAX UINT32_MAX

struct regex {
	struct regex_node *root;
	bool needs_pcre2; /* has lookaround, backreferences, …: root is NULL; the text is PCRE2's */
	bool is_bytes;    /* has (?-u) parts that match bytes: match without UTF */
	bool is_mixed;    /* … and others that match code points: only the linear matcher can */
	bool loops_on_empty;  /* as (|a)+: PCRE2 leaves such a loop where ripgrep goes on */
	bool has_text_anchor; /* \A or \z */
};

/**
 * Parses. On failure err says what is wrong and *ret_at is the byte (from 0) where.
 */
int regex_parse(const char *text, size_t len, enum regex_flags flags, struct arena *arena,
		struct regex *ret_regex, size_t *ret_at, struct error *err);

static inline bool regex_class_has_ascii(const struct regex_class *class, unsigned c)
{
	return c < 128 && (class->ascii[c >> 6] >> (c & 63) & 1);
}

/** Can it match the empty string somewhere? */
bool regex_can_be_empty(const struct regex_node *node);

/** Does it match the empty string everywhere, whatever stands around? */
bool regex_is_empty_anywhere(const struct regex_node *node);

/** Has it a loop without a maximum whose body tries the empty match before a longer one? */
bool regex_loops_on_empty(const struct regex_node *node);

/** Can a match hold a '\n', or depend on one? ('^' and '$' do.) */
bool regex_can_span_lines(const struct regex_node *node);

/** Text for PCRE2, with PCRE2_MULTILINE and newline LF; DOTALL is not needed. The ASCII form is
 *  right for subjects without a byte >= 0x80 and is compiled without UTF; the Unicode form with
 *  is_utf is for PCRE2_UTF | PCRE2_MATCH_INVALID_UTF, without it (regex.is_bytes) for neither. */
void regex_emit_ascii(const struct regex_node *node, struct buf *out);
void regex_emit_unicode(const struct regex_node *node, bool is_utf, struct buf *out);

/**
 * Text for Hyperscan in byte mode with HS_FLAG_MULTILINE: matches a superset. *ret_exact: on lines
 * without bytes >= 0x80 a match there is a match here (else every line must be confirmed).
 * false: it has no such form (text anchors), use another matcher.
 */
bool regex_emit_automaton(const struct regex_node *node, struct buf *out, bool *ret_exact);

#endif
