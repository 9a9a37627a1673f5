/* SPDX-License-Identifier: MIT */
#include "resources/allocate.h"

#include <assert.h>
#include <math.h>

/* Sums of many small demands miss a whole capacity by their last bits. */
static const double slack = 1e-9;

const char *resource_name(enum resource resource)
{
	static const char *const names[] = {
		[RESOURCE_CPU] = "cpu",         [RESOURCE_MEMORY] = "memory", [RESOURCE_IO] = "io",
		[RESOURCE_NETWORK] = "network", [RESOURCE_SLOTS] = "slots",
	};

	return names[resource];
}

unsigned allocate_wanted(unsigned cap, double rate_per_s, double latency_s)
{
	double wanted = ceil(rate_per_s * latency_s);

	if (!(wanted >= 1))
		return rate_per_s > 0 && latency_s > 0 ? 1 : cap;
	return wanted < cap ? (unsigned)wanted : cap;
}

struct filling {
	const double *capacity;
	double demand[ALLOCATE_CLASSES_MAX][RESOURCE_COUNT];
	double used[RESOURCE_COUNT];
	bool is_full[ALLOCATE_CLASSES_MAX];
};

/* What keeps one more instance out, or RESOURCE_COUNT. */
static enum resource missing(const struct filling *filling, const double *demand,
			     const double used[RESOURCE_COUNT])
{
	for (int r = 0; r < RESOURCE_COUNT; r++)
		if (demand[r] > 0 && used[r] + demand[r] > filling->capacity[r] * (1 + slack))
			return (enum resource)r;
	return RESOURCE_COUNT;
}

static void set_dominant(const struct filling *filling, size_t i, struct allocation *allocation)
{
	allocation->dominant = 0;
	for (int r = 0; r < RESOURCE_COUNT; r++) {
		double share = filling->capacity[r] > 0 ? allocation->n * filling->demand[i][r] /
								  filling->capacity[r]
							: 0;

		if (share > allocation->dominant) {
			allocation->dominant = share;
			allocation->resource = (enum resource)r;
		}
	}
}

static void start(struct filling *filling, const struct allocate_class *class, size_t i,
		  struct allocation *allocation)
{
	static const double nothing[RESOURCE_COUNT];
	bool is_zero = true;
	enum resource short_of;

	*allocation = (struct allocation){ .resource = RESOURCE_SLOTS };
	for (int r = 0; r < RESOURCE_COUNT; r++) {
		filling->demand[i][r] = class->demand[r];
		is_zero = is_zero && !(class->demand[r] > 0);
	}
	if (is_zero)
		filling->demand[i][RESOURCE_SLOTS] = 1;
	short_of = missing(filling, filling->demand[i], nothing);
	filling->is_full[i] = short_of != RESOURCE_COUNT || class->wanted == 0;
	if (short_of != RESOURCE_COUNT) {
		allocation->is_refused = allocation->is_short = true;
		allocation->resource = short_of;
	}
}

static void give(struct filling *filling, const struct allocate_class *class, size_t i,
		 struct allocation *allocation)
{
	enum resource short_of = missing(filling, filling->demand[i], filling->used);

	if (short_of != RESOURCE_COUNT) {
		filling->is_full[i] = allocation->is_short = true;
		allocation->resource = short_of;
		return;
	}
	for (int r = 0; r < RESOURCE_COUNT; r++)
		filling->used[r] += filling->demand[i][r];
	allocation->n++;
	set_dominant(filling, i, allocation);
	filling->is_full[i] = allocation->n >= class->wanted;
}

void allocate(const double capacity[RESOURCE_COUNT], const struct allocate_class *classes,
	      size_t n_classes, struct allocation *ret_allocations)
{
	struct filling filling = { .capacity = capacity };

	assert(n_classes <= ALLOCATE_CLASSES_MAX);
	for (size_t i = 0; i < n_classes; i++)
		start(&filling, &classes[i], i, &ret_allocations[i]);
	for (;;) {
		size_t best = n_classes;
		double least = INFINITY;

		for (size_t i = 0; i < n_classes; i++) {
			double share = ret_allocations[i].dominant / classes[i].weight;

			if (!filling.is_full[i] && share < least) {
				least = share;
				best = i;
			}
		}
		if (best == n_classes)
			return;
		give(&filling, &classes[best], best, &ret_allocations[best]);
	}
}
