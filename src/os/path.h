/* SPDX-License-Identifier: MIT */
#ifndef OS_PATH_H
#define OS_PATH_H

#include "base/error.h"

#include <stddef.h>
#include <sys/stat.h>

/**
 * Opening beneath a root directory, whatever links and races there are: openat2(2) with
 * RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV. Where the kernel lacks openat2 the
 * path is walked component by component with O_NOFOLLOW. Links inside the root are followed,
 * links out of it give -EXDEV. Special files are not opened: -ENODEV (a FIFO would block).
 */

enum { PATH_LEN_MAX = 4096 };

/** Opens a regular file (O_RDONLY | O_NOCTTY | O_CLOEXEC) and fills *ret_stat. -EISDIR for a directory.
 *  Returns the descriptor or -errno; says nothing. */
int path_open_file(int root_fd, const char *path, struct stat *ret_stat);

/** Opens a directory. "" and "." are the root itself (a new descriptor). */
int path_open_dir(int root_fd, const char *path);

/**
 * Makes path relative to the root and clean: an absolute path must lie beneath root_path;
 * "." and ".." and double slashes are resolved by text. out gets "" for the root itself.
 * -EXDEV if it leads out of the root, -ENAMETOOLONG, -EINVAL for a NUL or an empty path.
 */
int path_clean(const char *root_path, const char *path, char out[PATH_LEN_MAX]);

/** A name in the same directory that path may have meant ("did you mean"), or NULL; static
 *  storage is not used: the result is written to out. */
const char *path_nearest(int root_fd, const char *path, char out[PATH_LEN_MAX]);

static inline void cleanup_close_fd(int *fd)
{
	extern int close(int);

	if (*fd >= 0)
		close(*fd);
}

#endif
