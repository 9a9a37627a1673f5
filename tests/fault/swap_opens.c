/* SPDX-License-Identifier: MIT */
/*
 * Confined opens while directories are exchanged for links out of the root.
 *
 *	swap_opens OPENS [without-openat2]
 *
 * Two threads exchange root/a with root/b and root/d/a with root/d/b all the time: one of each
 * pair is a directory, the other a link out, absolute or by way of "..". The main thread opens
 * files and directories below them, and looks at what it got: nothing may be of the tree outside.
 * Prints how often it met what, and fails if anything was outside or either state was never met.
 */
#include "base/str.h"
#include "os/path.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <seccomp.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { CANARIES = 5, PLACES = 5, SWAPS_IN_A_ROW = 8 };

struct world {
	char base[64];
	int root_fd, outside_fd;
	struct stat canaries[CANARIES]; /* what no descriptor may be */
	atomic_bool stop;
	atomic_ulong n_swaps;
};

struct tally {
	unsigned long n_inside, n_refused, n_again, n_outside, n_strange;
	int strange; /* the last errno that was not expected */
};

struct swapper {
	struct world *world;
	int dir_fd;
};

static void die(const char *what)
{
	perror(what);
	exit(2);
}

static void need(int r, const char *what)
{
	if (r < 0)
		die(what);
}

static void *swap(void *data)
{
	struct swapper *swapper = data;
	const struct timespec pause = { .tv_nsec = 1 };

	while (!atomic_load_explicit(&swapper->world->stop, memory_order_relaxed)) {
		need(renameat2(swapper->dir_fd, "a", swapper->dir_fd, "b", RENAME_EXCHANGE),
		     "swap");
		if (atomic_fetch_add_explicit(&swapper->world->n_swaps, 1, memory_order_relaxed) %
			    SWAPS_IN_A_ROW ==
		    0)
			(void)nanosleep(&pause, NULL); /* or the opens hardly get to run */
	}
	return NULL;
}

static void make_file(int dir_fd, const char *path, const char *text)
{
	int fd = openat(dir_fd, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	need(fd, path);
	if (write(fd, text, strlen(text)) < 0)
		die(path);
	close(fd);
}

/* Directories of the names that are opened, so that each open would succeed outside too. */
static void make_place(int dir_fd, const char *path, const char *text)
{
	int fd;

	need(mkdirat(dir_fd, path, 0755), path);
	fd = openat(dir_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	need(fd, path);
	make_file(fd, "file", text);
	need(mkdirat(fd, "sub", 0755), "sub");
	make_file(fd, "sub/file", text);
	close(fd);
}

/* Everything outside of the root. */
static void list_canaries(struct world *world)
{
	static const char *const names[CANARIES] = { "", "outside", "outside/file", "outside/sub",
						     "outside/sub/file" };

	for (size_t i = 0; i < CANARIES; i++)
		need(fstatat(world->outside_fd, names[i], &world->canaries[i], AT_EMPTY_PATH),
		     names[i]);
}

static void make_world(struct world *world)
{
	char target[128];

	(void)snprintf(world->base, sizeof(world->base), "/tmp/volley-swap-XXXXXX");
	if (!mkdtemp(world->base))
		die("mkdtemp");
	world->outside_fd = open(world->base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	need(world->outside_fd, world->base);
	need(mkdirat(world->outside_fd, "root", 0755), "root");
	make_place(world->outside_fd, "outside", "canary\n");
	world->root_fd = openat(world->outside_fd, "root", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	need(world->root_fd, "root");
	make_place(world->root_fd, "a", "inside\n");
	make_place(world->root_fd, "d", "inside\n");
	make_place(world->root_fd, "d/a", "inside\n");
	(void)snprintf(target, sizeof(target), "%s/outside", world->base);
	need(symlinkat(target, world->root_fd, "b"), "b");
	need(symlinkat("../../outside", world->root_fd, "d/b"), "d/b");
	need(symlinkat("../a", world->root_fd, "d/in"), "d/in"); /* in or out, by way of ".." */
	list_canaries(world);
}

static bool is_outside(const struct world *world, const struct stat *st)
{
	for (size_t i = 0; i < CANARIES; i++) {
		if (world->canaries[i].st_dev == st->st_dev &&
		    world->canaries[i].st_ino == st->st_ino)
			return true;
	}
	return false;
}

static void count(const struct world *world, int r, const struct stat *st, struct tally *tally)
{
	if (r >= 0 && is_outside(world, st))
		tally->n_outside++;
	else if (r >= 0)
		tally->n_inside++;
	else if (r == -EXDEV || r == -ELOOP || r == -ENOTDIR)
		tally->n_refused++;
	else if (r == -EAGAIN)
		tally->n_again++;
	else {
		tally->n_strange++;
		tally->strange = -r;
	}
}

static void open_one(const struct world *world, unsigned long i, struct tally *tally)
{
	static const char *const files[PLACES] = { "a/file", "d/a/file", "a/sub/file",
						   "d/a/sub/file", "d/in/file" };
	static const char *const dirs[PLACES] = { "a", "d/a", "a/sub", "d/a/sub", "d/in" };
	const char *dir = dirs[i / 4 % PLACES];
	struct stat st = { 0 };
	int r;

	switch (i % 4) {
	case 0:
		r = path_open_file(world->root_fd, files[i / 4 % PLACES], &st);
		break;
	case 1:
		r = path_open_dir(world->root_fd, dir);
		break;
	case 2:
		r = path_open_dir_nofollow(world->root_fd, dir);
		break;
	default:
		r = path_stat(world->root_fd, files[i / 4 % PLACES], &st);
		count(world, r, &st, tally);
		return;
	}
	if (r >= 0)
		need(fstat(r, &st), "fstat"); /* the descriptor, not what the function says of it */
	count(world, r, &st, tally);
	if (r >= 0)
		close(r);
}

/* As an old kernel: openat2 is not there. */
static void forbid_openat2(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);

	if (!filter || seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(openat2), 0) < 0 ||
	    seccomp_load(filter) < 0)
		die("seccomp");
	seccomp_release(filter);
}

int main(int argc, char **argv)
{
	unsigned long n = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000;
	struct world world = { 0 };
	struct tally tally = { 0 };
	struct swapper swappers[2] = { { &world, 0 }, { &world, 0 } };
	pthread_t threads[2];
	const char *const clean[] = { "/bin/rm", "-rf", world.base, NULL };

	make_world(&world);
	swappers[0].dir_fd = world.root_fd;
	swappers[1].dir_fd = openat(world.root_fd, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	need(swappers[1].dir_fd, "d");
	for (size_t i = 0; i < countof(threads); i++) {
		if (pthread_create(&threads[i], NULL, swap, &swappers[i]) != 0)
			die("pthread_create");
	}
	if (argc > 2 && str_equal(argv[2], "without-openat2"))
		forbid_openat2();
	for (unsigned long i = 0; i < n; i++)
		open_one(&world, i, &tally);
	atomic_store(&world.stop, true);
	for (size_t i = 0; i < countof(threads); i++)
		(void)pthread_join(threads[i], NULL);
	printf("%lu opens, %lu swaps: %lu inside, %lu refused, %lu again, %lu strange (%s), "
	       "%lu outside\n",
	       n, atomic_load(&world.n_swaps), tally.n_inside, tally.n_refused, tally.n_again,
	       tally.n_strange, strerror(tally.strange), tally.n_outside);
	(void)fflush(stdout);
	if (tally.n_outside || tally.n_strange || !tally.n_inside || !tally.n_refused) {
		(void)fprintf(stderr, "%s is left to look at\n", world.base);
		return 1;
	}
	(void)execv(clean[0], (char *const *)(uintptr_t)clean);
	return 2;
}
