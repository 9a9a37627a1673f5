/* SPDX-License-Identifier: MIT */
#include "os/path.h"

#include "tree.h"

#include <errno.h>
#include <seccomp.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void test_clean(void **state)
{
	static const struct {
		const char *root, *path;
		int r;
		const char *out;
	} cases[] = {
		{ "/w", "a/b", 0, "a/b" },   { "/w", "./a//b/./", 0, "a/b" },
		{ "/w", "a/../b", 0, "b" },  { "/w", "a/b/..", 0, "a" },
		{ "/w", ".", 0, "" },        { "/w", "a/..", 0, "" },
		{ "/w", "/w", 0, "" },       { "/w", "/w/a", 0, "a" },
		{ "/w/", "/w//a", 0, "a" },  { "/", "/a/b", 0, "a/b" },
		{ "/w", "/wa", -EXDEV, "" }, { "/w", "/x/a", -EXDEV, "" },
		{ "/w", "..", -EXDEV, "" },  { "/w", "a/../../w/b", -EXDEV, "" },
		{ "/w", "", -EINVAL, "" },   { "/w", "..a/.b", 0, "..a/.b" },
	};
	char out[PATH_LEN_MAX], long_path[PATH_LEN_MAX + 10];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_int_equal(path_clean(cases[i].root, cases[i].path, out), cases[i].r);
		if (cases[i].r == 0)
			assert_string_equal(out, cases[i].out);
	}
	memset(long_path, 'a', sizeof(long_path) - 1);
	long_path[sizeof(long_path) - 1] = '\0';
	assert_int_equal(path_clean("/w", long_path, out), -ENAMETOOLONG);
}

static int try_file(const struct tree *tree, const char *path)
{
	struct stat st;
	int fd = path_open_file(tree->fd, path, &st);

	if (fd < 0)
		return fd;
	close(fd);
	return (int)st.st_size;
}

static int try_dir(int fd)
{
	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

static void test_open(void **state)
{
	struct tree tree = tree_new();

	(void)state;
	tree_file(&tree, "dir/file", "12345");
	assert_int_equal(symlinkat("dir/file", tree.fd, "in"), 0);
	assert_int_equal(symlinkat("../dir/file", tree.fd, "dir/up"), 0);
	assert_int_equal(symlinkat("/etc/passwd", tree.fd, "out"), 0);
	assert_int_equal(symlinkat("../..", tree.fd, "dir/outdir"), 0);
	assert_int_equal(symlinkat("dir", tree.fd, "dirlink"), 0);
	assert_int_equal(mkfifoat(tree.fd, "fifo", 0644), 0);
	assert_int_equal(try_file(&tree, "dir/file"), 5);
	assert_int_equal(try_file(&tree, "in"), 5);
	assert_int_equal(try_file(&tree, "dir/up"), 5);
	assert_int_equal(try_file(&tree, "dirlink/file"), 5);
	assert_int_equal(try_file(&tree, "out"), -EXDEV);
	assert_int_equal(try_file(&tree, "../x"), -EXDEV);
	assert_int_equal(try_file(&tree, "/etc/passwd"), -EXDEV);
	assert_int_equal(try_file(&tree, "dir"), -EISDIR);
	assert_int_equal(try_file(&tree, "fifo"), -ENODEV);
	assert_int_equal(try_file(&tree, "none"), -ENOENT);
	assert_int_equal(try_dir(path_open_dir(tree.fd, "")), 0);
	assert_int_equal(try_dir(path_open_dir(tree.fd, "dirlink")), 0);
	assert_int_equal(try_dir(path_open_dir(tree.fd, "dir/outdir")), -EXDEV);
	assert_int_equal(try_dir(path_open_dir(tree.fd, "in")), -ENOTDIR);
	assert_int_equal(try_dir(path_open_dir_nofollow(tree.fd, "dirlink")), -ELOOP);
	assert_int_equal(try_dir(path_open_dir_nofollow(tree.fd, "dir")), 0);
	tree_remove(&tree);
}

/* As under an old kernel, or in a sandbox that does not know the call: links are refused. The
 * filter stays, so this comes last. */
static void test_without_openat2(void **state)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	struct tree tree = tree_new();

	(void)state;
	assert_non_null(filter);
	assert_int_equal(seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(openat2), 0), 0);
	assert_int_equal(seccomp_load(filter), 0);
	seccomp_release(filter);
	tree_file(&tree, "dir/file", "12345");
	assert_int_equal(symlinkat("dir/file", tree.fd, "in"), 0);
	assert_int_equal(symlinkat("/etc/passwd", tree.fd, "out"), 0);
	assert_int_equal(symlinkat("../..", tree.fd, "dir/outdir"), 0);
	assert_int_equal(symlinkat("dir", tree.fd, "dirlink"), 0);
	assert_int_equal(mkfifoat(tree.fd, "fifo", 0644), 0);
	assert_int_equal(try_file(&tree, "dir/file"), 5);
	assert_int_equal(try_file(&tree, "dir//file"), 5);
	assert_int_equal(try_file(&tree, "in"), -ELOOP);
	assert_int_equal(try_file(&tree, "dirlink/file"), -ELOOP);
	assert_int_equal(try_file(&tree, "dir/outdir/x"), -ELOOP);
	assert_int_equal(try_file(&tree, "out"), -ELOOP);
	assert_int_equal(try_file(&tree, "../x"), -EXDEV);
	assert_int_equal(try_file(&tree, "dir/../dir/file"), -EXDEV);
	assert_int_equal(try_file(&tree, "/etc/passwd"), -EXDEV);
	assert_int_equal(try_file(&tree, "dir"), -EISDIR);
	assert_int_equal(try_file(&tree, "fifo"), -ENODEV);
	assert_int_equal(try_file(&tree, "dir/file/x"), -ENOTDIR);
	assert_int_equal(try_file(&tree, "none"), -ENOENT);
	assert_int_equal(try_dir(path_open_dir(tree.fd, "")), 0);
	assert_int_equal(try_dir(path_open_dir(tree.fd, "dirlink")), -ELOOP);
	assert_int_equal(try_dir(path_open_dir(tree.fd, "dir/file")), -ENOTDIR);
	assert_int_equal(try_dir(path_open_dir_nofollow(tree.fd, "dir")), 0);
	tree_remove(&tree);
}

static void test_nearest(void **state)
{
	struct tree tree = tree_new();
	char out[PATH_LEN_MAX];

	(void)state;
	tree_file(&tree, "source/main.c", "");
	tree_file(&tree, "source/mainly.c", "");
	tree_file(&tree, "other/x", "");
	assert_string_equal(path_nearest(tree.fd, "source/mian.c", out), "source/main.c");
	assert_string_equal(path_nearest(tree.fd, "soruce/main.c", out), "source/main.c");
	assert_string_equal(path_nearest(tree.fd, "soruce/nothing", out), "source");
	assert_null(path_nearest(tree.fd, "quite/different", out));
	assert_null(path_nearest(tree.fd, "source/main.c", out)); /* it is there */
	tree_remove(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clean),
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_nearest),
		cmocka_unit_test(test_without_openat2),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
