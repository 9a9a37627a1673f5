/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_JOURNAL_DB_H
#define ENGINE_JOURNAL_DB_H

#include "base/error.h"
#include "model/blob.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * The journal of one run on disk: an SQLite database in WAL mode, DIR/journal.db. Only its
 * owner, who holds DIR/lock, writes and checkpoints: SQLite before 3.51.3 may corrupt a
 * WAL when two connections do. Others read. Any thread, one at a time.
 *
 *	run      one row: what was asked, epoch (counts the processes that worked on it), state
 *	inv      a row for each call, in order: what it is
 *	attempt  a row for each try of a call with an effect, written before it starts;
 *	         outcome NULL: it started, and nobody saw the end
 *	result   a row for each call that ended: how, and what it brought back
 *
 * Version: `user_version` of the database. A reader takes its own and older ones.
 */
enum { JOURNAL_VERSION = 1, JOURNAL_APPLICATION_ID = 0x766f6c6c }; /* "voll" */
enum { JOURNAL_INLINE_MAX = 4 << 10 }; /* bytes of a body that can be had again */

struct journal_db;

/** Whether a call may be done again. Values are on disk. */
enum idempotence { IDEM_PURE = 0, IDEM_SAFE_REMOTE = 1, IDEM_KEYED = 2, IDEM_EFFECT = 3 };

enum run_state { RUN_GOING = 0, RUN_ENDED = 1, RUN_STOPPED = 2 }; /* on disk */

/* Borrowed. Texts may be NULL. */
struct journal_run {
	const char *id, *name, *root;
	const char *command; /* the command line, a JSON array */
	const char *source;  /* file of the workflow, or NULL: made of calls */
	const char *spec;    /* text of the workflow, secrets taken out */
	size_t spec_len;
	uint64_t spec_hash[2]; /* of the text as it was given */
	bool spec_is_redacted;
	int64_t created_s;
	uint64_t epoch;
	enum run_state state;
	int exit_status;
};

struct journal_inv {
	uint64_t seq;
	const char *id, *phase, *tool, *args; /* args: JSON */
	const char *edges; /* JSON {"needs":[seq...],"locks":[name...]}, or NULL: none */
	enum idempotence idem;
	bool is_redacted; /* args lack a secret: it cannot be done again from here */
	uint64_t key[2];  /* of tool and args as they were given */
};

/* outcome: enum call_status, or */
enum { ATTEMPT_UNKNOWN = -1, ATTEMPT_NOT_STARTED = -2 };

struct journal_attempt {
	uint64_t seq;
	unsigned n;
	int64_t started_ns; /* since 1970 */
	int outcome;
	int code;
	const char *text; /* of the error, or NULL */
};

struct journal_result {
	uint64_t seq;
	bool is_cut;      /* the end of the run ended it: to be done again, if that may be */
	const char *meta; /* JSON: engine/result_json.h */
	size_t meta_len;
	const void *body, *err; /* NULL: not kept (or empty) */
	size_t body_len, err_len;
	uint64_t body_hash[2]; /* XXH3-128; for bodies that are not kept */
	bool has_body, has_err;
};

struct journal_db_conf {
	const char *dir;
	const char *vfs;  /* SQLite's name of one; NULL = its default */
	bool is_unsynced; /* nothing waits for the disk: for runs without effects that are over */
	uint64_t epoch;   /* 0: make a new journal; else the one taken over, for journal_db_take */
};

/** Makes DIR/journal.db, which must not exist. */
int journal_db_create(const struct journal_db_conf *conf, struct journal_db **ret_db,
		      struct error *err);

/** Opens one to go on with; quick_check first. Raises its epoch by one, durably. */
int journal_db_take(const struct journal_db_conf *conf, struct journal_db **ret_db,
		    uint64_t *ret_epoch, struct error *err);

/** Opens one to look into. Nothing is written, also not when it is closed; of a run that is over
 *  no file is made either. */
int journal_db_read(const char *dir, struct journal_db **ret_db, struct error *err);

/** Accepts NULL. */
void journal_db_close(struct journal_db *db);

/* ---- writing; sticky: after a failure all fail, until rollback ---- */

/** Fails (ERROR_CANCELLED) when another process has taken the run over: epochs differ. */
int journal_db_begin(struct journal_db *db, struct error *err);
int journal_db_commit(struct journal_db *db, struct error *err);
void journal_db_rollback(struct journal_db *db);

int journal_db_add_run(struct journal_db *db, const struct journal_run *run, struct error *err);
int journal_db_add_inv(struct journal_db *db, const struct journal_inv *inv, struct error *err);
int journal_db_add_attempt(struct journal_db *db, const struct journal_attempt *attempt,
			   struct error *err);
/** Sets outcome, code and text of an attempt that is there; nothing if it is not. */
int journal_db_end_attempt(struct journal_db *db, const struct journal_attempt *attempt,
			   struct error *err);
/** The result of a later epoch replaces one; of the same, the first stays. */
int journal_db_add_result(struct journal_db *db, const struct journal_result *result,
			  struct error *err);
int journal_db_end_run(struct journal_db *db, enum run_state state, int exit_status,
		       struct error *err);

/** Moves the WAL into the database: all of it (at the end), or when it is over 4 MiB. */
int journal_db_checkpoint(struct journal_db *db, bool at_end, struct error *err);

/** Whether err says that something did not fit on the disk, and so was not written. */
bool journal_db_is_full(const struct error *err);

/* ---- reading: each(data, row) for every row in order of seq; it returns < 0 to stop ---- */

int journal_db_get_run(struct journal_db *db, struct journal_run *ret_run, struct error *err);

typedef int journal_inv_fn(void *data, const struct journal_inv *inv);
int journal_db_each_inv(struct journal_db *db, journal_inv_fn *each, void *data, struct error *err);
typedef int journal_attempt_fn(void *data, const struct journal_attempt *attempt);
int journal_db_each_attempt(struct journal_db *db, journal_attempt_fn *each, void *data,
			    struct error *err);
typedef int journal_result_fn(void *data, const struct journal_result *result);
/** seq < 0: all of them. */
int journal_db_each_result(struct journal_db *db, int64_t seq, journal_result_fn *each, void *data,
			   struct error *err);

#endif
