/* SPDX-License-Identifier: MIT */
#ifndef RESOURCES_DEMAND_H
#define RESOURCES_DEMAND_H

#include <stdint.h>

/**
 * What an instance of a lane has needed so far, from what its ended calls used. Means are
 * exponentially weighed (0.2 for the newest); memory, where a guess that is too low ends in the
 * death of something, is the 95th percentile of the last 64 peaks, and 15 % more. Nothing seen,
 * nothing demanded. Loop thread.
 */
enum { DEMAND_PEAKS_MAX = 64, DEMAND_SHORT_MS = 100 };

struct demand {
	uint64_t n;       /* calls seen */
	double cpus;      /* processors' worth of time. Of calls of DEMAND_SHORT_MS and more: what
	                     a shorter one uses is its own start-up, and says nothing */
	double latency_s; /* time from start to end */
	double mean_peak; /* bytes */
	uint64_t peaks[DEMAND_PEAKS_MAX]; /* bytes, a ring */
	uint64_t n_long;                  /* calls that went into cpus */
};

struct demand_sample {
	uint64_t run_ns, cpu_us, peak_bytes; /* peak 0 = not known */
};

void demand_add(struct demand *demand, const struct demand_sample *sample);

/** Bytes to reckon with for one instance; 0 = nothing seen. Sorts 64 numbers. */
double demand_memory(const struct demand *demand);

#endif
