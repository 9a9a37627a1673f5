/* SPDX-License-Identifier: MIT */
#ifndef PLAN_SCALAR_H
#define PLAN_SCALAR_H

#include "model/value.h"

#include <stddef.h>

/**
 * What a plain (not quoted) YAML 1.1 scalar means: null, a boolean (true, yes, on, …), a number or
 * a text. Sets type, and the value unless it is a text. -ERANGE: a number that does not fit.
 */
int scalar_resolve(const char *text, size_t len, struct value *value);

#endif
