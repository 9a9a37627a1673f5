/* SPDX-License-Identifier: MIT */
#ifndef SCAN_TYPE_H
#define SCAN_TYPE_H

#include <stddef.h>

/** File types by name, as in ripgrep 13's --type-list: a name and its globs (on the file's base
 *  name). */
struct file_type {
	const char *name;
	const char *const *globs; /* NULL-terminated */
};

extern const struct file_type file_types[]; /* by name */
extern const size_t file_type_count;

/** NULL if there is no such type; then type_nearest() may have an idea. "all" has the globs of
 *  all types and is not in file_types. */
const struct file_type *type_find(const char *name);
const char *type_nearest(const char *name);

#endif
