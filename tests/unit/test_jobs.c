/* SPDX-License-Identifier: MIT */
/* The command line of make and MAKEFLAGS, as far as -j goes; and the pool on disk. */
#include "base/attr.h"
#include "base/str.h"
#include "os/job_make.h"
#include "os/job_pool.h"
#include "tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/ioctl.h>

#include <cmocka.h>

enum { WORDS_MAX = 16 };

/* Words of a line, parsed; what is left of them as a line again. Returns what -j asked for. */
static struct job_args parse(const char *line, char *left, size_t size)
{
	char copy[256], *words[WORDS_MAX + 1] = { NULL }, *at = copy;
	struct job_args args;
	int n = 0;

	(void)snprintf(copy, sizeof(copy), "%s", line);
	for (char *word; (word = strsep(&at, " ")) && n < WORDS_MAX;)
		words[n++] = word;
	assert_true(job_args_parse(n, words, &args));
	*left = '\0';
	for (char **arg = args.argv; *arg; arg++) {
		size_t len = strlen(left);

		(void)snprintf(left + len, size - len, "%s%s", len ? " " : "", *arg);
		if (*arg < copy || *arg >= copy + sizeof(copy))
			free(*arg);
	}
	free(args.argv);
	args.argv = NULL;
	return args;
}

static void minus_j_is_found_wherever_it_stands(void **state)
{
	static const struct {
		const char *line, *left;
		int n; /* -1 = was not asked, -2 = wrong */
	} cases[] = {
		{ "make", "make", -1 },
		{ "make all CC=gcc", "make all CC=gcc", -1 },
		{ "make -j16 all", "make all", 16 },
		{ "make -j 16 all", "make all", 16 },
		{ "make -j all", "make all", 0 },
		{ "make all -j", "make all", 0 },
		{ "make --jobs", "make", 0 },
		{ "make --jobs=4 x", "make x", 4 },
		{ "make --jobs 4 x", "make x", 4 },
		{ "make -kj8", "make -k", 8 },
		{ "make -skj 8 x", "make -sk x", 8 },
		{ "make -j4 -j1", "make", 1 },
		{ "make -j1 -j", "make", 0 },
		{ "make -C dir -j2", "make -C dir", 2 },
		{ "make -C -j2", "make -C -j2", -1 },
		{ "make -Cj4", "make -Cj4", -1 },
		{ "make -fj -j3", "make -fj", 3 },
		{ "make -kC dir -j3", "make -kC dir", 3 },
		{ "make --directory -j9 -j3", "make --directory -j9", 3 },
		{ "make --file=x -j3", "make --file=x", 3 },
		{ "make -l4 -j3", "make -l4", 3 },
		{ "make -l 4 -j3", "make -l 4", 3 },
		{ "make -Oline -j3", "make -Oline", 3 },
		{ "make -Oj -j3", "make -Oj", 3 },
		{ "make -- -j3", "make -- -j3", -1 },
		{ "make -j3 -- -j4", "make -- -j4", 3 },
		{ "make -jx", "make", -2 },
		{ "make -j0", "make", -2 },
		{ "make -j8k", "make", -2 },
		{ "make --jobs=", "make", -2 },
		{ "make --jobserver-auth=3,4", "make --jobserver-auth=3,4", -1 },
		{ "make - -j2", "make -", 2 },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		char left[256];
		struct job_args args = parse(cases[i].line, left, sizeof(left));

		assert_string_equal(left, cases[i].left);
		assert_int_equal(args.is_bad, cases[i].n == -2);
		assert_int_equal(args.has_jobs, cases[i].n != -1);
		if (cases[i].n >= 0)
			assert_int_equal(args.n, cases[i].n);
	}
}

static void flags_join_the_pool(void **state)
{
	static const struct {
		const char *flags, *joined;
		unsigned long n;
	} cases[] = {
		{ NULL, "", 1 },
		{ "", "", 1 },
		{ "k", " -k", 1 },
		{ "ks -j8", " -ks", 8 },
		{ "kj8", " -k", 8 },
		{ "-j", "", 0 },
		{ "-j1", "", 1 },
		{ "w -j --jobserver-auth=3,4", " -w", 0 },
		{ " -j --jobserver-fds=3,4 -- A=-j8 B=2", " -- A=-j8 B=2", 0 },
		{ "A=j -k", " A=j -k", 1 },
		{ "--no-print-directory", " --no-print-directory", 1 },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		char wanted[256];
		unsigned long n;
		char *joined = job_makeflags(cases[i].flags, 100, 101, &n);

		(void)snprintf(wanted, sizeof(wanted), "-j --jobserver-auth=100,101%s",
			       cases[i].joined);
		assert_non_null(joined);
		assert_string_equal(joined, wanted);
		assert_int_equal(n, cases[i].n);
		free(joined);
	}
}

static int n_entries(const char *path)
{
	DIR *dir = opendir(path);
	int n = 0;

	while (readdir(dir))
		n++;
	(void)closedir(dir);
	return n - 2;
}

static void a_pool_is_made_and_removed(void **state)
{
	struct tree tree = tree_new();
	struct job_pool first, second;
	struct stat st;
	char parent[128], path[256];
	int n = 0;

	(void)state;
	(void)snprintf(parent, sizeof(parent), "%s/a/b", tree.path);
	assert_int_equal(job_pool_make(&first, parent, &(struct job_pool_sizes){ 5, 2 }, NULL), 0);
	assert_int_equal(ioctl(first.tokens_fd, FIONREAD, &n), 0);
	assert_int_equal(n, 5);
	assert_int_equal(fstat(first.dir_fd, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	(void)snprintf(path, sizeof(path), "%s/bin/make", first.dir);
	assert_int_equal(access(path, X_OK), 0);
	(void)snprintf(path, sizeof(path), "%s/agents/1.2", first.dir);
	assert_int_equal(access(path, F_OK), 0);
	assert_int_equal(job_pool_make(&second, parent, &(struct job_pool_sizes){ 1, 2 }, NULL), 0);
	assert_int_equal(n_entries(parent), 2); /* one that is in use stays */

	/* Its owner was killed: the next to come removes it. */
	(void)close(first.dir_fd);
	(void)close(first.tokens_fd);
	free(first.dir);
	job_pool_remove(&second);
	assert_int_equal(n_entries(parent), 1);
	assert_int_equal(job_pool_make(&second, parent, &(struct job_pool_sizes){ 1, 2 }, NULL), 0);
	assert_int_equal(n_entries(parent), 1);
	job_pool_remove(&second);
	job_pool_remove(&second);
	assert_int_equal(n_entries(parent), 0);
	tree_remove(&tree);
}

static void no_pool_where_it_cannot_be(void **state)
{
	struct tree tree = tree_new();
	struct job_pool pool;
	struct error err;
	char parent[128];

	(void)state;
	tree_file(&tree, "file", "");
	(void)snprintf(parent, sizeof(parent), "%s/file/b", tree.path);
	assert_true(job_pool_make(&pool, parent, &(struct job_pool_sizes){ 5, 2 }, &err) < 0);
	assert_null(pool.dir);
	job_pool_remove(&pool);
	tree_remove(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(minus_j_is_found_wherever_it_stands),
		cmocka_unit_test(flags_join_the_pool),
		cmocka_unit_test(a_pool_is_made_and_removed),
		cmocka_unit_test(no_pool_where_it_cannot_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
