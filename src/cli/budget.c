/* SPDX-License-Identifier: MIT */
/* Fair shares: the small wants are met first, from the smallest; what they leave is divided
 * among the rest. */
#include "cli/budget.h"

#include <errno.h>
#include <stdlib.h>

struct want {
	uint64_t bytes;
	size_t i;
};

static int want_cmp(const void *a, const void *b)
{
	const struct want *left = a, *right = b;

	if (left->bytes != right->bytes)
		return left->bytes < right->bytes ? -1 : 1;
	return left->i < right->i ? -1 : left->i > right->i;
}

int budget_share(const uint64_t *wants, size_t n, uint64_t total, uint64_t *ret_shares)
{
	struct want *sorted;

	if (!n)
		return 0;
	sorted = calloc(n, sizeof(*sorted));
	if (!sorted)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		sorted[i] = (struct want){ wants[i], i };
	qsort(sorted, n, sizeof(*sorted), want_cmp);
	for (size_t k = 0; k < n; k++) {
		uint64_t level = total / (n - k);
		uint64_t share = sorted[k].bytes < level ? sorted[k].bytes : level;

		ret_shares[sorted[k].i] = share;
		total -= share;
	}
	free(sorted);
	return 0;
}
