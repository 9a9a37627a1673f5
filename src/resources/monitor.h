/* SPDX-License-Identifier: MIT */
#ifndef RESOURCES_MONITOR_H
#define RESOURCES_MONITOR_H

#include "os/machine.h"

/**
 * The resource monitor: what is in use now, and how fast it changes. It is given readings, takes
 * none itself. Rates need two readings; until then they are missing. Loop thread, no memory.
 */
struct usage {
	struct machine machine;
	uint64_t at_ns;           /* of the reading; 0 = there was none */
	bool has_memory;          /* free_bytes and total_bytes are known */
	uint64_t free_bytes;      /* of the machine or of its control group, whichever is less */
	uint64_t total_bytes;     /* the same */
	double cpus;              /* processors' worth of time that may be used; at least 1 */
	bool has_rates;           /* the next three */
	double swap_in, swap_out; /* pages a second */
	double memory_stalled;    /* share of time, 0..1, in which something waited for memory */
};

struct monitor {
	struct usage usage;
};

/** A new reading, taken at now_ns. One that is not later than the last gives no rates. */
void monitor_take(struct monitor *monitor, const struct machine *machine, uint64_t now_ns);

#endif
