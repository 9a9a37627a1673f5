/* SPDX-License-Identifier: MIT */
#ifndef DOCS_STORE_H
#define DOCS_STORE_H

#include "base/error.h"
#include "docs/files.h"
#include "docs/page.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

/**
 * The index as it lies on disk: an SQLite file. The texts are kept packed; FTS5 keeps only its own
 * lists (content=''), one row for each passage: its number is that of the file, shifted by
 * PASSAGE_BITS, and its place in the file. Passages are cut again from the kept text where they are
 * needed. One thread at a time; any number of processes: a reader sees what was committed.
 *
 *	root ──< file ──  body (text, deflated)
 *	           ├────< name (what it is called)
 *	           ├────< link (manual pages that it refers to)
 *	           └────< passage (FTS5: title, name, heading, body)
 */
struct store;

enum { STORE_VERSION = 3 };

/** Whether an error says that the file is damaged: it is a cache, and can be made anew. */
bool store_is_damage(const struct error *err);
/** Removes an index; one that is not there is no error. Who has it open goes on without its
 *  name. */
int store_discard(const char *path, struct error *err);

int store_open(const char *path, struct store **ret_store, struct error *err);
void store_close(struct store *store); /* accepts NULL */

/** Prepares SQL that is used again and again; owned by the store. NULL: see err. */
sqlite3_stmt *store_prepare(struct store *store, const char *sql, struct error *err);
int store_fail(struct store *store, const char *what, struct error *err);

struct store_root {
	int64_t id;
	int64_t looked_ms; /* since 1970; 0 = never */
	bool is_complete;
	int64_t stamp;     /* docs_files_stamp() when it was looked at */
	int64_t n_entries; /* of its folders, when it was looked at */
};

/** The root's row, made when there is none and make is set (else id 0). */
int store_root_get(struct store *store, const char *path, bool make, struct store_root *ret_root,
		   struct error *err);
int store_root_set(struct store *store, const struct store_root *root, struct error *err);
/** Forgets roots whose folder is gone, with all their files. */
int store_roots_prune(struct store *store, struct error *err);

int store_begin(struct store *store, struct error *err);
int store_commit(struct store *store, struct error *err);
void store_rollback(struct store *store);

/** Adds a document; page as page_read() gave it, target of a link (or NULL). */
struct store_document {
	int64_t root;
	const struct docs_file *file;
	const struct page *page;    /* NULL: it is only a link */
	const char *target;         /* NULL: it is none */
	const struct passages *cut; /* of the page */
};

int store_add(struct store *store, const struct store_document *document, struct error *err);
int store_remove(struct store *store, int64_t file, struct error *err);

/** The text of a file, to be freed; 0, or -ENOENT without an error where it has none. */
int store_text(struct store *store, int64_t file, char **ret_text, size_t *ret_len,
	       struct error *err);

struct store_sums {
	uint64_t n_files, n_passages, bytes;
};

int store_sum(struct store *store, struct store_sums *ret_sums, struct error *err);

#endif
