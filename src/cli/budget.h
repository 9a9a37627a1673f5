/* SPDX-License-Identifier: MIT */
#ifndef CLI_BUDGET_H
#define CLI_BUDGET_H

#include <stddef.h>
#include <stdint.h>

enum { BUDGET_BYTES_PER_TOKEN = 4 };

/**
 * Shares `total` among n that want wants[i], as water fills a vessel: nobody gets more than they
 * want, and whoever gets less than they want gets as much as anybody (one byte more or less).
 * The same wants give the same shares. 0 or -ENOMEM; O(n log n).
 */
int budget_share(const uint64_t *wants, size_t n, uint64_t total, uint64_t *ret_shares);

#endif
