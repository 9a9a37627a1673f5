/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_CACHE_H
#define ENGINE_CACHE_H

#include "base/error.h"
#include "model/cache.h"

/**
 * The cache of results on disk: DIR/KEY, a file each, written beside and renamed, so that any
 * number of processes may share it. A file that is not whole is passed over: its hash is in it.
 * Nothing is synced; nothing here is missed.
 */
enum { CACHE_RESULT_MAX = 8 << 20, CACHE_KEY_CHARS = 32 };

/** dir: exists, or is made (0700). */
int cache_new(const char *dir, struct cache **ret_cache, struct error *err);

/** Removes what was not used for longest, until the rest is at most bytes_max. */
void cache_prune(const char *dir, uint64_t bytes_max);

#endif
