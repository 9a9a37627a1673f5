/* SPDX-License-Identifier: MIT */
#include "base/buf.h"
#include "scan/ignore.h"
#include "scan/rules.h"

#include "tree.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* Entries of one directory of a tree, with the rules of all directories on the way. */
struct place {
	struct ignore *ignore;
	struct ignore_dir *dir;
};

static struct ignore_dir *enter(struct ignore *ignore, struct ignore_dir *parent, const char *path)
{
	struct ignore_place place = { -1, path, IGNORE_FOUND_MAYBE };
	struct ignore_dir *dir;

	assert_int_equal(ignore_enter(ignore, parent, &place, &dir), 0);
	return dir;
}

static struct place place_in(const struct tree *tree, const char *path)
{
	struct place place;
	char part[256];

	assert_int_equal(ignore_new(tree->fd, tree->path, &place.ignore), 0);
	place.dir = enter(place.ignore, ignore_above(place.ignore), "");
	for (size_t i = 1; *path && i <= strlen(path); i++) {
		struct ignore_dir *parent = place.dir;

		if (path[i] && path[i] != '/')
			continue;
		snprintf(part, sizeof(part), "%.*s", (int)i, path);
		place.dir = enter(place.ignore, parent, part);
		ignore_dir_unref(parent);
	}
	return place;
}

static void leave(struct place *place)
{
	ignore_dir_unref(place->dir);
	ignore_free(place->ignore);
}

static enum ignore_verdict verdict(const struct place *place, const char *path, bool is_dir)
{
	const char *slash = strrchr(path, '/');
	char all[4096];
	struct ignore_entry entry = { .path = all, .is_dir = is_dir };

	strcpy(all, ignore_root(place->ignore));
	strcat(all, "/");
	strcat(all, path);
	entry.len = strlen(all);
	entry.name_len = strlen(slash ? slash + 1 : path);
	return ignore_match(place->dir, &entry);
}

static void test_kinds(void **state)
{
	struct tree tree = tree_new();
	struct place place;

	(void)state;
	tree_dir(&tree, ".git/info");
	tree_file(&tree, ".git/info/exclude", "e\nx\n");
	tree_file(&tree, ".gitignore", "g\n!x\n");
	tree_file(&tree, ".ignore", "i\n!g\n");
	tree_file(&tree, ".rgignore", "!i\nr\n");
	tree_file(&tree, "sub/.gitignore", "!e\n/here\n");
	place = place_in(&tree, "sub");
	assert_int_equal(verdict(&place, "sub/e", false), IGNORE_KEEP); /* git before exclude */
	assert_int_equal(verdict(&place, "sub/x", false), IGNORE_KEEP);
	assert_int_equal(verdict(&place, "sub/g", false), IGNORE_KEEP); /* .ignore before git */
	assert_int_equal(verdict(&place, "sub/i", false), IGNORE_KEEP); /* .rgignore first */
	assert_int_equal(verdict(&place, "sub/r", false), IGNORE_SKIP);
	assert_int_equal(verdict(&place, "sub/here", false), IGNORE_SKIP);
	assert_int_equal(verdict(&place, "sub/other", false), IGNORE_NONE);
	leave(&place);
	tree_remove(&tree);
}

static void test_only_in_a_repository(void **state)
{
	struct tree tree = tree_new();
	struct place place;

	(void)state;
	tree_file(&tree, ".gitignore", "a\nouter\n");
	tree_file(&tree, "repo/.gitignore", "b\n");
	place = place_in(&tree, "repo");
	assert_int_equal(verdict(&place, "repo/b", false), IGNORE_NONE);
	leave(&place);
	tree_dir(&tree, "repo/.git");
	place = place_in(&tree, "repo");
	assert_int_equal(verdict(&place, "repo/b", false), IGNORE_SKIP);
	assert_int_equal(verdict(&place, "repo/outer", false), IGNORE_NONE);
	leave(&place);
	tree_remove(&tree);
}

static void test_lines(void **state)
{
	struct tree tree = tree_new();
	struct place place;

	(void)state;
	tree_file(&tree, ".ignore",
		  "# c\n\\#h\ntrail  \nkept\\ "
		  "\n[bad\ncr\r\ndir/\n/top\na/b\n{x,{y}}\n**\\\\\n!\\!not\n");
	place = place_in(&tree, "");
	assert_int_equal(verdict(&place, "#h", false), IGNORE_SKIP);
	assert_int_equal(verdict(&place, "trail", false), IGNORE_SKIP);
	assert_int_equal(verdict(&place, "kept ", false), IGNORE_SKIP);
	assert_int_equal(verdict(&place, "cr", false), IGNORE_SKIP);
	assert_int_equal(verdict(&place, "dir", false), IGNORE_NONE);
	assert_int_equal(verdict(&place, "dir", true), IGNORE_SKIP);
	assert_int_equal(verdict(&place, "s/top", false), IGNORE_NONE);
	assert_int_equal(verdict(&place, "top", false), IGNORE_SKIP);
	assert_int_equal(verdict(&place, "a/b", false), IGNORE_SKIP);
	assert_int_equal(verdict(&place, "s/a/b", false), IGNORE_NONE);
	assert_int_equal(verdict(&place, "x", false), IGNORE_NONE); /* braces do not nest */
	assert_int_equal(verdict(&place, "!not", false), IGNORE_KEEP);
	leave(&place);
	tree_file(&tree, ".ignore", "before\ncaf\xe9\nafter\n");
	place = place_in(&tree, "");
	assert_int_equal(verdict(&place, "before", false), IGNORE_SKIP);
	assert_int_equal(verdict(&place, "after", false), IGNORE_NONE);
	leave(&place);
	tree_remove(&tree);
}

static void test_limits(void **state)
{
	struct tree tree = tree_new();
	struct buf text;
	struct place place;

	(void)state;
	buf_init(&text, 4 << 20);
	for (int i = 0; i < RULES_MAX; i++)
		buf_printf(&text, "r%d\n", i);
	buf_add_str(&text, "beyond\n");
	tree_file(&tree, ".ignore", text.data);
	buf_clear(&text);
	for (int i = 0; text.len < RULES_FILE_MAX; i++)
		buf_printf(&text, "# a comment as long as a line can well be, number %d\n", i);
	buf_add_str(&text, "beyond\n");
	tree_file(&tree, "sub/.ignore", text.data);
	buf_release(&text);
	place = place_in(&tree, "sub");
	assert_int_equal(verdict(&place, "sub/r49999", false), IGNORE_SKIP);
	assert_int_equal(verdict(&place, "sub/beyond", false), IGNORE_NONE);
	leave(&place);
	tree_remove(&tree);
}

static void test_odd_files(void **state)
{
	struct tree tree = tree_new(), other = tree_new();
	struct place place;
	char path[128];

	(void)state;
	tree_file(&other, "rules", "outside\n");
	tree_file(&tree, "rules", "inside\n");
	snprintf(path, sizeof(path), "%s/rules", other.path);
	assert_int_equal(symlinkat(path, tree.fd, ".ignore"), 0);
	assert_int_equal(symlinkat("rules", tree.fd, ".rgignore"), 0);
	tree_dir(&tree, ".git");
	assert_int_equal(mkfifoat(tree.fd, ".gitignore", 0644), 0); /* must not block */
	place = place_in(&tree, "");
	assert_int_equal(verdict(&place, "outside", false), IGNORE_NONE);
	assert_int_equal(verdict(&place, "inside", false), IGNORE_SKIP);
	leave(&place);
	tree_remove(&tree);
	tree_remove(&other);
}

static void test_above_the_root(void **state)
{
	struct tree tree = tree_new(), root = tree;
	struct place place;

	(void)state;
	tree_dir(&tree, ".git");
	tree_file(&tree, ".gitignore", "/root/anchored\n*.o\n");
	tree_dir(&tree, "root");
	strcat(root.path, "/root");
	root.fd = openat(tree.fd, "root", O_RDONLY | O_DIRECTORY);
	place = place_in(&root, "");
	assert_int_equal(verdict(&place, "anchored", false), IGNORE_SKIP);
	assert_int_equal(verdict(&place, "sub/x.o", false), IGNORE_SKIP);
	assert_int_equal(verdict(&place, "root/anchored", false), IGNORE_NONE);
	leave(&place);
	close(root.fd);
	tree_remove(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),     cmocka_unit_test(test_only_in_a_repository),
		cmocka_unit_test(test_lines),     cmocka_unit_test(test_limits),
		cmocka_unit_test(test_odd_files), cmocka_unit_test(test_above_the_root),
	};

	/* The user's own git settings must not count. */
	setenv("HOME", "/nonexistent", 1);
	unsetenv("XDG_CONFIG_HOME");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
