/* SPDX-License-Identifier: MIT */
#include "os/slot_pool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const folder = "agents";

static int make_files(int dir_fd, unsigned n)
{
	char name[32];

	for (unsigned level = 0; level < SLOT_POOL_LEVELS; level++) {
		for (unsigned i = 0; i < n; i++) {
			(void)snprintf(name, sizeof(name), "%u.%u", i, level); /* fits */
			if (mknodat(dir_fd, name, S_IFREG | 0600, 0) < 0)
				return -errno;
		}
	}
	return 0;
}

int slot_pool_make(int dir_fd, unsigned n)
{
	int fd, r;

	if (mkdirat(dir_fd, folder, 0700) < 0)
		return -errno;
	fd = openat(dir_fd, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = make_files(fd, n < SLOT_POOL_MAX ? n : SLOT_POOL_MAX);
	(void)close(fd); /* only read */
	return r;
}

int slot_pool_take_lent(const char *dir, unsigned number, unsigned level, struct slot *ret_slot)
{
	char path[4096];
	int fd, r;

	if (snprintf(path, sizeof(path), "%s/%u.%u", dir, number, level) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		r = errno == EWOULDBLOCK ? -EAGAIN : -errno;
		(void)close(fd); /* only read */
		return r;
	}
	*ret_slot = (struct slot){ .fd = fd, .number = number, .level = level };
	return 0;
}

int slot_pool_take(const char *dir, struct slot *ret_slot)
{
	for (unsigned i = 0; i < SLOT_POOL_MAX; i++) {
		int r = slot_pool_take_lent(dir, i, 0, ret_slot);

		if (r == -ENOENT && i > 0)
			return -EAGAIN; /* those were all */
		if (r != -EAGAIN)
			return r;
	}
	return -EAGAIN;
}

void slot_give(struct slot *slot)
{
	if (slot->fd >= 0)
		(void)close(slot->fd); /* the lock goes with it */
	slot->fd = -1;
}
