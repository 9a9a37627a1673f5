/* SPDX-License-Identifier: MIT */
#ifndef RECOVERY_BUDGET_H
#define RECOVERY_BUDGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Two bounds that keep retries from adding to what made them necessary. Integers only: there is
 * nothing to round. Zeroed is empty. Loop thread.
 *
 * The budget: retries under way (waiting or running) are at most 3, or 20 % of the calls that are
 * under way or waiting for the first time, if that is more.
 */
struct budget {
	size_t n_retries; /* under way */
};

enum { BUDGET_RETRIES_MIN = 3, BUDGET_PERCENT = 20 };

/** n_first: calls under way or ready that are not retries. Takes one if there is one. */
bool budget_take(struct budget *budget, size_t n_first);
void budget_give(struct budget *budget); /* that retry is over */

/** Tokens of one endpoint: a failure that may be retried costs one, a success gives a tenth back,
 *  and there are retries only while more than half are left. In thousandths. */
struct tokens {
	int64_t milli;
};

enum {
	TOKENS_MAX_MILLI = 10000,
	TOKENS_FAILURE_MILLI = 1000,
	TOKENS_SUCCESS_MILLI = 100,
};

void tokens_init(struct tokens *tokens); /* full */
void tokens_failed(struct tokens *tokens);
void tokens_succeeded(struct tokens *tokens);
bool tokens_allow(const struct tokens *tokens);

#endif
