/* SPDX-License-Identifier: MIT */
#ifndef MODEL_CACHE_H
#define MODEL_CACHE_H

#include "model/call.h"

/**
 * Results of pure calls from earlier runs, by 128 bits that name the call and all it looked at.
 * Who knows what a call looks at (a fuser) makes the key. Any thread.
 */
struct cache {
	const struct cache_ops *ops;
};

struct cache_ops {
	/** False: there is none. */
	bool (*find)(struct cache *cache, const uint64_t key[2], struct result *ret_result);
	/** Only tries. */
	void (*keep)(struct cache *cache, const uint64_t key[2], const struct result *result);
	void (*free)(struct cache *cache);
};

#endif
