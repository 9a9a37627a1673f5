/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_GLOB_PLACE_H
#define TOOLS_GLOB_PLACE_H

#include "base/arena.h"
#include "base/error.h"

/**
 * The glob of a Glob call as one for the whole root. Agents mean it relative to the call's path, as
 * `cd PATH && rg --files -g GLOB` does: there, one without a slash holds at any depth, and one with
 * a slash from PATH on. "./" in front is accepted, and so is an absolute glob beneath root_path.
 *
 * path: clean, "" for the root. Returns the glob, a string of the arena; NULL with err filled: ".."
 * (denied) or no memory. Pure, any thread.
 */
const char *glob_place(struct arena *arena, const char *root_path, const char *path,
		       const char *glob, struct error *err);

#endif
