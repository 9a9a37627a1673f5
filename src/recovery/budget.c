/* SPDX-License-Identifier: MIT */
/* How many retries there may be. */
#include "recovery/budget.h"

#include <assert.h>

bool budget_take(struct budget *budget, size_t n_first)
{
	size_t limit = n_first / 100 * BUDGET_PERCENT + n_first % 100 * BUDGET_PERCENT / 100;

	if (limit < BUDGET_RETRIES_MIN)
		limit = BUDGET_RETRIES_MIN;
	if (budget->n_retries >= limit)
		return false;
	budget->n_retries++;
	return true;
}

void budget_give(struct budget *budget)
{
	assert(budget->n_retries > 0);
	budget->n_retries--;
}

void tokens_init(struct tokens *tokens)
{
	tokens->milli = TOKENS_MAX_MILLI;
}

void tokens_failed(struct tokens *tokens)
{
	tokens->milli -= TOKENS_FAILURE_MILLI;
	if (tokens->milli < 0)
		tokens->milli = 0;
}

void tokens_succeeded(struct tokens *tokens)
{
	tokens->milli += TOKENS_SUCCESS_MILLI;
	if (tokens->milli > TOKENS_MAX_MILLI)
		tokens->milli = TOKENS_MAX_MILLI;
}

bool tokens_allow(const struct tokens *tokens)
{
	return tokens->milli > TOKENS_MAX_MILLI / 2;
}
