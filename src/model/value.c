/* SPDX-License-Identifier: MIT */
/* Looking into value trees. Maps are short, so a key is found by looking at each. */
#include "model/value.h"

#include "base/str.h"

const struct value *value_find(const struct value *map, const char *key)
{
	if (map->type != VALUE_MAP)
		return NULL;
	for (size_t i = 0; i < map->n_pairs; i++) {
		if (str_equal(map->pairs[i].key, key))
			return &map->pairs[i].value;
	}
	return NULL;
}

const char *value_type_name(enum value_type type)
{
	static const char *const names[] = {
		[VALUE_NULL] = "null",          [VALUE_BOOL] = "a boolean",
		[VALUE_INT] = "a whole number", [VALUE_REAL] = "a number",
		[VALUE_STR] = "a string",       [VALUE_LIST] = "a list",
		[VALUE_MAP] = "a map",
	};

	return names[type];
}
