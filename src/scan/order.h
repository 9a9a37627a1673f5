/* SPDX-License-Identifier: MIT */
#ifndef SCAN_ORDER_H
#define SCAN_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Stable merge sort that uses the runs it finds: what workers collect is nearly in order already,
 * and then this takes one comparison an item.
 */
struct order_item {
	uint64_t key;
	uint32_t worker, index;
};

typedef bool order_after_fn(const void *data, const struct order_item *a,
			    const struct order_item *b);

/** after(a, b): a must come after b. NULL compares keys. false without memory (unsorted). */
bool order_sort(struct order_item *items, size_t n, order_after_fn *after, const void *data);

#endif
