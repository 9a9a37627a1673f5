/* SPDX-License-Identifier: MIT */
#ifndef GRAPH_ANSWER_TEXT_H
#define GRAPH_ANSWER_TEXT_H

#include "base/buf.h"
#include "graph/account.h"
#include "graph/answer.h"

/**
 * The answer as text, never over its budget of tokens (base/token_count.h). What is said first is
 * what every reader needs (files, why, the account of what was looked at); the rest of the budget
 * is filled with lines of the files, those that add most for their cost first.
 */
struct answer_report {
	const struct answer *answer;
	struct account account;
	const char *stop_text; /* why it is partial, or NULL */
	bool explain;          /* the features of each file too */
};

enum answer_format { ANSWER_MD, ANSWER_JSON, ANSWER_RANGES };

/** 0 or -ENOMEM. ANSWER_RANGES: "RELEVANT_FILES:", then lines "- path:10-20"; their
 *  text, as Markdown, is within the budget. */
int answer_write(const struct answer_report *report, enum answer_format format, struct buf *out);

/** How much of an answer is written. */
struct answer_shape {
	size_t n_files; /* of which lines and reasons are told, */
	size_t n_named; /* and how many are at least named */
	size_t n_why, n_claims;
	uint32_t n_ranges; /* those whose order is lower, */
	uint32_t n_lines;  /* and so many lines of the next one */
	uint64_t used;     /* tokens, to be said */
};

/** The chosen lines of a file in their order, neighbours joined. */
struct answer_piece {
	uint32_t line, end_line;
	const char *symbol;
	struct buf text;
};
typedef void answer_piece_fn(void *data, const struct answer_piece *piece);
void answer_each_piece(const struct answer_file *file, const struct answer_shape *shape,
		       answer_piece_fn *each, void *data);

/** One of the forms, for a shape; sticky errors are out's. */
typedef void answer_render_fn(const struct answer_report *report, const struct answer_shape *shape,
			      struct buf *out);
answer_render_fn answer_render_md, answer_render_json, answer_render_ranges;

#endif
