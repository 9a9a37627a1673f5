/* SPDX-License-Identifier: MIT */
#ifndef OS_FD_H
#define OS_FD_H

#include <stddef.h>

/** All of it, in as many pieces as the kernel takes. Block; any thread. */

/** -EBADMSG when it ends before; else 0 or -errno. */
int fd_read_all(int fd, void *data, size_t len);
int fd_write_all(int fd, const void *data, size_t len); /* 0 or -errno */

#endif
