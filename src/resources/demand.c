/* SPDX-License-Identifier: MIT */
#include "resources/demand.h"

#include <stdlib.h>
#include <string.h>

static const double newest = 0.2, margin = 1.15;

static void weigh(double *mean, double sample, uint64_t n_before)
{
	*mean = n_before == 0 ? sample : *mean + newest * (sample - *mean);
}

void demand_add(struct demand *demand, const struct demand_sample *sample)
{
	if (sample->run_ns >= DEMAND_SHORT_MS * 1000000ull)
		weigh(&demand->cpus, (double)sample->cpu_us * 1000 / (double)sample->run_ns,
		      demand->n_long++);
	weigh(&demand->latency_s, (double)sample->run_ns / 1e9, demand->n);
	weigh(&demand->mean_peak, (double)sample->peak_bytes, demand->n);
	demand->peaks[demand->n % DEMAND_PEAKS_MAX] = sample->peak_bytes;
	demand->n++;
}

static int by_size(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

double demand_memory(const struct demand *demand)
{
	size_t n = demand->n < DEMAND_PEAKS_MAX ? (size_t)demand->n : DEMAND_PEAKS_MAX;
	size_t rank = (n * 95 + 99) / 100; /* the nearest, from 1 */
	uint64_t sorted[DEMAND_PEAKS_MAX];

	if (n == 0)
		return 0;
	memcpy(sorted, demand->peaks, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), by_size);
	return (double)sorted[rank - 1] * margin;
}
