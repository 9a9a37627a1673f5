/* SPDX-License-Identifier: MIT */
#ifndef CLI_BODY_H
#define CLI_BODY_H

#include "engine/recorded.h"

/**
 * What a recorded call brought back, where the journal did not keep it: from the file of its full
 * output, if that is still there and is the same. NULL: it is lost. The caller has a reference.
 */
struct blob *body_read(const char *dir, const struct call *call,
		       const struct recorded_call *recorded);

#endif
