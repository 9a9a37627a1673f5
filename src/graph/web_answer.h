/* SPDX-License-Identifier: MIT */
#ifndef GRAPH_WEB_ANSWER_H
#define GRAPH_WEB_ANSWER_H

#include "base/arena.h"
#include "graph/claim.h"
#include "graph/lexicon.h"
#include "model/call.h"

/**
 * The answer of many searches of the web and of the pages that were read: pages ranked, the
 * passages that answer, what independent sites agree on and where they clash, and what of the
 * code they name. All of it comes from the results alone, in whatever order they came, and lives
 * in the answer's arena.
 *
 * A page's score is the sum of its features (0 to 1, each by the best page) by their weights:
 * found (reciprocal rank fusion over the searches, each weighed by its theme), words (BM25 of the
 * question over title, passage and text), passage (BM25 of its best paragraph), support (other
 * sites say what it says), code (it names what the code has). A stale page has 0.7 of that. Pages
 * that have no word of the question are none of the answer.
 */
enum {
	WEB_PAGES_MAX = 2000, /* that are looked at */
	WEB_PAGES_SHOWN = 40, /* that are in an answer, at most */
	WEB_PASSAGES_MAX = 3, /* of a page */
	WEB_CLAIMS_MAX = 60,
	WEB_CODE_MAX = 8, /* links into the code, of a page */
};

enum web_feature { WEB_FOUND, WEB_WORDS, WEB_PASSAGE, WEB_SUPPORT, WEB_CODE, WEB_FEATURES };
const char *web_feature_name(enum web_feature feature);

/** A search that ended. */
struct web_found {
	const char *theme; /* of plan/web_research.h, or its id there; NULL = none */
	const struct result *result;
};

/** A page that was read. */
struct web_read {
	const char *url; /* that was asked for */
	const struct result *result;
};

struct web_conf {
	const struct question *question;
	struct lexicon *lexicon;       /* of the question */
	const struct graph *graph;     /* what is known of the code; NULL = nothing */
	const struct web_found *found; /* in the order of the plan */
	size_t n_found;
	const struct web_read *read;
	size_t n_read;
	size_t pages_max; /* in the answer; at most WEB_PAGES_SHOWN */
};

struct web_passage {
	const char *text, *heading; /* heading: what it stands under; may be "" */
	const char **also;          /* pages of which it says the same, nearly to the word */
	size_t n_also;
	double value;   /* what it adds */
	uint32_t order; /* the how-manieth to be chosen, over all pages */
};

enum web_code_kind { WEB_CODE_SYMBOL, WEB_CODE_FILE, WEB_CODE_ERROR };
const char *web_code_kind_name(enum web_code_kind kind);

/** What a page names of the code. */
struct web_code {
	enum web_code_kind kind;
	const char *name, *path; /* path: "" = in no file */
	uint32_t line;           /* 0 = none */
	uint32_t node;           /* of the graph */
};

struct web_page {
	const char *url, *title, *identity, *site;
	int64_t published_s; /* 0 = not said */
	double score;        /* 1 = the best page of this answer */
	double features[WEB_FEATURES];
	const char **by; /* who found it */
	size_t n_by;
	uint32_t n_searches;                           /* that found it */
	struct web_passage passages[WEB_PASSAGES_MAX]; /* best first */
	size_t n_passages;
	struct web_code *code;
	size_t n_code;
	const char **why;
	size_t n_why;
	const char **links; /* pages of the answer that it links; by identity */
	size_t n_links;
	bool is_read, is_stale;
};

struct web_claim {
	const char *text;
	const char **support; /* addresses; of a clash those of all sides */
	size_t n_support;
	unsigned n_sites; /* independent ones */
	enum claim_status status;
};

struct web_answer {
	struct arena arena;
	const struct question *question;
	struct web_page *pages;   /* best first */
	size_t n_pages, n_seen;   /* seen: pages that were found, also those not in the answer, */
	size_t n_left_out;        /* and of these those that have no word of the question */
	size_t n_searches;        /* that ended well */
	struct web_claim *claims; /* clashes first */
	size_t n_claims;
};

/** How many pages there are beyond the first n of the answer. */
static inline size_t web_answer_more(const struct web_answer *answer, size_t n)
{
	return answer->n_seen - answer->n_left_out - n;
}

/** 0 or -ENOMEM. Release in any case. */
int web_answer_make(const struct web_conf *conf, struct web_answer *ret_answer);
void web_answer_release(struct web_answer *answer);

/** Pages to be read, best first by what the searches say; no site gets more than three. In the
 *  arena; returns how many of max, or -ENOMEM. */
int web_choose(const struct web_conf *conf, size_t max, struct arena *arena, const char **ret_urls);

/** What pages name of the code, and which pages they link, as facts of `call`. 0 or -ENOMEM. */
int web_add_facts(const struct web_answer *answer, struct graph *graph, uint32_t call);

#endif
