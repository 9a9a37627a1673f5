/* SPDX-License-Identifier: MIT */
#ifndef RESOURCES_ADJUST_H
#define RESOURCES_ADJUST_H

#include <stdbool.h>

/**
 * How a limit follows its target, asked every five seconds: only when they are more than 10 %
 * apart; down at once, up by at most a quarter (at least 1) a time. Pure functions.
 */
enum { ADJUST_EVERY_MS = 5000 };

bool adjust_is_needed(unsigned limit, unsigned target);

/** The new limit, at least 1. Both are at least 1. */
unsigned adjust_limit(unsigned limit, unsigned target, bool may_grow);

#endif
