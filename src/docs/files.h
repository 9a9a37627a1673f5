/* SPDX-License-Identifier: MIT */
#ifndef DOCS_FILES_H
#define DOCS_FILES_H

#include "base/arena.h"
#include "docs/kind.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/** A document as it lies on disk. Strings live in the list's arena. */
struct docs_file {
	const char *path;   /* absolute */
	const char *target; /* it is a link to this one, beneath the same root; NULL = it is none */
	enum docs_kind kind;
	uint64_t size;
	int64_t mtime_ns;
};

struct docs_files {
	struct arena arena;
	struct docs_file *items;
	size_t n, cap;
	size_t n_seen; /* entries of folders */
	bool is_cut;   /* a bound was reached, or a folder could not be read, or it was cancelled */
};

enum {
	DOCS_FILES_MAX = 200000,
	DOCS_ENTRIES_MAX = 1000000,
	DOCS_DEPTH_MAX = 16,
	DOCS_STAMP_FOLDERS_MAX = 256,
	DOCS_STAMP_FRESH_MS = 2000, /* the coarsest clock of a file system */
	DOCS_WORKSPACE_FILES_MAX = 5000,
	DOCS_WORKSPACE_ENTRIES_MAX = 100000,
	DOCS_PACKED_MAX =
		8 << 20, /* bytes of a file as it lies there; larger ones are passed over */
	DOCS_UNPACKED_MAX = 8 << 20 /* what is behind is not read */
};

/** Whose a root is. */
enum docs_place { DOCS_OF_SYSTEM, DOCS_GIVEN, DOCS_OF_WORKSPACE };

/** Lists a root's documents. Links are not followed: those that lead to a file beneath the root
 *  are named as such. A root that is not there has none. 0 or -ENOMEM. */
int docs_files_list(struct docs_files *files, const char *root, enum docs_place place,
		    const atomic_bool *cancel);
void docs_files_release(struct docs_files *files);

/** Another number when an entry of the root, or of one of the folders right beneath it (where they
 *  are few), came or went. 0: something did so just now, and more may without another number. */
int64_t docs_files_stamp(const char *root);

/** The file's name without ".gz". */
const char *docs_file_name(const char *path, char *out, size_t max);

/** Its bytes, unpacked, to be freed. 0, -ENOMEM, or the error of opening or reading it. */
int docs_file_read(const struct docs_file *file, char **ret_data, size_t *ret_len);

#endif
