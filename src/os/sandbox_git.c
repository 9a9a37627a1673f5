/* SPDX-License-Identifier: MIT */
/*
 * What git executes or believes: hooks, and configuration (which names programs to run). Whoever
 * can write these runs commands as the user at the next `git status` outside of the sandbox.
 *
 *	.git           a mount of itself: can be written to, but not renamed or removed
 *	.git/hooks     read-only, made when missing          .git/config   the same
 *	.git/modules   as .git, and each in it the same again
 *	.git/commondir would move all of this elsewhere: removed after a command that made it
 *
 * A link cannot be a mount point, so a repository with links in these places is refused.
 */
#include "os/sandbox_mounts.h"

#include "base/arena.h"
#include "base/str.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ENTRIES_MAX = 4096, DEPTH_MAX = 4 };

static void fail(struct mounts *self, const char *path, const char *what)
{
	if (self->status == 0)
		self->status = error_set(self->err, ERROR_DENIED, EPERM,
					 "'%s' %s, so it cannot be protected from commands; use "
					 "--sandbox strict or off",
					 path, what);
}

/* Binds the path on itself. False when it is not there. */
static bool bind_self(struct mounts *self, const char *option, const char *path)
{
	struct stat status;

	if (!path || lstat(path, &status) != 0)
		return false;
	if (S_ISLNK(status.st_mode))
		fail(self, path, "is a link");
	else
		mounts_add(self, option, path, path, NULL);
	return true;
}

static void protect_hooks(struct mounts *self, const char *path)
{
	if (!path || bind_self(self, "--ro-bind", path))
		return;
	if (mkdir(path, 0755) != 0 || !bind_self(self, "--ro-bind", path))
		fail(self, path, "cannot be made");
}

static void protect_config(struct mounts *self, const char *path)
{
	int fd;

	if (!path || bind_self(self, "--ro-bind", path))
		return;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd >= 0)
		(void)close(fd); /* nothing written */
	if (fd < 0 || !bind_self(self, "--ro-bind", path))
		fail(self, path, "cannot be made");
}

static void protect_common_dir(struct mounts *self, const char *git_dir)
{
	const char *path = mounts_path(self, git_dir, "commondir");

	if (!path || bind_self(self, "--ro-bind", path))
		return;
	if (!vec_push(&self->guards, path))
		self->status = error_errno(self->err, ENOMEM, "cannot build a sandbox");
}

static void protect_git_dir(struct mounts *self, const char *git_dir)
{
	protect_hooks(self, mounts_path(self, git_dir, "hooks"));
	protect_config(self, mounts_path(self, git_dir, "config"));
	(void)bind_self(self, "--ro-bind", mounts_path(self, git_dir, "config.worktree"));
	protect_common_dir(self, git_dir);
}

static bool has(struct mounts *self, const char *dir, const char *name)
{
	const char *path = mounts_path(self, dir, name);

	return path && access(path, F_OK) == 0;
}

static bool is_git_dir(struct mounts *self, const char *dir)
{
	return has(self, dir, "HEAD") && has(self, dir, "objects") && has(self, dir, "refs");
}

/* .git/modules/NAME, where a name may have slashes. */
static void protect_modules(struct mounts *self, const char *dir, int depth)
{
	DIR *entries;
	struct dirent *entry;
	int n = 0;

	if (depth == 0 || !bind_self(self, "--bind", dir))
		return;
	entries = opendir(dir);
	while (entries && (entry = readdir(entries)) && n++ < ENTRIES_MAX) {
		const char *path = NULL;
		struct stat status;

		if (entry->d_name[0] != '.')
			path = mounts_path(self, dir, entry->d_name);
		if (!path || lstat(path, &status) != 0 || !S_ISDIR(status.st_mode))
			continue;
		if (is_git_dir(self, path)) {
			mounts_add(self, "--bind", path, path, NULL);
			protect_git_dir(self, path);
			protect_modules(self, mounts_path(self, path, "modules"), depth - 1);
		} else {
			protect_modules(self, path, depth - 1);
		}
	}
	if (entries)
		(void)closedir(entries); /* only read */
}

/* A work tree: its .git is a directory, or a file that names one, or there is none. */
static void protect_tree(struct mounts *self, const char *dir)
{
	const char *git_dir = mounts_path(self, dir, ".git");
	struct stat status;

	if (!git_dir || lstat(git_dir, &status) != 0)
		return;
	if (!S_ISDIR(status.st_mode)) {
		(void)bind_self(self, "--ro-bind", git_dir);
		return;
	}
	mounts_add(self, "--bind", git_dir, git_dir, NULL);
	protect_git_dir(self, git_dir);
	protect_modules(self, mounts_path(self, git_dir, "modules"), DEPTH_MAX);
}

void mounts_protect_git(struct mounts *self)
{
	const char *root = self->conf->root;
	DIR *entries;
	struct dirent *entry;
	int n = 0;

	protect_tree(self, root);
	if (is_git_dir(self, root))
		protect_git_dir(self, root); /* a bare repository */
	entries = opendir(root);
	while (entries && (entry = readdir(entries)) && n++ < ENTRIES_MAX) {
		bool may_be_dir = entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN;
		const char *path = NULL;

		if (may_be_dir && entry->d_name[0] != '.')
			path = mounts_path(self, root, entry->d_name);
		if (path)
			protect_tree(self, path);
	}
	if (entries)
		(void)closedir(entries); /* only read */
}
