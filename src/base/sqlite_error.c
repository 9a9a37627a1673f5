/* SPDX-License-Identifier: MIT */
#include "base/sqlite_error.h"

#include <errno.h>
#include <sqlite3.h>
#include <stddef.h>

static enum error_class class_of(int code)
{
	switch (code) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_PROTOCOL:
		return ERROR_TRANSIENT;
	case SQLITE_IOERR:
		return error_class_of(EIO);
	case SQLITE_PERM:
	case SQLITE_READONLY:
	case SQLITE_CANTOPEN: /* a link or a directory; what is missing has its errno */
		return ERROR_DENIED;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return ERROR_INVALID;
	default:
		return ERROR_BUG;
	}
}

/* COMMIT does not tell the connection: then what its files know. */
static int system_error(sqlite3 *handle)
{
	sqlite3_file *log = NULL;
	int code = sqlite3_system_errno(handle);

	if (code == 0 &&
	    sqlite3_file_control(handle, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) == SQLITE_OK &&
	    log && log->pMethods)
		(void)log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &code); /* or 0 */
	if (code == 0)
		(void)sqlite3_file_control(handle, "main", SQLITE_FCNTL_LAST_ERRNO,
					   &code); /* or 0 */
	return code;
}

static int errno_of(sqlite3 *handle, int code)
{
	switch (code) {
	case SQLITE_NOMEM:
		return ENOMEM;
	case SQLITE_FULL:
		return ENOSPC;
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
		return system_error(handle);
	default:
		return 0;
	}
}

int sqlite_error_set(struct error *err, sqlite3 *handle, const char *what, const char *path)
{
	int code = handle ? sqlite3_extended_errcode(handle) : SQLITE_NOMEM;
	int system = errno_of(handle, code & 0xff);

	if (system)
		return error_errno(err, system, "%s '%s'", what, path);
	(void)error_set(err, class_of(code & 0xff), 0, "%s '%s': %s", what, path,
			sqlite3_errmsg(handle));
	error_from(err, ERROR_FROM_SQLITE, code);
	return -EIO;
}
