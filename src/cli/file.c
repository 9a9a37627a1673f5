/* SPDX-License-Identifier: MIT */
/* Workflow and settings files, read whole. */
#include "cli/file.h"

#include "base/str.h"
#include "os/path.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { STEP = 64 << 10 };

static int read_all(int fd, struct buf *buf)
{
	for (;;) {
		size_t room = buf->max - buf->len < STEP ? buf->max - buf->len : STEP;
		char *at;
		ssize_t n;

		if (!room)
			return -EFBIG;
		at = buf_reserve(buf, room);
		if (!at)
			return buf_error(buf);
		n = read(fd, at, room);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : 0;
		buf_advance(buf, (size_t)n);
	}
}

int file_read(const char *path, struct buf *buf, struct error *err)
{
	bool is_stdin = str_equal(path, "-");
	CLEANUP(close_fd) int fd = is_stdin ? -1 : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	int r;

	if (fd < 0 && !is_stdin)
		return error_errno(err, errno, "cannot open '%s'", path);
	r = read_all(is_stdin ? STDIN_FILENO : fd, buf);
	if (r < 0)
		return error_errno(err, -r, "cannot read '%s'", is_stdin ? "standard input" : path);
	return 0;
}

int file_read_regular(const char *path, int flags, struct buf *buf, struct error *err)
{
	CLEANUP(close_fd)
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | flags);
	struct stat stat;
	int r;

	if (fd < 0 && errno == ELOOP && flags & O_NOFOLLOW)
		return error_set(err, ERROR_DENIED, ELOOP, "'%s' is a link, which is not followed",
				 path);
	if (fd < 0)
		return error_errno(err, errno, "cannot open '%s'", path);
	if (fstat(fd, &stat) < 0)
		return error_errno(err, errno, "cannot read '%s'", path);
	if (!S_ISREG(stat.st_mode))
		return error_set(err, ERROR_INVALID, EINVAL, "'%s' is not a regular file", path);
	r = read_all(fd, buf);
	return r < 0 ? error_errno(err, -r, "cannot read '%s'", path) : 0;
}
