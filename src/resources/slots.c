/* SPDX-License-Identifier: MIT */
#include "resources/slots.h"

#include <assert.h>

bool slots_take(struct slots *slots)
{
	if (!slots_has_room(slots))
		return false;
	slots->n_taken++;
	return true;
}

void slots_give(struct slots *slots)
{
	assert(slots->n_taken > 0);
	slots->n_taken--;
}

void slots_lend(struct slots *slots)
{
	slots_give(slots);
}

bool slots_reclaim(struct slots *slots)
{
	slots->n_wanting++;
	return slots_reclaim_waiting(slots);
}

bool slots_reclaim_waiting(struct slots *slots)
{
	assert(slots->n_wanting > 0);
	if (slots->n_taken >= slots->size)
		return false;
	slots->n_wanting--;
	slots->n_taken++;
	return true;
}
