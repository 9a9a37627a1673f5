/* SPDX-License-Identifier: MIT */
/* Standard streams for the loop. */
#include "cli/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

int stream_open(int fd, bool for_writing)
{
	struct stat stat;
	char path[48];
	int own;

	if (fstat(fd, &stat) < 0)
		return -errno;
	if (S_ISSOCK(stat.st_mode)) {
		own = fcntl(fd, F_DUPFD_CLOEXEC, 3);
		return own < 0 ? -errno : own;
	}
	if (!S_ISFIFO(stat.st_mode) && !isatty(fd))
		return -ENOTSUP;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	own = open(path, (for_writing ? O_WRONLY : O_RDONLY) | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	return own < 0 ? -ENOTSUP : own;
}
