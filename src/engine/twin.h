/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_TWIN_H
#define ENGINE_TWIN_H

#include "model/call.h"

/** Equal calls: one is run, the others get its result. */

bool call_equals(const struct call *a, const struct call *b); /* same tool, same bound args */
/** A copy that owns its strings and shares the blobs. False without memory. */
bool result_copy(const struct result *from, struct result *ret_copy);

#endif
