/* SPDX-License-Identifier: MIT */
#ifndef PLAN_WEB_RESEARCH_H
#define PLAN_WEB_RESEARCH_H

#include "base/arena.h"
#include "plan/question.h"

/**
 * Which searches of the web a question comes to: its words alone, and with those of themes. Those
 * themes come first that the question has words of ("secure", "slow"). Few words: 4 searches;
 * more: 8; many, or two questions in one: 16; three questions and more: 32. The first is the
 * question as it is, if it is no longer than providers take; then, as in all others, the words that
 * tell most. Nothing is looked up. Owned by the caller's arena.
 */
enum { WEB_SEARCHES_MAX = 32 };

struct web_search {
	const char *theme; /* "primary", "documentation" … */
	const char *id;    /* of its call: the theme, from its second search on with a number */
	const char *query;
};

struct web_research {
	struct web_search searches[WEB_SEARCHES_MAX]; /* no two with the same query */
	size_t n;
	size_t n_left_out;      /* words of the question that no search has */
	unsigned max_instances; /* at once */
	unsigned n_pages;       /* of which the text is read, at most */
};

/** 0 or -ENOMEM. */
int web_research_plan(const struct question *question, struct arena *arena,
		      struct web_research *ret_research);

#endif
