/* SPDX-License-Identifier: MIT */
/*
 * Looks at the roots when that is due, one process at a time (a lock beside the index); everybody
 * else reads what was committed, and waits only for the first look of all.
 */
#include "docs/docs.h"

#include "base/attr.h"
#include "base/clock.h"
#include "base/str.h"
#include "docs/build.h"
#include "docs/files.h"
#include "docs/rank.h"
#include "docs/store.h"
#include "os/path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
	ROOTS_MAX = 16,
	STALE_MS = 3600 * 1000,
	LOCK_WAIT_MS = 600 * 1000,
	LOCK_POLL_MS = 20,
	SMALL_ENTRIES = 10000, /* so many are looked at within some ten milliseconds */
};

struct docs {
	struct store *store;
	char *roots[ROOTS_MAX + 1]; /* the workspace last, where there is one */
	size_t n_roots;
	size_t n_system; /* of them, the first: not given by the user */
	bool has_workspace;
	char *path, *lock_path;
	int seen_fd; /* the file that was opened, whatever has its name now; -1 = it was new */
	uint64_t stale_ms;
	const atomic_bool *cancel;
	bool is_complete;
	bool is_renewed; /* the index was damaged */
};

static const char *const default_roots[] = { "/usr/share/man", "/usr/share/doc", NULL };

static bool is_workspace(const struct docs *docs, size_t i)
{
	return docs->has_workspace && i + 1 == docs->n_roots;
}

static enum docs_place place_of(const struct docs *docs, size_t i)
{
	return is_workspace(docs, i) ? DOCS_OF_WORKSPACE
	       : i >= docs->n_system ? DOCS_GIVEN
				     : DOCS_OF_SYSTEM;
}

void docs_close(struct docs *docs)
{
	if (!docs)
		return;
	for (size_t i = 0; i < docs->n_roots; i++)
		free(docs->roots[i]);
	free(docs->lock_path);
	free(docs->path);
	store_close(docs->store);
	if (docs->seen_fd >= 0)
		close(docs->seen_fd);
	free(docs);
}

/* As it really is, so that a folder is indexed once; one that is not there keeps its name. */
static int add_root(struct docs *docs, const char *path)
{
	char *real = realpath(path, NULL);

	if (!real)
		real = strdup(path);
	if (!real)
		return -ENOMEM;
	for (size_t i = 0; i < docs->n_roots; i++)
		if (str_equal(docs->roots[i], real)) {
			free(real);
			return 0;
		}
	docs->roots[docs->n_roots++] = real;
	return 0;
}

static int too_many(struct error *err)
{
	return error_set(err, ERROR_INVALID, E2BIG, "more than %d folders of documents", ROOTS_MAX);
}

static int add_more(struct docs *docs, const char *more, struct error *err)
{
	char *text = strdup(more), *save = NULL;
	int r = text ? 0 : -ENOMEM;

	for (char *at = text ? strtok_r(text, ":", &save) : NULL; at && r == 0;
	     at = strtok_r(NULL, ":", &save))
		r = docs->n_roots < ROOTS_MAX ? add_root(docs, at) : too_many(err);
	free(text);
	return r;
}

static int set_roots(struct docs *docs, const struct docs_conf *conf, struct error *err)
{
	const char *const *roots = conf->roots ? conf->roots : default_roots;
	size_t n_given;
	int r = 0;

	for (size_t i = 0; r == 0 && roots[i]; i++) {
		if (i == ROOTS_MAX)
			return too_many(err);
		r = add_root(docs, roots[i]);
	}
	docs->n_system = docs->n_roots;
	if (r == 0 && conf->more)
		r = add_more(docs, conf->more, err);
	if (r == -E2BIG)
		return r;
	n_given = docs->n_roots;
	if (r == 0 && conf->workspace)
		r = add_root(docs, conf->workspace);
	docs->has_workspace = docs->n_roots > n_given; /* else it is one of the folders */
	docs->path = strdup(conf->path);
	if (r == 0 && asprintf(&docs->lock_path, "%s.lock", conf->path) < 0) {
		docs->lock_path = NULL;
		r = -ENOMEM;
	}
	r = docs->path ? r : -ENOMEM;
	return r < 0 ? error_errno(err, ENOMEM, "cannot open '%s'", conf->path) : 0;
}

/* ---- looking for changes ---- */

static bool is_cancelled(const struct docs *docs)
{
	return docs->cancel && atomic_load(docs->cancel);
}

/* The user's own folders, where that takes no time: whoever writes there asks right after. */
static bool is_always_due(const struct docs *docs, size_t i, const struct store_root *root)
{
	return is_workspace(docs, i) || (i >= docs->n_system && root->n_entries <= SMALL_ENTRIES);
}

/* A clock that was set back makes a look due as well. */
static bool is_due(const struct docs *docs, size_t i, const struct store_root *root)
{
	int64_t age = clock_wall_ms() - root->looked_ms;
	int64_t stamp;

	if (is_always_due(docs, i, root) || root->looked_ms == 0 || age < 0 ||
	    (uint64_t)age > docs->stale_ms)
		return true;
	stamp = docs_files_stamp(docs->roots[i]);
	return stamp == 0 || stamp != root->stamp;
}

/* is_needed: some root was never looked at to its end. */
static int count_due(struct docs *docs, size_t *ret_n, bool *ret_needed, struct error *err)
{
	*ret_n = 0;
	*ret_needed = false;
	for (size_t i = 0; i < docs->n_roots; i++) {
		struct store_root root;
		bool is_root_due;
		int r = store_root_get(docs->store, docs->roots[i], false, &root, err);

		if (r < 0)
			return r;
		is_root_due = is_due(docs, i, &root);
		*ret_n += is_root_due;
		*ret_needed |= root.looked_ms == 0;
		docs->is_complete &= is_root_due || root.is_complete;
	}
	return 0;
}

/* The lock's descriptor, -EAGAIN when another has it and there is no need to wait for it. */
static int lock(struct docs *docs, bool waits, struct error *err)
{
	uint64_t until = clock_now_ns() + (uint64_t)LOCK_WAIT_MS * 1000000;
	int fd = open(docs->lock_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		return error_errno(err, errno, "cannot open '%s'", docs->lock_path);
	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		int code = errno;

		if (code != EWOULDBLOCK && code != EINTR) {
			close(fd);
			return error_errno(err, code, "cannot lock '%s'", docs->lock_path);
		}
		if (!waits || is_cancelled(docs) || clock_now_ns() > until) {
			close(fd);
			return -EAGAIN;
		}
		(void)nanosleep(&(struct timespec){ .tv_nsec = LOCK_POLL_MS * 1000000 }, NULL);
	}
	return fd;
}

/* ---- opening ---- */

/* Only by its name: to close it must not let go of what SQLite has locked. */
static int open_store(struct docs *docs, struct error *err)
{
	if (docs->seen_fd >= 0)
		close(docs->seen_fd);
	docs->seen_fd = open(docs->path, O_PATH | O_CLOEXEC);
	return store_open(docs->path, &docs->store, err);
}

/* Whether the index still is the file that we have opened: another may have made it anew. */
static bool is_seen(const struct docs *docs)
{
	struct stat seen, now;

	return docs->seen_fd >= 0 && fstat(docs->seen_fd, &seen) == 0 &&
	       stat(docs->path, &now) == 0 && seen.st_dev == now.st_dev &&
	       seen.st_ino == now.st_ino;
}

/* Under the lock. */
static int discard(struct docs *docs, struct error *err)
{
	int fd = lock(docs, true, err);
	int r = 0;

	if (fd < 0)
		return fd;
	if (is_seen(docs))
		r = store_discard(docs->path, err);
	close(fd);
	return r;
}

/* After a failure, once: a damaged index is made anew, one that lost its name is opened again, and
 * err is empty then. False: the failure stands, or is another now. */
static bool is_renewed(struct docs *docs, struct error *err)
{
	struct store *damaged = docs->store;

	if (docs->is_renewed || (!store_is_damage(err) && is_seen(docs)))
		return false;
	docs->is_renewed = true;
	if ((store_is_damage(err) && discard(docs, err) < 0) || open_store(docs, err) < 0)
		return false;
	store_close(damaged); /* of a file without a name: it leaves the new one alone */
	*err = (struct error){ 0 };
	return true;
}

int docs_open(const struct docs_conf *conf, struct docs **ret_docs, struct error *err)
{
	struct docs *docs = calloc(1, sizeof(*docs));
	int r;

	if (!docs)
		return error_errno(err, ENOMEM, "cannot open '%s'", conf->path);
	docs->seen_fd = -1;
	docs->stale_ms = conf->stale_ms ? conf->stale_ms : STALE_MS;
	docs->cancel = conf->cancel;
	r = set_roots(docs, conf, err);
	if (r == 0)
		r = open_store(docs, err);
	if (r < 0 && is_renewed(docs, err))
		r = 0;
	if (r < 0) {
		docs_close(docs);
		return r;
	}
	*ret_docs = docs;
	return 0;
}

/* ---- bringing it up to date ---- */

/* What is looked at at each question and has not changed is not written down. */
static bool is_worth_writing(const struct docs *docs, size_t i, const struct store_root *was,
			     const struct store_root *is, const struct build_tally *tally)
{
	return tally->n_new + tally->n_gone > 0 || was->looked_ms == 0 ||
	       was->is_complete != is->is_complete || !is_always_due(docs, i, was) ||
	       !is_always_due(docs, i, is);
}

static int look(struct docs *docs, size_t i, struct build_tally *tally, struct error *err)
{
	struct build_tally own = { 0 };
	struct store_root root, was;
	struct docs_files files;
	int r = store_root_get(docs->store, docs->roots[i], true, &was, err);

	if (r < 0 || !is_due(docs, i, &was))
		return r;
	root = was;
	root.stamp = docs_files_stamp(docs->roots[i]); /* before: what comes meanwhile counts */
	if (docs_files_list(&files, docs->roots[i], place_of(docs, i), docs->cancel) < 0)
		return error_errno(err, ENOMEM, "cannot look at '%s'", docs->roots[i]);
	r = build_root(docs->store, root.id, &files, docs->cancel, &own, err);
	root.n_entries = (int64_t)files.n_seen;
	docs_files_release(&files);
	tally->n_new += own.n_new;
	tally->n_gone += own.n_gone;
	tally->is_cut |= own.is_cut;
	if (r < 0)
		return r;
	/* What was stopped is due again; what was cut by a bound would only be cut again. */
	if (is_cancelled(docs))
		return 0;
	root.is_complete = !own.is_cut;
	root.looked_ms = clock_wall_ms();
	return is_worth_writing(docs, i, &was, &root, &own)
		       ? store_root_set(docs->store, &root, err)
		       : 0;
}

static int look_at_all(struct docs *docs, struct build_tally *tally, struct error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < docs->n_roots && !is_cancelled(docs); i++)
		r = look(docs, i, tally, err);
	if (r == 0 && !is_cancelled(docs)) {
		r = store_begin(docs->store, err);
		if (r == 0)
			r = store_roots_prune(docs->store, err);
		if (r == 0)
			r = store_commit(docs->store, err);
		if (r < 0)
			store_rollback(docs->store);
	}
	tally->is_cut |= is_cancelled(docs);
	return r;
}

static int freshen(struct docs *docs, struct build_tally *tally, struct error *err)
{
	bool is_needed;
	size_t n_due;
	int fd, r;

	docs->is_complete = true;
	r = count_due(docs, &n_due, &is_needed, err);
	if (r < 0 || n_due == 0)
		return r;
	fd = lock(docs, is_needed, err);
	if (fd == -EAGAIN) {
		docs->is_complete &= !is_needed;
		return 0;
	}
	if (fd < 0)
		return fd;
	r = look_at_all(docs, tally, err);
	close(fd);
	docs->is_complete &= r == 0 && !tally->is_cut;
	return r;
}

static int update(struct docs *docs, struct docs_state *ret_state, struct error *err)
{
	uint64_t start = clock_now_ns();
	struct build_tally tally = { 0 };
	struct store_sums sums;
	int r = freshen(docs, &tally, err);

	if (r == 0)
		r = store_sum(docs->store, &sums, err);
	if (r < 0)
		return r;
	*ret_state = (struct docs_state){ .n_files = sums.n_files,
					  .n_passages = sums.n_passages,
					  .bytes = sums.bytes,
					  .n_new = tally.n_new,
					  .n_gone = tally.n_gone,
					  .took_ns = clock_now_ns() - start,
					  .is_complete = docs->is_complete };
	return 0;
}

int docs_update(struct docs *docs, struct docs_state *ret_state, struct error *err)
{
	int r = update(docs, ret_state, err);

	return r < 0 && is_renewed(docs, err) ? update(docs, ret_state, err) : r;
}

/* ---- asking ---- */

static int root_ids(struct docs *docs, int64_t ids[ROOTS_MAX + 1], size_t *ret_n, struct error *err)
{
	*ret_n = 0;
	for (size_t i = 0; i < docs->n_roots; i++) {
		struct store_root root;
		int r = store_root_get(docs->store, docs->roots[i], false, &root, err);

		if (r < 0)
			return r;
		if (root.id)
			ids[(*ret_n)++] = root.id;
	}
	return 0;
}

/* An index that cannot be freshened is better than none; without one, or when it is damaged, the
 * reason is due. */
static int find_roots(struct docs *docs, int64_t ids[ROOTS_MAX + 1], size_t *ret_n,
		      struct error *err)
{
	struct build_tally tally = { 0 };
	struct error stale = { 0 };
	int updated = freshen(docs, &tally, &stale);
	int r = root_ids(docs, ids, ret_n, err);

	if (r == 0 && updated < 0 && (*ret_n == 0 || store_is_damage(&stale))) {
		*err = stale;
		return updated;
	}
	return r;
}

struct hits {
	struct docs_hit *items;
	size_t n;
};

static int search(struct docs *docs, struct rank_query *query, struct arena *arena,
		  struct hits *ret_hits, struct error *err)
{
	int64_t ids[ROOTS_MAX + 1];
	int r = find_roots(docs, ids, &query->n_roots, err);

	query->roots = ids;
	return r < 0 ? r
		     : rank_search(docs->store, query, arena, &ret_hits->items, &ret_hits->n, err);
}

int docs_search(struct docs *docs, const char *query, unsigned n_max, struct arena *arena,
		struct docs_hit **ret_hits, size_t *ret_n, struct error *err)
{
	struct rank_query rank = { .text = query, .n_max = n_max };
	struct hits hits = { 0 };
	int r = search(docs, &rank, arena, &hits, err);

	if (r < 0 && is_renewed(docs, err))
		r = search(docs, &rank, arena, &hits, err);
	if (r < 0)
		return r;
	*ret_hits = hits.items;
	*ret_n = hits.n;
	return 0;
}

/* The row of what has the url beneath the roots: 0, or -ENOENT without an error. */
static int find_document(struct docs *docs, const char *url, struct arena *arena, int64_t *ret_file,
			 const char **ret_title, struct error *err)
{
	static const char get[] = "SELECT coalesce(t.id, f.id), f.root, coalesce(t.title, f.title) "
				  "FROM file f "
				  "LEFT JOIN file t ON t.root=f.root AND t.path=f.target "
				  "WHERE f.url=?1";
	sqlite3_stmt *statement;
	int64_t ids[ROOTS_MAX + 1];
	size_t n;
	int code = SQLITE_ROW, r = find_roots(docs, ids, &n, err);

	*ret_file = 0;
	if (r < 0)
		return r;
	statement = store_prepare(docs->store, get, err);
	if (!statement)
		return -EIO;
	(void)sqlite3_bind_text(statement, 1, url, -1, SQLITE_STATIC); /* NULL finds none */
	while (!*ret_file && (code = sqlite3_step(statement)) == SQLITE_ROW)
		for (size_t i = 0; i < n; i++)
			if (sqlite3_column_int64(statement, 1) == ids[i])
				*ret_file = sqlite3_column_int64(statement, 0);
	if (*ret_file)
		*ret_title = arena_strdup(arena, (const char *)sqlite3_column_text(statement, 2));
	(void)sqlite3_reset(statement); /* its error is in code */
	if (code != SQLITE_ROW && code != SQLITE_DONE)
		return store_fail(docs->store, "cannot read the documents' index", err);
	if (*ret_file && !*ret_title)
		return error_errno(err, ENOMEM, "cannot read '%s'", url);
	return *ret_file ? 0 : -ENOENT;
}

static int read_document(struct docs *docs, const char *url, struct arena *arena,
			 struct docs_document *ret_document, struct error *err)
{
	int64_t file;
	char *text;
	int r = find_document(docs, url, arena, &file, &ret_document->title, err);

	if (r == 0)
		r = store_text(docs->store, file, &text, &ret_document->len, err);
	if (r == -ENOENT)
		return error_set(err, ERROR_MISSING, ENOENT, "no document '%s'", url);
	if (r < 0)
		return r;
	ret_document->text = arena_memdup0(arena, text, ret_document->len);
	free(text);
	return ret_document->text ? 0 : error_errno(err, ENOMEM, "cannot read '%s'", url);
}

int docs_read(struct docs *docs, const char *url, struct arena *arena,
	      struct docs_document *ret_document, struct error *err)
{
	int r = read_document(docs, url, arena, ret_document, err);

	return r < 0 && is_renewed(docs, err) ? read_document(docs, url, arena, ret_document, err)
					      : r;
}
