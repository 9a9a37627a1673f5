/* SPDX-License-Identifier: MIT */
/* Looking into value trees. Maps are short, so a key is found by looking at each. */
#include "model/value.h"

#include "base/attr.h"
#include "base/str.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

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

int value_duration(const struct value *value, uint64_t *ret_ms)
{
	static const struct {
		const char *unit;
		double ms;
	} units[] = { { "", 1e3 },  { "ms", 1 },   { "s", 1e3 },
		      { "m", 6e4 }, { "h", 36e5 }, { "d", 864e5 } };
	const char *unit = "";
	double number;

	if (value->type == VALUE_INT || value->type == VALUE_REAL) {
		number = value->type == VALUE_INT ? (double)value->integer : value->real;
	} else if (value->type == VALUE_STR && value->len && isdigit((unsigned char)*value->str) &&
		   !strpbrk(value->str, "xXpP")) {
		char *end;

		number = strtod(value->str, &end);
		unit = end;
	} else {
		return -EINVAL;
	}
	for (size_t i = 0; i < countof(units); i++) {
		if (!str_equal(units[i].unit, unit))
			continue;
		if (!(number >= 0 && number * units[i].ms <= 1e15))
			return -ERANGE;
		*ret_ms = (uint64_t)(number * units[i].ms);
		return 0;
	}
	return -EINVAL;
}
