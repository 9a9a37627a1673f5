/* SPDX-License-Identifier: MIT */
#ifndef GRAPH_GRAMMAR_H
#define GRAPH_GRAMMAR_H

#include "base/vec.h"
#include "scan/outline.h"

/**
 * Definitions with exact ranges, by tree-sitter's parsers, where scan/outline.h only guesses: for
 * the few files that matter, at 6 to 9 MB/s. Where a parser loses its way (macros of C, half a
 * file, a language's next version) it says so, and what the outline finds there is taken instead.
 * A language without a grammar, a text over GRAMMAR_TEXT_MAX and one that takes far more steps than
 * real sources do get their outline.
 *
 * One object for each thread. tree-sitter ends the process when memory is short: it has no way to
 * say so.
 */
struct grammar;

enum {
	GRAMMAR_TEXT_MAX = 1 << 20, /* bytes */
	/* A parser stops after this many steps of 100 operations (some 30 us), and one more for as
	 * many bytes. Real sources take one for 64 to 220 bytes. Steps and not time, so that the
	 * same text gives the same answer on a busy machine. */
	GRAMMAR_STEPS_MIN = 256,
	GRAMMAR_STEP_BYTES = 32,
	/* For text that was made to take long steps: of the processor, in all. */
	GRAMMAR_CPU_MS = 1000,
	GRAMMAR_REFERENCES_MAX = 1 << 18,
};

enum grammar_source {
	GRAMMAR_OUTLINE, /* all by the outline */
	GRAMMAR_MERGED,  /* parsed; where that failed, by the outline */
	GRAMMAR_PARSED,  /* all of the text is understood */
};

enum grammar_flags {
	GRAMMAR_REFERENCES = 1 << 0, /* also where names are used */
};

/* A name that occurs, where it is not being defined. Keywords, literals and comments are none. */
struct grammar_reference {
	uint32_t line;
	uint32_t name_at, name_len; /* in the text */
	int32_t within;             /* the innermost definition around it; -1: none */
};

/* Set to 0 before the first use; used again as often as one likes. */
struct grammar_text {
	struct outline outline; /* definitions and imports, by line; ends and parents are exact */
	struct VEC(struct grammar_reference) references; /* none if the source is the outline */
	enum grammar_source source;
};

struct grammar *grammar_new(void); /* NULL without memory */
void grammar_free(struct grammar *grammar);

/** Whether a language has a grammar. */
bool grammar_has(const struct outline_lang *lang);

/** What ret_text held before is gone. 0, -EFBIG (4 GiB), -ENOMEM. Blocks, some
 *  GRAMMAR_CPU_MS at the most. */
int grammar_read(struct grammar *grammar, const struct outline_lang *lang, const char *text,
		 size_t len, enum grammar_flags flags, struct grammar_text *ret_text);
void grammar_text_release(struct grammar_text *text);

#endif
