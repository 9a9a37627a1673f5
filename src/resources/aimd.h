/* SPDX-License-Identifier: MIT */
#ifndef RESOURCES_AIMD_H
#define RESOURCES_AIMD_H

#include <stdbool.h>
#include <stdint.h>

/**
 * How many calls a peer that refuses some of them bears: additive increase, multiplicative
 * decrease. A refusal halves the limit, but at most once a round trip: refusals of calls that
 * started before the last cut are echoes of it. As many successes as the limit is raise it by 1,
 * unless less than half of it was in use, which would prove nothing. A refusal that says when to
 * come back shuts the gate until then, for all. Loop thread, no clock of its own.
 */
struct aimd {
	double limit;
	unsigned max;     /* limit is 1..max */
	unsigned n_good;  /* successes since the limit last changed */
	uint64_t cut_ns;  /* when it was last cut; 0 = never */
	uint64_t gate_ns; /* nothing starts before; 0 = open */
};

struct aimd_sample {
	uint64_t start_ns, now_ns;
	unsigned n_running; /* with this one */
	bool is_refused;
	uint64_t retry_ns; /* refused: nothing for so long; 0 = not said */
};

void aimd_init(struct aimd *aimd, unsigned max);

/** A call has ended. True when the limit was cut or the gate shut. */
bool aimd_add(struct aimd *aimd, const struct aimd_sample *sample);

/** Opens the gate if its time has come. */
void aimd_open(struct aimd *aimd, uint64_t now_ns);

static inline unsigned aimd_limit(const struct aimd *aimd)
{
	return (unsigned)aimd->limit;
}

#endif
