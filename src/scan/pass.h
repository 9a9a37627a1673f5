/* SPDX-License-Identifier: MIT */
#ifndef SCAN_PASS_H
#define SCAN_PASS_H

#include "base/buf.h"
#include "model/call.h"
#include "scan/matcher.h"
#include "scan/print.h"
#include "scan/walk.h"

#include <stdatomic.h>

/**
 * The fused pass: any number of globs and greps over one root in one walk, each file read at most
 * once. Queries that want the same files share a selector, queries with the same pattern share a
 * matcher. A worker collects what it finds in sinks of its own; at the end each query's pieces are
 * put in the order of paths.
 */
struct words;

struct pass_query {
	struct walk_selector selector; /* strings are borrowed until pass_free() */
	/* Grep: a pattern. Glob: NULL (its glob is the selector's). */
	const char *pattern;
	size_t pattern_len;
	const struct words *words; /* GREP_MENTIONS: whose words_pattern() the pattern is */
	enum regex_flags regex_flags;
	enum grep_mode mode;
	struct print_conf print;
	uint64_t head_limit, offset; /* lines (content), files or globbed names; limit 0 = all */
};

/** Query i found more: some lines (content) or names. Any worker thread. */
typedef void pass_found_fn(void *data, size_t i, const char *text, size_t len);

struct pass_conf {
	int root_fd;
	const char *root_path;
	const struct pass_query *queries;
	size_t n_queries;
	unsigned n_threads;
	uint64_t deadline_ns;
	const atomic_bool *cancel;
	pass_found_fn *found; /* or NULL */
	void *data;
};

struct pass;

/** A query that cannot be run (bad pattern, glob or type) does not stop the others: its error is
 *  found by pass_answer(). NULL without memory. */
struct pass *pass_new(const struct pass_conf *conf);

/** Walks and searches. Blocks. 0, or -ECANCELED, -ETIMEDOUT, -ENOMEM: answers are then partial. */
int pass_run(struct pass *pass);

/** Fills *ret for query i, once for each; strings go into ret->arena. Different queries may be
 *  answered at the same time by different threads. */
void pass_answer(struct pass *pass, size_t i, struct result *ret);

void pass_free(struct pass *pass);

#endif
