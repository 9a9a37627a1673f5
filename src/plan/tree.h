/* SPDX-License-Identifier: MIT */
#ifndef PLAN_TREE_H
#define PLAN_TREE_H

#include "base/vec.h"
#include "plan/problem.h"

/**
 * Builds a value tree for a reader: values of open lists and maps wait on a stack, so that each
 * list and map takes exactly its own size of the arena when it is closed.
 */
struct tree {
	struct arena *arena;
	struct VEC(struct value_pair) stack; /* key is NULL for items of lists */
	size_t n_values;
	struct problem *problem; /* filled by what fails */
};

void tree_release(struct tree *tree);
int tree_no_memory(struct tree *tree, struct place place);

/** Puts a value (of a list: key NULL) on the stack. */
int tree_push(struct tree *tree, const struct value_pair *pair);

/** Makes the list or map ret_value of all that was pushed since the stack held `from` values;
 *  ret_value's type and place are set. A map's keys are checked to be unique. */
int tree_close(struct tree *tree, size_t from, struct value *ret_value);

#endif
