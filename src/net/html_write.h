/* SPDX-License-Identifier: MIT */
#ifndef NET_HTML_WRITE_H
#define NET_HTML_WRITE_H

#include "base/buf.h"
#include "net/html_tree.h"

enum { HTML_PREFIX_MAX = 96, HTML_MARKS_MAX = 8 };

/** What surrounds words of a line; it is not written before the first of them. */
enum html_mark_kind { MARK_LINK, MARK_STRONG, MARK_EM, MARK_DEL, MARK_QUOTE };

struct html_mark {
	enum html_mark_kind kind;
	enum { MARK_WAITS, MARK_OPEN, MARK_DONE } state;
	struct html_slice href; /* of MARK_LINK */
};

/**
 * Writes Markdown line by line. What separates (line ends, blank lines, blanks) is only noted, and
 * written before the next word, so that it is never doubled and never stands at an end.
 */
struct html_writer {
	struct buf *out;
	const struct html_tree *tree;
	const char *base; /* of references; NULL = unknown */

	char prefix[HTML_PREFIX_MAX]; /* of each line: of quotes and lists */
	size_t prefix_len;
	char first[HTML_PREFIX_MAX]; /* instead of it in the next line: with its list marker */
	size_t first_len;            /* 0: as the others */
	unsigned break_due;          /* line ends before the next word: 0, 1, 2 */
	size_t blank_prefix;         /* how much of the prefix the blank line has */
	bool space_due;
	const char *lead_due; /* instead of a blank, once */
	bool is_fresh;        /* just after a marker or lead: blocks begin on its line */
	bool is_after_term;
	bool is_term;      /* which is strong, and nothing more in it */
	bool is_one_line;  /* in a heading: no line ends */
	bool is_cell;      /* likewise, and '|' is escaped */
	size_t line_start; /* offset in out of the line's first word */
	bool is_generated; /* that word is not the page's, and needs no escape */
	unsigned n_links;  /* written */
	struct html_mark marks[HTML_MARKS_MAX];
	size_t n_marks;
};

/* Lines: html_line.c */

/** The next word stands n lines lower: 1, or 2 for a blank line between. */
void html_line_break(struct html_writer *writer, unsigned n);
/** Likewise, for what cannot stand beside a term or lead. */
void html_line_break_hard(struct html_writer *writer, unsigned n);
/** A line end that keeps marks open; the second in a row ends the paragraph. */
void html_line_br(struct html_writer *writer);
/** Words as they are, without blanks around them and line ends. */
void html_line_put(struct html_writer *writer, const char *text, size_t len);
/** Likewise, of Markdown's own, and outside of all marks. */
void html_line_put_generated(struct html_writer *writer, const char *text);
/** The page's text: references read, blanks run together. */
void html_line_add_text(struct html_writer *writer, struct html_slice text);
/** Within a code block: a line of its own after the one before, whatever it holds. */
void html_line_add_verbatim(struct html_writer *writer, const char *line, size_t len);
/** More of the prefix; first: its form in the next line. False: it is long enough. */
bool html_line_indent(struct html_writer *writer, const char *first, const char *rest);
void html_line_mark(struct html_writer *writer, enum html_mark_kind kind, struct html_slice href,
		    bool *ret_is_on);
void html_line_unmark(struct html_writer *writer);
/** The page is at its end. */
void html_line_end(struct html_writer *writer);

/* Code: html_code.c */

/** A block of code that is no <pre>: its lines are elements. */
bool html_code_is_block(const struct html_writer *writer, uint32_t at);
void html_code_write_word(struct html_writer *writer, uint32_t at);
void html_code_write_block(struct html_writer *writer, uint32_t at);

/* Tables: html_table.c */

void html_table_write(struct html_writer *writer, uint32_t at);

/* The rest: html_write.c */

void html_write_children(struct html_writer *writer, uint32_t at);

/** Appends a node's content as Markdown; what is over out's maximum is cut. 0 or -ENOMEM. */
int html_write(const struct html_tree *tree, uint32_t at, const char *base, struct buf *out);

#endif
