/* SPDX-License-Identifier: MIT */
/* Open addressing over indexes of calls, at most half full. */
#include "plan/ids.h"

#include "base/str.h"
#include "model/call.h"

#include <stdlib.h>

enum { SLOTS_FIRST = 64 };

struct plan_ids {
	uint32_t *slots; /* index + 1; 0 = free */
	size_t n_slots;  /* a power of two */
	size_t n;
};

static uint64_t hash_of(const char *id)
{
	uint64_t hash = 0xcbf29ce484222325u; /* FNV-1a */

	for (; *id; id++)
		hash = (hash ^ (unsigned char)*id) * 0x100000001b3u;
	return hash ^ hash >> 32;
}

struct plan_ids *plan_ids_new(void)
{
	struct plan_ids *ids = calloc(1, sizeof(*ids));

	if (!ids)
		return NULL;
	ids->slots = calloc(SLOTS_FIRST, sizeof(*ids->slots));
	if (!ids->slots) {
		free(ids);
		return NULL;
	}
	ids->n_slots = SLOTS_FIRST;
	return ids;
}

void plan_ids_free(struct plan_ids *ids)
{
	if (!ids)
		return;
	free(ids->slots);
	free(ids);
}

/* The slot that holds the id, or the free one where it belongs. */
static uint32_t *slot_of(const struct plan_ids *ids, struct call *const *calls, const char *id)
{
	size_t at = hash_of(id) & (ids->n_slots - 1);

	while (ids->slots[at] && !str_equal(calls[ids->slots[at] - 1]->id, id))
		at = (at + 1) & (ids->n_slots - 1);
	return &ids->slots[at];
}

static bool grow(struct plan_ids *ids, struct call *const *calls)
{
	struct plan_ids grown = { .n_slots = ids->n_slots * 2 };

	grown.slots = calloc(grown.n_slots, sizeof(*grown.slots));
	if (!grown.slots)
		return false;
	for (size_t i = 0; i < ids->n_slots; i++) {
		if (ids->slots[i])
			*slot_of(&grown, calls, calls[ids->slots[i] - 1]->id) = ids->slots[i];
	}
	free(ids->slots);
	ids->slots = grown.slots;
	ids->n_slots = grown.n_slots;
	return true;
}

bool plan_ids_add(struct plan_ids *ids, struct call *const *calls, uint32_t index)
{
	uint32_t *slot;

	if (ids->n * 2 >= ids->n_slots && !grow(ids, calls))
		return false;
	slot = slot_of(ids, calls, calls[index]->id);
	ids->n += *slot == 0;
	*slot = index + 1;
	return true;
}

int64_t plan_ids_find(const struct plan_ids *ids, struct call *const *calls, const char *id)
{
	return (int64_t)*slot_of(ids, calls, id) - 1;
}
