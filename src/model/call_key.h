/* SPDX-License-Identifier: MIT */
#ifndef MODEL_CALL_KEY_H
#define MODEL_CALL_KEY_H

#include "model/call.h"

/** 128 bits (XXH3) that name a call by its tool and bound inputs, the same in every process:
 *  equal calls have equal keys, whatever spelling, order or defaults they were written with. Not
 *  for telling apart what an enemy makes up. */
void call_key(const struct call *call, uint64_t ret_key[2]);

#endif
