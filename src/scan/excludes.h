/* SPDX-License-Identifier: MIT */
#ifndef SCAN_EXCLUDES_H
#define SCAN_EXCLUDES_H

#include "base/buf.h"

/**
 * The file of ignore rules that git applies to every repository of the user, as ripgrep 13 finds
 * it: core.excludesFile of ~/.gitconfig, of $XDG_CONFIG_HOME/git/config, else
 * $XDG_CONFIG_HOME/git/ignore (~/.config for want of the variable). Adds its path to path, which
 * stays empty if there can be none. The file need not exist. Reads the environment.
 */
void excludes_find_global(struct buf *path);

/**
 * The info/exclude of the repository whose work tree is dir (an absolute path), where dir/.git is
 * a file: a linked work tree. git_file is that file's content. path stays empty if there is none.
 */
void excludes_find_linked(const char *dir, const char *git_file, size_t len, struct buf *path);

/** Adds the content of a regular file to text, up to text's maximum. 0 or -errno; -ENODEV if it
 *  is not a regular file. */
int excludes_read(const char *path, struct buf *text);

/** As excludes_read(), from a descriptor, which is closed. */
int excludes_read_fd(int own_fd, struct buf *text);

#endif
