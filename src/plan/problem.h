/* SPDX-License-Identifier: MIT */
#ifndef PLAN_PROBLEM_H
#define PLAN_PROBLEM_H

#include "base/error.h"
#include "model/value.h"

/** What is wrong with a text, and where. */
struct problem {
	struct place place; /* 0:0 = the text as a whole */
	struct error error;
};

enum { PROBLEMS_MAX = 20 };

/** The first few problems of a text. */
struct problems {
	struct problem items[PROBLEMS_MAX];
	size_t n;
	size_t n_dropped;     /* more than fit */
	struct problem spare; /* where those go */
};

/** Fills *ret_problem as error_set() does and returns -code. ret_problem may be NULL. */
int problem_set(struct problem *ret_problem, struct place place, enum error_class class,
		const char *format, ...) ATTR_PRINTF(4, 5);

/** An empty slot for one more problem; beyond the maximum it is only counted. */
struct problem *problems_add(struct problems *problems);

/** Puts them in the order of the text; those of one place stay as they were found. */
void problems_sort(struct problems *problems);

#endif
