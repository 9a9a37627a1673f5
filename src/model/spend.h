/* SPDX-License-Identifier: MIT */
#ifndef MODEL_SPEND_H
#define MODEL_SPEND_H

#include <stdint.h>

/** What agents cost, and what they may: tokens of the model both ways, calls of tools and agents
 *  that they make, and money. */
enum spend_kind { SPEND_TOKENS, SPEND_CALLS, SPEND_USD_E6, SPEND_KIND_COUNT };

#define SPEND_NO_LIMIT UINT64_MAX

struct spend {
	uint64_t of[SPEND_KIND_COUNT];
	uint64_t wall_ms; /* of a limit: from its beginning */
};

#endif
