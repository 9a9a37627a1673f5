/* SPDX-License-Identifier: MIT */
#ifndef CLI_OUT_H
#define CLI_OUT_H

#include "base/buf.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

/**
 * Standard output: data only. Texts are built in `buf` and go out in large writes. A reader that
 * went away (EPIPE) is no error: is_closed tells, and what is written after that is dropped.
 *
 * out_start() makes it a stream of the loop: it never blocks then, and out_backlog() tells how
 * much waits for the reader.
 */
struct uv_loop_s;
struct out_poll;

struct out {
	int fd;
	struct buf buf;
	size_t sent;           /* bytes at the start of buf that are already out */
	bool is_closed;        /* the reader went away */
	int error;             /* -errno of a write that failed otherwise */
	struct out_poll *poll; /* out_start() */
};

enum { OUT_FLUSH_BYTES = 64 << 10, OUT_BYTES_MAX = 1 << 30 };

void out_init(struct out *out, int fd);

/** Writes all of buf and blocks for it. 0, or -errno with err filled (never for EPIPE). */
int out_flush(struct out *out, struct error *err);

/** From here on out_push() and the loop do the writing. Falls back to blocking writes where the
 *  descriptor cannot be polled (a file) or reopened. */
int out_start(struct out *out, struct uv_loop_s *loop, struct error *err);

/** As much as goes without blocking; the loop does the rest. */
void out_push(struct out *out);
size_t out_backlog(const struct out *out);
/** Calls on_drained(data) on the loop whenever the backlog has become empty, or out closed. */
void out_on_drained(struct out *out, void (*on_drained)(void *data), void *data);

void out_release(struct out *out); /* writes nothing; the poll handle is closed on the loop */

#endif
