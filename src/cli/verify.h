/* SPDX-License-Identifier: MIT */
#ifndef CLI_VERIFY_H
#define CLI_VERIFY_H

#include "cli/options.h"
#include "engine/recorded.h"

/**
 * Runs a command of the user's for each call in doubt, in the root of the run, with VOLLEY_CALL
 * (its id) and VOLLEY_INPUT (its input, JSON) set: status 0 says that the call had its effect.
 * ret_verified: by call.
 */
int verify_calls(const struct options *options, const struct recorded *recorded,
		 const char *command, bool *ret_verified, struct error *err);

#endif
