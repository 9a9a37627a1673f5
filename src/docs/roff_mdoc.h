/* SPDX-License-Identifier: MIT */
#ifndef DOCS_ROFF_MDOC_H
#define DOCS_ROFF_MDOC_H

#include "base/buf.h"
#include "docs/roff_text.h"

enum { ROFF_WORDS_MAX = 64 };

/** A word of a control line; borrowed. A quoted one is never a macro. */
struct roff_word {
	const char *at;
	size_t len;
	bool is_quoted;
};

/** What holds over the lines of an mdoc(7) page. */
struct roff_mdoc {
	const struct roff_strings *strings;
	const char *name; /* of .Nm, borrowed; NULL = not yet said */
	size_t name_len;
	char closing[64]; /* of .Oo and its like that are open, innermost last */
	size_t n_closing;
	bool is_tight; /* .Sm off */
};

/** Adds a line's inline text ("Fl e Ar pattern" is "-e pattern"), words separated as printed.
 *  false if its first word is no inline macro. */
bool roff_mdoc_line(struct roff_mdoc *self, const struct roff_word *words, size_t n,
		    struct buf *out);

/** The words as text with macros in it, as after .It or .Sh. */
void roff_mdoc_words(struct roff_mdoc *self, const struct roff_word *words, size_t n,
		     struct buf *out);

#endif
