/* SPDX-License-Identifier: MIT */
#include "cli/prune.h"

#include "base/str.h"
#include "base/vec.h"
#include "cli/run_dir.h"
#include "cli/spill.h"
#include "engine/cache.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { CACHE_BYTES_MAX = 256 << 20 };
enum { ENTRIES_MAX = 100000, RECENT_S = 3600, EVERY_S = 60 };

struct names VEC(char *);

/* Names of runs begin with their time: the newest come first. */
static int newest_first(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*y, *x);
}

static void list(DIR *dir, struct names *names)
{
	struct dirent *entry;

	while (names->n < ENTRIES_MAX && (entry = readdir(dir))) {
		char *name = run_dir_name_end(entry->d_name) ? strdup(entry->d_name) : NULL;

		if (name && !vec_push(names, name))
			free(name);
	}
	if (names->n)
		qsort(names->items, names->n, sizeof(*names->items), newest_first);
}

/* Calls f for each file in a run's directory, which holds nothing else. */
static void each_file(int dir_fd, void (*f)(int dir_fd, const char *name, void *data), void *data)
{
	int copy = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = copy >= 0 ? fdopendir(copy) : NULL;
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] != '.')
			f(dir_fd, entry->d_name, data);
	}
	if (dir)
		(void)closedir(dir); /* only read */
	else if (copy >= 0)
		(void)close(copy);
}

static void add_size(int dir_fd, const char *name, void *data)
{
	struct stat st;

	if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		*(uint64_t *)data += (uint64_t)st.st_blocks * 512;
}

static void remove_file(int dir_fd, const char *name, void *data)
{
	(void)data;
	(void)unlinkat(dir_fd, name, 0); /* or it stays */
}

/* Adds the entry's size to *total; removes it when that is over the limit. */
static void prune_entry(int dir_fd, const char *name, uint64_t limit, uint64_t *total)
{
	struct stat st;
	int fd;

	if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return;
	if (S_ISREG(st.st_mode)) {
		*total += (uint64_t)st.st_blocks * 512;
		if (*total > limit && time(NULL) - st.st_mtime > RECENT_S)
			remove_file(dir_fd, name, NULL);
		return;
	}
	fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return;
	each_file(fd, add_size, total);
	if (*total > limit && flock(fd, LOCK_EX | LOCK_NB) == 0) {
		each_file(fd, remove_file, NULL);
		(void)unlinkat(dir_fd, name, AT_REMOVEDIR); /* or it stays */
	}
	(void)close(fd); /* a directory */
}

void prune_dir(const char *path, size_t keep, uint64_t bytes_max)
{
	struct names names = { 0 };
	DIR *dir = opendir(path);
	uint64_t total = 0;

	if (!dir)
		return;
	list(dir, &names);
	for (size_t i = 0; i < names.n; i++)
		prune_entry(dirfd(dir), names.items[i], i < keep ? UINT64_MAX : bytes_max, &total);
	for (size_t i = 0; i < names.n; i++)
		free(names.items[i]);
	vec_release(&names);
	(void)closedir(dir); /* only read */
}

/* Looking through thousands of runs takes longer than a small batch: not more than once a minute.
 * The stamp is the time of an empty file. */
static bool is_due(const char *state)
{
	char path[SPILL_PATH_MAX + 8];
	struct stat st;
	int fd;

	(void)snprintf(path, sizeof(path), "%s/pruned", state); /* fits */
	if (stat(path, &st) == 0 && time(NULL) - st.st_mtime < EVERY_S && st.st_mtime <= time(NULL))
		return false;
	fd = open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return false;     /* no state directory: nothing is in it */
	(void)futimens(fd, NULL); /* else it is due again */
	(void)close(fd);
	return true;
}

void prune_state(void)
{
	static const char *const names[] = { "runs", "spool" };
	char state[SPILL_PATH_MAX], path[SPILL_PATH_MAX + 8];

	if (spill_state_dir(state) < 0 || !is_due(state))
		return;
	for (size_t i = 0; i < countof(names); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", state, names[i]); /* fits */
		prune_dir(path, PRUNE_KEEP, PRUNE_BYTES_MAX);
	}
	(void)snprintf(path, sizeof(path), "%s/cache", state); /* fits */
	cache_prune(path, CACHE_BYTES_MAX);
}
