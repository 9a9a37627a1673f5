/* SPDX-License-Identifier: MIT */
#include "resources/adjust.h"

/* In whole numbers, so that 10 % exactly is within: |target - limit| × 10 > limit. */
bool adjust_is_needed(unsigned limit, unsigned target)
{
	unsigned apart = target > limit ? target - limit : limit - target;

	return (unsigned long long)apart * 10 > limit;
}

unsigned adjust_limit(unsigned limit, unsigned target, bool may_grow)
{
	unsigned step;

	if (!adjust_is_needed(limit, target))
		return limit;
	if (target < limit)
		return target > 1 ? target : 1;
	step = limit / 4 > 1 ? limit / 4 : 1;
	if (!may_grow)
		return limit;
	return target - limit < step ? target : limit + step;
}
