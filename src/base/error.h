/* SPDX-License-Identifier: MIT */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include "base/attr.h"

/**
 * What went wrong, for a program (class, code) and for a person (text). Filled once, where most
 * is known; callers may put context in front of the text, never rewrite it. Caller's memory, no
 * clean-up needed. Every function here accepts err == NULL.
 */
enum error_class {
	ERROR_NONE,
	ERROR_INVALID,   /* the input is wrong: the same call fails again */
	ERROR_DENIED,    /* not allowed: permissions, confinement */
	ERROR_MISSING,   /* the named thing does not exist */
	ERROR_TRANSIENT, /* may well succeed when tried again */
	ERROR_LIMIT,     /* a bound was reached: memory, descriptors, size, rate */
	ERROR_TIMEOUT,   /* its time was up */
	ERROR_CANCELLED, /* somebody asked it to stop */
	ERROR_BUG,       /* volley's own fault */
	ERROR_CLASS_COUNT
};

enum { ERROR_TEXT_MAX = 512 };

struct error {
	enum error_class class;
	int code;                  /* errno value, or 0 */
	unsigned retry_ms;         /* ERROR_LIMIT: not before this many ms; 0 = unknown */
	char text[ERROR_TEXT_MAX]; /* lower case, no full stop, cut at the end if too long */
};

/** Fill err and return -code (or -EIO where code is 0). */
int error_set(struct error *err, enum error_class class, int code, const char *format, ...)
	ATTR_PRINTF(4, 5);

/** As error_set(), with the class that belongs to errno value code and ": strerror" appended. */
int error_errno(struct error *err, int code, const char *format, ...) ATTR_PRINTF(3, 4);

/** Put "format: " in front of the text. */
void error_prefix(struct error *err, const char *format, ...) ATTR_PRINTF(2, 3);

/** Stable lower-case name of a class, e.g. "invalid". */
const char *error_class_name(enum error_class class);

#endif
