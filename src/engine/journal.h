/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_JOURNAL_H
#define ENGINE_JOURNAL_H

#include "engine/journal_db.h"
#include "model/call.h"
#include "plan/plan.h"

struct env;
struct run_call;
struct secrets;

/**
 * Records of what happens in a run, made durable by a thread, in the order they are added.
 *
 *	loop: add ─► queue ─ dispatch ─► [thread: BEGIN, all of them, COMMIT = fdatasync]
 *	loop: told ◄──────── collect ◄───────────────┘ knock
 *
 * One commit is under way at a time, and takes all that came while the one before was: groups
 * are as large as the disk is slow. What must wait until its record is durable names its call,
 * and told() is called with it then.
 *
 * A deferred journal writes nothing until it is made urgent: a run without effects that ends
 * soon is done again sooner than it is resumed. Its records are told at once.
 *
 * After a failure nothing more is written, everything is told, and journal_error() says why. A
 * full disk is not the end yet: a file of 8 MiB, kept for that, is given back, and into its room go
 * the ends of what is under way, and no starts.
 *
 * Loop thread. Memory: the records that wait, and their blobs.
 */
struct journal;

enum journal_told {
	JOURNAL_STARTING, /* of an attempt: it may start */
	JOURNAL_ENDED,    /* of a result */
};

/** failed: nothing more may start, and the record may not be durable. Not from inside
 *  journal_add_*(). */
typedef void journal_told_fn(struct run_call *call, enum journal_told what, bool failed);

struct journal_conf {
	const char *dir; /* exists; copied */
	const char *vfs; /* tests: SQLite's name of one; NULL = its default */
	struct env *env;
	void (*knock)(void *data); /* any thread: a commit is over, collect it */
	void *data;
	journal_told_fn *told;
	bool is_deferred;
};

/** Makes a new one; run is copied. Blocks for a few fsyncs, unless it is deferred. */
int journal_new(const struct journal_conf *conf, const struct journal_run *run,
		struct journal **ret_journal, struct error *err);

/** Goes on with the one in conf->dir. */
int journal_take(const struct journal_conf *conf, struct journal **ret_journal, struct error *err);

/**
 * Adding. False without memory: then the record is missing, and so will be all later ones.
 *
 * Calls of a plan, which outlives the journal, without these secrets (NULL = none). *ret_first:
 * the number of its first call.
 */
bool journal_add_plan(struct journal *journal, const struct plan *plan, struct secrets *secrets,
		      uint64_t *ret_first);

/** n: from 1. call: told when it may start; NULL = nobody waits. */
bool journal_add_attempt(struct journal *journal, uint64_t seq, unsigned n, struct run_call *call);

/** An attempt is over and is not the last one (or never started). */
bool journal_end_attempt(struct journal *journal, uint64_t seq, unsigned n, int outcome,
			 const struct error *error);

struct journal_end {
	uint64_t seq;
	const struct result *result; /* read during the call; its blobs are shared */
	bool is_cut;                 /* the end of its run ended it */
	bool has_attempt;            /* its last attempt has a record */
};

/** The end of a call. */
bool journal_add_result(struct journal *journal, const struct journal_end *end,
			struct run_call *call);

/** Starts a commit when there is something to commit and none is under way. */
void journal_dispatch(struct journal *journal);

/** Tells what a commit has made durable. */
void journal_collect(struct journal *journal);

/** No more deferring. */
void journal_hurry(struct journal *journal);

/** NULL, or why it is not written any more. */
const struct error *journal_error(const struct journal *journal);

/**
 * Writes what is left and the end of the run, and waits for it. A deferred journal is written now,
 * without waiting for the disk. Nobody is told of anything. Accepts NULL. -ECANCELED: the disk was
 * full, nothing more could start, and all that ended was written; others: not all was.
 */
int journal_close(struct journal *journal, enum run_state state, int exit_status,
		  struct error *err);

#endif
