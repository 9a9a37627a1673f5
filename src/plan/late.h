/* SPDX-License-Identifier: MIT */
#ifndef PLAN_LATE_H
#define PLAN_LATE_H

#include "plan/keys.h"

/**
 * Inputs that an earlier phase decides: `read: {from: PHASE, top: N}` reads the N files that rank
 * best by what PHASE found, `fetch:` likewise pages; `stdin: {from: PHASE, top: N}` of a command
 * gives it the ids of N of the commits that PHASE listed: half are those most like the question,
 * the others the newest.
 */
enum { LATE_TOP_MAX = 1000, LATE_COMMITS_MAX = 100000 };

bool late_is(const struct value *value); /* a map with `from` */

/** Reads the map; false (noted) if something is wrong with it. */
bool late_read(struct loader *loader, const struct value *map, enum late_what what,
	       struct call_late *ret_late, uint32_t *ret_top);

/** The inputs of a Read whose file, or a WebFetch whose page is not known: the other keys of the
 *  map, and a file_path or url that says which it will be. NULL without memory. */
const struct value *late_ranked_input(struct loader *loader, const struct value *map,
				      const struct call_late *late);

/** The inputs of a command without the `stdin` that is late; NULL (noted) if that is wrong. */
const struct value *late_stdin_input(struct loader *loader, const struct value *map,
				     struct call_late *ret_late);

/** Resolves the phase, which must be one that the call's phase waits for. */
int late_link(struct plan *plan, uint32_t i_call, struct problem *ret_problem);

#endif
