/* SPDX-License-Identifier: MIT */
#ifndef SCAN_IGNORE_H
#define SCAN_IGNORE_H

#include <stdbool.h>
#include <stddef.h>

/**
 * Which entries ignore files exclude, as ripgrep 13 decides it: .rgignore before .ignore before
 * .gitignore before .git/info/exclude before git's global excludes; within a kind the nearest
 * directory first and in a file the last rule that matches. Git's kinds count only inside a
 * repository and only up to its root. Paths are always taken relative to the directory of the
 * ignore file; global excludes are relative to the root. An ignore file that is a link is read
 * if it stays within the root.
 *
 * struct ignore_dir is what holds in one directory: immutable, refcounted, shared by all
 * directories below that add nothing to it, usable from any thread.
 */
struct ignore;
struct ignore_dir;

enum ignore_verdict { IGNORE_NONE, IGNORE_SKIP, IGNORE_KEEP };

/** Names seen in a directory, to save looking for what is not there. */
enum ignore_found {
	IGNORE_FOUND_RGIGNORE = 1,
	IGNORE_FOUND_IGNORE = 2,
	IGNORE_FOUND_GITIGNORE = 4,
	IGNORE_FOUND_GIT = 8,
	IGNORE_FOUND_MAYBE = 15, /* not looked: try all */
};

/** A directory that is entered. */
struct ignore_place {
	int dir_fd;       /* or -1: open by path */
	const char *path; /* relative to the root; "" = root */
	enum ignore_found found;
};

/** Reads the ignore files above the root and git's global excludes. root_fd stays open as long as
 *  this lives. -ENOMEM, -EMFILE, -ENFILE as for ignore_enter(). */
int ignore_new(int root_fd, const char *root_path, struct ignore **ret_ignore);
void ignore_free(struct ignore *ignore);

/** Adds the name's bit to found if it is one that matters. */
enum ignore_found ignore_found_name(enum ignore_found found, const char *name);

/** The absolute path that entries' paths begin with; "" if the root is "/". */
const char *ignore_root(const struct ignore *ignore);

/** What holds above the root; borrowed. */
struct ignore_dir *ignore_above(struct ignore *ignore);

/** What holds in a directory, given what holds in its parent: a new reference (perhaps to
 *  parent). Blocks on reading. -ENOMEM, -EMFILE, -ENFILE; ignore files that cannot be read for
 *  other reasons count as missing. */
int ignore_enter(struct ignore *ignore, struct ignore_dir *parent, const struct ignore_place *place,
		 struct ignore_dir **ret_dir);
struct ignore_dir *ignore_dir_ref(struct ignore_dir *dir);
void ignore_dir_unref(struct ignore_dir *dir);

/** Whether any rule can apply in dir: if not, ignore_match() is IGNORE_NONE. */
bool ignore_has_rules(const struct ignore_dir *dir);

/** An entry of a directory, by its absolute path: ignore_root(), '/', path. */
struct ignore_entry {
	const char *path;
	size_t len;
	size_t name_len; /* of its last component */
	bool is_dir;
};

enum ignore_verdict ignore_match(const struct ignore_dir *dir, const struct ignore_entry *entry);

#endif
