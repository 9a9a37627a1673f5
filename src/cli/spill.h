/* SPDX-License-Identifier: MIT */
#ifndef CLI_SPILL_H
#define CLI_SPILL_H

#include "base/buf.h"
#include "base/error.h"
#include "model/call.h"

#include <stdbool.h>
#include <stddef.h>

/**
 * The full outputs of a run, on disk: STATE/runs/RUN/CALL.out, and CALL.err for standard error of
 * commands. Files are 0600, directories 0700. Blobs are written as they are, without a copy.
 * STATE is $XDG_STATE_HOME/volley, or ~/.local/state/volley.
 */
enum {
	SPILL_PATH_MAX = 4096,
	SPILL_NAME_MAX = 80,
	SPILL_BASE_MAX = SPILL_PATH_MAX + SPILL_NAME_MAX
};

struct uv_loop_s;

struct spill {
	char dir[SPILL_PATH_MAX]; /* absolute */
	int dir_fd;               /* -1 = not open */
	struct uv_loop_s *loop;
	unsigned n_pending; /* outputs that threads are writing */
	bool is_failed;     /* some output was not kept, */
	struct error error; /* the first for this reason */
};

/** The state directory; it need not exist. -ENOENT when there is neither variable nor home. */
int spill_state_dir(char out[SPILL_PATH_MAX]);

/** mkdir -p, everything that is new 0700; path is as it was after. 0 or -errno. */
int spill_make_dirs(char *path);

/** Only says where the outputs of a run go; nothing is made. */
int spill_locate(struct spill *spill, const char *run_id, struct error *err);

/** loop: for spill_keep(); may be NULL without it. */
int spill_open(struct spill *spill, const char *run_id, struct uv_loop_s *loop, struct error *err);
void spill_close(struct spill *spill); /* accepts one that was never opened, dir_fd -1 */

/** File name of a call's output: its id where that makes a plain, short file name, and otherwise
 *  something like it with the call's number, so that no two calls share a file. */
void spill_name(const struct call *call, char out[SPILL_NAME_MAX]);

/** The files of a call's output, without ".out" and ".err". */
void spill_base(const struct spill *spill, const struct call *call, char out[SPILL_BASE_MAX]);

/** What was kept of a call's output, of the run whose directory is dir. 0 or -errno. */
int spill_read(const char *dir, const struct call *call, struct buf *out, struct error *err);

/** Whether a file would hold all that the call printed, and no other does already. */
bool spill_is_useful(const struct result *result);

/** Writes what the call brought back before it returns. */
int spill_write(const struct spill *spill, const struct call *call, const struct result *result,
		struct error *err);

/** Remembers the first reason why an output was not kept. */
void spill_note_failure(struct spill *spill, const struct error *error);

/**
 * Writes what the call brought back; nothing for empty outputs. Large ones are written by threads
 * of the loop: the result stays as it is, and the loop turns, until n_pending is 0 again.
 */
void spill_keep(struct spill *spill, const struct call *call, const struct result *result);

#endif
