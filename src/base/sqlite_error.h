/* SPDX-License-Identifier: MIT */
#ifndef BASE_SQLITE_ERROR_H
#define BASE_SQLITE_ERROR_H

#include "base/error.h"

struct sqlite3;

/**
 * What a connection to SQLite says of its last error, as "WHAT 'PATH': …". What the system said
 * counts for more: then it is that errno, and a full disk is always ENOSPC. handle NULL: there was
 * no memory for one. Returns -code or -EIO.
 */
int sqlite_error_set(struct error *err, struct sqlite3 *handle, const char *what, const char *path);

#endif
