/* SPDX-License-Identifier: MIT */
#include "scan/sieve_group.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { GROUPS_MAX = 64 };

struct group {
	struct sieve_window window; /* the union of all */
	size_t n;
	double cost; /* comparisons expected per byte of text */
};

struct grouping {
	struct group groups[GROUPS_MAX];
	size_t n;
	double cost[GROUPS_MAX][GROUPS_MAX]; /* of making one of two: [i][k] with i < k */
	uint8_t label[GROUPS_MAX];           /* where each first group is now */
};

static void group_add(struct group *group, const struct sieve_window *window, size_t n)
{
	for (unsigned p = 0; p < SIEVE_WIDTH; p++) {
		for (int i = 0; i < 4; i++)
			group->window.at[p].bits[i] |= window->at[p].bits[i];
	}
	group->n += n;
	/* A candidate costs about as much as three comparisons, before the first. */
	group->cost = needle_density(group->window.at, SIEVE_WIDTH) * (double)(group->n + 3);
}

static double cost_of_merging(const struct group *a, const struct group *b)
{
	struct group both = *a;

	group_add(&both, &b->window, b->n);
	return both.cost - a->cost - b->cost;
}

static void rate(struct grouping *self, size_t i, size_t k)
{
	size_t low = i < k ? i : k, high = i < k ? k : i;

	self->cost[low][high] = cost_of_merging(&self->groups[low], &self->groups[high]);
}

/* Group b becomes part of a; the last group takes its place. */
static void merge(struct grouping *self, size_t a, size_t b)
{
	size_t last = --self->n;

	group_add(&self->groups[a], &self->groups[b].window, self->groups[b].n);
	self->groups[b] = self->groups[last];
	for (size_t i = 0; i < GROUPS_MAX; i++) {
		if (self->label[i] == b)
			self->label[i] = (uint8_t)a;
		else if (self->label[i] == last)
			self->label[i] = (uint8_t)b;
	}
	for (size_t i = 0; i < self->n; i++) {
		if (i != a)
			rate(self, a, i);
		if (i != b && b < self->n)
			rate(self, b, i);
	}
}

static void merge_cheapest(struct grouping *self)
{
	size_t a = 0, b = 1;

	for (size_t i = 0; i < self->n; i++) {
		for (size_t k = i + 1; k < self->n; k++) {
			if (self->cost[i][k] < self->cost[a][b]) {
				a = i;
				b = k;
			}
		}
	}
	merge(self, a, b);
}

static int window_compare(const void *a, const void *b)
{
	const struct sieve_window *const *x = a, *const *y = b;
	int r = memcmp((*x)->at, (*y)->at, sizeof((*x)->at));

	return r ? r : (*x > *y) - (*x < *y);
}

int sieve_group(const struct sieve_window *windows, size_t n, uint8_t *ret_bucket_of)
{
	struct grouping *self = calloc(1, sizeof(*self));
	const struct sieve_window **sorted = malloc((n + 1) * sizeof(const struct sieve_window *));
	size_t n_first = n < GROUPS_MAX ? n : GROUPS_MAX;

	if (!self || !sorted) {
		free(self);
		free(sorted);
		return -ENOMEM;
	}
	for (size_t i = 0; i < n; i++)
		sorted[i] = &windows[i];
	qsort(sorted, n, sizeof(const struct sieve_window *), window_compare);
	for (size_t i = 0; i < n; i++)
		group_add(&self->groups[i * n_first / n], sorted[i], 1);
	self->n = n_first;
	for (size_t i = 0; i < n_first; i++) {
		self->label[i] = (uint8_t)i;
		for (size_t k = 0; k < i; k++)
			rate(self, k, i);
	}
	while (self->n > SIEVE_BUCKETS)
		merge_cheapest(self);
	for (size_t i = 0; i < n; i++)
		ret_bucket_of[sorted[i] - windows] = self->label[i * n_first / n];
	free(sorted);
	free(self);
	return 0;
}
