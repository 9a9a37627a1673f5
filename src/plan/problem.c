/* SPDX-License-Identifier: MIT */
/* Problems with their places: set, gathered, put in order. */
#include "plan/problem.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

int problem_set(struct problem *ret_problem, struct place place, enum error_class class,
		const char *format, ...)
{
	int code = class == ERROR_LIMIT ? E2BIG : EINVAL;
	char text[ERROR_TEXT_MAX];
	va_list args;

	if (!ret_problem)
		return -code;
	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args); /* cut if long */
	va_end(args);
	ret_problem->place = place;
	return error_set(&ret_problem->error, class, code, "%s", text);
}

struct problem *problems_add(struct problems *problems)
{
	if (problems->n == PROBLEMS_MAX) {
		problems->n_dropped++;
		return &problems->spare;
	}
	problems->items[problems->n] = (struct problem){ 0 };
	return &problems->items[problems->n++];
}

static bool is_after(const struct place *a, const struct place *b)
{
	return a->line != b->line ? a->line > b->line : a->column > b->column;
}

void problems_sort(struct problems *problems)
{
	for (size_t i = 1; i < problems->n; i++) {
		struct problem moved = problems->items[i];
		size_t at = i;

		for (; at > 0 && is_after(&problems->items[at - 1].place, &moved.place); at--)
			problems->items[at] = problems->items[at - 1];
		problems->items[at] = moved;
	}
}
