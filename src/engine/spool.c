/* SPDX-License-Identifier: MIT */
/*
 * Spooled output. Written on the loop thread, into the page cache: LATER a writer thread, when
 * the loop is seen to wait for a slow disk.
 */
#include "engine/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAMES_TRIED_MAX = 100 };

static void fail(struct spool *spool)
{
	if (spool->fd >= 0)
		(void)close(spool->fd); /* the file goes away anyway */
	if (spool->path)
		(void)unlink(spool->path); /* as well as we can */
	spool->fd = -1;
	free(spool->path);
	spool->path = NULL;
	spool->is_failed = true;
}

/* mkdir -p, for the owner only. */
static void make_dirs(const char *dir)
{
	char *copy = strdup(dir);

	if (!copy)
		return; /* opening the file will say so */
	for (char *at = copy + 1; *at; at++) {
		if (*at != '/')
			continue;
		*at = '\0';
		(void)mkdir(copy, 0700); /* most are there */
		*at = '/';
	}
	(void)mkdir(copy, 0700); /* opening the file will say so */
	free(copy);
}

static int try_name(struct spool *spool, const char *dir, const char *name, int i)
{
	int r = i == 0 ? asprintf(&spool->path, "%s/%s.out", dir, name)
		       : asprintf(&spool->path, "%s/%s-%d.out", dir, name, i);

	if (r < 0) {
		spool->path = NULL;
		return -ENOMEM;
	}
	spool->fd = open(spool->path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (spool->fd >= 0)
		return 0;
	r = -errno;
	free(spool->path);
	spool->path = NULL;
	return r;
}

void spool_open(struct spool *spool, const char *dir, const char *name)
{
	int r = try_name(spool, dir, name, 0);

	if (r == -ENOENT) {
		make_dirs(dir);
		r = try_name(spool, dir, name, 0);
	}
	for (int i = 1; r == -EEXIST && i < NAMES_TRIED_MAX; i++)
		r = try_name(spool, dir, name, i);
	if (r < 0)
		fail(spool);
}

void spool_add(struct spool *spool, const char *data, size_t len)
{
	if (spool->fd < 0)
		return;
	if (spool->len + len > SPOOL_BYTES_MAX) {
		fail(spool);
		return;
	}
	while (len > 0) {
		ssize_t n = write(spool->fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			fail(spool);
			return;
		}
		data += n;
		len -= (size_t)n;
		spool->len += (uint64_t)n;
	}
}

void spool_close(struct spool *spool)
{
	int fd = spool->fd;

	if (fd < 0)
		return;
	spool->fd = -1;
	if (close(fd) < 0 && errno != EINTR)
		fail(spool); /* a late error, as of NFS */
}

void spool_release(struct spool *spool)
{
	spool_close(spool);
	free(spool->path);
	*spool = (struct spool){ .fd = -1 };
}
