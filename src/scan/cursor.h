/* SPDX-License-Identifier: MIT */
#ifndef SCAN_CURSOR_H
#define SCAN_CURSOR_H

#include "base/arena.h"

/**
 * Cursors: the path at which a stopped walk goes on, as text that JSON can hold. A path that is
 * UTF-8 is its own cursor. Any other is written with a slash before it, which no path below the
 * root begins with, and with its odd bytes as %XX.
 */
enum { CURSOR_LEN_MAX = 3 * 4096 };

/** Both are strings of the arena; NULL without memory. Whatever is no cursor is taken as a path. */
char *cursor_of_path(struct arena *arena, const char *path);
char *cursor_to_path(struct arena *arena, const char *cursor);

#endif
