/* SPDX-License-Identifier: MIT */
#include "os/shared_record.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WAIT_MS = 1, WAITS_MAX = 2000, PATH_SIZE = 4096 };

static int path_of(const char *dir, const char *name, char path[PATH_SIZE])
{
	return snprintf(path, PATH_SIZE, "%s/%s", dir, name) < PATH_SIZE ? 0 : -ENAMETOOLONG;
}

int shared_record_open(const char *dir, const char *name)
{
	char path[PATH_SIZE];
	struct stat status;
	int fd, r;

	if (path_of(dir, name, path) < 0)
		return -ENAMETOOLONG;
	fd = open(path, O_RDWR | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &status) == 0 && S_ISFIFO(status.st_mode))
		return fd;
	r = -EBADMSG;
	(void)close(fd); /* nothing was written */
	return r;
}

int shared_record_make(const char *dir, const char *name, const void *data, size_t len)
{
	char path[PATH_SIZE];
	int fd, r;

	if (path_of(dir, name, path) < 0)
		return -ENAMETOOLONG;
	if (mkfifo(path, 0600) < 0)
		return -errno;
	fd = shared_record_open(dir, name);
	r = fd < 0 ? fd : shared_record_put(fd, data, len);
	if (r == 0)
		return fd;
	if (fd >= 0)
		(void)close(fd); /* it goes */
	shared_record_remove(dir, name);
	return r;
}

void shared_record_remove(const char *dir, const char *name)
{
	char path[PATH_SIZE];

	if (path_of(dir, name, path) == 0)
		(void)unlink(path); /* or it stays, and goes with its directory */
}

int shared_record_take(int fd, void *data, size_t len)
{
	char bytes[SHARED_RECORD_MAX + 1]; /* one more than any record has */
	ssize_t n;

	for (int i = 0; (n = read(fd, bytes, sizeof(bytes))) < 0; i++) {
		if (errno != EAGAIN && errno != EINTR)
			return -errno;
		if (i == WAITS_MAX)
			return -ETIMEDOUT;
		(void)poll(NULL, 0, WAIT_MS); /* or less, by a signal */
	}
	if (n != (ssize_t)len) {
		(void)shared_record_put(fd, bytes, (size_t)n); /* others are to see it, too */
		return -EBADMSG;
	}
	for (size_t i = 0; i < len; i++)
		((char *)data)[i] = bytes[i];
	return 0;
}

int shared_record_put(int fd, const void *data, size_t len)
{
	ssize_t n;

	do
		n = write(fd, data, len); /* shorter than PIPE_BUF: all or nothing */
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

void shared_record_rely(int fd, bool does_rely)
{
	(void)flock(fd, does_rely ? LOCK_SH | LOCK_NB : LOCK_UN); /* one at a time is in here */
}

bool shared_record_is_relied_on(int fd)
{
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return true;
	(void)flock(fd, LOCK_UN); /* cannot fail for a lock that we have */
	return false;
}
