/* SPDX-License-Identifier: MIT */
#ifndef SCAN_OUTLINE_MARKS_H
#define SCAN_OUTLINE_MARKS_H

#include "scan/outline_lang.h"

/**
 * The brackets and semicolons of a text, line by line, without those in comments, strings and
 * here-documents. A line with more of them than fit is taken for balanced: no line that people
 * write has so many. Owned by the caller; holds no memory of its own.
 */
enum { OUTLINE_MARKS_MAX = 256, OUTLINE_HEREDOC_MAX = 64 };

struct outline_mark {
	char c; /* one of ( ) [ ] { } ; */
	const char *at;
};

/* What goes on from the line before. */
enum outline_within {
	WITHIN_CODE,
	WITHIN_COMMENT,
	WITHIN_QUOTES,
	WITHIN_HEREDOC,
	WITHIN_POD,
	WITHIN_DIRECTIVE, /* of the preprocessor: the line before ended in '\' */
};

struct outline_marks {
	const struct outline_lang *lang;
	bool is_special[256];
	enum outline_within within;
	char quote;
	bool is_triple, is_raw;
	size_t n_comments;                 /* that are open in each other */
	size_t n_hashes;                   /* behind the quote that ends a raw string: r##"..."## */
	char heredoc[OUTLINE_HEREDOC_MAX]; /* the word that ends it */
	size_t heredoc_len;

	/* Of the last line. */
	struct outline_mark items[OUTLINE_MARKS_MAX];
	size_t n;
	char last; /* its last byte of code that is not blank; NUL if there is none */
};

void outline_marks_init(struct outline_marks *marks, const struct outline_lang *lang);
/** Reads a line, without its end. `within` then says what goes on in the next. */
void outline_marks_line(struct outline_marks *marks, const char *line, const char *end);

#endif
