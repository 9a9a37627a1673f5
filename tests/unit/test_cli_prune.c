/* SPDX-License-Identifier: MIT */
/* Old outputs go, the newest stay, and so does what is no run or is in progress. */
#include "cli/prune.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <sys/file.h>
#include <time.h>

#include <cmocka.h>

#include "tests/unit/tree.h"

static bool is_there(const struct tree *tree, const char *path)
{
	return faccessat(tree->fd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* A file of 1 MiB that was last written two hours ago. */
static void put(const struct tree *tree, const char *path)
{
	static const char zeros[1 << 20];
	struct timespec times[2] = { { .tv_sec = time(NULL) - 7200 },
				     { .tv_sec = time(NULL) - 7200 } };
	int fd = openat(tree->fd, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, zeros, sizeof(zeros)), sizeof(zeros));
	assert_int_equal(futimens(fd, times), 0);
	close(fd);
}

static void test_prune(void **state)
{
	static const char *const runs[] = {
		"20260101T000000-aaaa", "20260102T000000-bbbb", "20260103T000000-cccc",
		"20260104T000000-dddd", "20260105T000000-eeee",
	};
	struct tree tree = tree_new();
	char path[128];
	int in_progress;

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		tree_dir(&tree, runs[i]);
		(void)snprintf(path, sizeof(path), "%s/a.1.out", runs[i]);
		put(&tree, path);
	}
	tree_dir(&tree, "mine");
	put(&tree, "mine/file");
	assert_int_equal(symlinkat("mine", tree.fd, "20250101T000000-link"), 0);
	in_progress = openat(tree.fd, runs[0], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(flock(in_progress, LOCK_SH), 0);

	prune_dir(tree.path, 1, 3 << 20); /* the newest, and what fits: three in all */
	assert_true(is_there(&tree, runs[4]) && is_there(&tree, runs[3]));
	assert_true(is_there(&tree, runs[2]));
	assert_false(is_there(&tree, runs[1]));
	assert_true(is_there(&tree, "20260101T000000-aaaa/a.1.out"));
	assert_true(is_there(&tree, "mine/file"));

	close(in_progress);
	prune_dir(tree.path, 2, 0);
	assert_true(is_there(&tree, runs[4]) && is_there(&tree, runs[3]));
	assert_false(is_there(&tree, runs[2]) || is_there(&tree, runs[0]));
	assert_true(is_there(&tree, "mine/file"));
	tree_remove(&tree);
}

static void test_files(void **state)
{
	struct tree tree = tree_new();

	(void)state;
	put(&tree, "20260101T000000-aaaa.1.out");
	put(&tree, "20260102T000000-aaaa.1.out");
	put(&tree, "notes.txt");
	assert_int_equal(utimensat(tree.fd, "20260102T000000-aaaa.1.out", NULL, 0), 0); /* now */
	prune_dir(tree.path, 0, 0);
	assert_false(is_there(&tree, "20260101T000000-aaaa.1.out"));
	assert_true(is_there(&tree, "20260102T000000-aaaa.1.out"));
	assert_true(is_there(&tree, "notes.txt"));
	tree_remove(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_prune),
					    cmocka_unit_test(test_files) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
