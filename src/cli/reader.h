/* SPDX-License-Identifier: MIT */
#ifndef CLI_READER_H
#define CLI_READER_H

#include "cli/lines.h"

#include <stdbool.h>
#include <uv.h>

/**
 * Reads a descriptor into lines on the loop, a chunk per turn, without ever blocking it (files
 * are just read). Switched off and on by whoever uses the lines. Loop thread.
 */
typedef void reader_fn(void *data);

struct reader {
	struct lines *lines;
	int fd;
	bool own_fd;
	bool is_polled; /* else it is a file: an idle handle reads */
	bool is_on;
	bool is_ended;
	int error; /* -errno */
	union {
		uv_handle_t handle;
		uv_poll_t poll;
		uv_idle_t idle;
	};
	reader_fn *on_read; /* something came, or the end */
	void *data;
	bool is_closing;
};

/** lines, on_read and data are set before. */
void reader_start(struct reader *reader, uv_loop_t *loop, int fd);
void reader_switch(struct reader *reader, bool on);
/** The handle is closed when the loop has turned; is_closing is false again then. */
void reader_stop(struct reader *reader);

#endif
