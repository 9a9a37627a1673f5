/* SPDX-License-Identifier: MIT */
/* Reading maps of a workflow by tables of keys. */
#include "plan/keys.h"

#include "base/buf.h"
#include "base/str.h"

#include <inttypes.h>

enum { KEYS_MAX = 16 };

void loader_unknown_key(struct loader *loader, const struct value_pair *pair,
			const char *const *known, size_t n)
{
	CLEANUP(buf) struct buf list = { .max = ERROR_TEXT_MAX };
	const char *nearest = str_nearest(pair->key, known, n);

	if (nearest) {
		problem_set(problems_add(loader->problems), pair->key_place, ERROR_INVALID,
			    "unknown key '%.80s'; did you mean '%s'?", pair->key, nearest);
		return;
	}
	for (size_t i = 0; i < n; i++)
		buf_printf(&list, "%s%s", i ? ", " : "", known[i]);
	problem_set(problems_add(loader->problems), pair->key_place, ERROR_INVALID,
		    "unknown key '%.80s'; known are %s", pair->key, list.data ? list.data : "none");
}

static void load_pair(struct loader *loader, const struct value_pair *pair,
		      const struct key_rule *rules, size_t n)
{
	const char *names[KEYS_MAX];

	for (size_t i = 0; i < n && i < KEYS_MAX; i++) {
		if (str_equal(rules[i].name, pair->key)) {
			rules[i].load(loader, &pair->value);
			return;
		}
		names[i] = rules[i].name;
	}
	loader_unknown_key(loader, pair, names, n);
}

bool loader_walk(struct loader *loader, const struct value *map, const char *what,
		 const struct key_rule *rules, size_t n)
{
	if (map->type != VALUE_MAP) {
		problem_set(problems_add(loader->problems), map->place, ERROR_INVALID,
			    "'%s' must be a map, not %s", what, value_type_name(map->type));
		return false;
	}
	for (size_t i = 0; i < map->n_pairs; i++)
		load_pair(loader, &map->pairs[i], rules, n);
	return true;
}

const char *loader_text(struct loader *loader, const struct value *value, const char *key,
			size_t max)
{
	if (value->type != VALUE_STR) {
		problem_set(problems_add(loader->problems), value->place, ERROR_INVALID,
			    "'%s' must be a string, not %s", key, value_type_name(value->type));
		return NULL;
	}
	if (!value->len || value->len > max || strlen(value->str) != value->len) {
		problem_set(problems_add(loader->problems), value->place, ERROR_INVALID,
			    "'%s' must be 1 to %zu bytes long, without NUL", key, max);
		return NULL;
	}
	return value->str;
}

bool loader_number(struct loader *loader, const struct value *value, const char *key, int64_t max,
		   uint64_t *ret_number)
{
	if (value->type != VALUE_INT) {
		problem_set(problems_add(loader->problems), value->place, ERROR_INVALID,
			    "'%s' must be a whole number, not %s", key,
			    value_type_name(value->type));
		return false;
	}
	if (value->integer < 1 || value->integer > max) {
		problem_set(problems_add(loader->problems), value->place, ERROR_INVALID,
			    "'%s' must be between 1 and %" PRId64 ", not %" PRId64, key, max,
			    value->integer);
		return false;
	}
	*ret_number = (uint64_t)value->integer;
	return true;
}
