/* SPDX-License-Identifier: MIT */
/* Errors of SQLite, by an SQL function that fails as it is told, and by files that are none. */
#include "base/attr.h"
#include "base/sqlite_error.h"

#include <errno.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tree.h"

static void fail_as_told(sqlite3_context *context, int n, sqlite3_value **values)
{
	(void)n;
	sqlite3_result_error_code(context, sqlite3_value_int(values[0]));
}

static void codes(void **state)
{
	static const struct {
		int code;
		enum error_class class;
		int as_errno;
	} rows[] = {
		{ SQLITE_BUSY, ERROR_TRANSIENT, 0 },   { SQLITE_BUSY_SNAPSHOT, ERROR_TRANSIENT, 0 },
		{ SQLITE_LOCKED, ERROR_TRANSIENT, 0 }, { SQLITE_PROTOCOL, ERROR_TRANSIENT, 0 },
		{ SQLITE_IOERR, ERROR_TRANSIENT, 0 },  { SQLITE_IOERR_READ, ERROR_TRANSIENT, 0 },
		{ SQLITE_PERM, ERROR_DENIED, 0 },      { SQLITE_READONLY, ERROR_DENIED, 0 },
		{ SQLITE_CANTOPEN, ERROR_DENIED, 0 },  { SQLITE_CORRUPT, ERROR_INVALID, 0 },
		{ SQLITE_NOTADB, ERROR_INVALID, 0 },   { SQLITE_ERROR, ERROR_BUG, 0 },
		{ SQLITE_CONSTRAINT, ERROR_BUG, 0 },   { SQLITE_FULL, ERROR_LIMIT, ENOSPC },
		{ SQLITE_NOMEM, ERROR_LIMIT, ENOMEM },
	};
	sqlite3 *handle;

	(void)state;
	assert_int_equal(sqlite3_open(":memory:", &handle), SQLITE_OK);
	assert_int_equal(sqlite3_create_function(handle, "fail", 1, SQLITE_UTF8, NULL, fail_as_told,
						 NULL, NULL),
			 SQLITE_OK);
	for (size_t i = 0; i < countof(rows); i++) {
		struct error err;
		char sql[64];
		int r;

		(void)snprintf(sql, sizeof(sql), "SELECT fail(%d)", rows[i].code);
		assert_int_equal(sqlite3_exec(handle, sql, NULL, NULL, NULL), rows[i].code & 0xff);
		r = sqlite_error_set(&err, handle, "cannot read", "x.db");
		if (err.class != rows[i].class || err.code != rows[i].as_errno)
			fail_msg("%d: %s %d: %s", rows[i].code, error_class_name(err.class),
				 err.code, err.text);
		assert_int_equal(r, rows[i].as_errno ? -rows[i].as_errno : -EIO);
		assert_int_equal(err.origin,
				 rows[i].as_errno ? ERROR_FROM_ERRNO : ERROR_FROM_SQLITE);
		assert_int_equal(err.origin_code, rows[i].as_errno ? 0 : rows[i].code);
		assert_ptr_equal(strstr(err.text, "cannot read 'x.db': "), err.text);
	}
	assert_int_equal(sqlite3_close(handle), SQLITE_OK);
}

static void what_the_system_says(void **state)
{
	struct tree tree = tree_new();
	struct error err;
	sqlite3 *handle = NULL;
	char path[256];

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/none/x.db", tree.path);
	assert_int_equal(sqlite3_open(path, &handle), SQLITE_CANTOPEN);
	assert_int_equal(sqlite_error_set(&err, handle, "cannot open", path), -ENOENT);
	assert_int_equal(err.class, ERROR_MISSING);
	assert_int_equal(sqlite3_close(handle), SQLITE_OK);
	assert_int_equal(sqlite_error_set(&err, NULL, "cannot open", path), -ENOMEM);
	assert_int_equal(err.class, ERROR_LIMIT);
	tree_remove(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(codes),
		cmocka_unit_test(what_the_system_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
