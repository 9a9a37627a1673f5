/* SPDX-License-Identifier: MIT */
/*
 * Confined opening. What a path leads to is first looked at through an O_PATH descriptor, which
 * has no effect on a device and does not wait for a FIFO's writer; only a regular file is then
 * opened, without blocking, and looked at again, because it may have been replaced in between.
 */
#include "os/path.h"

#include "base/str.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>

enum { RACE_RETRIES = 16, NEAREST_ENTRIES_MAX = 10000 };

static const unsigned long long resolve_beneath =
	RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV;

/** One component, without following a link. O_PATH with O_NOFOLLOW would open the link itself. */
static int open_component(int dir_fd, const char *name, int flags)
{
	int fd = openat(dir_fd, name, flags | O_NOFOLLOW | O_CLOEXEC);
	int code = errno;
	struct stat st;

	/* With O_DIRECTORY a link is said to be no directory. */
	if (fd < 0 && code == ENOTDIR && flags & O_DIRECTORY &&
	    fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode))
		return -ELOOP;
	if (fd < 0)
		return -code;
	if (flags & O_PATH && fstat(fd, &st) == 0 && S_ISLNK(st.st_mode)) {
		close(fd);
		return -ELOOP;
	}
	return fd;
}

/** True if both are on one file system; a failure to tell counts as another one. */
static bool same_device(int a_fd, int b_fd)
{
	struct stat a, b;

	return fstat(a_fd, &a) == 0 && fstat(b_fd, &b) == 0 && a.st_dev == b.st_dev;
}

static int open_by_components(int root_fd, const char *path, int flags)
{
	int fd = open_component(root_fd, ".", O_PATH | O_DIRECTORY);

	while (fd >= 0) {
		char name[NAME_MAX + 1];
		size_t len = strcspn(path, "/");
		bool is_last = !path[len] || !path[len + strspn(path + len, "/")];
		int next;

		if (len > NAME_MAX || (len == 2 && memcmp(path, "..", 2) == 0) ||
		    (!len && *path == '/')) {
			close(fd);
			return len > NAME_MAX ? -ENAMETOOLONG : -EXDEV;
		}
		memcpy(name, path, len);
		name[len] = '\0';
		next = open_component(fd, len ? name : ".", is_last ? flags : O_PATH | O_DIRECTORY);
		close(fd);
		if (next >= 0 && !same_device(root_fd, next)) {
			close(next);
			return -EXDEV;
		}
		fd = next;
		if (is_last)
			break;
		path += len + strspn(path + len, "/");
	}
	return fd;
}

static int open_beneath(int root_fd, const char *path, int flags, unsigned long long resolve)
{
	struct open_how how = { .flags = (unsigned long long)(flags | O_CLOEXEC),
				.resolve = resolve };

	for (int i = 0; i < RACE_RETRIES; i++) {
		long fd = syscall(SYS_openat2, root_fd, *path ? path : ".", &how, sizeof(how));

		if (fd >= 0)
			return (int)fd;
		/* EAGAIN: a rename elsewhere while ".." of a link was resolved. */
		if (errno != EAGAIN && errno != EINTR)
			break;
	}
	/* EPERM: what old container sandboxes answer to a call they do not know. */
	if (errno == ENOSYS || errno == EPERM)
		return open_by_components(root_fd, path, flags);
	return -errno;
}

static int check_regular(const struct stat *st)
{
	if (S_ISREG(st->st_mode))
		return 0;
	return S_ISDIR(st->st_mode) ? -EISDIR : -ENODEV;
}

int path_stat(int root_fd, const char *path, struct stat *ret_stat)
{
	CLEANUP(close_fd) int fd = open_beneath(root_fd, path, O_PATH, resolve_beneath);

	if (fd < 0)
		return fd;
	return fstat(fd, ret_stat) == 0 ? 0 : -errno;
}

int path_open_file(int root_fd, const char *path, struct stat *ret_stat)
{
	struct stat st;
	int r = path_stat(root_fd, path, &st);
	int fd;

	if (r == 0)
		r = check_regular(&st);
	if (r < 0)
		return r;
	fd = open_beneath(root_fd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, resolve_beneath);
	if (fd < 0)
		return fd;
	r = fstat(fd, &st) == 0 ? check_regular(&st) : -errno;
	if (r < 0) {
		close(fd);
		return r;
	}
	*ret_stat = st;
	return fd;
}

int path_open_dir(int root_fd, const char *path)
{
	return open_beneath(root_fd, path, O_RDONLY | O_DIRECTORY, resolve_beneath);
}

int path_open_dir_nofollow(int root_fd, const char *path)
{
	return open_beneath(root_fd, path, O_RDONLY | O_DIRECTORY,
			    resolve_beneath | RESOLVE_NO_SYMLINKS);
}

/** The part of an absolute path below root_path, or NULL. */
static const char *below_root(const char *root_path, const char *path)
{
	size_t len = strlen(root_path);

	while (len > 0 && root_path[len - 1] == '/')
		len--;
	if (strncmp(path, root_path, len) != 0 || (path[len] && path[len] != '/'))
		return NULL;
	return path + len;
}

int path_clean(const char *root_path, const char *path, char out[PATH_LEN_MAX])
{
	size_t n = 0;

	if (!*path)
		return -EINVAL;
	if (*path == '/') {
		path = below_root(root_path, path);
		if (!path)
			return -EXDEV;
	}
	while (*path) {
		size_t len = strcspn(path, "/");

		if (len == 2 && memcmp(path, "..", 2) == 0) {
			if (!n)
				return -EXDEV;
			while (n > 0 && out[n - 1] != '/')
				n--;
			n -= n > 0; /* the slash */
		} else if (len && !(len == 1 && *path == '.')) {
			if (n + 1 + len >= PATH_LEN_MAX)
				return -ENAMETOOLONG;
			if (n)
				out[n++] = '/';
			memcpy(out + n, path, len);
			n += len;
		}
		path += len;
		path += *path == '/';
	}
	out[n] = '\0';
	return 0;
}

/** The nearest name in a directory, ties to the first in byte order, or "". Takes own_dir_fd. */
static void nearest_name(int own_dir_fd, const char *word, char ret_name[NAME_MAX + 1])
{
	DIR *dir = fdopendir(own_dir_fd);
	const struct dirent *entry;

	ret_name[0] = '\0';
	if (!dir) {
		close(own_dir_fd);
		return;
	}
	for (int i = 0; i < NEAREST_ENTRIES_MAX && (entry = readdir(dir)); i++) {
		const char *pair[2] = { ret_name, entry->d_name };
		const char *best;

		if (str_equal(entry->d_name, ".") || str_equal(entry->d_name, ".."))
			continue;
		if (*ret_name && strcmp(entry->d_name, ret_name) < 0) {
			pair[0] = entry->d_name;
			pair[1] = ret_name;
		}
		best = str_nearest(word, *ret_name ? pair : pair + 1, *ret_name ? 2 : 1);
		if (best && best != ret_name)
			memcpy(ret_name, best, strlen(best) + 1);
	}
	closedir(dir);
}

const char *path_nearest(int root_fd, const char *path, char out[PATH_LEN_MAX])
{
	size_t len = strlen(path), at = 0;
	char name[NAME_MAX + 1], word[NAME_MAX + 1];
	size_t word_len, name_len;
	struct stat st;
	int fd;

	if (!len || len >= PATH_LEN_MAX)
		return NULL;
	for (;;) { /* to the first component that is not there */
		word_len = strcspn(path + at, "/");
		memcpy(out, path, at + word_len);
		out[at + word_len] = '\0';
		if (path_stat(root_fd, out, &st) < 0)
			break;
		at += word_len;
		if (!path[at])
			return NULL;
		at++;
	}
	if (word_len > NAME_MAX)
		return NULL;
	memcpy(word, path + at, word_len);
	word[word_len] = '\0';
	out[at ? at - 1 : 0] = '\0';
	fd = path_open_dir(root_fd, out);
	if (fd < 0)
		return NULL;
	nearest_name(fd, word, name);
	name_len = strlen(name);
	if (!name_len || at + name_len + (len - at - word_len) >= PATH_LEN_MAX)
		return NULL;
	memcpy(out, path, at);
	memcpy(out + at, name, name_len + 1);
	if (path[at + word_len]) {
		memcpy(out + at + name_len, path + at + word_len, len - at - word_len + 1);
		if (path_stat(root_fd, out, &st) < 0)
			out[at + name_len] = '\0';
	}
	return out;
}
