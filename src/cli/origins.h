/* SPDX-License-Identifier: MIT */
#ifndef CLI_ORIGINS_H
#define CLI_ORIGINS_H

#include "base/arena.h"
#include "base/error.h"

enum { ORIGINS_MAX = 16 };

/** The origins of --allow-origin, "http://host:port" with commas or blanks between them, as a
 *  NULL-terminated list in the arena; NULL gives an empty one. Any thread. */
int origins_read(const char *list, struct arena *arena, const char *const **ret_origins,
		 struct error *err);

#endif
