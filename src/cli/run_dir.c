/* SPDX-License-Identifier: MIT */
#include "cli/run_dir.h"

#include "base/str.h"
#include "base/vec.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { RUNS_MAX = 100000, LOCK_NAME_BYTES = 8 };

struct names VEC(char *);

static void names_release(struct names *names)
{
	for (size_t i = 0; i < names->n; i++)
		free(names->items[i]);
	vec_release(names);
}

const char *run_dir_name_end(const char *name)
{
	static const char form[] = "ddddddddTdddddd-xxxx"; /* d: a digit, x: a letter or digit */

	for (size_t i = 0; form[i]; i++) {
		unsigned char c = (unsigned char)name[i];
		bool fits = form[i] == 'd'   ? isdigit(c)
			    : form[i] == 'x' ? isalnum(c)
					     : name[i] == form[i];

		if (!fits)
			return NULL;
	}
	return name + sizeof(form) - 1;
}

static bool is_run(const char *name)
{
	const char *end = run_dir_name_end(name);

	return end && !*end;
}

/* 0 = not known. */
static uint64_t made_ns(const char *dir, const char *name)
{
	char path[SPILL_PATH_MAX];
	struct statx status;
	const struct statx_timestamp *made = &status.stx_btime;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name); /* or cut, and not there */
	if (statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_BTIME | STATX_MTIME, &status) < 0)
		return 0;
	if (!(status.stx_mask & STATX_BTIME)) /* of some file systems */
		made = &status.stx_mtime;
	return (uint64_t)made->tv_sec * 1000000000u + made->tv_nsec;
}

/* A name has the second, and then a random word. */
static int newest_first(const void *a, const void *b, void *data)
{
	const char *const *x = a, *const *y = b, *const *dir = data;
	int order = strncmp(*y, *x, strlen("20260101T000000"));
	uint64_t x_ns = order ? 0 : made_ns(*dir, *x), y_ns = order ? 0 : made_ns(*dir, *y);

	if (x_ns != y_ns)
		return x_ns < y_ns ? 1 : -1;
	return order ? order : strcmp(*y, *x);
}

static int runs_dir(char path[SPILL_PATH_MAX], struct error *err)
{
	size_t len;

	if (spill_state_dir(path) < 0)
		return error_set(err, ERROR_MISSING, ENOENT,
				 "no state directory: neither XDG_STATE_HOME nor HOME");
	len = strlen(path);
	if (len + strlen("/runs") >= SPILL_PATH_MAX)
		return error_errno(err, ENAMETOOLONG, "state directory");
	memcpy(path + len, "/runs", sizeof("/runs"));
	return 0;
}

static int list(const char *path, struct names *names, struct error *err)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	bool ok = true;

	if (!dir && errno == ENOENT)
		return 0;
	if (!dir)
		return error_errno(err, errno, "cannot read '%s'", path);
	while (ok && names->n < RUNS_MAX && (entry = readdir(dir))) {
		char *name = is_run(entry->d_name) ? strdup(entry->d_name) : NULL;

		ok = !is_run(entry->d_name) || (name && vec_push(names, name));
	}
	(void)closedir(dir); /* only read */
	if (!ok)
		return error_errno(err, ENOMEM, "the list of runs");
	if (names->n)
		qsort_r(names->items, names->n, sizeof(*names->items), newest_first, &path);
	return 0;
}

static int join(char out[SPILL_PATH_MAX], const char *dir, const char *name, struct error *err)
{
	if ((size_t)snprintf(out, SPILL_PATH_MAX, "%s/%s", dir, name) >= SPILL_PATH_MAX)
		return error_errno(err, ENAMETOOLONG, "run '%s'", name);
	return 0;
}

static bool is_meant(const char *name, const char *run)
{
	size_t n = strlen(name), len = strlen(run);

	return len <= n && (strncmp(name, run, len) == 0 || str_equal(name + n - len, run));
}

static int choose(const struct names *names, const char *run, const char **ret_name,
		  struct error *err)
{
	const char *found = NULL;

	if (names->n == 0)
		return error_set(err, ERROR_MISSING, ENOENT, "no run '%s': there are none", run);
	if (str_equal(run, "last")) {
		*ret_name = names->items[0];
		return 0;
	}
	for (size_t i = 0; *run && i < names->n; i++) {
		if (!is_meant(names->items[i], run))
			continue;
		if (found)
			return error_set(err, ERROR_INVALID, EINVAL,
					 "'%s' may be run %s or %s: give more of it", run, found,
					 names->items[i]);
		found = names->items[i];
	}
	if (!found)
		return error_set(err, ERROR_MISSING, ENOENT,
				 "no run '%s'; the latest is %s ('volley runs' lists them)", run,
				 names->items[0]);
	*ret_name = found;
	return 0;
}

int run_dir_find(const char *run, char ret_path[SPILL_PATH_MAX], char *ret_id, struct error *err)
{
	struct names names = { 0 };
	char dir[SPILL_PATH_MAX];
	const char *name = NULL;
	int r = runs_dir(dir, err);

	if (r == 0)
		r = list(dir, &names, err);
	if (r == 0)
		r = choose(&names, run, &name, err);
	if (r == 0)
		r = join(ret_path, dir, name, err);
	if (r == 0)
		(void)snprintf(ret_id, SPILL_NAME_MAX, "%s", name); /* is_run: short */
	names_release(&names);
	return r;
}

int run_dir_each(size_t max, bool (*each)(void *data, const char *id, const char *path), void *data,
		 struct error *err)
{
	struct names names = { 0 };
	char dir[SPILL_PATH_MAX], path[SPILL_PATH_MAX];
	int r = runs_dir(dir, err);

	if (r == 0)
		r = list(dir, &names, err);
	for (size_t i = 0; r == 0 && i < names.n && i < max; i++) {
		r = join(path, dir, names.items[i], err);
		if (r == 0 && !each(data, names.items[i], path))
			break;
	}
	names_release(&names);
	return r;
}

static int open_lock(const char *path, int flags, int *ret_fd)
{
	char name[SPILL_PATH_MAX + LOCK_NAME_BYTES];

	(void)snprintf(name, sizeof(name), "%s/lock", path); /* fits */
	*ret_fd = open(name, flags | O_CLOEXEC | O_NOFOLLOW, 0600);
	return *ret_fd < 0 ? -errno : 0;
}

static pid_t read_pid(int fd)
{
	char text[16] = "";

	return pread(fd, text, sizeof(text) - 1, 0) > 0 ? (pid_t)strtol(text, NULL, 10) : 0;
}

int run_lock_take(const char *path, int *ret_fd, struct error *err)
{
	char text[16];
	int fd, n;
	int r = open_lock(path, O_RDWR | O_CREAT, &fd);

	if (r < 0)
		return error_errno(err, -r, "cannot lock '%s'", path);
	if (fcntl(fd, F_OFD_SETLK, &(struct flock){ .l_type = F_WRLCK }) < 0) {
		r = error_set(err, ERROR_TRANSIENT, EBUSY,
			      "run %s is under way in process %d: wait for it or end it",
			      strrchr(path, '/') + 1, (int)read_pid(fd));
		(void)close(fd); /* nothing was written */
		return r;
	}
	n = snprintf(text, sizeof(text), "%d\n", (int)getpid());
	if (ftruncate(fd, 0) < 0 || pwrite(fd, text, (size_t)n, 0) < 0) {
		r = error_errno(err, errno, "cannot lock '%s'", path);
		(void)close(fd);
		return r;
	}
	*ret_fd = fd;
	return 0;
}

pid_t run_lock_holder(const char *path)
{
	struct flock lock = { .l_type = F_WRLCK };
	pid_t pid = 0;
	int fd;

	if (open_lock(path, O_RDONLY, &fd) < 0)
		return 0;
	if (fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK)
		pid = read_pid(fd);
	(void)close(fd); /* only read */
	return pid;
}
