/* SPDX-License-Identifier: MIT */
#ifndef CLI_TEXT_H
#define CLI_TEXT_H

#include "cli/slice.h"
#include "model/tool.h"

struct secrets;

/**
 * A result as an agent's built-in tool would print it: what it brought back, and notes in square
 * brackets about what a reader must know (cut, incomplete, failed). Borrows from the result.
 */
enum { TEXT_NOTES_MAX = 16 << 10 };

struct text {
	struct slice body;          /* lines, names or standard output */
	struct slice err;           /* standard error of a command */
	char notes[TEXT_NOTES_MAX]; /* lines, each with its newline; may be "" */
	size_t notes_len;
	const char *full_output; /* wire_limit's; text_of() knows none */
};

/** What a call brought back, without notes. Bodies that a result lacks are empty. */
struct slice text_body(const struct result *result);
struct slice text_err(const struct result *result);

/** More output came than is kept in memory, and the whole of it is not on disk either. */
bool text_is_lost(const struct result *result);

void text_of(const struct result *result, struct text *ret_text);

/** "120 files", "17 lines in 3 files", "exit 1": the figures in few words. */
void text_figures(const struct result *result, char *out, size_t size);

/** The argument that says what the call is about, without secrets, on one line, shortened to
 *  size. */
void text_brief(const struct call *call, const struct secrets *secrets, char *out, size_t size);

/* What telling of a cut and ending unfinished lines may take beyond the limit, RAW; the name of
 * the full output may be in it twice. */
enum { TEXT_CUT_COST = 120 };

/** Shares limit between body and err (err first: it is short and says why), cuts, writes all with
 *  the notes and, when something is cut, says so and returns true. SIZE_MAX: nothing is cut. */
bool text_write(const struct text *text, enum encoding encoding, size_t limit, struct buf *out);

/** How much of a limit each of two slices gets. */
void text_share(const struct slice *body, const struct slice *err, enum encoding body_encoding,
		size_t limit, struct cut *ret_body, struct cut *ret_err);

#endif
