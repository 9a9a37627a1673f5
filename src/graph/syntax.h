/* SPDX-License-Identifier: MIT */
#ifndef GRAPH_SYNTAX_H
#define GRAPH_SYNTAX_H

#include "base/vec.h"
#include "scan/outline.h"

/**
 * Definitions with exact ranges, by tree-sitter's parsers, where scan/outline.h only guesses: for
 * the few files that matter, at 5 to 20 MB/s. Where a parser loses its way (macros of C, half a
 * file, a language's next version) it says so, and what the outline finds there is taken instead.
 * A language without a grammar, a text over SYNTAX_TEXT_MAX and one that takes longer than
 * SYNTAX_TIMEOUT_MS get their outline.
 *
 * One object for each thread. tree-sitter ends the process when memory is short: it has no way to
 * say so.
 */
struct syntax;

enum {
	SYNTAX_TEXT_MAX = 1 << 20, /* bytes */
	SYNTAX_TIMEOUT_MS = 500,
	SYNTAX_REFERENCES_MAX = 1 << 18,
};

enum syntax_source {
	SYNTAX_OUTLINE, /* all by the outline */
	SYNTAX_MERGED,  /* parsed; where that failed, by the outline */
	SYNTAX_PARSED,  /* all of the text is understood */
};

enum syntax_flags {
	SYNTAX_REFERENCES = 1 << 0, /* also where names are used; a third slower */
};

/* A name that occurs, where it is not being defined. Keywords, literals and comments are none. */
struct syntax_reference {
	uint32_t line;
	uint32_t name_at, name_len; /* in the text */
	int32_t within;             /* the innermost definition around it; -1: none */
};

/* Set to 0 before the first use; used again as often as one likes. */
struct syntax_text {
	struct outline outline; /* definitions and imports, by line; ends and parents are exact */
	struct VEC(struct syntax_reference) references; /* none if the source is the outline */
	enum syntax_source source;
};

struct syntax *syntax_new(void); /* NULL without memory */
void syntax_free(struct syntax *syntax);

/** Whether a language has a grammar. */
bool syntax_has(const struct outline_lang *lang);

/** What ret_text held before is gone. 0, -EFBIG (4 GiB), -ENOMEM. Blocks for SYNTAX_TIMEOUT_MS and
 *  the time of an outline at the most. */
int syntax_read(struct syntax *syntax, const struct outline_lang *lang, const char *text,
		size_t len, enum syntax_flags flags, struct syntax_text *ret_text);
void syntax_text_release(struct syntax_text *text);

#endif
