/* SPDX-License-Identifier: MIT */
#include "base/buf.h"
#include "base/clock.h"
#include "base/str.h"
#include "os/path.h"
#include "scan/walk.h"

#include "tree.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/resource.h>

#include <cmocka.h>

enum { SEEN_MAX = 20000 };

/* What a walk visited: "path" and which selectors wanted it. */
struct seen {
	pthread_mutex_t lock;
	char *paths[SEEN_MAX];
	uint64_t wanted[SEEN_MAX];
	bool is_explicit[SEEN_MAX];
	size_t n;
	size_t cancel_at; /* number of visits after which to cancel; 0 = never */
	atomic_bool cancel;
	int last_error;
};

static void visit(void *data, unsigned worker, const struct walk_entry *entry)
{
	struct seen *seen = data;
	struct stat st;

	assert(worker < WALK_THREADS_MAX);
	assert(strlen(entry->path) == entry->path_len);
	if (fstatat(entry->dir_fd, entry->name, &st, 0) < 0)
		seen->last_error = errno;
	pthread_mutex_lock(&seen->lock);
	assert(seen->n < SEEN_MAX);
	seen->wanted[seen->n] = entry->wanted[0];
	seen->is_explicit[seen->n] = entry->is_explicit;
	seen->paths[seen->n++] = strdup(entry->path);
	if (seen->n == seen->cancel_at)
		seen->cancel = true;
	pthread_mutex_unlock(&seen->lock);
}

static struct seen *seen_new(void)
{
	struct seen *seen = calloc(1, sizeof(*seen));

	pthread_mutex_init(&seen->lock, NULL);
	return seen;
}

static void seen_free(struct seen *seen)
{
	for (size_t i = 0; i < seen->n; i++)
		free(seen->paths[i]);
	pthread_mutex_destroy(&seen->lock);
	free(seen);
}

/** The selectors that wanted a path (each path is visited once); 0 = not visited. */
static uint64_t wanted(const struct seen *seen, const char *path)
{
	uint64_t bits = 0;
	size_t n = 0;

	for (size_t i = 0; i < seen->n; i++)
		if (str_equal(seen->paths[i], path)) {
			bits = seen->wanted[i];
			n++;
		}
	assert_true(n <= 1);
	return bits;
}

static struct walk *run(const struct tree *tree, const struct walk_selector *selectors, size_t n,
			struct seen *seen, unsigned n_threads, int want)
{
	struct walk_conf conf = { .root_fd = tree->fd,
				  .root_path = tree->path,
				  .selectors = selectors,
				  .n_selectors = n,
				  .n_threads = n_threads,
				  .visit = visit,
				  .data = seen,
				  .cancel = &seen->cancel };
	struct error err = { 0 };
	struct walk *walk;
	size_t bad;

	assert_int_equal(walk_new(&conf, &walk, &bad, &err), 0);
	assert_int_equal(walk_run(walk, &err), want);
	assert_int_equal(seen->last_error, 0);
	return walk;
}

static void test_selectors_share(void **state)
{
	static const struct walk_selector selectors[] = {
		{ .path = "" },
		{ .path = "", .glob = "*.c" },
		{ .path = "src", .type = "h" },
		{ .path = "build" },      /* ignored, but asked for */
		{ .path = "src/skip.c" }, /* a file, ignored too */
		{ .path = "", .hidden = true },
		{ .path = "", .no_ignore = true },
		{ .path = "", .glob = "!src/" },
		{ .path = "build/deep" },
	};
	struct tree tree = tree_new();
	struct seen *seen = seen_new();
	struct walk *walk;

	(void)state;
	tree_file(&tree, ".ignore", "build\nskip.c\n*.tmp\n");
	tree_file(&tree, "a.c", "");
	tree_file(&tree, ".hid/x", "");
	tree_file(&tree, "src/a.h", "");
	tree_file(&tree, "src/skip.c", "");
	tree_file(&tree, "build/o", "");
	tree_file(&tree, "build/x.tmp", "");
	tree_file(&tree, "build/deep/p", "");
	walk = run(&tree, selectors, 9, seen, 2, 0);
	assert_int_equal(wanted(seen, "a.c"), 1 | 2 | 32 | 64 | 128);
	assert_int_equal(wanted(seen, "src/a.h"), 1 | 4 | 32 | 64);
	assert_int_equal(wanted(seen, "src/skip.c"), 2 | 16 | 64);
	assert_int_equal(wanted(seen, "build/o"), 8 | 64);
	assert_int_equal(wanted(seen, "build/x.tmp"), 64);
	assert_int_equal(wanted(seen, "build/deep/p"), 8 | 64 | 256);
	assert_int_equal(wanted(seen, ".hid/x"), 32);
	assert_int_equal(wanted(seen, ".ignore"), 32);
	assert_int_equal(seen->n, 8);
	for (size_t i = 0; i < seen->n; i++)
		assert_int_equal(seen->is_explicit[i], str_equal(seen->paths[i], "src/skip.c"));
	assert_int_equal(walk_tally(walk, 0)->files, 2);
	assert_int_equal(walk_tally(walk, 0)->skips.ignored, 2);
	assert_int_equal(walk_tally(walk, 0)->skips.hidden, 2);
	assert_int_equal(walk_tally(walk, 1)->files, 3); /* its glob overrides skip.c's rule */
	assert_int_equal(walk_tally(walk, 1)->skips.ignored, 1);
	assert_int_equal(walk_tally(walk, 6)->files, 6);
	assert_null(walk_frontier(walk));
	walk_free(walk);
	seen_free(seen);
	tree_remove(&tree);
}

static void test_paths(void **state)
{
	static const struct walk_selector selectors[] = {
		{ .path = "nowhere" }, { .path = "fifo" },     { .path = "out" },
		{ .path = "link" },    { .path = "filelink" }, { .path = "dir/file/below" },
		{ .path = "dir" },     { .path = "link/sub" }, { .path = "none/of/these" },
	};
	static const int errors[] = { -ENOENT, -ENODEV, -EXDEV, 0, 0, -ENOTDIR, 0, 0, -ENOENT };
	struct tree tree = tree_new();
	struct seen *seen = seen_new();
	struct walk *walk;

	(void)state;
	tree_file(&tree, "dir/file", "");
	tree_file(&tree, "dir/sub/x", "");
	assert_int_equal(mkfifoat(tree.fd, "fifo", 0644), 0);
	assert_int_equal(symlinkat("/tmp", tree.fd, "out"), 0);
	assert_int_equal(symlinkat("dir", tree.fd, "link"), 0);
	assert_int_equal(symlinkat("dir/file", tree.fd, "filelink"), 0);
	walk = run(&tree, selectors, 9, seen, 2, 0);
	for (size_t i = 0; i < 9; i++)
		assert_int_equal(walk_tally(walk, i)->path_error, errors[i]);
	assert_int_equal(wanted(seen, "link/file"), 8);
	assert_int_equal(wanted(seen, "link/sub/x"), 8 | 128);
	assert_int_equal(wanted(seen, "filelink"), 16);
	assert_int_equal(wanted(seen, "dir/file"), 64);
	assert_int_equal(wanted(seen, "dir/sub/x"), 64);
	assert_int_equal(seen->n, 5);
	walk_free(walk);
	seen_free(seen);
	tree_remove(&tree);
}

static void test_odd_entries(void **state)
{
	struct tree tree = tree_new();
	struct seen *seen = seen_new();
	struct walk_selector selector = { .path = "" };
	struct walk *walk;

	(void)state;
	tree_file(&tree, "new\nline/b\xff", "");
	tree_file(&tree, ".dot.", "");
	assert_int_equal(mkfifoat(tree.fd, "fifo", 0644), 0);
	assert_int_equal(symlinkat("new\nline", tree.fd, "link"), 0);
	walk = run(&tree, &selector, 1, seen, 1, 0);
	assert_int_equal(wanted(seen, "new\nline/b\xff"), 1);
	assert_int_equal(wanted(seen, ".dot."), 1); /* ripgrep does not hold it to be hidden */
	assert_int_equal(seen->n, 2);
	assert_int_equal(walk_tally(walk, 0)->skips.special, 1);
	assert_int_equal(walk_tally(walk, 0)->skips.links, 1);
	walk_free(walk);
	seen_free(seen);
	tree_remove(&tree);
}

/** Deeper than there are descriptors, and then deeper than a path can name. */
static void test_deep(void **state)
{
	enum { DEPTH = 2200 };
	struct tree tree = tree_new();
	struct seen *seen = seen_new();
	struct walk_selector selector = { .path = "" };
	struct rlimit old, few;
	struct walk *walk;
	int fd = dup(tree.fd);

	(void)state;
	for (int i = 0; i < DEPTH; i++) {
		int next, file;

		assert_int_equal(mkdirat(fd, "d", 0755), 0);
		next = openat(fd, "d", O_RDONLY | O_DIRECTORY);
		close(fd);
		fd = next;
		if (i % 1000 != 999)
			continue;
		file = openat(fd, "f", O_WRONLY | O_CREAT, 0644);
		close(file);
	}
	close(fd);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	few = (struct rlimit){ 16, old.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	walk = run(&tree, &selector, 1, seen, 8, 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	assert_int_equal(seen->n, 2);
	assert_int_equal(walk_tally(walk, 0)->skips.denied, 1);
	walk_free(walk);
	seen_free(seen);
	/* Too deep for one pass of a recursive remover under the usual limit of descriptors. */
	for (int i = 0; i < DEPTH; i += 500) {
		assert_int_equal(mkdirat(tree.fd, "up", 0755), 0);
		fd = dup(tree.fd);
		for (int k = 0; k < 500 && fd >= 0; k++) {
			int next = openat(fd, "d", O_RDONLY | O_DIRECTORY);

			close(fd);
			fd = next;
		}
		if (fd >= 0) {
			(void)renameat(fd, "d", tree.fd, "up/d"); /* may be the last piece */
			close(fd);
		}
		tree_remove_at(openat(tree.fd, "d", O_RDONLY | O_DIRECTORY));
		assert_int_equal(unlinkat(tree.fd, "d", AT_REMOVEDIR), 0);
		(void)renameat(tree.fd, "up/d", tree.fd, "d"); /* as above */
		assert_int_equal(unlinkat(tree.fd, "up", AT_REMOVEDIR), 0);
	}
	tree_remove(&tree);
}

static void make_many(const struct tree *tree, int n_dirs, int n_files)
{
	char path[64];

	for (int i = 0; i < n_dirs; i++)
		for (int k = 0; k < n_files; k++) {
			snprintf(path, sizeof(path), "d%d/s%d/f%d", i, k % 7, k);
			tree_file(tree, path, "");
		}
}

static void test_large_directory(void **state)
{
	struct tree tree = tree_new();
	struct seen *seen = seen_new();
	struct walk_selector selectors[2] = { { .path = "" }, { .path = "", .glob = "f*7" } };
	struct walk *walk;
	char path[64];

	(void)state;
	for (int i = 0; i < 3000; i++) {
		snprintf(path, sizeof(path), "f%d", i);
		tree_file(&tree, path, "");
	}
	tree_dir(&tree, "f100d");
	walk = run(&tree, selectors, 2, seen, 4, 0);
	assert_int_equal(seen->n, 3000);
	assert_int_equal(walk_tally(walk, 0)->files, 3000);
	assert_int_equal(wanted(seen, "f2997"), 3);
	assert_int_equal(wanted(seen, "f2998"), 1);
	walk_free(walk);
	seen_free(seen);
	tree_remove(&tree);
}

static size_t n_before(const struct seen *seen, const char *path)
{
	size_t n = 0;

	for (size_t i = 0; i < seen->n; i++)
		n += walk_path_cmp(seen->paths[i], strlen(seen->paths[i]), path, strlen(path)) < 0;
	return n;
}

/** Stopped anywhere and gone on from the frontier: every file once or more, none lost. */
static void test_stop_and_go_on(void **state)
{
	struct tree tree = tree_new();

	(void)state;
	make_many(&tree, 5, 60);
	for (size_t cut = 1; cut < 300; cut += 13) {
		struct seen *first = seen_new(), *rest = seen_new();
		struct walk_selector selector = { .path = "" };
		struct walk *walk, *next;
		const char *frontier;

		first->cancel_at = cut;
		walk = run(&tree, &selector, 1, first, 3, -ECANCELED);
		frontier = walk_frontier(walk);
		assert_non_null(frontier);
		selector.after = frontier;
		next = run(&tree, &selector, 1, rest, 2, 0);
		/* Files before the frontier are all done, so the two halves make 300. */
		assert_int_equal(n_before(first, frontier) + rest->n, 300);
		assert_int_equal(n_before(rest, frontier), 0);
		assert_int_equal(walk_tally(next, 0)->files, rest->n);
		walk_free(walk);
		walk_free(next);
		seen_free(first);
		seen_free(rest);
	}
	tree_remove(&tree);
}

static void test_deadline(void **state)
{
	struct tree tree = tree_new();
	struct seen *seen = seen_new();
	struct walk_selector selector = { .path = "" };
	struct walk_conf conf = { .root_fd = tree.fd,
				  .root_path = tree.path,
				  .selectors = &selector,
				  .n_selectors = 1,
				  .n_threads = 2,
				  .visit = visit,
				  .data = seen,
				  .deadline_ns = 1 };
	struct error err;
	struct walk *walk;
	size_t bad;

	(void)state;
	tree_file(&tree, "a", "");
	assert_int_equal(walk_new(&conf, &walk, &bad, &err), 0);
	assert_int_equal(walk_run(walk, &err), -ETIMEDOUT);
	assert_int_equal(err.class, ERROR_TIMEOUT);
	assert_string_equal(walk_frontier(walk), "");
	assert_int_equal(seen->n, 0);
	walk_free(walk);
	seen_free(seen);
	tree_remove(&tree);
}

static void test_bad_selectors(void **state)
{
	struct walk_selector selectors[] = { { .path = "" }, { .path = "", .type = "pyt" } };
	struct walk_conf conf = { .root_path = "/",
				  .selectors = selectors,
				  .n_selectors = 2,
				  .n_threads = 1,
				  .visit = visit };
	struct error err;
	struct walk *walk;
	size_t bad;

	(void)state;
	assert_true(walk_new(&conf, &walk, &bad, &err) < 0);
	assert_int_equal(bad, 1);
	assert_string_equal(err.text, "unknown file type 'pyt'; did you mean 'py'?");
	selectors[1].type = NULL;
	selectors[1].glob = "!a[";
	assert_true(walk_new(&conf, &walk, &bad, &err) < 0);
	assert_int_equal(bad, 1);
	assert_string_equal(err.text, "bad glob '!a[': '[' is never closed, byte 3");
}

/** A glob that can match in one place only does not make the walk look elsewhere. */
static void test_bounded_globs(void **state)
{
	static const struct walk_selector selectors[] = {
		{ .path = "", .glob = "d1/s2/*" },
		{ .path = "", .glob = "d1/**/f*" },
		{ .path = "", .glob = "/*" },
	};
	struct tree tree = tree_new();
	struct seen *seen = seen_new();
	struct walk *walk;

	(void)state;
	make_many(&tree, 3, 14);
	tree_file(&tree, "top", "");
	walk = run(&tree, selectors, 3, seen, 2, 0);
	assert_int_equal(walk_tally(walk, 0)->files, 1 + 2); /* top, d1/s2 */
	assert_int_equal(walk_tally(walk, 1)->files, 1 + 14);
	assert_int_equal(walk_tally(walk, 2)->files, 1);
	assert_int_equal(wanted(seen, "d1/s2/f9"), 3);
	assert_int_equal(wanted(seen, "top"), 4);
	assert_int_equal(seen->n, 15);
	walk_free(walk);
	seen_free(seen);
	tree_remove(&tree);
}

static void test_path_order(void **state)
{
	static const char *const sorted[] = { "",    "a",   "a/b", "a/b/c", "a/b.c",
					      "a-b", "a.c", "ab",  "b",     "\xff" };

	(void)state;
	for (size_t i = 0; i < 10; i++)
		for (size_t k = 0; k < 10; k++) {
			int r = walk_path_cmp(sorted[i], strlen(sorted[i]), sorted[k],
					      strlen(sorted[k]));

			assert_int_equal((r > 0) - (r < 0), (i > k) - (i < k));
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_selectors_share), cmocka_unit_test(test_paths),
		cmocka_unit_test(test_odd_entries),     cmocka_unit_test(test_deep),
		cmocka_unit_test(test_large_directory), cmocka_unit_test(test_stop_and_go_on),
		cmocka_unit_test(test_deadline),        cmocka_unit_test(test_bad_selectors),
		cmocka_unit_test(test_bounded_globs),   cmocka_unit_test(test_path_order),
	};

	/* The user's own git settings must not count. */
	setenv("HOME", "/nonexistent", 1);
	unsetenv("XDG_CONFIG_HOME");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
