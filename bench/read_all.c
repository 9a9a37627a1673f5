/* SPDX-License-Identifier: MIT */
/*
 * The floor that no search can go below: reads every file of a tree and does nothing with it.
 *
 *	read_all DIR [THREADS]
 *
 * Threads take directories from a shared stack; each file is opened relative to its directory and
 * read into one buffer per thread. Prints files, bytes and seconds.
 */
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { THREADS_MAX = 64, READ_BYTES = 256 << 10 };

static struct {
	pthread_mutex_t lock;
	pthread_cond_t more;
	char **dirs; /* to be read, newest first */
	size_t n_dirs, cap_dirs;
	unsigned n_busy;
	unsigned long long n_files, n_bytes;
} tree = { .lock = PTHREAD_MUTEX_INITIALIZER, .more = PTHREAD_COND_INITIALIZER };

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void push(char *own_dir)
{
	pthread_mutex_lock(&tree.lock);
	if (tree.n_dirs == tree.cap_dirs) {
		tree.cap_dirs = tree.cap_dirs * 2 + 64;
		tree.dirs = realloc(tree.dirs, tree.cap_dirs * sizeof(*tree.dirs));
		if (!tree.dirs)
			fail("realloc");
	}
	tree.dirs[tree.n_dirs++] = own_dir;
	pthread_cond_signal(&tree.more);
	pthread_mutex_unlock(&tree.lock);
}

/* NULL when nothing is left and nobody can add anything. */
static char *pop(void)
{
	char *dir = NULL;

	pthread_mutex_lock(&tree.lock);
	tree.n_busy--;
	while (!tree.n_dirs && tree.n_busy)
		pthread_cond_wait(&tree.more, &tree.lock);
	if (tree.n_dirs) {
		dir = tree.dirs[--tree.n_dirs];
		tree.n_busy++;
	} else {
		pthread_cond_broadcast(&tree.more);
	}
	pthread_mutex_unlock(&tree.lock);
	return dir;
}

static unsigned long long read_file(int dir_fd, const char *name, char *buffer)
{
	int fd = openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	unsigned long long n_bytes = 0;
	ssize_t n;

	if (fd < 0)
		return 0;
	while ((n = read(fd, buffer, READ_BYTES)) > 0)
		n_bytes += (unsigned long long)n;
	close(fd);
	return n_bytes;
}

static void read_dir(const char *path, char *buffer)
{
	unsigned long long n_files = 0, n_bytes = 0;
	DIR *dir = opendir(path);
	struct dirent *entry;

	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue; /* as a search does by default */
		if (entry->d_type == DT_DIR) {
			char *below;

			if (asprintf(&below, "%s/%s", path, entry->d_name) < 0)
				fail("asprintf");
			push(below);
		} else if (entry->d_type == DT_REG) {
			n_files++;
			n_bytes += read_file(dirfd(dir), entry->d_name, buffer);
		}
	}
	closedir(dir);
	pthread_mutex_lock(&tree.lock);
	tree.n_files += n_files;
	tree.n_bytes += n_bytes;
	pthread_mutex_unlock(&tree.lock);
}

static void *work(void *unused)
{
	char *buffer = malloc(READ_BYTES), *dir;

	if (!buffer)
		fail("malloc");
	while ((dir = pop())) {
		read_dir(dir, buffer);
		free(dir);
	}
	free(buffer);
	return unused;
}

int main(int argc, char **argv)
{
	unsigned n_threads = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 2;
	pthread_t threads[THREADS_MAX];
	struct timespec start, end;

	if (argc < 2 || n_threads < 1 || n_threads > THREADS_MAX) {
		(void)fprintf(stderr, "usage: read_all DIR [THREADS]\n");
		return 2;
	}
	(void)clock_gettime(CLOCK_MONOTONIC, &start);
	tree.n_busy = n_threads;
	push(strdup(argv[1]));
	for (unsigned i = 0; i < n_threads; i++)
		if (pthread_create(&threads[i], NULL, work, NULL))
			fail("pthread_create");
	for (unsigned i = 0; i < n_threads; i++)
		pthread_join(threads[i], NULL);
	(void)clock_gettime(CLOCK_MONOTONIC, &end);
	printf("%llu files, %llu bytes, %.3f s\n", tree.n_files, tree.n_bytes,
	       (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9);
	free(tree.dirs);
	return 0;
}
