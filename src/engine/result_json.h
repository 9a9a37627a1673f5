/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_RESULT_JSON_H
#define ENGINE_RESULT_JSON_H

#include "base/json_write.h"
#include "model/call.h"
#include "model/value.h"

/**
 * A result as JSON and back, all of it but its blobs (body, bash.err): what the journal keeps.
 * What is zero is left out. One table names the fields, so that both ways agree.
 */
void result_json_write(const struct result *result, struct json_write *json);

/**
 * Fills *ret_result, whose strings then lie in an arena of its own; no blobs. Foreign text:
 * unknown keys are passed over, values of a wrong type refused. -EINVAL or -ENOMEM.
 */
int result_json_read(const struct value *map, struct result *ret_result);

#endif
