/* SPDX-License-Identifier: MIT */
#ifndef DOCS_DOCS_H
#define DOCS_DOCS_H

#include "base/arena.h"
#include "base/error.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/**
 * A full-text index (SQLite FTS5) over documentation on this machine: manual pages,
 * /usr/share/doc, the documents of a workspace, any more folders. It is built at the first question
 * and brought up to date at later ones: files that came, changed (size, time) or went. Several
 * processes may share an index. Blocks; any thread, one docs at a time.
 */
struct docs;

struct docs_conf {
	const char *path;         /* of the index; its folder is made when needed */
	const char *const *roots; /* folders, NULL-terminated; one that is not there is passed over.
				     NULL = the manual and /usr/share/doc */
	const char *more; /* folders besides, with ":" between them; small ones are looked at at
			     each question, large ones as roots are; NULL = none */
	const char *workspace; /* its own documents are looked at at each question; NULL = none */
	uint64_t stale_ms;     /* look for changes in roots when the last look is older, or when
				  something came or went in their upper folders; 0 = an hour */
	const atomic_bool *cancel; /* ends a build early: what was read so far is kept; NULL */
};

struct docs_hit {
	const char *path;    /* absolute */
	const char *url;     /* "man:grep(1)" or "file:///usr/share/doc/…" */
	const char *title;   /* "grep(1) - print lines that match patterns" */
	const char *section; /* heading that the passage stands under; may be "" */
	const char *passage; /* the lines that answer best, plain text */
	int64_t modified_s;
	double score; /* greater is better; 0 to 1, of the best possible answer to the query */
};

int docs_open(const struct docs_conf *conf, struct docs **ret_docs, struct error *err);
void docs_close(struct docs *docs); /* accepts NULL */

struct docs_state {
	uint64_t n_files, n_passages, bytes; /* of the index on disk */
	uint64_t n_new, n_gone, took_ns;     /* by the latest bringing up to date */
	bool is_complete;                    /* no look at the roots was cut short */
};

/** Makes or freshens the index. */
int docs_update(struct docs *docs, struct docs_state *ret_state, struct error *err);

/** The best documents for a query in plain words, each once, best first. Hits live in the arena.
 *  No hit is no error. */
int docs_search(struct docs *docs, const char *query, unsigned n_max, struct arena *arena,
		struct docs_hit **ret_hits, size_t *ret_n, struct error *err);

/** Strings live in the arena. */
struct docs_document {
	const char *title;
	const char *text; /* all of it, as Markdown or plain text */
	size_t len;
};

/** The document that a hit names (its url). ERROR_MISSING when it is not in the index. */
int docs_read(struct docs *docs, const char *url, struct arena *arena,
	      struct docs_document *ret_document, struct error *err);

#endif
