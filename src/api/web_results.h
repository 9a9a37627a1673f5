/* SPDX-License-Identifier: MIT */
#ifndef API_WEB_RESULTS_H
#define API_WEB_RESULTS_H

#include "engine/engine.h"
#include "graph/web_answer.h"

/** What searches of the web and reads of pages have brought so far, in the order of the plan;
 *  borrowed from the run. Loop thread. */
struct web_results {
	struct web_found *found;
	struct web_read *read;
	size_t n_found, n_read;
};

/** Which argument of a WebFetch is its address. */
size_t web_results_address(const struct call *fetch);

enum { WEB_ALL_PHASES = UINT32_MAX };

/** phase: of the searches; WEB_ALL_PHASES: all. 0 or -ENOMEM; release in any case. */
int web_results_take(const struct run *run, uint32_t phase, struct web_results *ret_results);
void web_results_release(struct web_results *results);

#endif
