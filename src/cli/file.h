/* SPDX-License-Identifier: MIT */
#ifndef CLI_FILE_H
#define CLI_FILE_H

#include "base/buf.h"
#include "base/error.h"

/** Reads a whole file, "-" for standard input; at most buf's maximum. */
int file_read(const char *path, struct buf *buf, struct error *err);

/** Reads a regular file, and nothing else: no link with O_NOFOLLOW among the flags, no device or
 *  pipe that one may wait for. */
int file_read_regular(const char *path, int flags, struct buf *buf, struct error *err);

#endif
