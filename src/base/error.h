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

/**
 * Whose code it is: which table of recovery/ an error is looked up in. The first few are all errno
 * values, and say where they come from, because the same number means different things there.
 */
enum error_origin {
	ERROR_FROM_ERRNO,
	ERROR_FROM_SPAWN,    /* starting a process or thread, which therefore never ran */
	ERROR_FROM_CONFINED, /* opening beneath the root (openat2) */
	ERROR_FROM_POLICY,   /* volley's own refusal */
	ERROR_FROM_NET,      /* a socket */
	ERROR_FROM_EXIT,     /* from here on the number is origin_code: exit status of a command */
	ERROR_FROM_GREP,     /* exit status of grep or one like it, where 1 means "no match" */
	ERROR_FROM_SIGNAL,   /* the signal that ended a command */
	ERROR_FROM_CURL,
	ERROR_FROM_HTTP,
	ERROR_FROM_HTTP_SHARED, /* HTTP, asked with a credential that all calls share */
	ERROR_FROM_SQLITE,      /* primary or extended */
	ERROR_FROM_NATS,
	ERROR_FROM_JETSTREAM,
	ERROR_FROM_REGCOMP,
	ERROR_FROM_PCRE2,
	ERROR_FROM_ENGINE, /* enum error_fault */
	ERROR_ORIGIN_COUNT
};

/** What the engine itself finds wrong. */
enum error_fault {
	FAULT_TIME_LIMIT = 1, /* a call's own time was up */
	FAULT_STUCK,          /* it hangs in the kernel */
	FAULT_END_UNKNOWN,    /* nobody knows how it ended */
	FAULT_OOM_KILLED,     /* killed while memory was short */
	FAULT_SANDBOX,        /* the sandbox could not be set up */
	FAULT_BREAKER_OPEN,   /* not started: its kind fails too often */
	FAULT_TOO_DEEP,
	FAULT_CYCLE,
	FAULT_UNKNOWN_TOOL,
	FAULT_SCHEMA,
	FAULT_LEASE_LOST,
	FAULT_LEASE_TAKEN,
	FAULT_OLD_EPOCH,
	FAULT_DEPENDENCY, /* what it needs has failed */
	FAULT_PROTOCOL,   /* a child or peer does not keep to the protocol */
};

enum { ERROR_TEXT_MAX = 512 };

struct error {
	enum error_class class;
	int code; /* errno value, or 0 */
	enum error_origin origin;
	int origin_code;           /* where origin is not errno's */
	unsigned retry_ms;         /* ERROR_LIMIT: not before this many ms; 0 = unknown */
	char text[ERROR_TEXT_MAX]; /* lower case, no full stop; cut if too long, controls are '?' */
};

/** Fill err and return -code (or -EIO where code is 0). */
int error_set(struct error *err, enum error_class class, int code, const char *format, ...)
	ATTR_PRINTF(4, 5);

/** As error_set(), with the class that belongs to errno value code and ": strerror" appended. */
int error_errno(struct error *err, int code, const char *format, ...) ATTR_PRINTF(3, 4);

/** The class that error_errno() gives to a code. */
enum error_class error_class_of(int code);

/** Say whose code it is; for the origins of errno, origin_code is not used. */
void error_from(struct error *err, enum error_origin origin, int origin_code);

/** Put "format: " in front of the text. */
void error_prefix(struct error *err, const char *format, ...) ATTR_PRINTF(2, 3);

/** Stable lower-case name of a class, e.g. "invalid". */
const char *error_class_name(enum error_class class);

#endif
