/* SPDX-License-Identifier: MIT */
#ifndef GRAPH_WEB_ANSWER_H
#define GRAPH_WEB_ANSWER_H

#include "base/arena.h"
#include "graph/account.h"
#include "model/call.h"
#include "plan/question.h"

/**
 * What many searches of the web come to: pages, each once, best first.
 *
 *	score(page) = sum over the searches that found it of 60 / (60 + rank)
 *	            + 1.0 * the share of the question's words (by weight) in its title and passage
 *	            + 0.5 * the same for its title alone
 *
 * The first term is reciprocal rank fusion (Cormack, Clarke and Büttcher, 2009). A page's passage
 * is, of those that searches gave, the one with most of the question's words. Which order results
 * come in makes no difference. Owned by the caller.
 */
struct web_page {
	const char *url, *title, *passage;
	int64_t published_s; /* the latest that is said; 0 = none is */
	const char **by;     /* providers, in byte order */
	size_t n_by;
	unsigned n_searches; /* that found it */
	double score;
	const char *identity;
	double best_share; /* of words in passage */
};

struct web_result {
	const struct call *call;
	const struct result *result; /* NULL, or of another tool than WebSearch: passed over */
};

struct web_answer {
	struct arena arena;
	const char *question;
	struct web_page *pages;
	size_t n;
	unsigned n_searches, n_failed;
};

/** question: borrowed. 0 or -ENOMEM; release in any case. */
int web_answer_make(const struct question *question, const struct web_result *results, size_t n,
		    struct web_answer *ret_answer);
void web_answer_release(struct web_answer *answer);

/** As text, never over its budget of tokens: fewer pages, then shorter passages. */
struct web_report {
	const struct web_answer *answer;
	struct account account;
	const char *stop_text; /* why it is partial, or NULL */
	bool is_json;
};

/** 0 or -ENOMEM. */
int web_answer_write(const struct web_report *report, struct buf *out);

/** How much of it is written. */
struct web_shape {
	size_t n_pages;
	size_t passage_max; /* bytes of a passage */
	uint64_t used;      /* tokens, to be said */
};

typedef void web_render_fn(const struct web_report *report, const struct web_shape *shape,
			   struct buf *out);
web_render_fn web_render_md, web_render_json;

#endif
