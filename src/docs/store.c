/* SPDX-License-Identifier: MIT */
#include "docs/store.h"

#include "base/attr.h"
#include "base/sqlite_error.h"
#include "base/str.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

enum {
	STATEMENTS_MAX = 48,
	BUSY_MS = 10000,
	BUSY_POLL_MS = 5,
	PATH_MAX_BYTES = 4096,
	LINKS_MAX = 400
};

struct prepared {
	const char *sql; /* its address is its name */
	sqlite3_stmt *statement;
};

struct store {
	sqlite3 *handle;
	struct prepared prepared[STATEMENTS_MAX];
	size_t n_prepared;
	struct passages cut; /* scratch of removing */
	char path[PATH_MAX_BYTES];
};

static const char schema[] =
	"CREATE TABLE root(id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, "
	"looked_ms INTEGER NOT NULL, is_complete INTEGER NOT NULL, stamp INTEGER NOT NULL, "
	"n_entries INTEGER NOT NULL) STRICT;"
	"CREATE TABLE file(id INTEGER PRIMARY KEY, root INTEGER NOT NULL, path TEXT NOT NULL, "
	"size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, url TEXT NOT NULL, "
	"title TEXT NOT NULL, names TEXT NOT NULL, target TEXT, n_passages INTEGER NOT NULL, "
	"UNIQUE(root, path)) STRICT;"
	"CREATE INDEX file_url ON file(url);"
	"CREATE TABLE body(file INTEGER PRIMARY KEY, len INTEGER NOT NULL, text BLOB NOT NULL) "
	"STRICT;"
	"CREATE TABLE name(name TEXT NOT NULL, file INTEGER NOT NULL, PRIMARY KEY(name, file)) "
	"STRICT, WITHOUT ROWID;"
	"CREATE INDEX name_file ON name(file);"
	"CREATE TABLE link(name TEXT NOT NULL, file INTEGER NOT NULL, PRIMARY KEY(name, file)) "
	"STRICT, WITHOUT ROWID;"
	"CREATE INDEX link_file ON link(file);"
	"CREATE VIRTUAL TABLE passage USING fts5(title, name, heading, body, content='', "
	"tokenize='porter unicode61 remove_diacritics 2');"
	"CREATE VIRTUAL TABLE word USING fts5vocab('passage', 'row');";

/* ---- errors ---- */

int store_fail(struct store *store, const char *what, struct error *err)
{
	return sqlite_error_set(err, store->handle, what, store->path);
}

sqlite3_stmt *store_prepare(struct store *store, const char *sql, struct error *err)
{
	struct prepared *prepared = store->prepared;

	for (size_t i = 0; i < store->n_prepared; i++)
		if (prepared[i].sql == sql) {
			(void)sqlite3_reset(prepared[i].statement); /* says its last error again */
			(void)sqlite3_clear_bindings(prepared[i].statement); /* cannot fail */
			return prepared[i].statement;
		}
	if (store->n_prepared == STATEMENTS_MAX) {
		(void)error_set(err, ERROR_BUG, 0, "too many kinds of statement");
		return NULL;
	}
	prepared += store->n_prepared;
	if (sqlite3_prepare_v3(store->handle, sql, -1, SQLITE_PREPARE_PERSISTENT,
			       &prepared->statement, NULL) != SQLITE_OK) {
		(void)store_fail(store, "cannot read the documents' index", err);
		return NULL;
	}
	prepared->sql = sql;
	store->n_prepared++;
	return prepared->statement;
}

static int run(struct store *store, sqlite3_stmt *statement, struct error *err)
{
	int code = sqlite3_step(statement);

	if (code != SQLITE_DONE && code != SQLITE_ROW)
		return store_fail(store, "cannot write the documents' index", err);
	(void)sqlite3_reset(statement); /* it was done */
	return 0;
}

static int run_sql(struct store *store, const char *sql, struct error *err)
{
	if (sqlite3_exec(store->handle, sql, NULL, NULL, NULL) != SQLITE_OK)
		return store_fail(store, "cannot write the documents' index", err);
	return 0;
}

static void bind_text(sqlite3_stmt *statement, int i, const char *text, size_t len)
{
	/* Too large or out of memory: the step fails then, as the column must not be NULL. */
	(void)sqlite3_bind_text(statement, i, text ? text : "", text ? (int)len : 0, SQLITE_STATIC);
}

bool store_is_damage(const struct error *err)
{
	int code = err->origin_code & 0xff;

	return err->origin == ERROR_FROM_SQLITE &&
	       (code == SQLITE_CORRUPT || code == SQLITE_NOTADB);
}

/* ---- opening ---- */

static int make_folders(const char *path, struct error *err)
{
	char folder[PATH_MAX_BYTES];

	for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		memcpy(folder, path, (size_t)(slash - path));
		folder[slash - path] = '\0';
		if (mkdir(folder, 0700) < 0 && errno != EEXIST)
			return error_errno(err, errno, "cannot make the folder '%s'", folder);
	}
	return 0;
}

static int version(struct store *store, int *ret_version, struct error *err)
{
	sqlite3_stmt *statement = NULL;
	int code = sqlite3_prepare_v2(store->handle, "PRAGMA user_version", -1, &statement, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_step(statement);
	*ret_version = code == SQLITE_ROW ? sqlite3_column_int(statement, 0) : -1;
	(void)sqlite3_finalize(statement); /* says the step's error again */
	return code == SQLITE_ROW ? 0 : store_fail(store, "cannot read the documents' index", err);
}

static int make_tables(struct store *store, struct error *err)
{
	char sql[64];
	int found, r;

	r = run_sql(store, "BEGIN IMMEDIATE", err);
	if (r == 0)
		r = version(store, &found, err); /* another may have made them meanwhile */
	if (r == 0 && found == 0)
		r = run_sql(store, schema, err);
	(void)snprintf(sql, sizeof(sql), "PRAGMA user_version=%d", STORE_VERSION); /* fits */
	if (r == 0)
		r = run_sql(store, sql, err);
	if (r == 0)
		return run_sql(store, "COMMIT", err);
	store_rollback(store);
	return r;
}

/* SQLite does not wait by itself where others set the same file, which is new, to WAL. */
static int set_wal(struct store *store, struct error *err)
{
	const struct timespec pause = { .tv_nsec = BUSY_POLL_MS * 1000000 };
	int code = SQLITE_BUSY;

	for (unsigned ms = 0; code == SQLITE_BUSY && ms < BUSY_MS; ms += BUSY_POLL_MS) {
		if (ms > 0)
			(void)nanosleep(&pause, NULL);
		code = sqlite3_exec(store->handle, "PRAGMA journal_mode=WAL", NULL, NULL, NULL) &
		       0xff;
	}
	return code == SQLITE_OK ? 0 : store_fail(store, "cannot open the documents' index", err);
}

static int open_handle(struct store *store, struct error *err)
{
	int r;
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;

	if (sqlite3_open_v2(store->path, &store->handle, flags, NULL) != SQLITE_OK)
		return store_fail(store, "cannot open the documents' index", err);
	(void)sqlite3_extended_result_codes(store->handle, 1); /* cannot fail */
	(void)sqlite3_busy_timeout(store->handle, BUSY_MS);    /* cannot fail */
	r = set_wal(store, err);
	if (r < 0)
		return r;
	return run_sql(store,
		       "PRAGMA synchronous=NORMAL; "
		       "PRAGMA secure_delete=OFF; PRAGMA cache_size=-32000; "
		       "PRAGMA temp_store=MEMORY; PRAGMA mmap_size=268435456",
		       err);
}

int store_discard(const char *path, struct error *err)
{
	/* The index last: who opens it meanwhile makes a log of his own. */
	static const char *const ends[] = { "-wal", "-shm", "" };
	char name[PATH_MAX_BYTES + 8];

	for (size_t i = 0; i < countof(ends); i++) {
		(void)snprintf(name, sizeof(name), "%s%s", path, ends[i]); /* fits */
		if (unlink(name) < 0 && errno != ENOENT)
			return error_errno(err, errno, "cannot remove '%s'", name);
	}
	return 0;
}

/* An index of another version is made anew: all of it can be read again. */
static int renew(struct store *store, struct error *err)
{
	int r;

	(void)sqlite3_close(store->handle); /* nothing is prepared yet */
	store->handle = NULL;
	r = store_discard(store->path, err);
	return r < 0 ? r : open_handle(store, err);
}

int store_open(const char *path, struct store **ret_store, struct error *err)
{
	struct store *store;
	int found = 0, r;

	if (strlen(path) >= PATH_MAX_BYTES)
		return error_set(err, ERROR_INVALID, ENAMETOOLONG, "path too long: '%s'", path);
	store = calloc(1, sizeof(*store));
	if (!store)
		return error_errno(err, ENOMEM, "cannot open '%s'", path);
	(void)snprintf(store->path, sizeof(store->path), "%s", path); /* fits */
	r = make_folders(path, err);
	if (r == 0)
		r = open_handle(store, err);
	if (r == 0)
		r = version(store, &found, err);
	if (r == 0 && found != 0 && found != STORE_VERSION) {
		r = renew(store, err);
		found = 0;
	}
	if (r == 0 && found == 0)
		r = make_tables(store, err);
	if (r < 0) {
		store_close(store);
		return r;
	}
	*ret_store = store;
	return 0;
}

void store_close(struct store *store)
{
	if (!store)
		return;
	for (size_t i = 0; i < store->n_prepared; i++)
		(void)sqlite3_finalize(store->prepared[i].statement); /* says an old error again */
	passages_release(&store->cut);
	(void)sqlite3_close(store->handle); /* all its statements are gone */
	free(store);
}

int store_begin(struct store *store, struct error *err)
{
	return run_sql(store, "BEGIN IMMEDIATE", err);
}

int store_commit(struct store *store, struct error *err)
{
	return run_sql(store, "COMMIT", err);
}

void store_rollback(struct store *store)
{
	if (!sqlite3_get_autocommit(store->handle))
		(void)sqlite3_exec(store->handle, "ROLLBACK", NULL, NULL, NULL); /* or at close */
}

/* ---- roots ---- */

int store_root_get(struct store *store, const char *path, bool make, struct store_root *ret_root,
		   struct error *err)
{
	static const char get[] =
		"SELECT id, looked_ms, is_complete, stamp, n_entries FROM root WHERE path=?1";
	static const char add[] = "INSERT INTO root(path,looked_ms,is_complete,stamp,n_entries) "
				  "VALUES(?1,0,0,0,0) ON CONFLICT DO NOTHING";
	sqlite3_stmt *statement;
	int code, r;

	if (make) {
		statement = store_prepare(store, add, err);
		if (!statement)
			return -EIO;
		bind_text(statement, 1, path, strlen(path));
		r = run(store, statement, err);
		if (r < 0)
			return r;
	}
	statement = store_prepare(store, get, err);
	if (!statement)
		return -EIO;
	bind_text(statement, 1, path, strlen(path));
	code = sqlite3_step(statement);
	*ret_root = (struct store_root){ 0 };
	if (code == SQLITE_ROW) {
		ret_root->id = sqlite3_column_int64(statement, 0);
		ret_root->looked_ms = sqlite3_column_int64(statement, 1);
		ret_root->is_complete = sqlite3_column_int(statement, 2) != 0;
		ret_root->stamp = sqlite3_column_int64(statement, 3);
		ret_root->n_entries = sqlite3_column_int64(statement, 4);
	}
	(void)sqlite3_reset(statement); /* its error is in code */
	return code == SQLITE_ROW || code == SQLITE_DONE
		       ? 0
		       : store_fail(store, "cannot read the documents' index", err);
}

int store_root_set(struct store *store, const struct store_root *root, struct error *err)
{
	static const char set[] = "UPDATE root SET looked_ms=?2, is_complete=?3, stamp=?4, "
				  "n_entries=?5 WHERE id=?1";
	sqlite3_stmt *statement = store_prepare(store, set, err);

	if (!statement)
		return -EIO;
	(void)sqlite3_bind_int64(statement, 1, root->id);
	(void)sqlite3_bind_int64(statement, 2, root->looked_ms);
	(void)sqlite3_bind_int(statement, 3, root->is_complete);
	(void)sqlite3_bind_int64(statement, 4, root->stamp);
	(void)sqlite3_bind_int64(statement, 5, root->n_entries);
	return run(store, statement, err);
}

static int forget(struct store *store, int64_t root, struct error *err)
{
	static const char first[] = "SELECT id FROM file WHERE root=?1 LIMIT 1";
	sqlite3_stmt *statement;
	int code = SQLITE_ROW, r = 0;

	while (r == 0) {
		statement = store_prepare(store, first, err);
		if (!statement)
			return -EIO;
		(void)sqlite3_bind_int64(statement, 1, root);
		code = sqlite3_step(statement);
		if (code != SQLITE_ROW)
			break;
		int64_t file = sqlite3_column_int64(statement, 0);

		(void)sqlite3_reset(statement); /* it gave a row */
		r = store_remove(store, file, err);
	}
	if (r == 0 && code != SQLITE_DONE)
		return store_fail(store, "cannot read the documents' index", err);
	(void)sqlite3_reset(statement); /* it was done */
	statement = r == 0 ? store_prepare(store, "DELETE FROM root WHERE id=?1", err) : NULL;
	if (!statement)
		return -EIO;
	(void)sqlite3_bind_int64(statement, 1, root);
	return run(store, statement, err);
}

int store_roots_prune(struct store *store, struct error *err)
{
	static const char each[] = "SELECT id, path FROM root";
	sqlite3_stmt *statement = store_prepare(store, each, err);
	int64_t gone = 0;
	int code;

	if (!statement)
		return -EIO;
	/* One each time: they are few, and a later look takes the next. */
	while (gone == 0 && (code = sqlite3_step(statement)) == SQLITE_ROW) {
		const char *path = (const char *)sqlite3_column_text(statement, 1);

		if (path && access(path, F_OK) < 0 && errno == ENOENT)
			gone = sqlite3_column_int64(statement, 0);
	}
	(void)sqlite3_reset(statement); /* what fails here fails again where it counts */
	return gone ? forget(store, gone, err) : 0;
}

/* ---- files ---- */

/* The page as a word to look it up by: what is in it, in lower case. */
static int add_name(struct store *store, int64_t file, const char *at, size_t len,
		    struct error *err)
{
	static const char add[] = "INSERT OR IGNORE INTO name VALUES(?1,?2)";
	sqlite3_stmt *statement;
	char name[128];

	if (len == 0 || len >= sizeof(name))
		return 0;
	for (size_t i = 0; i < len; i++)
		name[i] = (char)tolower((unsigned char)at[i]);
	statement = store_prepare(store, add, err);
	if (!statement)
		return -EIO;
	bind_text(statement, 1, name, len);
	(void)sqlite3_bind_int64(statement, 2, file);
	return run(store, statement, err);
}

static int add_names(struct store *store, int64_t file, const struct store_document *document,
		     struct error *err)
{
	const struct page *page = document->page;
	const char *at = page && page->names.data ? page->names.data : "";
	char name[256];
	char *dot;
	int r;

	(void)docs_file_name(document->file->path, name, sizeof(name));
	dot = strrchr(name, '.');
	if (dot)
		*dot = '\0';
	r = add_name(store, file, name, strlen(name), err);
	while (r == 0 && *at) {
		size_t len = strcspn(at, ", ");

		r = add_name(store, file, at, len, err);
		at += len + (at[len] != '\0');
	}
	return r;
}

static bool is_name_sign(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '-' || c == '.' || c == '+' ||
	       c == ':';
}

/* grep(1) and the like, wherever the text has them. */
static int add_links(struct store *store, int64_t file, const struct page *page, struct error *err)
{
	static const char add[] = "INSERT OR IGNORE INTO link VALUES(?1,?2)";
	const char *text = page->text.data ? page->text.data : "";
	const char *end = text + page->text.len;
	unsigned n = 0;
	int r = 0;

	for (const char *open = text; r == 0 && n < LINKS_MAX; open++) {
		const char *from, *close;
		sqlite3_stmt *statement;

		open = memchr(open, '(', (size_t)(end - open));
		if (!open)
			break;
		from = open;
		while (from > text && is_name_sign(from[-1]) && open - from < 64)
			from--;
		if (from == open || end - open < 3 || !isdigit((unsigned char)open[1]))
			continue;
		close = open + 2;
		while (close < end && close - open < 8 && islower((unsigned char)*close))
			close++;
		if (close == end || *close != ')')
			continue;
		statement = store_prepare(store, add, err);
		if (!statement)
			return -EIO;
		bind_text(statement, 1, from, (size_t)(close + 1 - from));
		(void)sqlite3_bind_int64(statement, 2, file);
		r = run(store, statement, err);
		n++;
	}
	return r;
}

static int add_passages(struct store *store, int64_t file, const struct store_document *document,
			struct error *err)
{
	static const char add[] =
		"INSERT INTO passage(rowid,title,name,heading,body) VALUES(?1,?2,?3,?4,?5)";
	const struct page *page = document->page;
	const struct passages *cut = document->cut;
	int r = 0;

	for (size_t i = 0; r == 0 && i < cut->n; i++) {
		const struct passage *passage = &cut->items[i];
		sqlite3_stmt *statement = store_prepare(store, add, err);

		if (!statement)
			return -EIO;
		(void)sqlite3_bind_int64(statement, 1, file << PASSAGE_BITS | (int64_t)i);
		bind_text(statement, 2, page->title.data, page->title.len);
		bind_text(statement, 3, page->names.data, page->names.len);
		bind_text(statement, 4, page->text.data + passage->heading_at,
			  passage->heading_len);
		bind_text(statement, 5, page->text.data + passage->at, passage->len);
		r = run(store, statement, err);
	}
	return r;
}

static int add_body(struct store *store, int64_t file, const struct page *page, struct error *err)
{
	static const char add[] = "INSERT INTO body VALUES(?1,?2,?3)";
	uLongf packed_len = compressBound((uLong)page->text.len);
	unsigned char *packed = malloc(packed_len);
	sqlite3_stmt *statement;
	int r = -EIO;

	if (!packed)
		return error_errno(err, ENOMEM, "cannot write the documents' index");
	/* The room is what it asked for: only memory can fail it. */
	if (compress2(packed, &packed_len, (const unsigned char *)page->text.data,
		      (uLong)page->text.len, 6) != Z_OK) {
		free(packed);
		return error_errno(err, ENOMEM, "cannot write the documents' index");
	}
	statement = store_prepare(store, add, err);
	if (statement) {
		(void)sqlite3_bind_int64(statement, 1, file);
		(void)sqlite3_bind_int64(statement, 2, (int64_t)page->text.len);
		(void)sqlite3_bind_blob(statement, 3, packed, (int)packed_len, SQLITE_STATIC);
		r = run(store, statement, err);
		(void)sqlite3_clear_bindings(statement); /* cannot fail */
	}
	free(packed);
	return r;
}

/* "man:grep(1)", or where it lies. */
static void url_of(const struct store_document *document, struct buf *url)
{
	const struct docs_file *file = document->file;
	bool is_manual = file->kind == DOCS_MANUAL ||
			 (file->kind == DOCS_MAYBE_MANUAL && (document->page || document->target));
	char name[256];
	char *dot;

	if (is_manual) {
		(void)docs_file_name(file->path, name, sizeof(name));
		dot = strrchr(name, '.');
		if (dot) {
			*dot = '\0';
			buf_printf(url, "man:%s(%s)", name, dot + 1);
			return;
		}
	}
	buf_add_str(url, "file://");
	for (const char *c = file->path; *c; c++) {
		if (isalnum((unsigned char)*c) || strchr("/._~-+:@,()=", *c))
			buf_add_char(url, *c);
		else
			buf_printf(url, "%%%02X", (unsigned char)*c);
	}
}

static int add_file(struct store *store, const struct store_document *document, struct error *err)
{
	static const char add[] = "INSERT INTO file(root,path,size,mtime_ns,url,title,names,target,"
				  "n_passages) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9)";
	const struct docs_file *file = document->file;
	const struct page *page = document->page;
	sqlite3_stmt *statement = store_prepare(store, add, err);
	CLEANUP(buf) struct buf url = { .max = 3 * PATH_MAX_BYTES };
	int r;

	if (!statement)
		return -EIO;
	url_of(document, &url);
	if (buf_error(&url))
		return error_errno(err, -buf_error(&url), "cannot write the documents' index");
	(void)sqlite3_bind_int64(statement, 1, document->root);
	bind_text(statement, 2, file->path, strlen(file->path));
	(void)sqlite3_bind_int64(statement, 3, (int64_t)file->size);
	(void)sqlite3_bind_int64(statement, 4, file->mtime_ns);
	bind_text(statement, 5, url.data, url.len);
	bind_text(statement, 6, page ? page->title.data : "", page ? page->title.len : 0);
	bind_text(statement, 7, page ? page->names.data : "", page ? page->names.len : 0);
	if (document->target)
		bind_text(statement, 8, document->target, strlen(document->target));
	(void)sqlite3_bind_int64(statement, 9, page ? (int64_t)document->cut->n : 0);
	r = run(store, statement, err);
	(void)sqlite3_clear_bindings(statement); /* cannot fail */
	return r;
}

int store_add(struct store *store, const struct store_document *document, struct error *err)
{
	int64_t file;
	int r = add_file(store, document, err);

	if (r < 0)
		return r;
	file = sqlite3_last_insert_rowid(store->handle);
	r = add_names(store, file, document, err);
	if (r == 0 && document->page && document->page->text.len > 0) {
		r = add_body(store, file, document->page, err);
		if (r == 0)
			r = add_links(store, file, document->page, err);
		if (r == 0)
			r = add_passages(store, file, document, err);
	}
	return r;
}

static int remove_passages(struct store *store, int64_t file, struct error *err)
{
	static const char get[] = "SELECT title, names FROM file WHERE id=?1";
	static const char remove[] = "INSERT INTO passage(passage,rowid,title,name,heading,body) "
				     "VALUES('delete',?1,?2,?3,?4,?5)";
	sqlite3_stmt *row, *statement;
	char *text;
	size_t len;
	int r = store_text(store, file, &text, &len, err);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	row = store_prepare(store, get, err);
	if (!row || passages_cut(&store->cut, text, len) < 0) {
		free(text);
		return row ? error_errno(err, ENOMEM, "cannot write the documents' index") : -EIO;
	}
	(void)sqlite3_bind_int64(row, 1, file);
	if (sqlite3_step(row) != SQLITE_ROW)
		r = store_fail(store, "cannot read the documents' index", err);
	for (size_t i = 0; r == 0 && i < store->cut.n; i++) {
		const struct passage *passage = &store->cut.items[i];

		statement = store_prepare(store, remove, err);
		if (!statement) {
			r = -EIO;
			break;
		}
		(void)sqlite3_bind_int64(statement, 1, file << PASSAGE_BITS | (int64_t)i);
		(void)sqlite3_bind_value(statement, 2, sqlite3_column_value(row, 0));
		(void)sqlite3_bind_value(statement, 3, sqlite3_column_value(row, 1));
		bind_text(statement, 4, text + passage->heading_at, passage->heading_len);
		bind_text(statement, 5, text + passage->at, passage->len);
		r = run(store, statement, err);
	}
	(void)sqlite3_reset(row); /* it gave a row, or its error was said */
	free(text);
	return r;
}

int store_remove(struct store *store, int64_t file, struct error *err)
{
	static const char *const removes[] = { "DELETE FROM body WHERE file=?1",
					       "DELETE FROM name WHERE file=?1",
					       "DELETE FROM link WHERE file=?1",
					       "DELETE FROM file WHERE id=?1" };
	int r = remove_passages(store, file, err);

	for (size_t i = 0; r == 0 && i < countof(removes); i++) {
		sqlite3_stmt *statement = store_prepare(store, removes[i], err);

		if (!statement)
			return -EIO;
		(void)sqlite3_bind_int64(statement, 1, file);
		r = run(store, statement, err);
	}
	return r;
}

int store_text(struct store *store, int64_t file, char **ret_text, size_t *ret_len,
	       struct error *err)
{
	static const char get[] = "SELECT len, text FROM body WHERE file=?1";
	sqlite3_stmt *statement = store_prepare(store, get, err);
	uLongf len;
	char *text;
	int code;

	if (!statement)
		return -EIO;
	(void)sqlite3_bind_int64(statement, 1, file);
	code = sqlite3_step(statement);
	if (code != SQLITE_ROW) {
		(void)sqlite3_reset(statement); /* its error is in code */
		return code == SQLITE_DONE
			       ? -ENOENT
			       : store_fail(store, "cannot read the documents' index", err);
	}
	len = (uLongf)sqlite3_column_int64(statement, 0);
	text = len <= DOCS_UNPACKED_MAX ? malloc(len + 1) : NULL;
	if (text) {
		code = uncompress((unsigned char *)text, &len, sqlite3_column_blob(statement, 1),
				  (uLong)sqlite3_column_bytes(statement, 1));
		text[code == Z_OK ? len : 0] = '\0';
	}
	(void)sqlite3_reset(statement); /* it gave a row */
	if (!text)
		return error_errno(err, ENOMEM, "cannot read the documents' index");
	if (code != Z_OK) {
		free(text);
		(void)error_set(err, ERROR_INVALID, EIO, "the index '%s' is damaged", store->path);
		error_from(err, ERROR_FROM_SQLITE, SQLITE_CORRUPT);
		return -EIO;
	}
	*ret_text = text;
	*ret_len = len;
	return 0;
}

int store_sum(struct store *store, struct store_sums *ret_sums, struct error *err)
{
	static const char sum[] = "SELECT count(*), total(n_passages) FROM file";
	sqlite3_stmt *statement = store_prepare(store, sum, err);
	struct stat stat_db = { 0 };

	if (!statement)
		return -EIO;
	if (sqlite3_step(statement) != SQLITE_ROW)
		return store_fail(store, "cannot read the documents' index", err);
	ret_sums->n_files = (uint64_t)sqlite3_column_int64(statement, 0);
	ret_sums->n_passages = (uint64_t)sqlite3_column_int64(statement, 1);
	ret_sums->bytes = stat(store->path, &stat_db) == 0 ? (uint64_t)stat_db.st_size : 0;
	(void)sqlite3_reset(statement); /* it gave a row */
	return 0;
}
