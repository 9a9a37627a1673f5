/* SPDX-License-Identifier: MIT */
/* Workflow files, read whole. */
#include "cli/file.h"

#include "base/str.h"
#include "os/path.h"

#include <errno.h>
#include <fcntl.h>
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
