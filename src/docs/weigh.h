/* SPDX-License-Identifier: MIT */
#ifndef DOCS_WEIGH_H
#define DOCS_WEIGH_H

#include "docs/page.h"
#include "docs/words.h"

/** A document that may answer; borrowed. */
struct weigh_document {
	const char *url, *title, *names;
	const char *text;
	size_t len;
	const struct passages *cut;
	double n_links; /* how many manual pages refer to it */
	bool has_name;  /* it is called as a word of the query is */
};

/** How well it answers, 0 to 1, and which of its passages does best. */
double weigh(const struct words *words, const struct weigh_document *document, size_t *ret_best);

#endif
