/* SPDX-License-Identifier: MIT */
#include "os/job_pool.h"

#include "base/attr.h"
#include "base/str.h"
#include "os/slot_pool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const prefix = "jobs-";
static const char *const files[] = { "bin/make", "bin/gmake", "tokens", "lock" };

enum { JOBS_MAX = 4096 }; /* less than what a FIFO holds, so that filling it never waits */

static int make_dirs(const char *path)
{
	char copy[4096];

	if (snprintf(copy, sizeof(copy), "%s", path) >= (int)sizeof(copy))
		return -ENAMETOOLONG;
	for (char *at = strchr(copy + 1, '/');; at = strchr(at + 1, '/')) {
		if (at)
			*at = '\0';
		if (mkdir(copy, 0700) < 0 && errno != EEXIST)
			return -errno;
		if (!at)
			return 0;
		*at = '/';
	}
}

static void remove_folder(int dir_fd, const char *name)
{
	int fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!dir) {
		if (fd >= 0)
			(void)close(fd); /* only read */
		return;
	}
	while ((entry = readdir(dir)))
		(void)unlinkat(dirfd(dir), entry->d_name, 0); /* what is a directory stays */
	(void)closedir(dir);                                  /* only read */
	(void)unlinkat(dir_fd, name, AT_REMOVEDIR);           /* the same */
}

/* What is in a pool, and nothing else: a directory with other things in it stays. */
static void remove_files(int dir_fd)
{
	for (size_t i = 0; i < countof(files); i++)
		(void)unlinkat(dir_fd, files[i], 0); /* what is not there need not go */
	(void)unlinkat(dir_fd, "bin", AT_REMOVEDIR);
	remove_folder(dir_fd, "agents");
	remove_folder(dir_fd, "evidence");
}

/* Pools of owners that were killed. parent_fd is locked: nobody is about to lock a new one. */
static void remove_stale(int parent_fd)
{
	int fd = openat(parent_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		int pool_fd = -1;

		if (str_starts_with(entry->d_name, prefix))
			pool_fd = openat(parent_fd, entry->d_name,
					 O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (pool_fd < 0)
			continue;
		if (flock(pool_fd, LOCK_EX | LOCK_NB) == 0) {
			remove_files(pool_fd);
			(void)unlinkat(parent_fd, entry->d_name, AT_REMOVEDIR); /* or next time */
		}
		(void)close(pool_fd); /* only read */
	}
	(void)closedir(dir); /* only read */
}

static int write_all(int fd, const char *text, size_t len)
{
	ssize_t n = write(fd, text, len);

	if (n < 0)
		return -errno;
	return (size_t)n == len ? 0 : -ENOSPC;
}

static int make_lock(int dir_fd, unsigned n_jobs)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u\n", n_jobs);
	int fd = openat(dir_fd, "lock", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int r;

	if (fd < 0)
		return -errno;
	r = write_all(fd, text, (size_t)len);
	if (close(fd) < 0 && r == 0)
		r = -errno;
	return r;
}

static int make_links(int dir_fd)
{
	char program[4096];
	ssize_t len = readlink("/proc/self/exe", program, sizeof(program) - 1);

	if (len < 0)
		return -errno;
	program[len] = '\0';
	if (mkdirat(dir_fd, "bin", 0700) < 0 || symlinkat(program, dir_fd, "bin/make") < 0 ||
	    symlinkat(program, dir_fd, "bin/gmake") < 0)
		return -errno;
	return 0;
}

static int fill(struct job_pool *pool, unsigned n_jobs)
{
	char tokens[JOBS_MAX];

	if (mkfifoat(pool->dir_fd, "tokens", 0600) < 0)
		return -errno;
	pool->tokens_fd = openat(pool->dir_fd, "tokens", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (pool->tokens_fd < 0)
		return -errno;
	memset(tokens, '+', n_jobs); /* as make does */
	return write_all(pool->tokens_fd, tokens, n_jobs);
}

/* parent_fd is locked by us. */
static int make_pool(struct job_pool *pool, const char *parent, const struct job_pool_sizes *sizes)
{
	unsigned n_jobs = sizes->n_jobs < JOBS_MAX ? sizes->n_jobs : JOBS_MAX;
	int r;

	if (asprintf(&pool->dir, "%s/%sXXXXXX", parent, prefix) < 0) {
		pool->dir = NULL;
		return -ENOMEM;
	}
	if (!mkdtemp(pool->dir)) {
		r = -errno;
		free(pool->dir);
		pool->dir = NULL;
		return r;
	}
	pool->dir_fd = open(pool->dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (pool->dir_fd < 0 || flock(pool->dir_fd, LOCK_EX | LOCK_NB) < 0)
		return -errno;
	r = make_lock(pool->dir_fd, n_jobs);
	if (r == 0)
		r = fill(pool, n_jobs);
	if (r == 0)
		r = make_links(pool->dir_fd);
	return r < 0 ? r : slot_pool_make(pool->dir_fd, sizes->n_agents);
}

int job_pool_make(struct job_pool *pool, const char *parent, const struct job_pool_sizes *sizes,
		  struct error *err)
{
	int r = make_dirs(parent);
	int parent_fd = r < 0 ? -1 : open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	*pool = (struct job_pool){ .dir_fd = -1, .tokens_fd = -1 };
	if (r == 0 && (parent_fd < 0 || flock(parent_fd, LOCK_EX) < 0))
		r = -errno;
	if (r == 0) {
		remove_stale(parent_fd);
		r = make_pool(pool, parent, sizes);
	}
	if (parent_fd >= 0)
		(void)close(parent_fd); /* only read */
	if (r < 0) {
		job_pool_remove(pool);
		return error_errno(err, -r, "cannot make a pool of jobs in '%s'", parent);
	}
	return 0;
}

void job_pool_remove(struct job_pool *pool)
{
	if (!pool->dir)
		return;
	if (pool->dir_fd >= 0) {
		remove_files(pool->dir_fd);
		(void)close(pool->dir_fd); /* only read */
	}
	(void)rmdir(pool->dir); /* or it is stale, and the next one's to remove */
	if (pool->tokens_fd >= 0)
		(void)close(pool->tokens_fd); /* nothing to lose */
	free(pool->dir);
	pool->dir = NULL;
}
