/* SPDX-License-Identifier: MIT */
#include "base/hash128.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

void hash128(const void *data, size_t len, uint64_t ret_hash[2])
{
	XXH128_hash_t hash = XXH3_128bits(data, len);

	ret_hash[0] = hash.low64;
	ret_hash[1] = hash.high64;
}
