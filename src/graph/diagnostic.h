/* SPDX-License-Identifier: MIT */
#ifndef GRAPH_DIAGNOSTIC_H
#define GRAPH_DIAGNOSTIC_H

#include "base/buf.h"

#include <stddef.h>
#include <stdint.h>

/**
 * What commands print, as statements about places: compilers, linters, linkers, test runners,
 * stack traces, sanitizers. Text that only looks like it (the lines of a search, a listing, source
 * text) gives nothing: a form counts when it has the words that its tool puts there, at the place
 * where it puts them. Any thread; nothing is kept between two texts.
 */
enum diagnostic_kind {
	DIAGNOSTIC_ERROR,
	DIAGNOSTIC_WARNING,
	DIAGNOSTIC_NOTE,
	DIAGNOSTIC_TEST_FAILED,
	DIAGNOSTIC_TEST_PASSED,
	DIAGNOSTIC_TEST_SKIPPED,
	DIAGNOSTIC_FRAME, /* of a stack trace */
	DIAGNOSTIC_CRASH, /* sanitizer, panic, signal, uncaught exception */
	DIAGNOSTIC_KIND_COUNT,
};

/** A piece of the output, not terminated. at NULL: not said. */
struct span {
	const char *at;
	size_t len;
};

struct diagnostic {
	enum diagnostic_kind kind;
	struct span file;      /* as printed, without "./" and "file://" */
	struct span directory; /* that make had entered: what a relative file is relative to */
	uint32_t line, column; /* from 1; 0: not said */
	struct span code;      /* E0308, -Wunused-variable, TS2345, no-undef */
	struct span message;   /* one line */
	struct span symbol;    /* function, test, type of exception, name that is not defined */
	const char *tool;      /* "cc", "pytest": static; the form's name where several print it */
	uint32_t output_line, output_end_line; /* lines of the output that say so, from 1 */
	int32_t parent; /* frame: its crash or test; note: its error; cause: its effect; or -1 */
};

/** Frames of one trace; of longer ones the innermost and the outermost half are told. */
enum { DIAGNOSTIC_FRAMES_MAX = 64 };

/** Borrowed until diagnostic_parse() returns. Not 0: stop, and return that. */
typedef int diagnostic_found_fn(void *context, const struct diagnostic *found);

/** Any bytes; a parent is the count of calls before its own. In order of the output, a crash before
 *  its frames. Stops after max of them. A test that is named in a list and again in a summary is
 *  told twice. Colour codes are passed over, at the cost of a copy; of a line, the first 4 KiB are
 *  looked at. Linear time. 0, -ENOMEM, or what found() returned. */
int diagnostic_parse(const char *text, size_t len, size_t max, diagnostic_found_fn *found,
		     void *context);

/** Appends the file's path: relative to root ("/a/b", absolute) if it is inside; "." and ".." are
 *  taken out. A relative file is taken to lie in the directory that make had entered, or else in
 *  root. buf_error() tells of memory. */
void diagnostic_relative(const char *root, const struct diagnostic *diagnostic,
			 struct buf *ret_path);

/** "error", "test-failed". */
const char *diagnostic_kind_name(enum diagnostic_kind kind);

#endif
