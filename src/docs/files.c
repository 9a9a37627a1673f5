/* SPDX-License-Identifier: MIT */
#include "docs/files.h"

#include "base/attr.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/str.h"
#include "base/vec.h"
#include "os/path.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

enum { ARENA_MAX = 128 << 20 };

/* Folders of a workspace whose documents are somebody else's, or made. */
static const char *const foreign[] = { "node_modules", "vendor", "third_party",
				       "target",       "build",  "out",
				       "dist",         "venv",   "__pycache__" };

struct walking {
	struct docs_files *files;
	const char *root; /* as it really is */
	size_t files_max, entries_max;
	enum docs_place place;
	bool is_manual;
	const atomic_bool *cancel;
};

static bool is_over(struct walking *self)
{
	struct docs_files *files = self->files;

	if ((self->cancel && atomic_load(self->cancel)) || files->n >= self->files_max ||
	    files->n_seen >= self->entries_max)
		files->is_cut = true;
	return files->is_cut;
}

static bool enters(const struct walking *self, const char *name, unsigned depth)
{
	if (self->is_manual && depth == 0) /* translations lie in folders of their own */
		return strncmp(name, "man", 3) == 0;
	if (self->place != DOCS_OF_WORKSPACE)
		return name[0] != '.';
	for (size_t i = 0; i < countof(foreign); i++)
		if (str_equal(name, foreign[i]))
			return false;
	return name[0] != '.';
}

/* Where a link leads, if that is beneath the root. */
static const char *target_of(struct walking *self, const char *path)
{
	char *real = realpath(path, NULL);
	size_t len = strlen(self->root);
	const char *target = NULL;

	if (real && strncmp(real, self->root, len) == 0 && real[len] == '/')
		target = arena_strdup(&self->files->arena, real);
	free(real);
	return target;
}

static int add(struct walking *self, int dir_fd, const char *name, const char *path)
{
	struct docs_file file = { .kind = docs_kind_of(path, self->place == DOCS_GIVEN) };
	struct stat stat;

	if (file.kind == DOCS_NONE || fstatat(dir_fd, name, &stat, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	if (S_ISLNK(stat.st_mode)) {
		file.target = target_of(self, path);
		if (!file.target)
			return arena_failed(&self->files->arena) ? -ENOMEM : 0;
	} else if (!S_ISREG(stat.st_mode) || stat.st_size == 0 || stat.st_size > DOCS_PACKED_MAX) {
		return 0;
	}
	file.path = arena_strdup(&self->files->arena, path);
	file.size = (uint64_t)stat.st_size;
	file.mtime_ns = (int64_t)stat.st_mtim.tv_sec * 1000000000 + stat.st_mtim.tv_nsec;
	return file.path && vec_push(self->files, file) ? 0 : -ENOMEM;
}

static int walk(struct walking *self, int dir_fd, struct buf *path, unsigned depth);

static int enter(struct walking *self, int dir_fd, const char *name, struct buf *path,
		 unsigned depth)
{
	int fd;

	if (depth >= DOCS_DEPTH_MAX || !enters(self, name, depth))
		return 0;
	fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return 0;
	return walk(self, fd, path, depth + 1);
}

/* Closes dir_fd. */
static int walk(struct walking *self, int dir_fd, struct buf *path, unsigned depth)
{
	size_t len = path->len;
	DIR *dir = fdopendir(dir_fd);
	struct dirent *entry;
	int r = 0;

	if (!dir) {
		r = errno == ENOMEM ? -ENOMEM : 0;
		close(dir_fd);
		return r;
	}
	while (r == 0 && !is_over(self) && (entry = readdir(dir))) {
		const char *name = entry->d_name;

		self->files->n_seen++;
		if (str_equal(name, ".") || str_equal(name, ".."))
			continue;
		buf_add_char(path, '/');
		buf_add_str(path, name);
		if (buf_error(path) == -ENOMEM)
			r = -ENOMEM;
		else if (buf_error(path) == 0 && entry->d_type == DT_DIR)
			r = enter(self, dir_fd, name, path, depth);
		else if (buf_error(path) == 0)
			r = add(self, dir_fd, name, path->data);
		path->error = 0;
		path->len = len;
		path->data[len] = '\0';
	}
	(void)closedir(dir); /* was only read */
	return r;
}

/* A root of this name has a folder for each section. */
static bool is_manual_root(const char *real)
{
	const char *name = strrchr(real, '/');

	return name && str_equal(name, "/man");
}

int docs_files_list(struct docs_files *files, const char *root, enum docs_place place,
		    const atomic_bool *cancel)
{
	bool is_workspace = place == DOCS_OF_WORKSPACE;
	struct walking walking = { .files = files, .place = place, .cancel = cancel };
	CLEANUP(buf) struct buf path;
	char *real;
	int fd, r;

	*files = (struct docs_files){ 0 };
	arena_init(&files->arena, ARENA_MAX);
	buf_init(&path, PATH_LEN_MAX);
	real = realpath(root, NULL);
	if (!real)
		return errno == ENOMEM ? -ENOMEM : 0;
	walking.root = real;
	walking.is_manual = is_manual_root(real);
	walking.files_max = is_workspace ? DOCS_WORKSPACE_FILES_MAX : DOCS_FILES_MAX;
	walking.entries_max = is_workspace ? DOCS_WORKSPACE_ENTRIES_MAX : DOCS_ENTRIES_MAX;
	buf_add_str(&path, str_equal(real, "/") ? "" : real);
	fd = open(real, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	r = buf_error(&path) == -ENOMEM ? -ENOMEM : 0;
	if (fd >= 0 && r == 0 && buf_error(&path) == 0)
		r = walk(&walking, fd, &path, 0);
	else if (fd >= 0)
		close(fd);
	free(real);
	if (r < 0)
		docs_files_release(files);
	return r;
}

/* ---- whether anything came or went ---- */

struct stamping {
	uint64_t sum; /* the same in whatever order a folder is read */
	int64_t newest_ns;
};

static void stamp(struct stamping *self, const struct stat *stat)
{
	int64_t mtime_ns = (int64_t)stat->st_mtim.tv_sec * 1000000000 + stat->st_mtim.tv_nsec;
	uint64_t hash = ((uint64_t)mtime_ns ^ stat->st_ino) * 0x9e3779b97f4a7c15;

	self->sum += hash ^ hash >> 32;
	if (mtime_ns > self->newest_ns)
		self->newest_ns = mtime_ns;
}

/* Folders of sections, or all where they are few: a program's documents come and go with a folder,
 * and to look at each of a thousand takes too long. */
static void stamp_folders(struct stamping *self, DIR *dir, bool is_manual)
{
	struct stamping folders = *self;
	struct dirent *entry;
	unsigned n = 0;

	while ((entry = readdir(dir))) {
		struct stat stat;

		if (entry->d_type != DT_DIR || entry->d_name[0] == '.' ||
		    (is_manual && strncmp(entry->d_name, "man", 3) != 0))
			continue;
		if (++n > DOCS_STAMP_FOLDERS_MAX)
			return;
		if (fstatat(dirfd(dir), entry->d_name, &stat, AT_SYMLINK_NOFOLLOW) == 0)
			stamp(&folders, &stat);
	}
	*self = folders;
}

int64_t docs_files_stamp(const char *root)
{
	struct stamping stamping = { 0 };
	DIR *dir = opendir(root);
	int64_t age_ms;
	struct stat stat;

	if (dir && fstat(dirfd(dir), &stat) == 0) {
		stamp(&stamping, &stat);
		stamp_folders(&stamping, dir, is_manual_root(root));
	}
	if (dir)
		(void)closedir(dir); /* was only read */
	age_ms = clock_wall_ms() - stamping.newest_ns / 1000000;
	if (age_ms >= 0 && age_ms < DOCS_STAMP_FRESH_MS)
		return 0;
	return (int64_t)(stamping.sum >> 1 | 1);
}

void docs_files_release(struct docs_files *files)
{
	vec_release(files);
	arena_release(&files->arena);
}

const char *docs_file_name(const char *path, char *out, size_t max)
{
	const char *slash = strrchr(path, '/');
	size_t len;

	(void)snprintf(out, max, "%s", slash ? slash + 1 : path); /* names are shorter */
	len = strlen(out);
	if (len > 3 && str_equal(out + len - 3, ".gz"))
		out[len - 3] = '\0';
	return out;
}

int docs_file_read(const struct docs_file *file, char **ret_data, size_t *ret_len)
{
	CLEANUP(buf) struct buf data = { .max = DOCS_UNPACKED_MAX };
	gzFile gz;
	int n = 1, fd;

	/* What was a plain file when it was listed may be something else by now. */
	fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	gz = gzdopen(fd, "rb"); /* reads what is not packed as it is */
	if (!gz) {
		close(fd);
		return -ENOMEM;
	}
	while (n > 0 && data.len < DOCS_UNPACKED_MAX) {
		size_t left = DOCS_UNPACKED_MAX - data.len;
		size_t want = left < 65536 ? left : 65536;
		char *to = buf_reserve(&data, want);

		if (!to)
			break;
		n = gzread(gz, to, (unsigned)want);
		if (n > 0)
			buf_advance(&data, (size_t)n);
	}
	(void)gzclose(gz); /* was only read */
	if (buf_error(&data))
		return -ENOMEM;
	if (n < 0 && data.len == 0)
		return -EIO;
	*ret_data = buf_take(&data, ret_len);
	return *ret_data ? 0 : -ENOMEM;
}
