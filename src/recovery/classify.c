/* SPDX-License-Identifier: MIT */
/*
 * The classifier. An origin without a row for a code passes it on to a more general one: a spawn's
 * ENOENT is any ENOENT, an exit status over 128 is the signal it tells of, SQLite's extended codes
 * are their primary code.
 */
#include "recovery/classify.h"

#include "base/attr.h"

#include <errno.h>
#include <netdb.h>
#include <signal.h>

enum {
	B = 1 << 0,
	S = 1 << 1,
	X = 1 << 2,
	F = 1 << 3,
	O = 1 << 4,
};

struct row {
	enum error_origin origin;
	int first, last;
	enum failure_type type;
	enum failure_scope scope;
	unsigned flags;
	const char *what;
};

static const struct row rows[] = {
#define FAILURE(origin, first, last, type, scope, flags, what)                                     \
	{ ERROR_FROM_##origin, first, last, FAILURE_##type, SCOPE_##scope, flags, what },
#include "recovery/failures.def"
#undef FAILURE
};

const char *failure_type_name(enum failure_type type)
{
	static const char *const names[] = {
		[FAILURE_NONE] = "none",
		[FAILURE_TRANSIENT] = "transient",
		[FAILURE_RESOURCE] = "resource_exhaustion",
		[FAILURE_COORDINATION] = "coordination_failure",
		[FAILURE_SYSTEMIC] = "systemic_failure",
		[FAILURE_UNKNOWN] = "unknown",
		[FAILURE_PERMANENT] = "permanent",
	};

	return names[type];
}

static const struct row *find_row(enum error_origin origin, int code)
{
	for (size_t i = 0; i < countof(rows); i++) {
		if (rows[i].origin == origin && rows[i].first <= code && code <= rows[i].last)
			return &rows[i];
	}
	return NULL;
}

static const struct row *find_general(enum error_origin origin, int code)
{
	enum { SIGNAL_BASE = 128, SIGNAL_MAX = 64 };

	switch (origin) {
	case ERROR_FROM_SPAWN:
	case ERROR_FROM_CONFINED:
	case ERROR_FROM_POLICY:
	case ERROR_FROM_NET:
		return find_row(ERROR_FROM_ERRNO, code);
	case ERROR_FROM_GREP:
	case ERROR_FROM_EXIT:
		if (code > SIGNAL_BASE && code <= SIGNAL_BASE + SIGNAL_MAX)
			return find_row(ERROR_FROM_SIGNAL, code - SIGNAL_BASE);
		return find_row(ERROR_FROM_EXIT, code);
	case ERROR_FROM_HTTP_SHARED:
		return find_row(ERROR_FROM_HTTP, code);
	case ERROR_FROM_SQLITE:
		return find_row(ERROR_FROM_SQLITE, code & 0xff);
	default:
		return NULL;
	}
}

/* Who fills in an error without a number, or against what the number is usually taken for, knows
 * better than the table. */
static const struct row *row_of_class(const struct error *err)
{
	static const struct row by_class[ERROR_CLASS_COUNT] = {
		[ERROR_NONE] = { .type = FAILURE_UNKNOWN, .what = "no reason given" },
		[ERROR_INVALID] = { .type = FAILURE_PERMANENT, .what = "the input is wrong" },
		[ERROR_DENIED] = { .type = FAILURE_PERMANENT, .what = "not allowed" },
		[ERROR_MISSING] = { .type = FAILURE_PERMANENT, .what = "does not exist" },
		[ERROR_TRANSIENT] = { .type = FAILURE_TRANSIENT, .what = "it may pass" },
		[ERROR_LIMIT] = { .type = FAILURE_RESOURCE, .what = "a limit was reached" },
		[ERROR_TIMEOUT] = { .type = FAILURE_TRANSIENT,
				    .flags = O,
				    .what = "its time was up" },
		[ERROR_CANCELLED] = { .type = FAILURE_NONE, .what = "cancelled" },
		[ERROR_BUG] = { .type = FAILURE_UNKNOWN, .what = "a fault of volley's own" },
	};
	bool is_errno = err->origin < ERROR_FROM_EXIT;

	if (!is_errno)
		return NULL;
	if (err->code == 0 || err->class == ERROR_CANCELLED || err->class == ERROR_BUG)
		return &by_class[err->class];
	if (err->class != error_class_of(err->code) &&
	    (err->class == ERROR_INVALID || err->class == ERROR_MISSING ||
	     (err->class == ERROR_DENIED && err->origin == ERROR_FROM_ERRNO)))
		return &by_class[err->class];
	return NULL;
}

static const struct row *row_of(const struct error *err)
{
	static const struct row unknown = { .type = FAILURE_UNKNOWN, .what = "unknown" };
	int code = err->origin < ERROR_FROM_EXIT ? err->code : err->origin_code;
	bool is_http = err->origin == ERROR_FROM_HTTP || err->origin == ERROR_FROM_HTTP_SHARED;
	const struct row *row = row_of_class(err);

	if (is_http && err->retry_ms && (code == 503 || (code >= 300 && code < 400)))
		code = 429;
	if (!row)
		row = find_row(err->origin, code);
	if (!row)
		row = find_general(err->origin, code);
	return row ? row : &unknown;
}

struct failure classify(const struct error *err, unsigned n_attempts, size_t width)
{
	const struct row *row = row_of(err);
	struct failure failure = {
		.type = row->type,
		.scope = row->scope,
		.counts_for_breaker = row->flags & B,
		.may_split = (row->flags & S) && width > 1,
		.is_security = row->flags & X,
		.retry_after_ms = err->retry_ms,
		.what = row->what,
	};

	failure.is_once = (row->flags & O) || row->type == FAILURE_COORDINATION ||
			  row->type == FAILURE_UNKNOWN;
	failure.is_retryable = !(row->flags & F) &&
			       (row->type == FAILURE_TRANSIENT || row->type == FAILURE_RESOURCE ||
				row->type == FAILURE_COORDINATION || row->type == FAILURE_UNKNOWN);
	if (((row->flags & O) && n_attempts >= 2) ||
	    ((row->flags & S) && (row->flags & F) && width <= 1)) {
		failure.type = FAILURE_PERMANENT;
		failure.is_retryable = false;
	}
	return failure;
}
