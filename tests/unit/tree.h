/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_TREE_H
#define TESTS_UNIT_TREE_H

/* Small directory trees for tests, below a fresh directory that tree_remove() takes away. */

#include <assert.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct tree {
	char path[64];
	int fd;
};

static inline struct tree tree_new(void)
{
	struct tree tree = { .path = "/tmp/volley-test-XXXXXX" };

	assert(mkdtemp(tree.path));
	tree.fd = open(tree.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert(tree.fd >= 0);
	return tree;
}

/** Makes a directory and those above it. */
static inline void tree_dir(const struct tree *tree, const char *path)
{
	char part[4096];

	for (size_t i = 1; i <= strlen(path); i++) {
		if (path[i] && path[i] != '/')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		(void)mkdirat(tree->fd, part, 0755); /* may be there */
	}
}

static inline void tree_file(const struct tree *tree, const char *path, const char *text)
{
	const char *slash = strrchr(path, '/');
	char dir[4096];
	int fd;

	if (slash) {
		snprintf(dir, sizeof(dir), "%.*s", (int)(slash - path), path);
		tree_dir(tree, dir);
	}
	fd = openat(tree->fd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	assert(fd >= 0);
	assert(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

static inline void tree_remove_at(int own_fd)
{
	DIR *dir = fdopendir(own_fd);
	const struct dirent *entry;

	while ((entry = readdir(dir))) {
		const char *name = entry->d_name;

		if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
			continue;
		if (unlinkat(dirfd(dir), name, 0) == 0)
			continue;
		tree_remove_at(openat(dirfd(dir), name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
		(void)unlinkat(dirfd(dir), name, AT_REMOVEDIR); /* best effort */
	}
	closedir(dir);
}

static inline void tree_remove(struct tree *tree)
{
	tree_remove_at(tree->fd);
	rmdir(tree->path);
}

#endif
