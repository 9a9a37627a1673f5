/* SPDX-License-Identifier: MIT */
#ifndef BASE_HASH128_H
#define BASE_HASH128_H

#include <stddef.h>
#include <stdint.h>

/** XXH3-128, without a seed: the low 64 bits first. Not for telling apart what an enemy makes up.
 */
void hash128(const void *data, size_t len, uint64_t ret_hash[2]);

#endif
