/* SPDX-License-Identifier: MIT */
#ifndef PLAN_IDS_H
#define PLAN_IDS_H

#include <stdbool.h>
#include <stdint.h>

struct call;

/** Finds the latest call with an id. Holds no more than indexes; ids stay in the calls. */
struct plan_ids;

enum { PLAN_IDS_NONE = -1 };

struct plan_ids *plan_ids_new(void); /* NULL without memory */
void plan_ids_free(struct plan_ids *ids);

/** Adds calls[index]. False without memory: nothing has changed. */
bool plan_ids_add(struct plan_ids *ids, struct call *const *calls, uint32_t index);

/** Index of the latest call with the id, or PLAN_IDS_NONE. */
int64_t plan_ids_find(const struct plan_ids *ids, struct call *const *calls, const char *id);

#endif
