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
 * files `rg --files [-g GLOB] [-t TYPE] [--hidden] [--no-ignore] ROOT/PATH` lists when started in
 * the root (version 13.0.0), no more and no fewer, but for mount points and for what scan/glob.h
 * says. Each directory is read once however many selectors want it; each file is visited once,
 * with the set of selectors that want it. A directory in which a selector's glob can match
 * nothing is not entered for it. Threads share the work by directory, and a large directory in
 * slices. Nothing outside the root is opened but the ignore files of the root's parents, git's
 * global excludes and the info/exclude of a linked work tree, as ripgrep reads them. Links are
 * not followed (but a selector's path may lead over links inside the root), mount points are not
 * crossed, special files are never opened. Paths of PATH_LEN_MAX bytes and more are not followed:
 * they count as denied.
 */

enum { WALK_SELECTORS_MAX = 65536, WALK_THREADS_MAX = 64 };

struct walk_selector {
	const char *path; /* relative to the root, clean ("src/net", no "./", no ".."); "" = root */
	const char *glob; /* NULL = all. As rg -g: gitignore style, a leading '!' excludes */
	const char *type; /* NULL = all. As rg -t; "all" is any known type */
	const char
		*after; /* NULL, or a cursor: only files at or after it in walk_path_cmp() order */
	bool hidden;    /* as rg --hidden */
	bool no_ignore; /* as rg --no-ignore */
};

/** What was passed over, for receipts. Counts of entries (a directory counts once). */
struct walk_skips {
	uint64_t ignored, hidden, denied, other_fs, special, links;
};

/** What one selector's walk looked at. */
struct walk_tally {
	uint64_t files; /* regular files seen where it was active (before glob and type) */
	struct walk_skips skips;
	uint64_t changed; /* directories that were gone, or something else, when they were opened */
	/* The selector's path: 0 = found, else -errno of opening it (-ENOENT, -EXDEV, …). */
	int path_error;
};

/** A file as it is visited; borrowed for the call. */
struct walk_entry {
	int dir_fd;       /* directory that holds it */
	const char *name; /* NUL-terminated, within dir_fd */
	const char *path; /* NUL-terminated, relative to the root */
	size_t path_len;
	const uint64_t *wanted; /* bit i: selector i wants it */
	/* A selector's path is this file itself. It may be a link: open it with path_open_file()
	 * by its path. All others are regular files, to be opened with O_NOFOLLOW | O_NONBLOCK. */
	bool is_explicit;
};

/** Called on worker threads, for each file wanted by any selector. worker: 0 … n_threads - 1. */
typedef void walk_visit_fn(void *data, unsigned worker, const struct walk_entry *entry);

/** All that is pointed to stays as it is until walk_free(). */
struct walk_conf {
	int root_fd;           /* directory, stays open */
	const char *root_path; /* absolute: where parents' ignore files are looked for */
	const struct walk_selector *selectors;
	size_t n_selectors;
	unsigned n_threads; /* 1 … WALK_THREADS_MAX; the caller's thread is one of them */
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

/** Walks, once. Blocks; n_threads - 1 threads are started and joined (fewer if the system has no
 *  more). 0, or -ECANCELED / -ETIMEDOUT when it was stopped early, or -ENOMEM; failures of single
 *  entries are tallied, not returned. Files are visited roughly in walk_path_cmp() order. */
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
