/* SPDX-License-Identifier: MIT */
/*
 * SQL of the journal. synchronous=FULL makes each COMMIT wait for one fdatasync of the WAL.
 * SQLite passes over a failing fsync of a directory, so the directory is synced here, once,
 * when the files are new.
 */
#include "engine/journal_db.h"

#include "base/attr.h"
#include "base/sqlite_error.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WAL_PAGES_MAX = 1024, BUSY_MS = 2000, PATH_BYTES_MAX = 4096 };

enum statement {
	ST_BEGIN,
	ST_EPOCH,
	ST_COMMIT,
	ST_ROLLBACK,
	ST_ADD_RUN,
	ST_ADD_INV,
	ST_ADD_ATTEMPT,
	ST_END_ATTEMPT,
	ST_ADD_RESULT,
	ST_END_RUN,
	ST_GET_RUN,
	ST_EACH_INV,
	ST_EACH_ATTEMPT,
	ST_EACH_RESULT,
	ST_COUNT
};

static const char *const sql[ST_COUNT] = {
	[ST_BEGIN] = "BEGIN IMMEDIATE",
	[ST_EPOCH] = "SELECT epoch FROM run",
	[ST_COMMIT] = "COMMIT",
	[ST_ROLLBACK] = "ROLLBACK",
	[ST_ADD_RUN] = "INSERT INTO run VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12)",
	[ST_ADD_INV] = "INSERT INTO inv VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9)",
	[ST_ADD_ATTEMPT] = "INSERT INTO attempt(seq,n,epoch,started_ns) VALUES(?1,?2,?3,?4)",
	[ST_END_ATTEMPT] = "UPDATE attempt SET outcome=?3, code=?4, text=?5 WHERE seq=?1 AND n=?2",
	[ST_ADD_RESULT] =
		"INSERT INTO result VALUES(?1,?2,?3,?4,?5,?6,?7,?8) ON CONFLICT(seq) DO UPDATE SET "
		"epoch=excluded.epoch, cut=excluded.cut, meta=excluded.meta, body=excluded.body, "
		"err=excluded.err, body_len=excluded.body_len, body_hash=excluded.body_hash "
		"WHERE excluded.epoch > epoch",
	[ST_END_RUN] = "UPDATE run SET state=?1, exit_status=?2",
	[ST_GET_RUN] = "SELECT id,name,root,command,source,spec,spec_hash,spec_redacted,created_s,"
		       "epoch,state,exit_status FROM run",
	[ST_EACH_INV] =
		"SELECT seq,call_id,phase,tool,args,idem,redacted,key,edges FROM inv ORDER BY seq",
	[ST_EACH_ATTEMPT] = "SELECT seq,n,started_ns,outcome,code,text FROM attempt ORDER BY seq,n",
	[ST_EACH_RESULT] = "SELECT seq,cut,meta,body,err,body_len,body_hash FROM result "
			   "WHERE ?1 < 0 OR seq = ?1 ORDER BY seq",
};

static const char schema[] =
	"CREATE TABLE run(id TEXT PRIMARY KEY, name TEXT, root TEXT NOT NULL, command TEXT, "
	"source TEXT, spec TEXT, spec_hash BLOB NOT NULL, spec_redacted INTEGER NOT NULL, "
	"created_s INTEGER NOT NULL, epoch INTEGER NOT NULL, state INTEGER NOT NULL, "
	"exit_status INTEGER NOT NULL) STRICT;"
	"CREATE TABLE inv(seq INTEGER PRIMARY KEY, call_id TEXT NOT NULL, phase TEXT NOT NULL, "
	"tool TEXT NOT NULL, args TEXT NOT NULL, idem INTEGER NOT NULL, "
	"redacted INTEGER NOT NULL, key BLOB NOT NULL, edges TEXT) STRICT;"
	"CREATE TABLE attempt(seq INTEGER NOT NULL REFERENCES inv, n INTEGER NOT NULL, "
	"epoch INTEGER NOT NULL, started_ns INTEGER NOT NULL, outcome INTEGER, code INTEGER, "
	"text TEXT, PRIMARY KEY(seq, n)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE result(seq INTEGER PRIMARY KEY REFERENCES inv, epoch INTEGER NOT NULL, "
	"cut INTEGER NOT NULL, meta TEXT NOT NULL, body BLOB, err BLOB, "
	"body_len INTEGER NOT NULL, body_hash BLOB NOT NULL) STRICT;";

struct journal_db {
	sqlite3 *handle;
	sqlite3_stmt *statements[ST_COUNT];
	uint64_t epoch;
	int wal_pages; /* after the latest commit */
	char path[PATH_BYTES_MAX];
};

/* ---- errors ---- */

/* What a failed sync left is unknown, even if it was for lack of room. */
static int fail(struct journal_db *db, const char *what, struct error *err)
{
	int code = db->handle ? sqlite3_extended_errcode(db->handle) : SQLITE_NOMEM;

	(void)sqlite_error_set(err, db->handle, what, db->path);
	if (err && (code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC))
		err->code = EIO;
	return -EIO;
}

bool journal_db_is_full(const struct error *err)
{
	return err->code == ENOSPC || err->code == EDQUOT;
}

/* ---- statements ---- */

static sqlite3_stmt *get(struct journal_db *db, enum statement which)
{
	if (!db->statements[which])
		(void)sqlite3_prepare_v3(db->handle, sql[which], -1, SQLITE_PREPARE_PERSISTENT,
					 &db->statements[which], NULL); /* NULL says it all */
	return db->statements[which];
}

/* Runs a statement that is bound and brings no rows. */
static int finish(struct journal_db *db, sqlite3_stmt *statement, struct error *err)
{
	int r = statement ? sqlite3_step(statement) : SQLITE_ERROR;

	if (r == SQLITE_DONE) {
		(void)sqlite3_reset(statement); /* repeats the result of step */
		(void)sqlite3_clear_bindings(statement);
		return 0;
	}
	r = fail(db, "cannot write the journal", err);
	if (statement)
		(void)sqlite3_reset(statement); /* as above */
	return r;
}

static void bind_text(sqlite3_stmt *statement, int i, const char *text)
{
	(void)sqlite3_bind_text(statement, i, text, -1, SQLITE_STATIC); /* step says if it cannot */
}

static void bind_int(sqlite3_stmt *statement, int i, int64_t value)
{
	(void)sqlite3_bind_int64(statement, i, value);
}

static void bind_blob(sqlite3_stmt *statement, int i, const void *data, size_t len)
{
	(void)sqlite3_bind_blob64(statement, i, data, len, SQLITE_STATIC);
}

/* ---- opening ---- */

static int exec(struct journal_db *db, const char *text, struct error *err)
{
	return sqlite3_exec(db->handle, text, NULL, NULL, NULL) == SQLITE_OK
		       ? 0
		       : fail(db, "cannot set up the journal", err);
}

static int read_number(struct journal_db *db, const char *text, int64_t *ret_number,
		       struct error *err)
{
	sqlite3_stmt *statement = NULL;
	int r = sqlite3_prepare_v2(db->handle, text, -1, &statement, NULL);

	if (r == SQLITE_OK)
		r = sqlite3_step(statement);
	if (r == SQLITE_ROW)
		*ret_number = sqlite3_column_int64(statement, 0);
	r = r == SQLITE_ROW || r == SQLITE_DONE ? 0 : fail(db, "cannot read the journal", err);
	(void)sqlite3_finalize(statement);
	return r;
}

static int on_commit(void *data, sqlite3 *handle, const char *name, int n_pages)
{
	struct journal_db *db = data;

	(void)handle;
	(void)name;
	db->wal_pages = n_pages;
	return SQLITE_OK;
}

/* A run that is over has no WAL: then its journal is read as what nobody writes, without making
 * the files that readers of a WAL need, so also where nothing can be written. */
static bool is_at_rest(const struct journal_db *db)
{
	sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
	char wal[PATH_BYTES_MAX + 8];
	int is_there = 1;

	(void)snprintf(wal, sizeof(wal), "%s-wal", db->path); /* fits */
	return vfs->xAccess(vfs, wal, SQLITE_ACCESS_EXISTS, &is_there) == SQLITE_OK && !is_there;
}

static int open_at_rest(struct journal_db *db)
{
	char uri[3 * PATH_BYTES_MAX + 32] = "file:";
	size_t len = strlen(uri);

	for (const char *at = db->path; *at; at++) {
		if (strchr("%?#", *at))
			len += (size_t)snprintf(uri + len, 4, "%%%02X", (unsigned char)*at);
		else
			uri[len++] = *at;
	}
	memcpy(uri + len, "?immutable=1", sizeof("?immutable=1"));
	return sqlite3_open_v2(uri, &db->handle,
			       SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, NULL);
}

static int open_handle(const char *dir, const char *vfs, int flags, struct journal_db **ret_db,
		       struct error *err)
{
	struct journal_db *db = calloc(1, sizeof(*db));
	int r;

	if (!db)
		return error_errno(err, ENOMEM, "journal");
	if ((size_t)snprintf(db->path, sizeof(db->path), "%s/journal.db", dir) >=
	    sizeof(db->path)) {
		free(db);
		return error_errno(err, ENAMETOOLONG, "journal");
	}
	if ((flags & SQLITE_OPEN_READONLY) && is_at_rest(db))
		r = open_at_rest(db);
	else
		r = sqlite3_open_v2(db->path, &db->handle, flags | SQLITE_OPEN_NOMUTEX, vfs);
	if (r != SQLITE_OK) {
		r = fail(db, "cannot open the journal", err);
		journal_db_close(db);
		return r;
	}
	(void)sqlite3_extended_result_codes(db->handle, 1); /* only fails without a handle */
	(void)sqlite3_busy_timeout(db->handle, BUSY_MS);
	(void)sqlite3_db_config(db->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	(void)sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	(void)sqlite3_db_config(db->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	(void)sqlite3_wal_hook(db->handle, on_commit,
			       db); /* this also ends checkpoints by itself */
	*ret_db = db;
	return 0;
}

void journal_db_close(struct journal_db *db)
{
	if (!db)
		return;
	for (int i = 0; i < ST_COUNT; i++)
		(void)sqlite3_finalize(db->statements[i]); /* accepts NULL; repeats old errors */
	(void)sqlite3_close(db->handle);                   /* nothing is open in it */
	free(db);
}

static int sync_dir(const char *dir, struct error *err)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = 0;

	if (fd < 0 || fsync(fd) < 0)
		r = error_errno(err, errno, "cannot sync '%s'", dir);
	if (fd >= 0)
		(void)close(fd); /* a directory */
	return r;
}

static int sync_new(const char *dir, struct error *err)
{
	char parent[PATH_BYTES_MAX];
	char *slash;
	int r = sync_dir(dir, err);

	(void)snprintf(parent, sizeof(parent), "%s", dir); /* dir is shorter than db->path */
	slash = strrchr(parent, '/');
	if (r < 0 || !slash || slash == parent)
		return r;
	*slash = '\0';
	return sync_dir(parent, err);
}

/* SQLite gives the files beside it the mode of the database. */
static int make_private(const char *dir, struct error *err)
{
	char path[PATH_BYTES_MAX];
	int fd;

	if ((size_t)snprintf(path, sizeof(path), "%s/journal.db", dir) >= sizeof(path))
		return error_errno(err, ENAMETOOLONG, "journal");
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return error_errno(err, errno, "cannot make the journal '%s'", path);
	(void)close(fd); /* nothing was written */
	return 0;
}

/* What the kind is comes with the tables: a file has all of it or nothing. */
static int make_tables(struct journal_db *db, bool is_unsynced, struct error *err)
{
	char text[256];
	int r;

	(void)snprintf(text, sizeof(text),
		       "PRAGMA synchronous=%s; PRAGMA journal_mode=WAL; PRAGMA foreign_keys=ON; "
		       "BEGIN; PRAGMA application_id=%d; PRAGMA user_version=%d",
		       is_unsynced ? "OFF" : "FULL", JOURNAL_APPLICATION_ID,
		       JOURNAL_VERSION); /* fits */
	r = exec(db, text, err);
	if (r == 0)
		r = exec(db, schema, err);
	return r < 0 ? r : exec(db, "COMMIT", err);
}

/* A journal that could not be made is none: nobody shall take it for a run that began. */
static void remove_files(const struct journal_db *db)
{
	static const char *const suffixes[] = { "", "-wal", "-shm" };
	char path[PATH_BYTES_MAX + 8];

	for (size_t i = 0; i < countof(suffixes); i++) {
		(void)snprintf(path, sizeof(path), "%s%s", db->path, suffixes[i]); /* fits */
		(void)unlink(path); /* or it stays, and is empty */
	}
}

int journal_db_create(const struct journal_db_conf *conf, struct journal_db **ret_db,
		      struct error *err)
{
	struct journal_db *db;
	int r = make_private(conf->dir, err);

	if (r < 0)
		return r;
	r = open_handle(conf->dir, conf->vfs, SQLITE_OPEN_READWRITE, &db, err);
	if (r < 0)
		return r;
	db->epoch = 1;
	r = make_tables(db, conf->is_unsynced, err);
	if (r == 0 && !conf->is_unsynced)
		r = sync_new(conf->dir, err);
	if (r < 0) {
		remove_files(db);
		journal_db_close(db);
		return r;
	}
	*ret_db = db;
	return 0;
}

static int never_began(const struct journal_db *db, struct error *err)
{
	return error_set(err, ERROR_MISSING, ENOENT,
			 "the journal '%s' is empty: the run never began", db->path);
}

static int check_empty(struct journal_db *db, struct error *err)
{
	int64_t n = 0;
	int r = read_number(db, "SELECT count(*) FROM sqlite_schema", &n, err);

	if (r < 0)
		return r;
	return n == 0 ? never_began(db, err)
		      : error_set(err, ERROR_INVALID, EINVAL, "'%s' is no journal of volley",
				  db->path);
}

static int check_kind(struct journal_db *db, struct error *err)
{
	int64_t id = 0, version = 0;
	int r = read_number(db, "PRAGMA application_id", &id, err);

	if (r == 0)
		r = read_number(db, "PRAGMA user_version", &version, err);
	if (r < 0)
		return r;
	if (id == 0 && version == 0) /* killed while it was made, or somebody else's */
		return check_empty(db, err);
	if (id != JOURNAL_APPLICATION_ID || version <= 0)
		return error_set(err, ERROR_INVALID, EINVAL, "'%s' is no journal of volley",
				 db->path);
	if (version > JOURNAL_VERSION)
		return error_set(
			err, ERROR_INVALID, ENOTSUP,
			"'%s' was written by a newer volley (its version is %lld, this one "
			"reads up to %d)",
			db->path, (long long)version, JOURNAL_VERSION);
	return 0;
}

int journal_db_read(const char *dir, struct journal_db **ret_db, struct error *err)
{
	struct journal_db *db;
	int r = open_handle(dir, NULL, SQLITE_OPEN_READONLY, &db, err);

	if (r < 0)
		return r;
	r = check_kind(db, err);
	if (r < 0) {
		journal_db_close(db);
		return r;
	}
	*ret_db = db;
	return 0;
}

static int check_whole(struct journal_db *db, struct error *err)
{
	sqlite3_stmt *statement = NULL;
	const char *said = NULL;
	int r = 0;

	(void)sqlite3_prepare_v2(db->handle, "PRAGMA quick_check(1)", -1, &statement, NULL);
	if (statement && sqlite3_step(statement) == SQLITE_ROW)
		said = (const char *)sqlite3_column_text(statement, 0);
	if (!said)
		r = fail(db, "cannot read the journal", err);
	else if (strcmp(said, "ok") != 0)
		r = error_set(err, ERROR_INVALID, EUCLEAN, "the journal '%s' is damaged: %s",
			      db->path, said);
	(void)sqlite3_finalize(statement);
	return r;
}

int journal_db_take(const struct journal_db_conf *conf, struct journal_db **ret_db,
		    uint64_t *ret_epoch, struct error *err)
{
	struct journal_db *db;
	int64_t epoch = 0;
	int r = open_handle(conf->dir, conf->vfs, SQLITE_OPEN_READWRITE, &db, err);

	if (r < 0)
		return r;
	r = check_kind(db, err);
	if (r == 0)
		r = check_whole(db, err);
	if (r == 0)
		r = exec(db,
			 "PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
			 "UPDATE run SET epoch = epoch + 1, state = 0; "
			 /* What came before was perhaps not synced: see is_unsynced. */
			 "PRAGMA wal_checkpoint(PASSIVE)",
			 err);
	if (r == 0)
		r = read_number(db, sql[ST_EPOCH], &epoch, err);
	if (r == 0 && epoch == 0)
		r = never_began(db, err);
	if (r < 0) {
		journal_db_close(db);
		return r;
	}
	db->epoch = (uint64_t)epoch;
	*ret_epoch = db->epoch;
	*ret_db = db;
	return 0;
}

/* ---- writing ---- */

int journal_db_begin(struct journal_db *db, struct error *err)
{
	sqlite3_stmt *epoch;
	int64_t found = 0;
	int r = finish(db, get(db, ST_BEGIN), err);

	if (r < 0)
		return r;
	epoch = get(db, ST_EPOCH);
	r = epoch ? sqlite3_step(epoch) : SQLITE_ERROR;
	if (r == SQLITE_ROW)
		found = sqlite3_column_int64(epoch, 0);
	if (epoch)
		(void)sqlite3_reset(epoch);      /* repeats the result of step */
	if (r != SQLITE_ROW && r != SQLITE_DONE) /* DONE: the run is not in it yet */
		return fail(db, "cannot read the journal", err);
	if (found && (uint64_t)found != db->epoch)
		return error_set(err, ERROR_CANCELLED, ESTALE,
				 "another process has taken the run over: '%s'", db->path);
	return 0;
}

int journal_db_commit(struct journal_db *db, struct error *err)
{
	return finish(db, get(db, ST_COMMIT), err);
}

void journal_db_rollback(struct journal_db *db)
{
	if (!sqlite3_get_autocommit(db->handle))
		(void)finish(db, get(db, ST_ROLLBACK), NULL); /* closing does it otherwise */
}

int journal_db_add_run(struct journal_db *db, const struct journal_run *run, struct error *err)
{
	sqlite3_stmt *st = get(db, ST_ADD_RUN);

	bind_text(st, 1, run->id);
	bind_text(st, 2, run->name);
	bind_text(st, 3, run->root);
	bind_text(st, 4, run->command);
	bind_text(st, 5, run->source);
	if (run->spec)
		(void)sqlite3_bind_text64(st, 6, run->spec, run->spec_len, SQLITE_STATIC,
					  SQLITE_UTF8);
	bind_blob(st, 7, run->spec_hash, sizeof(run->spec_hash));
	bind_int(st, 8, run->spec_is_redacted);
	bind_int(st, 9, run->created_s);
	bind_int(st, 10, (int64_t)db->epoch);
	bind_int(st, 11, run->state);
	bind_int(st, 12, run->exit_status);
	return finish(db, st, err);
}

int journal_db_add_inv(struct journal_db *db, const struct journal_inv *inv, struct error *err)
{
	sqlite3_stmt *st = get(db, ST_ADD_INV);

	bind_int(st, 1, (int64_t)inv->seq);
	bind_text(st, 2, inv->id);
	bind_text(st, 3, inv->phase);
	bind_text(st, 4, inv->tool);
	bind_text(st, 5, inv->args);
	bind_int(st, 6, inv->idem);
	bind_int(st, 7, inv->is_redacted);
	bind_blob(st, 8, inv->key, sizeof(inv->key));
	bind_text(st, 9, inv->edges);
	return finish(db, st, err);
}

int journal_db_add_attempt(struct journal_db *db, const struct journal_attempt *attempt,
			   struct error *err)
{
	sqlite3_stmt *st = get(db, ST_ADD_ATTEMPT);

	bind_int(st, 1, (int64_t)attempt->seq);
	bind_int(st, 2, attempt->n);
	bind_int(st, 3, (int64_t)db->epoch);
	bind_int(st, 4, attempt->started_ns);
	return finish(db, st, err);
}

int journal_db_end_attempt(struct journal_db *db, const struct journal_attempt *attempt,
			   struct error *err)
{
	sqlite3_stmt *st = get(db, ST_END_ATTEMPT);

	bind_int(st, 1, (int64_t)attempt->seq);
	bind_int(st, 2, attempt->n);
	bind_int(st, 3, attempt->outcome);
	bind_int(st, 4, attempt->code);
	bind_text(st, 5, attempt->text);
	return finish(db, st, err);
}

int journal_db_add_result(struct journal_db *db, const struct journal_result *result,
			  struct error *err)
{
	sqlite3_stmt *st = get(db, ST_ADD_RESULT);

	bind_int(st, 1, (int64_t)result->seq);
	bind_int(st, 2, (int64_t)db->epoch);
	bind_int(st, 3, result->is_cut);
	(void)sqlite3_bind_text64(st, 4, result->meta, result->meta_len, SQLITE_STATIC,
				  SQLITE_UTF8);
	if (result->has_body)
		bind_blob(st, 5, result->body, result->body_len);
	if (result->has_err)
		bind_blob(st, 6, result->err, result->err_len);
	bind_int(st, 7, (int64_t)result->body_len);
	bind_blob(st, 8, result->body_hash, sizeof(result->body_hash));
	return finish(db, st, err);
}

int journal_db_end_run(struct journal_db *db, enum run_state state, int exit_status,
		       struct error *err)
{
	sqlite3_stmt *st = get(db, ST_END_RUN);

	bind_int(st, 1, state);
	bind_int(st, 2, exit_status);
	return finish(db, st, err);
}

int journal_db_checkpoint(struct journal_db *db, bool at_end, struct error *err)
{
	int mode = at_end ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE;
	int r;

	if (!at_end && db->wal_pages < WAL_PAGES_MAX)
		return 0;
	/* Then nothing needs the files beside it any more, and closing removes them. */
	if (at_end)
		(void)sqlite3_db_config(db->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
	r = sqlite3_wal_checkpoint_v2(db->handle, NULL, mode, NULL, NULL);
	/* a reader is in the way: the WAL stays, which loses nothing */
	if (r == SQLITE_OK || (r & 0xff) == SQLITE_BUSY || (r & 0xff) == SQLITE_LOCKED)
		return 0;
	return fail(db, "cannot write the journal", err);
}

/* ---- reading ---- */

static const char *text_at(sqlite3_stmt *st, int i)
{
	return (const char *)sqlite3_column_text(st, i);
}

/* Numbers of 128 bits; a blob of another size is damage, and reads as 0. */
static void read_hash(sqlite3_stmt *st, int i, uint64_t ret_hash[2])
{
	ret_hash[0] = ret_hash[1] = 0;
	if (sqlite3_column_bytes(st, i) == 2 * (int)sizeof(uint64_t))
		memcpy(ret_hash, sqlite3_column_blob(st, i), 2 * sizeof(uint64_t));
}

int journal_db_get_run(struct journal_db *db, struct journal_run *ret_run, struct error *err)
{
	sqlite3_stmt *st = get(db, ST_GET_RUN);
	int r = st ? sqlite3_step(st) : SQLITE_ERROR;

	if (r == SQLITE_DONE)
		return never_began(db, err);
	if (r != SQLITE_ROW)
		return fail(db, "cannot read the journal", err);
	*ret_run = (struct journal_run){
		.id = text_at(st, 0),
		.name = text_at(st, 1),
		.root = text_at(st, 2),
		.command = text_at(st, 3),
		.source = text_at(st, 4),
		.spec = text_at(st, 5),
		.spec_len = (size_t)sqlite3_column_bytes(st, 5),
		.spec_is_redacted = sqlite3_column_int(st, 7) != 0,
		.created_s = sqlite3_column_int64(st, 8),
		.epoch = (uint64_t)sqlite3_column_int64(st, 9),
		.state = (enum run_state)sqlite3_column_int(st, 10),
		.exit_status = sqlite3_column_int(st, 11),
	};
	read_hash(st, 6, ret_run->spec_hash);
	return 0; /* the texts live as long as the statement is not reset */
}

/* Goes on to the next row: 1 there is one, 0 there is none. Ends the statement unless 1. */
static int next_row(struct journal_db *db, sqlite3_stmt *st, struct error *err)
{
	int r = st ? sqlite3_step(st) : SQLITE_ERROR;

	if (r == SQLITE_ROW)
		return 1;
	r = r == SQLITE_DONE ? 0 : fail(db, "cannot read the journal", err);
	if (st)
		(void)sqlite3_reset(st); /* repeats the result of step */
	return r;
}

int journal_db_each_inv(struct journal_db *db, journal_inv_fn *each, void *data, struct error *err)
{
	sqlite3_stmt *st = get(db, ST_EACH_INV);
	int r;

	while ((r = next_row(db, st, err)) == 1) {
		struct journal_inv inv = {
			.seq = (uint64_t)sqlite3_column_int64(st, 0),
			.id = text_at(st, 1),
			.phase = text_at(st, 2),
			.tool = text_at(st, 3),
			.args = text_at(st, 4),
			.idem = (enum idempotence)sqlite3_column_int(st, 5),
			.is_redacted = sqlite3_column_int(st, 6) != 0,
			.edges = text_at(st, 8),
		};

		read_hash(st, 7, inv.key);
		r = each(data, &inv);
		if (r < 0) {
			(void)sqlite3_reset(st); /* nothing failed */
			return r;
		}
	}
	return r;
}

int journal_db_each_attempt(struct journal_db *db, journal_attempt_fn *each, void *data,
			    struct error *err)
{
	sqlite3_stmt *st = get(db, ST_EACH_ATTEMPT);
	int r;

	while ((r = next_row(db, st, err)) == 1) {
		bool is_over = sqlite3_column_type(st, 3) != SQLITE_NULL;
		struct journal_attempt attempt = {
			.seq = (uint64_t)sqlite3_column_int64(st, 0),
			.n = (unsigned)sqlite3_column_int(st, 1),
			.started_ns = sqlite3_column_int64(st, 2),
			.outcome = is_over ? sqlite3_column_int(st, 3) : ATTEMPT_UNKNOWN,
			.code = sqlite3_column_int(st, 4),
			.text = text_at(st, 5),
		};

		r = each(data, &attempt);
		if (r < 0) {
			(void)sqlite3_reset(st); /* nothing failed */
			return r;
		}
	}
	return r;
}

int journal_db_each_result(struct journal_db *db, int64_t seq, journal_result_fn *each, void *data,
			   struct error *err)
{
	sqlite3_stmt *st = get(db, ST_EACH_RESULT);
	int r;

	bind_int(st, 1, seq);
	while ((r = next_row(db, st, err)) == 1) {
		struct journal_result result = {
			.seq = (uint64_t)sqlite3_column_int64(st, 0),
			.is_cut = sqlite3_column_int(st, 1) != 0,
			.meta = text_at(st, 2),
			.meta_len = (size_t)sqlite3_column_bytes(st, 2),
			.has_body = sqlite3_column_type(st, 3) != SQLITE_NULL,
			.has_err = sqlite3_column_type(st, 4) != SQLITE_NULL,
			.body_len = (size_t)sqlite3_column_int64(st, 5),
		};

		result.body = sqlite3_column_blob(st, 3);
		result.err = sqlite3_column_blob(st, 4);
		result.err_len = (size_t)sqlite3_column_bytes(st, 4);
		if (result.has_body)
			result.body_len = (size_t)sqlite3_column_bytes(st, 3);
		read_hash(st, 6, result.body_hash);
		r = each(data, &result);
		if (r < 0) {
			(void)sqlite3_reset(st); /* nothing failed */
			return r;
		}
	}
	return r;
}
