/* SPDX-License-Identifier: MIT */
/* The classifier against a list of its own: errnos and signals by name, SQLite's, regcomp's and
 * PCRE2's codes from their headers, the others as their documentation numbers them. */
#include "recovery/classify.h"

#include "base/attr.h"
#include "model/transfer.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <errno.h>
#include <netdb.h>
#include <pcre2.h>
#include <regex.h>
#include <setjmp.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { END = -999, CODES_MAX = 24 };
enum { BREAKER = 1, SECURITY = 2, ONCE = 4, VAIN = 8, SPLITS = 16 };

struct expected {
	enum error_origin origin;
	enum failure_type type;
	unsigned flags;
	int codes[CODES_MAX];
};

static const struct expected list[] = {
	{ ERROR_FROM_ERRNO,
	  FAILURE_TRANSIENT,
	  BREAKER,
	  { ETIMEDOUT, ECONNRESET, ECONNREFUSED, ECONNABORTED, ENETUNREACH, EHOSTUNREACH, EBUSY,
	    ETXTBSY, ESTALE, END } },
	{ ERROR_FROM_NET,
	  FAILURE_TRANSIENT,
	  BREAKER,
	  { ETIMEDOUT, ECONNRESET, ECONNREFUSED, ECONNABORTED, ENETUNREACH, EHOSTUNREACH, EPIPE,
	    EAI_AGAIN, END } },
	{ ERROR_FROM_ERRNO, FAILURE_TRANSIENT, 0, { EINTR, EAGAIN, END } },
	{ ERROR_FROM_CONFINED, FAILURE_TRANSIENT, 0, { EAGAIN, END } },
	{ ERROR_FROM_ERRNO, FAILURE_RESOURCE, 0, { EMFILE, ENFILE, ENOBUFS, EADDRNOTAVAIL, END } },
	{ ERROR_FROM_ERRNO, FAILURE_RESOURCE, SPLITS, { ENOMEM, END } },
	{ ERROR_FROM_SPAWN, FAILURE_RESOURCE, 0, { EAGAIN, EMFILE, ENFILE, END } },
	{ ERROR_FROM_ERRNO, FAILURE_RESOURCE, VAIN, { ENOSPC, EDQUOT, END } },
	{ ERROR_FROM_ERRNO, FAILURE_RESOURCE, VAIN | SPLITS, { E2BIG, EFBIG, EMSGSIZE, END } },
	{ ERROR_FROM_ERRNO,
	  FAILURE_COORDINATION,
	  ONCE,
	  { EDEADLK, ENOLCK, EOWNERDEAD, ENOTRECOVERABLE, END } },
	{ ERROR_FROM_ERRNO,
	  FAILURE_SYSTEMIC,
	  VAIN,
	  { EIO, EROFS, EUCLEAN, ENODEV, ENXIO, ENOSYS, END } },
	{ ERROR_FROM_CONFINED, FAILURE_PERMANENT, VAIN | SECURITY, { EXDEV, ELOOP, END } },
	{ ERROR_FROM_POLICY, FAILURE_PERMANENT, VAIN | SECURITY, { EPERM, EACCES, END } },
	{ ERROR_FROM_ERRNO,
	  FAILURE_PERMANENT,
	  VAIN,
	  { ENOENT, ENOTDIR, EISDIR, EINVAL, ENAMETOOLONG, EACCES, EPERM, END } },
	{ ERROR_FROM_SPAWN, FAILURE_PERMANENT, VAIN, { ENOENT, EACCES, END } },
	{ ERROR_FROM_EXIT, FAILURE_NONE, VAIN, { 0, END } },
	{ ERROR_FROM_GREP, FAILURE_NONE, VAIN, { 0, 1, END } },
	{ ERROR_FROM_GREP, FAILURE_PERMANENT, VAIN, { 2, END } },
	{ ERROR_FROM_EXIT, FAILURE_PERMANENT, VAIN, { 2, 126, 127, END } },
	{ ERROR_FROM_EXIT, FAILURE_UNKNOWN, ONCE, { 1, 3, 4, 100, 125, 128, 193, 255, END } },
	{ ERROR_FROM_EXIT, FAILURE_UNKNOWN, ONCE, { 128 + SIGKILL, 128 + SIGBUS, END } },
	{ ERROR_FROM_EXIT, FAILURE_TRANSIENT, ONCE, { 128 + SIGSEGV, 128 + SIGABRT, END } },
	{ ERROR_FROM_SIGNAL, FAILURE_UNKNOWN, ONCE, { SIGKILL, SIGBUS, SIGTERM, SIGHUP, END } },
	{ ERROR_FROM_SIGNAL, FAILURE_TRANSIENT, ONCE, { SIGSEGV, SIGABRT, SIGILL, SIGFPE, END } },
	{ ERROR_FROM_SIGNAL, FAILURE_RESOURCE, VAIN, { SIGXCPU, SIGXFSZ, END } },
	{ ERROR_FROM_SIGNAL, FAILURE_PERMANENT, VAIN | SECURITY, { SIGSYS, END } },
	{ ERROR_FROM_SIGNAL, FAILURE_NONE, VAIN, { SIGPIPE, END } },
	{ ERROR_FROM_CURL,
	  FAILURE_TRANSIENT,
	  BREAKER,
	  { 6, 7, 28, 52, 55, 56, 18, 16, 92, 95, 96, END } },
	{ ERROR_FROM_CURL, FAILURE_TRANSIENT, BREAKER | ONCE, { 35, END } },
	{ ERROR_FROM_CURL, FAILURE_RESOURCE, 0, { 27, 89, END } },
	{ ERROR_FROM_CURL, FAILURE_SYSTEMIC, VAIN, { 5, 77, END } },
	{ ERROR_FROM_CURL, FAILURE_PERMANENT, VAIN | SECURITY, { 42, END } },
	{ ERROR_FROM_CURL, FAILURE_NONE, VAIN, { 63, 23, END } },
	{ ERROR_FROM_CURL, FAILURE_PERMANENT, VAIN, { 1, 3, 22, 47, 60, 61, END } },
	{ ERROR_FROM_HTTP, FAILURE_TRANSIENT, BREAKER, { 408, 425, 500, 502, 503, 504, END } },
	{ ERROR_FROM_HTTP, FAILURE_RESOURCE, 0, { 429, 529, END } },
	{ ERROR_FROM_HTTP, FAILURE_RESOURCE, VAIN | SPLITS, { 413, 414, 431, END } },
	{ ERROR_FROM_HTTP_SHARED, FAILURE_SYSTEMIC, VAIN, { 401, 407, END } },
	{ ERROR_FROM_HTTP, FAILURE_PERMANENT, VAIN, { 401, 407, END } },
	{ ERROR_FROM_HTTP, FAILURE_COORDINATION, ONCE, { 409, 412, 423, END } },
	{ ERROR_FROM_HTTP,
	  FAILURE_PERMANENT,
	  VAIN,
	  { 400, 403, 404, 405, 406, 410, 415, 422, 451, 501, 505, END } },
	{ ERROR_FROM_HTTP_SHARED, FAILURE_PERMANENT, VAIN, { 403, 404, END } },
	{ ERROR_FROM_NATS, FAILURE_TRANSIENT, BREAKER, { 26, 7, 3, 6, 10, END } },
	{ ERROR_FROM_NATS, FAILURE_COORDINATION, ONCE, { 34, 36, 35, END } },
	{ ERROR_FROM_JETSTREAM,
	  FAILURE_COORDINATION,
	  ONCE,
	  { 503, 10008, 10009, 10014, 10059, 10071, 10070, END } },
	{ ERROR_FROM_NATS, FAILURE_RESOURCE, 0, { 20, 24, END } },
	{ ERROR_FROM_JETSTREAM, FAILURE_RESOURCE, 0, { 10023, 10028, 10047, 10002, END } },
	{ ERROR_FROM_NATS, FAILURE_PERMANENT, VAIN, { 21, END } },
	{ ERROR_FROM_JETSTREAM, FAILURE_PERMANENT, VAIN, { 10054, END } },
	{ ERROR_FROM_NATS, FAILURE_SYSTEMIC, VAIN, { 11, 12, END } },
	{ ERROR_FROM_JETSTREAM, FAILURE_SYSTEMIC, VAIN, { 10039, 10076, END } },
	{ ERROR_FROM_SQLITE,
	  FAILURE_COORDINATION,
	  ONCE,
	  { SQLITE_BUSY, SQLITE_LOCKED, SQLITE_BUSY_SNAPSHOT, SQLITE_PROTOCOL, END } },
	{ ERROR_FROM_SQLITE, FAILURE_RESOURCE, VAIN, { SQLITE_FULL, SQLITE_IOERR_SHMSIZE, END } },
	{ ERROR_FROM_SQLITE, FAILURE_RESOURCE, 0, { SQLITE_NOMEM, END } },
	{ ERROR_FROM_SQLITE,
	  FAILURE_SYSTEMIC,
	  VAIN,
	  { SQLITE_IOERR, SQLITE_IOERR_FSYNC, SQLITE_IOERR_DIR_FSYNC, SQLITE_IOERR_WRITE,
	    SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_READONLY, SQLITE_CANTOPEN, END } },
	{ ERROR_FROM_SQLITE, FAILURE_NONE, VAIN, { SQLITE_OK, SQLITE_INTERRUPT, END } },
	{ ERROR_FROM_SQLITE,
	  FAILURE_PERMANENT,
	  VAIN,
	  { SQLITE_ERROR, SQLITE_CONSTRAINT, SQLITE_CONSTRAINT_UNIQUE, SQLITE_MISUSE, END } },
	{ ERROR_FROM_REGCOMP,
	  FAILURE_PERMANENT,
	  VAIN,
	  { REG_BADPAT, REG_ECOLLATE, REG_ECTYPE, REG_EESCAPE, REG_ESUBREG, REG_EBRACK, REG_EPAREN,
	    REG_EBRACE, REG_BADBR, REG_ERANGE, REG_BADRPT, END } },
	{ ERROR_FROM_REGCOMP, FAILURE_RESOURCE, 0, { REG_ESPACE, END } },
	{ ERROR_FROM_PCRE2,
	  FAILURE_RESOURCE,
	  VAIN,
	  { PCRE2_ERROR_MATCHLIMIT, PCRE2_ERROR_DEPTHLIMIT, PCRE2_ERROR_HEAPLIMIT, END } },
	{ ERROR_FROM_PCRE2, FAILURE_RESOURCE, 0, { PCRE2_ERROR_JIT_STACKLIMIT, END } },
	{ ERROR_FROM_PCRE2,
	  FAILURE_PERMANENT,
	  VAIN,
	  { PCRE2_ERROR_MISSING_SQUARE_BRACKET, PCRE2_ERROR_UNKNOWN_ESCAPE, END } },
	{ ERROR_FROM_ENGINE,
	  FAILURE_PERMANENT,
	  VAIN,
	  { FAULT_TOO_DEEP, FAULT_CYCLE, FAULT_UNKNOWN_TOOL, FAULT_SCHEMA, END } },
	{ ERROR_FROM_ENGINE,
	  FAILURE_COORDINATION,
	  ONCE,
	  { FAULT_LEASE_LOST, FAULT_LEASE_TAKEN, FAULT_OLD_EPOCH, FAULT_PROTOCOL, FAULT_END_UNKNOWN,
	    END } },
	{ ERROR_FROM_ENGINE, FAILURE_COORDINATION, VAIN | ONCE, { FAULT_DEPENDENCY, END } },
	{ ERROR_FROM_ENGINE, FAILURE_TRANSIENT, ONCE, { FAULT_TIME_LIMIT, END } },
	{ ERROR_FROM_ENGINE, FAILURE_RESOURCE, 0, { FAULT_OOM_KILLED, END } },
	{ ERROR_FROM_ENGINE, FAILURE_SYSTEMIC, VAIN, { FAULT_SANDBOX, FAULT_STUCK, END } },
};

static struct error error_of(enum error_origin origin, int code)
{
	struct error err;

	(void)error_errno(&err, origin < ERROR_FROM_EXIT ? code : 0, "x");
	error_from(&err, origin, code);
	return err;
}

static void check_row(const struct expected *row, int code)
{
	const struct error err = error_of(row->origin, code);
	struct failure failure = classify(&err, 1, 10);

	if (failure.type != row->type || failure.is_retryable != !(row->flags & VAIN) ||
	    failure.counts_for_breaker != !!(row->flags & BREAKER) ||
	    failure.may_split != !!(row->flags & SPLITS) ||
	    failure.is_security != !!(row->flags & SECURITY) ||
	    (failure.is_retryable && failure.is_once != !!(row->flags & ONCE)))
		fail_msg("origin %d, code %d: %s, retryable %d, once %d, breaker %d, split %d",
			 row->origin, code, failure_type_name(failure.type), failure.is_retryable,
			 failure.is_once, failure.counts_for_breaker, failure.may_split);
	assert_true(failure.what[0] != '\0');
}

static void test_every_row(void **state)
{
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < countof(list); i++) {
		for (size_t k = 0; list[i].codes[k] != END; k++, n++)
			check_row(&list[i], list[i].codes[k]);
	}
	assert_true(n > 200);
}

static void test_every_errno_has_an_answer(void **state)
{
	(void)state;
	for (int code = 1; code <= 133; code++) {
		for (int origin = ERROR_FROM_ERRNO; origin < ERROR_FROM_EXIT; origin++) {
			const struct error err = error_of((enum error_origin)origin, code);
			struct failure failure = classify(&err, 1, 1);

			assert_in_range(failure.type, 0, FAILURE_TYPE_COUNT - 1);
			assert_true(failure.type != FAILURE_NONE || code == ECANCELED);
			assert_non_null(failure.what);
		}
	}
}

/* Crashes and handshakes are tried once more; what is too big is split as long as it can be. */
static void test_permanent_in_the_end(void **state)
{
	const struct error crash = error_of(ERROR_FROM_SIGNAL, SIGSEGV);
	const struct error handshake = error_of(ERROR_FROM_CURL, 35);
	const struct error big = error_of(ERROR_FROM_ERRNO, E2BIG);
	const struct error memory = error_of(ERROR_FROM_ERRNO, ENOMEM);

	(void)state;
	assert_true(classify(&crash, 1, 1).is_retryable);
	assert_int_equal(classify(&crash, 2, 1).type, FAILURE_PERMANENT);
	assert_int_equal(classify(&handshake, 1, 1).type, FAILURE_TRANSIENT);
	assert_int_equal(classify(&handshake, 2, 1).type, FAILURE_PERMANENT);
	assert_true(classify(&big, 5, 2).may_split);
	assert_int_equal(classify(&big, 1, 1).type, FAILURE_PERMANENT);
	assert_false(classify(&big, 1, 1).may_split);
	assert_false(classify(&memory, 1, 1).may_split);
	assert_true(classify(&memory, 1, 1).is_retryable);
}

static void test_retry_after_makes_it_a_quota(void **state)
{
	struct error err = error_of(ERROR_FROM_HTTP, 503);

	(void)state;
	assert_int_equal(classify(&err, 1, 1).type, FAILURE_TRANSIENT);
	err.retry_ms = 1500;
	assert_int_equal(classify(&err, 1, 1).type, FAILURE_RESOURCE);
	assert_false(classify(&err, 1, 1).counts_for_breaker);
	assert_int_equal(classify(&err, 1, 1).retry_after_ms, 1500);
	err.origin_code = 302;
	assert_int_equal(classify(&err, 1, 1).type, FAILURE_RESOURCE);
}

/* The class a filler chose on purpose beats the number. */
static void test_classes(void **state)
{
	static const struct {
		enum error_class class;
		int code;
		enum failure_type type;
	} rows[] = {
		{ ERROR_INVALID, ENODEV, FAILURE_PERMANENT },
		{ ERROR_INVALID, EFBIG, FAILURE_PERMANENT },
		{ ERROR_INVALID, 0, FAILURE_PERMANENT },
		{ ERROR_DENIED, 0, FAILURE_PERMANENT },
		{ ERROR_MISSING, 0, FAILURE_PERMANENT },
		{ ERROR_TRANSIENT, 0, FAILURE_TRANSIENT },
		{ ERROR_LIMIT, 0, FAILURE_RESOURCE },
		{ ERROR_TIMEOUT, 0, FAILURE_TRANSIENT },
		{ ERROR_CANCELLED, ECANCELED, FAILURE_NONE },
		{ ERROR_CANCELLED, EIO, FAILURE_NONE },
		{ ERROR_BUG, EIO, FAILURE_UNKNOWN },
		{ ERROR_NONE, 0, FAILURE_UNKNOWN },
		{ ERROR_LIMIT, ENOMEM, FAILURE_RESOURCE },
	};

	(void)state;
	for (size_t i = 0; i < countof(rows); i++) {
		struct error err;

		(void)error_set(&err, rows[i].class, rows[i].code, "x");
		assert_int_equal(classify(&err, 1, 1).type, rows[i].type);
	}
}

/* What is told as a class says the same of trying again as the row that decides it. */
static void test_statuses(void **state)
{
	static const struct {
		int status;
		enum error_class class;
	} rows[] = {
		{ 302, ERROR_INVALID },   { 400, ERROR_INVALID },   { 401, ERROR_DENIED },
		{ 402, ERROR_DENIED },    { 403, ERROR_DENIED },    { 404, ERROR_MISSING },
		{ 407, ERROR_DENIED },    { 408, ERROR_TRANSIENT }, { 410, ERROR_MISSING },
		{ 413, ERROR_INVALID },   { 425, ERROR_TRANSIENT }, { 429, ERROR_LIMIT },
		{ 451, ERROR_DENIED },    { 500, ERROR_TRANSIENT }, { 501, ERROR_INVALID },
		{ 503, ERROR_TRANSIENT }, { 520, ERROR_TRANSIENT }, { 529, ERROR_LIMIT },
	};

	(void)state;
	for (size_t i = 0; i < countof(rows); i++)
		if (transfer_class_of(rows[i].status) != rows[i].class)
			fail_msg("%d", rows[i].status);
	for (int status = 300; status < 600; status++) {
		struct error err = error_of(ERROR_FROM_HTTP, status);
		struct failure failure = classify(&err, 1, 1);
		enum error_class class = transfer_class_of(status);
		bool is_passing = class == ERROR_TRANSIENT || class == ERROR_LIMIT;

		if (failure.type != FAILURE_UNKNOWN && failure.type != FAILURE_COORDINATION &&
		    failure.is_retryable != is_passing)
			fail_msg("%d: %s, but %s", status, error_class_name(class), failure.what);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_row),
		cmocka_unit_test(test_every_errno_has_an_answer),
		cmocka_unit_test(test_permanent_in_the_end),
		cmocka_unit_test(test_retry_after_makes_it_a_quota),
		cmocka_unit_test(test_classes),
		cmocka_unit_test(test_statuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
