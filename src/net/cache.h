/* SPDX-License-Identifier: MIT */
#ifndef NET_CACHE_H
#define NET_CACHE_H

#include "net/headers.h"

/**
 * Answers on disk, one file each, written beside and renamed: whoever reads sees all of one or
 * none. Several processes may share a folder; one that others may write to is not used. Files that
 * are not whole are removed when they are met. Blocks on the disk; any thread, several at once.
 */
struct net_cache;

enum { NET_CACHE_BODY_MAX = 64 << 20 };

struct cached {
	struct headers headers; /* with their status */
	struct blob *body;      /* NULL = empty */
	int64_t stored_ms;      /* when it was last known to be right, by the wall clock */
};

void cached_release(struct cached *cached);

/** The bytes of a file as an answer: 0, -EBADMSG or -ENOMEM. */
int cached_read(const char *data, size_t len, struct cached *ret_cached);

/** limit_bytes: of all files together. NULL without memory. */
struct net_cache *net_cache_new(const char *dir, uint64_t limit_bytes);
void net_cache_free(struct net_cache *cache);

/** What is kept under a key (of any length); 0, or −errno: -ENOENT when there is nothing. */
int net_cache_load(struct net_cache *cache, const char *key, struct cached *ret_cached);

/** Keeps it, and lets the oldest go where there are too many. */
int net_cache_store(struct net_cache *cache, const char *key, const struct cached *cached);

#endif
