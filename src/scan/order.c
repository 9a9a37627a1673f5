/* SPDX-License-Identifier: MIT */
/* Natural merge sort: find ascending runs, then merge neighbours, halving their number a round. */
#include "scan/order.h"

#include <stdlib.h>
#include <string.h>

static bool key_after(const void *data, const struct order_item *a, const struct order_item *b)
{
	(void)data; /* keys are all it needs */
	return a->key > b->key;
}

static void merge(const struct order_item *from, size_t mid, size_t n, struct order_item *to,
		  order_after_fn *after, const void *data)
{
	size_t a = 0, b = mid;

	while (a < mid && b < n)
		*to++ = after(data, &from[a], &from[b]) ? from[b++] : from[a++];
	memcpy(to, from + a, (mid - a) * sizeof(*to));
	memcpy(to + (mid - a), from + b, (n - b) * sizeof(*to));
}

bool order_sort(struct order_item *items, size_t n, order_after_fn *after, const void *data)
{
	struct order_item *from = items, *to = malloc((n + 1) * sizeof(*to)), *swap;
	size_t *starts = malloc((n + 2) * sizeof(*starts)), n_runs = 0;

	if (!after)
		after = key_after;
	if (!to || !starts) {
		free(to);
		free(starts);
		return false;
	}
	for (size_t i = 0; i < n; i++) {
		if (i == 0 || after(data, &items[i - 1], &items[i]))
			starts[n_runs++] = i;
	}
	starts[n_runs] = n;
	while (n_runs > 1) {
		size_t out = 0;

		for (size_t i = 0; i < n_runs; i += 2) {
			size_t end = i + 2 <= n_runs ? starts[i + 2] : n;
			size_t mid = i + 1 <= n_runs ? starts[i + 1] : n;

			merge(from + starts[i], mid - starts[i], end - starts[i], to + starts[i],
			      after, data);
			starts[out++] = starts[i];
		}
		starts[out] = n;
		n_runs = out;
		swap = from;
		from = to;
		to = swap;
	}
	if (from != items) {
		memcpy(items, from, n * sizeof(*items));
		to = from;
	}
	free(to);
	free(starts);
	return true;
}
