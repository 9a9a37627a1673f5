/* SPDX-License-Identifier: MIT */
/*
 *	todo[] ── next ──> readers (unpack, read, cut) ──> slots[] ──> writer, in order of todo
 *
 * A reader takes the next file once its slot, one of SLOTS in a ring, has been emptied, so that
 * what is read ahead is bounded. What cannot be read is written down as empty: it is looked at
 * again when it changes.
 */
#include "docs/build.h"

#include "base/attr.h"
#include "base/str.h"
#include "base/vec.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { READERS_MAX = 4, SLOTS = 32, BATCH_FILES = 256, BATCH_BYTES = 8 << 20 };

struct task {
	const struct docs_file *file;
	int64_t old; /* its row, to be removed; 0 = none */
};

struct slot {
	struct page page;
	struct passages cut;
	int r;
	bool is_full;
};

struct build {
	struct store *store;
	int64_t root;
	const atomic_bool *cancel;
	struct VEC(struct task) todo;
	struct VEC(int64_t) gone;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	size_t next, n_written; /* under lock */
	bool is_ending;         /* under lock: readers stop */
	struct slot slots[SLOTS];
};

/* ---- what is to do ---- */

static int by_path(const void *a, const void *b)
{
	const struct docs_file *const *left = a;
	const struct docs_file *const *right = b;

	return strcmp((*left)->path, (*right)->path);
}

/* Both lists are in order of paths: one pass over both tells new, changed and gone. */
static int compare(struct build *self, const struct docs_file **files, size_t n, struct error *err)
{
	static const char each[] =
		"SELECT id, path, size, mtime_ns FROM file WHERE root=?1 ORDER BY path";
	sqlite3_stmt *statement = store_prepare(self->store, each, err);
	bool is_enough = true;
	size_t i = 0;
	int code;

	if (!statement)
		return -EIO;
	(void)sqlite3_bind_int64(statement, 1, self->root);
	while (is_enough && (code = sqlite3_step(statement)) == SQLITE_ROW) {
		int64_t id = sqlite3_column_int64(statement, 0);
		const char *path = (const char *)sqlite3_column_text(statement, 1);
		int order = 1;

		while (is_enough && i < n && (order = strcmp(files[i]->path, path)) < 0)
			is_enough = vec_push(&self->todo, ((struct task){ files[i++], 0 }));
		if (i == n || order > 0) {
			is_enough = is_enough && vec_push(&self->gone, id);
			continue;
		}
		if (files[i]->size != (uint64_t)sqlite3_column_int64(statement, 2) ||
		    files[i]->mtime_ns != sqlite3_column_int64(statement, 3))
			is_enough = vec_push(&self->todo, ((struct task){ files[i], id }));
		i++;
	}
	(void)sqlite3_reset(statement); /* its error is in code */
	while (is_enough && i < n)
		is_enough = vec_push(&self->todo, ((struct task){ files[i++], 0 }));
	if (!is_enough)
		return error_errno(err, ENOMEM, "cannot compare documents");
	return code == SQLITE_DONE
		       ? 0
		       : store_fail(self->store, "cannot read the documents' index", err);
}

static int find_work(struct build *self, const struct docs_files *files, struct error *err)
{
	const struct docs_file **sorted = calloc(files->n + 1, sizeof(*sorted));
	int r;

	if (!sorted)
		return error_errno(err, ENOMEM, "cannot compare documents");
	for (size_t i = 0; i < files->n; i++)
		sorted[i] = &files->items[i];
	qsort(sorted, files->n, sizeof(*sorted), by_path);
	r = compare(self, sorted, files->n, err);
	free(sorted);
	return r;
}

/* ---- readers ---- */

static void read_one(const struct docs_file *file, struct slot *slot)
{
	char name[256];
	char *data = NULL;
	size_t len = 0;

	slot->r = file->target ? -ENOENT : docs_file_read(file, &data, &len);
	if (slot->r < 0)
		return;
	(void)docs_file_name(file->path, name, sizeof(name));
	if (file->kind == DOCS_MAYBE_MANUAL && !docs_begins_like_manual(data, len)) {
		free(data);
		slot->r = -ENOENT;
		return;
	}
	slot->r = page_read(file->kind, name, data, len, &slot->page);
	free(data);
	if (slot->r < 0)
		return;
	slot->r = passages_cut(&slot->cut, slot->page.text.data ? slot->page.text.data : "",
			       slot->page.text.len);
	if (slot->r < 0)
		page_release(&slot->page);
}

static void *reader(void *data)
{
	struct build *self = data;

	(void)pthread_mutex_lock(&self->lock);
	for (;;) {
		size_t i;

		while (!self->is_ending && self->next < self->todo.n &&
		       self->next >= self->n_written + SLOTS)
			(void)pthread_cond_wait(&self->changed, &self->lock);
		if (self->is_ending || self->next >= self->todo.n)
			break;
		i = self->next++;
		(void)pthread_mutex_unlock(&self->lock);
		read_one(self->todo.items[i].file, &self->slots[i % SLOTS]);
		(void)pthread_mutex_lock(&self->lock);
		self->slots[i % SLOTS].is_full = true;
		(void)pthread_cond_broadcast(&self->changed);
	}
	(void)pthread_mutex_unlock(&self->lock);
	return NULL;
}

/* ---- the writer ---- */

/* "man1/other.1" of man1/this.1.gz, packed as the page itself or not. */
static void find_target(const struct docs_file *file, const char *said, char *out, size_t max)
{
	const char *slash = strrchr(file->path, '/');
	size_t len = slash ? (size_t)(slash - file->path) : 0;
	int n;

	if (strchr(said, '/'))
		while (len > 0 && file->path[--len] != '/')
			;
	n = snprintf(out, max, "%.*s/%s.gz", (int)len, file->path, said);
	if (n > 3 && (size_t)n < max && access(out, F_OK) < 0)
		out[n - 3] = '\0';
}

static int write_one(struct build *self, const struct task *task, struct slot *slot,
		     struct error *err)
{
	struct store_document document = { .root = self->root,
					   .file = task->file,
					   .target = task->file->target,
					   .cut = &slot->cut };
	char target[4096];
	int r = 0;

	if (slot->r == -ENOMEM)
		return error_errno(err, ENOMEM, "cannot read '%s'", task->file->path);
	if (slot->r == 0)
		document.page = &slot->page;
	if (slot->r == 0 && slot->page.target.len > 0) {
		find_target(task->file, slot->page.target.data, target, sizeof(target));
		document.target = target;
	}
	if (task->old)
		r = store_remove(self->store, task->old, err);
	return r < 0 ? r : store_add(self->store, &document, err);
}

static void empty(struct build *self, struct slot *slot)
{
	if (slot->r == 0)
		page_release(&slot->page);
	(void)pthread_mutex_lock(&self->lock);
	slot->is_full = false;
	self->n_written++;
	(void)pthread_cond_broadcast(&self->changed);
	(void)pthread_mutex_unlock(&self->lock);
}

static bool is_cancelled(const struct build *self)
{
	return self->cancel && atomic_load(self->cancel);
}

static int write_all(struct build *self, struct build_tally *tally, struct error *err)
{
	size_t n_files = 0, n_bytes = 0;
	int r = store_begin(self->store, err);

	for (size_t i = 0; r == 0 && i < self->todo.n && !is_cancelled(self); i++) {
		struct slot *slot = &self->slots[i % SLOTS];

		(void)pthread_mutex_lock(&self->lock);
		while (!slot->is_full)
			(void)pthread_cond_wait(&self->changed, &self->lock);
		(void)pthread_mutex_unlock(&self->lock);
		n_bytes += slot->r == 0 ? slot->page.text.len : 0;
		r = write_one(self, &self->todo.items[i], slot, err);
		empty(self, slot);
		if (r < 0)
			break;
		tally->n_new++;
		if (++n_files < BATCH_FILES && n_bytes < BATCH_BYTES)
			continue;
		n_files = n_bytes = 0;
		r = store_commit(self->store, err);
		if (r == 0)
			r = store_begin(self->store, err);
	}
	for (size_t i = 0; r == 0 && i < self->gone.n && !is_cancelled(self); i++) {
		r = store_remove(self->store, self->gone.items[i], err);
		tally->n_gone++;
	}
	if (r == 0)
		r = store_commit(self->store, err);
	if (r < 0)
		store_rollback(self->store);
	return r;
}

static int run(struct build *self, struct build_tally *tally, struct error *err)
{
	long n_cpus = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned n_wanted = n_cpus < 2 ? 1 : n_cpus > READERS_MAX ? READERS_MAX : (unsigned)n_cpus;
	pthread_t readers[READERS_MAX];
	unsigned n = 0;
	int r;

	while (n < n_wanted && n < self->todo.n &&
	       pthread_create(&readers[n], NULL, reader, self) == 0)
		n++;
	if (n == 0 && self->todo.n > 0)
		return error_errno(err, EAGAIN, "cannot start a thread");
	r = write_all(self, tally, err);
	(void)pthread_mutex_lock(&self->lock);
	self->is_ending = true;
	(void)pthread_cond_broadcast(&self->changed);
	(void)pthread_mutex_unlock(&self->lock);
	for (unsigned i = 0; i < n; i++)
		(void)pthread_join(readers[i], NULL);
	return r;
}

int build_root(struct store *store, int64_t root, const struct docs_files *files,
	       const atomic_bool *cancel, struct build_tally *tally, struct error *err)
{
	struct build *self = calloc(1, sizeof(*self));
	int r;

	if (!self)
		return error_errno(err, ENOMEM, "cannot index documents");
	self->store = store;
	self->root = root;
	self->cancel = cancel;
	(void)pthread_mutex_init(&self->lock, NULL);   /* cannot fail on Linux */
	(void)pthread_cond_init(&self->changed, NULL); /* cannot fail on Linux */
	r = find_work(self, files, err);
	/* What was not walked is not gone. */
	if (files->is_cut)
		self->gone.n = 0;
	if (r == 0 && (self->todo.n > 0 || self->gone.n > 0))
		r = run(self, tally, err);
	tally->is_cut |= files->is_cut || is_cancelled(self);
	for (size_t i = 0; i < SLOTS; i++) {
		if (self->slots[i].is_full && self->slots[i].r == 0)
			page_release(&self->slots[i].page);
		passages_release(&self->slots[i].cut);
	}
	(void)pthread_cond_destroy(&self->changed);
	(void)pthread_mutex_destroy(&self->lock);
	vec_release(&self->todo);
	vec_release(&self->gone);
	free(self);
	return r;
}
