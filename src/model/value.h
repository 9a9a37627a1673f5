/* SPDX-License-Identifier: MIT */
#ifndef MODEL_VALUE_H
#define MODEL_VALUE_H

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * A tree of values read from YAML or JSON: what workflows, batch lines and tool inputs are made
 * of before they are checked. Everything lives in the arena it was read into; immutable after.
 * Each value keeps its place, for errors. Strings are NUL-terminated and may hold NULs inside
 * (len counts).
 */
enum value_type {
	VALUE_NULL,
	VALUE_BOOL,
	VALUE_INT,
	VALUE_REAL,
	VALUE_STR,
	VALUE_LIST,
	VALUE_MAP,
};

struct place {
	unsigned line, column; /* from 1; 0 = unknown */
};

struct value {
	enum value_type type;
	struct place place;
	bool quoted; /* VALUE_STR: was written in quotes (YAML) */
	union {
		bool boolean;
		int64_t integer;
		double real;
		struct {
			const char *str;
			size_t len;
		};
		struct {
			struct value *items;
			size_t n_items;
		};
		struct {
			struct value_pair *pairs; /* in the order written; keys are unique */
			size_t n_pairs;
		};
	};
};

struct value_pair {
	const char *key;
	struct place key_place;
	struct value value;
};

/** The value under key of a map, or NULL. */
const struct value *value_find(const struct value *map, const char *key);

/** "60s", "500ms", "2m", "1h", "1.5" (seconds), or a number of seconds. -EINVAL, -ERANGE. */
int value_duration(const struct value *value, uint64_t *ret_ms);

/** "a string", "a list", …: for messages. */
const char *value_type_name(enum value_type type);

#endif
