/* SPDX-License-Identifier: MIT */
#ifndef SCAN_PASS_WORK_H
#define SCAN_PASS_WORK_H

#include "scan/order.h"
#include "scan/pass.h"

/* Between the files of the pass only. */

/** What a query got from one file. */
struct segment {
	uint32_t file;    /* index in the worker's files */
	uint32_t n_lines; /* of text */
	uint64_t n_matches;
	size_t at, len; /* in the sink's text; len 0 = counted only */
};

/** What one worker found for one query. */
struct sink {
	struct buf text;
	struct VEC(struct segment) segments;
	uint64_t kept_lines; /* lines in text, or names */
	uint32_t last_file;  /* the one that comes last in order; valid once there are segments */
	size_t told;         /* of text, to found() */
	bool is_cut;         /* memory ended */
};

struct pass_file {
	const char *path;
	uint32_t len;
	uint64_t mtime_ns;
};

/** What a worker read on behalf of one selector. */
struct read_tally {
	uint64_t files, bytes, binary, too_big, denied, binary_stops, changed;
	uint64_t too_big_for_mentions; /* read for others */
};

struct worker {
	struct arena paths;
	struct VEC(struct pass_file) files;
	struct sink *sinks;         /* per query */
	struct read_tally *tallies; /* per selector */
	struct text text;
	struct search_state state;
	struct line_index lines;
	struct buf scratch;
	struct words_state *words; /* once there are mentions to find */
	uint64_t *wanted;          /* matchers */
	uint64_t *rank;            /* per file: its place in the order of all, after the run */
	bool is_ready;
	bool is_out_of_memory;
};

/** Who asks through one selector. */
struct selector_users {
	struct VEC(uint32_t) globs, greps; /* queries */
	uint64_t *matchers;                /* bits: wanted by its greps */
};

struct query_state {
	uint32_t selector, matcher;
	struct error error; /* class not NONE: it does not run */
	atomic_bool was_limited;
};

struct pass {
	struct pass_conf conf;
	struct arena arena;
	struct query_state *queries;
	struct walk_selector *selectors;
	struct selector_users *users;
	size_t n_selectors;
	struct matcher **matchers;
	size_t n_matchers;
	struct search *search;
	uint64_t *few;   /* matchers for which SEARCH_FEW hits a file are enough, */
	uint64_t *once;  /* and those for which one is … */
	uint64_t *never; /* … unless the file has a NUL: no bits */
	struct walk *walk;
	struct worker *workers;
	unsigned n_workers;
	bool any_globs, is_ranked;
	bool only_mentions; /* no other query reads files */
	int status;         /* of the run */
};

/** Gives all files that any query kept something of their rank. false without memory. */
bool pass_rank_files(struct pass *pass);

/** The walk's visitor. */
walk_visit_fn pass_visit;

#define NO_INDEX UINT32_MAX

#endif
