/* SPDX-License-Identifier: MIT */
#ifndef PLAN_SECTION_H
#define PLAN_SECTION_H

#include "plan/keys.h"

/** Reads a key of a phase that is a tool section, such as `codebase`, into calls of the phase that
 *  the loader is at. Notes what is wrong, unknown sections too. */
void section_load(struct loader *loader, const struct value_pair *pair);

#endif
