/* SPDX-License-Identifier: MIT */
#ifndef SCAN_WALK_WORK_H
#define SCAN_WALK_WORK_H

#include "os/path.h"
#include "scan/ignore.h"
#include "scan/walk_list.h"
#include "scan/walk_queue.h"
#include "scan/walk_select.h"

#include <limits.h>

/** What ignore rules and its name make of an entry, for one enum walk_base. */
enum walk_fate { FATE_PASS, FATE_IGNORED, FATE_HIDDEN, FATE_COUNT };

/** A directory while its entries are dealt with. All borrowed. */
struct walk_dir {
	int fd;
	const char *path; /* relative to the root */
	size_t path_len;
	struct ignore_dir *ignore; /* what holds in it; NULL if no class cares */
	const uint64_t *active;    /* classes */
	/* What walk_decide_begin() finds out. */
	bool heeds;   /* an active class heeds rules, and there are some */
	bool globbed; /* an active class has a glob */
	bool typed;   /* … a type */
	bool edged;   /* a cursor lies in here: edge holds the classes */
};

/** A directory whose entries several workers share in slices: it and its list, refcounted. */
struct walk_shared {
	atomic_uint refs;
	struct walk *walk;
	struct walk_dir dir;
	struct walk_list list;
	uint64_t bits[]; /* dir.active, then the path */
};

/** One thread's own. */
struct walk_worker {
	struct walk *walk;
	unsigned number;
	pthread_t thread;
	char *path;      /* the absolute path of the entry at hand */
	size_t root_len; /* of path: the relative path begins one behind it */
	struct walk_list list;
	struct VEC(struct walk_item *) batch; /* to be added to the queue at once */
	/* Sets of classes. */
	uint64_t *active, *edge, *types, *bits, *last_bits;
	bool has_last;
	uint64_t *wanted;           /* selectors: what last_bits means */
	uint32_t *ids;              /* of globs that match */
	struct walk_tally *tallies; /* by class */
	/* Of the directory at hand, not yet in tallies. */
	uint64_t fates[BASE_COUNT][FATE_COUNT];
	uint64_t links, special;
	bool has_frontier;
	char frontier[PATH_LEN_MAX + NAME_MAX]; /* where it was stopped */
};

struct walk {
	struct walk_conf conf;
	struct walk_selection selection;
	struct ignore *ignore; /* NULL if no class heeds ignore files */
	struct walk_queue queue;
	struct walk_worker *workers;
	struct walk_tally *tallies; /* by class, summed up */
	int *start_errors;          /* by start */
	atomic_int stop;            /* 0, or why: a negative errno value */
	atomic_uint n_shared;
	unsigned shared_max;
	const char *frontier;
};

/* Deciding: walk_decide.c. */

/** Before a directory's entries are decided on. */
void walk_decide_begin(struct walk_worker *worker, struct walk_dir *dir);

/** Which classes want an entry, into worker->bits; worker->path is its path, of path_len bytes
 *  relative to the root. Counts it. False if none does. */
bool walk_decide(struct walk_worker *worker, const struct walk_dir *dir,
		 const struct walk_name *name, size_t path_len);

/** After a directory's (or slice's) entries: what was counted goes to the active classes. */
void walk_decide_end(struct walk_worker *worker, const struct walk_dir *dir);

/* Visiting: walk_visit.c. */

/** Whether the walk is to end, which it then does. */
bool walk_is_stopped(struct walk *walk);

/** Stops the walk, for the first reason given. */
void walk_stop(struct walk *walk, int reason);

/** Notes where a stopped worker was: the path and all that follows in its item is not done. */
void walk_note_frontier(struct walk_worker *worker, const char *path);

/** The part of worker->path that is relative to the root. */
static inline char *walk_relative(struct walk_worker *worker)
{
	return worker->path + worker->root_len + 1;
}

/** Puts the path of an entry of a directory, or the directory's with a slash behind it, in
 *  worker->path. Returns its length, 0 if it is too long. */
size_t walk_put_path(struct walk_worker *worker, const struct walk_dir *dir,
		     const struct walk_name *name);
void walk_put_dir(struct walk_worker *worker, const struct walk_dir *dir);

/** Tallies a directory or file that classes wanted but could not get at. */
void walk_count_missed(struct walk_worker *worker, const uint64_t *active, int reason);

/** Visits the files among names [from, to) of a directory. */
void walk_visit_files(struct walk_worker *worker, const struct walk_dir *dir,
		      const struct walk_list *list, size_t from, size_t to);

/** Visits a file that is a start, by its path. */
void walk_visit_start(struct walk_worker *worker, const char *path, uint32_t start);

/* Working: walk_work.c. */

/** Works until the queue is empty or stopped. */
void walk_work(struct walk_worker *worker);

void walk_item_free(struct walk_item *item);

/** A directory, with its classes (or none if active is NULL). NULL when memory is short, and then
 *  the walk is stopped. Takes a reference to ignore. */
struct walk_item *walk_item_new(struct walk *walk, const char *path, size_t path_len,
				struct ignore_dir *ignore, const uint64_t *active);

#endif
