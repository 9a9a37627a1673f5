/* SPDX-License-Identifier: MIT */
#ifndef RESOURCES_ALLOCATE_H
#define RESOURCES_ALLOCATE_H

#include <stdbool.h>
#include <stddef.h>

/**
 * Who gets how much: Dominant Resource Fairness by progressive filling (Ghodsi et al., NSDI 2011).
 * A class's dominant share is the largest share it has of any resource, over its weight; the class
 * whose dominant share is smallest is given the next instance, until it has what it wants or
 * nothing more fits. Pure functions.
 */
enum resource {
	RESOURCE_CPU,     /* processors */
	RESOURCE_MEMORY,  /* bytes */
	RESOURCE_IO,      /* streams */
	RESOURCE_NETWORK, /* connections */
	RESOURCE_SLOTS,   /* calls under way */
	RESOURCE_COUNT
};

const char *resource_name(enum resource resource);

enum { ALLOCATE_CLASSES_MAX = 64 };

struct allocate_class {
	double demand[RESOURCE_COUNT]; /* of one instance; all 0 = one slot and nothing else */
	double weight;                 /* of its share; > 0 */
	unsigned wanted;               /* instances: see allocate_wanted() */
};

struct allocation {
	unsigned n;             /* instances */
	double dominant;        /* its dominant share, not weighed, 0..1 */
	enum resource resource; /* that share is of this, or this is what was short */
	bool is_refused;        /* one instance needs more than there is in all: waiting would
	                           not help, ever */
	bool is_short;          /* it wanted more than it got */
};

/** Wanted parallelism by Little's law: min(cap, ceil(rate × latency)); cap where there is no
 *  target rate. At least 1. */
unsigned allocate_wanted(unsigned cap, double rate_per_s, double latency_s);

/** capacity: INFINITY where nothing is known of a limit. n_classes <= ALLOCATE_CLASSES_MAX; cost
 *  O(instances × classes). */
void allocate(const double capacity[RESOURCE_COUNT], const struct allocate_class *classes,
	      size_t n_classes, struct allocation *ret_allocations);

#endif
