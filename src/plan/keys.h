/* SPDX-License-Identifier: MIT */
#ifndef PLAN_KEYS_H
#define PLAN_KEYS_H

#include "plan/plan.h"

/** A workflow being read: what it becomes and what is wrong with it. */
struct loader {
	struct plan *plan;
	const struct toolbox *toolbox;
	struct problems *problems;
	uint32_t phase;                             /* being read */
	const struct value *section;                /* being read, of the phase */
	bool lost_phase;                            /* one could not even be named */
	const struct value *needs[PLAN_PHASES_MAX]; /* of each phase, as written, or NULL */
};

/** One key of a map and what reads its value. */
struct key_rule {
	const char *name;
	void (*load)(struct loader *loader, const struct value *value);
};

/** Reads a map by its rules and notes unknown keys. False (noted) if it is none; what: its name. */
bool loader_walk(struct loader *loader, const struct value *map, const char *what,
		 const struct key_rule *rules, size_t n);

/** Notes an unknown key and the nearest of the known ones. */
void loader_unknown_key(struct loader *loader, const struct value_pair *pair,
			const char *const *known, size_t n);

/** A string of 1 to max bytes without NUL; NULL (noted) if it is none. */
const char *loader_text(struct loader *loader, const struct value *value, const char *key,
			size_t max);

/** A whole number from 1 to max; false (noted) if it is none. */
bool loader_number(struct loader *loader, const struct value *value, const char *key, int64_t max,
		   uint64_t *ret_number);

#endif
