/* SPDX-License-Identifier: MIT */
#ifndef SCAN_WALK_H
#define SCAN_WALK_H

#include "base/error.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * One walk of a tree for many selectors at once. A selector says which files one call wants: the
 * files `rg --files [-g GLOB] [-t TYPE] [--hidden] [--no-ignore] PATH` lists, no more and no
 * fewer. Each directory is read once however many selectors want it; each file is visited once,
 * with the set of selectors that want it. Threads share the work by directory, and a large
 * directory in slices. Nothing outside the root is opened (but the ignore files of the root's
 * parents and git's global excludes, as ripgrep reads them), links are not followed, other file
 * systems are not entered, special files are never opened.
 */

enum { WALK_SELECTORS_MAX = 65536 };

struct walk_selector {
	const char *path; /* relative to the root, clean ("src/net", no "./", no ".."); "" = root */
	const char *glob; /* NULL = all. As rg -g: gitignore style, a leading '!' excludes */
	const char *type; /* NULL = all. As rg -t */
	const char *after; /* NULL, or a path: a cursor: only files at or after it in walk_path_cmp() order */
	bool hidden;      /* as rg --hidden */
	bool no_ignore;   /* as rg --no-ignore */
};

/** What was passed over, for receipts. Counts of entries (a directory counts once). */
struct walk_skips {
	uint64_t ignored, hidden, denied, other_fs, special, links;
};

/** What one selector's walk looked at. */
struct walk_tally {
	uint64_t files; /* regular files seen where it was active (before glob and type) */
	struct walk_skips skips;
	/* The selector's path: 0 = found, else -errno of opening it (-ENOENT, -EXDEV, …). */
	int path_error;
};

/** A file as it is visited; borrowed for the call. */
struct walk_entry {
	int dir_fd;             /* directory that holds it */
	const char *name;       /* NUL-terminated, within dir_fd */
	const char *path;       /* NUL-terminated, relative to the root */
	size_t path_len;
	const uint64_t *wanted; /* bit i: selector i wants it */
	bool is_explicit;       /* a selector's path is this file itself */
};

/** Called on worker threads, for each file wanted by any selector. worker: 0 … n_threads - 1. */
typedef void walk_visit_fn(void *data, unsigned worker, const struct walk_entry *entry);

struct walk_conf {
	int root_fd;           /* directory, stays open; the root's device is the file system */
	const char *root_path; /* absolute: where parents' ignore files are looked for */
	const struct walk_selector *selectors;
	size_t n_selectors;
	unsigned n_threads;    /* 1 … 64; the caller's thread is one of them */
	walk_visit_fn *visit;
	void *data;
	const atomic_bool *cancel; /* NULL, or: stop soon once true */
	uint64_t deadline_ns;      /* clock_now_ns() time to stop at; 0 = none */
};

struct walk;

/**
 * Checks and compiles globs and types; nothing is opened yet. On a bad glob or an unknown type
 * err names it (with "did you mean") and *ret_bad is its selector's index.
 */
int walk_new(const struct walk_conf *conf, struct walk **ret_walk, size_t *ret_bad,
	     struct error *err);

/** Walks. Blocks; n_threads - 1 threads are started and joined. 0, or -ECANCELED / -ETIMEDOUT
 *  when it was stopped early; failures of single entries are tallied, not returned. */
int walk_run(struct walk *walk, struct error *err);

/** Valid after walk_run(). */
const struct walk_tally *walk_tally(const struct walk *walk, size_t selector);

/** After an early stop: the smallest path (in walk_path_cmp() order) that was not wholly dealt
 *  with: a file, or a directory none of whose contents count as done. Owned by walk; NULL if
 *  everything was walked. */
const char *walk_frontier(const struct walk *walk);

void walk_free(struct walk *walk);

/**
 * The order of answers: depth first, names in byte order within a directory, which is the order
 * of `rg --sort path`. Same as comparing bytes with '/' lower than every other byte.
 */
int walk_path_cmp(const char *a, size_t a_len, const char *b, size_t b_len);

#endif
