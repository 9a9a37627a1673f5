/* SPDX-License-Identifier: MIT */
#ifndef OS_PATH_H
#define OS_PATH_H

#include "base/error.h"

#include <stddef.h>
#include <sys/stat.h>
#include <unistd.h>

/**
 * Opening beneath a root directory, whatever links and races there are: openat2(2) with
 * RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV. Links inside the root are followed,
 * links out of it give -EXDEV, as do mount points below the root. Where the kernel lacks openat2
 * the path is walked component by component and any link gives -ELOOP. Special files are not
 * opened: -ENODEV (a FIFO would block, a device may do something). All paths are relative to the
 * root descriptor; "" and "." are the root itself. Any thread; errors are -errno, said nowhere.
 */

enum { PATH_LEN_MAX = 4096 };

/** Opens a regular file (O_RDONLY | O_NOCTTY | O_CLOEXEC) and fills *ret_stat. -EISDIR for a
 *  directory. Returns the descriptor or -errno. */
int path_open_file(int root_fd, const char *path, struct stat *ret_stat);

/** Opens a directory; -ENOTDIR for anything else. A new descriptor even for the root itself. */
int path_open_dir(int root_fd, const char *path);

/** As path_open_dir(), but no component may be a link: -ELOOP. */
int path_open_dir_nofollow(int root_fd, const char *path);

/** What a path leads to (links inside the root followed), without opening it. 0 or -errno. */
int path_stat(int root_fd, const char *path, struct stat *ret_stat);

/**
 * Makes path relative to the root and clean: an absolute path must lie beneath root_path (itself
 * absolute and clean); "." and ".." and double slashes are resolved by text. out gets "" for the
 * root itself. -EXDEV if it leads out of the root, -ENAMETOOLONG, -EINVAL for an empty path.
 */
int path_clean(const char *root_path, const char *path, char out[PATH_LEN_MAX]);

/**
 * What a missing path may have meant: the path with its first missing component replaced by the
 * nearest name in that directory, and with what follows it if that exists. Written to out and
 * returned, or NULL. path is clean. Reads one directory, a bounded number of its entries.
 */
const char *path_nearest(int root_fd, const char *path, char out[PATH_LEN_MAX]);

static inline void cleanup_close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

#endif
