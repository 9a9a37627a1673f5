/* SPDX-License-Identifier: MIT */
#ifndef GRAPH_WEB_TEXT_H
#define GRAPH_WEB_TEXT_H

#include "graph/account.h"
#include "graph/reasons.h"
#include "graph/web_answer.h"

/**
 * The answer of the web as text, never over its budget of tokens (base/token_count.h): which pages
 * matter and why, what sites agree on and where they clash, then as many of the passages as have
 * room, those that add most for their cost first. What strangers wrote stands in quotes ("> "), so
 * that it cannot pass for the answer's own words.
 */
struct web_report {
	const struct web_answer *answer;
	struct account account;
	const char *stop_text;         /* why it is partial, or NULL */
	const struct reasons *reasons; /* why calls brought less than they were to; or NULL */
	size_t n_words_left_out;       /* of the question: no search has them */
	bool explain;                  /* the features of each page too */
	bool is_json;
};

/** 0 or -ENOMEM. */
int web_write(const struct web_report *report, struct buf *out);

/** How much of an answer is written. */
struct web_shape {
	size_t n_pages; /* with reasons, */
	size_t n_named; /* and how many are at least named */
	size_t n_why, n_claims, n_code, n_also;
	size_t n_reasons, reason; /* how many, and bytes of each */
	uint32_t n_passages;      /* those whose order is lower, */
	uint32_t n_bytes;         /* and so many bytes of the next one */
	size_t question;          /* bytes of the question */
	uint64_t used;            /* tokens, to be said */
};

/** As much of a passage as the shape has room for; 0 = nothing. */
size_t web_passage_len(const struct web_passage *passage, const struct web_shape *shape);

/** One of the forms, for a shape; sticky errors are out's. */
typedef void web_render_fn(const struct web_report *report, const struct web_shape *shape,
			   struct buf *out);
web_render_fn web_render_md, web_render_json;

#endif
