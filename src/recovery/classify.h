/* SPDX-License-Identifier: MIT */
#ifndef RECOVERY_CLASSIFY_H
#define RECOVERY_CLASSIFY_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * What kind of failure an error is: a function of its origin, its code and the context given, and
 * of nothing else. The rows are in failures.def. Any thread.
 */
enum failure_type {
	FAILURE_NONE, /* no failure: a result, or a cancelled call */
	FAILURE_TRANSIENT,
	FAILURE_RESOURCE,     /* RESOURCE_EXHAUSTION */
	FAILURE_COORDINATION, /* COORDINATION_FAILURE */
	FAILURE_SYSTEMIC,     /* SYSTEMIC_FAILURE */
	FAILURE_UNKNOWN,
	FAILURE_PERMANENT, /* the caller's fault: the same call fails again */
	FAILURE_TYPE_COUNT
};

const char *failure_type_name(enum failure_type type); /* "transient", "resource_exhaustion", … */

/** How far it reaches. A shortage (HOST_BUSY) concerns the machine, but passes by waiting. */
enum failure_scope {
	SCOPE_REQUEST,
	SCOPE_ENDPOINT,
	SCOPE_TOOL,
	SCOPE_HOST_BUSY,
	SCOPE_HOST,
	SCOPE_COUNT
};

struct failure {
	enum failure_type type;
	enum failure_scope scope;
	bool is_retryable; /* at the same size; whether it may be repeated is not asked here */
	bool is_once;      /* one retry at most */
	bool counts_for_breaker;
	bool may_split;          /* a batch; alone it is permanent, or waits if retryable */
	bool is_security;        /* to be told as such */
	uint64_t retry_after_ms; /* not before; 0 = not known */
	const char *what;        /* for people; static */
};

/** n_attempts: made so far, this one counted. width: calls in the batch that failed, 1 = none. */
struct failure classify(const struct error *err, unsigned n_attempts, size_t width);

#endif
