/* SPDX-License-Identifier: MIT */
#ifndef RESOURCES_GUARD_H
#define RESOURCES_GUARD_H

#include "resources/monitor.h"

/**
 * The pressure guard: what to do about memory, given a reading about once a second.
 *
 *	stalled for 10 % of the time since the last reading      CUT: limits of what needs memory
 *	  (200 ms in 2 s)                                        × 0.7, none grows for 10 s
 *	`full avg10` over 20 % for 10 s, or free < floor         HOLD: nothing new starts
 *	`full avg10` over 60 % for 30 s, or free < floor / 2     KILL: the youngest call that may be
 *	                                                         restarted ends and waits again
 *
 * The floor is 10 % of the memory, at least 256 MiB but no more than a quarter (or a container of
 * 512 MiB would never be at ease), or what --memfree says. At most one CUT in
 * two seconds. A reading that is missing asks for nothing. Loop thread.
 */
enum guard_act {
	GUARD_CUT = 1 << 0,
	GUARD_NO_GROWTH = 1 << 1,
	GUARD_HOLD = 1 << 2,
	GUARD_KILL = 1 << 3,
};

#define GUARD_FLOOR_MIN ((uint64_t)256 << 20)

struct guard {
	uint64_t floor_bytes;          /* asked for; 0 = the default */
	uint64_t over20_ns, over60_ns; /* since when `full avg10` has been over; 0 = it is not */
	uint64_t cut_ns;               /* the last; 0 = none */
};

/** Bits of enum guard_act, and why the strongest of them, up to size - 1 bytes. */
unsigned guard_take(struct guard *guard, const struct usage *usage, char *ret_why, size_t size);

uint64_t guard_floor(const struct guard *guard, const struct usage *usage);

#endif
