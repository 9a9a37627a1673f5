/* SPDX-License-Identifier: MIT */
#ifndef MODEL_ARGS_H
#define MODEL_ARGS_H

#include "base/error.h"
#include "model/value.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * A tool's inputs: described once by a table (from which flags, JSON Schema, help and documents
 * come) and bound once per call. Bound args borrow from the value tree and its arena.
 */
enum arg_type {
	ARG_END, /* ends a table */
	ARG_STR,
	ARG_PATH, /* a string that names a file or directory */
	ARG_INT,
	ARG_BOOL,
	ARG_ENUM,     /* one of choices */
	ARG_STR_LIST, /* a list of strings; one string stands for a list of one */
	ARG_STR_MAP,  /* a map of strings */
	ARG_MAP,      /* a map of numbers and strings, which its tool checks */
};

struct arg_spec {
	const char *name;
	enum arg_type type;
	const char *alias; /* another accepted name, or NULL */
	const char *help;
	bool required;
	int64_t min, max;           /* ARG_INT: both 0 = any; strings: bytes, max 0 = 1 MiB */
	int64_t initial;            /* ARG_INT, ARG_BOOL, ARG_ENUM (index) when not given */
	const char *const *choices; /* ARG_ENUM, NULL-terminated */
};

struct arg {
	bool is_set;
	struct place place;
	union {
		struct {
			const char *str; /* NULL when not set */
			size_t len;
		};
		int64_t integer; /* also the index of an ARG_ENUM */
		bool boolean;
		const struct value *value; /* ARG_STR_LIST (or one string), maps: checked */
	};
};

enum { ARGS_MAX = 24 };

struct args {
	const struct arg_spec *specs;
	size_t n;
	struct arg *values; /* one per spec, in the arena */
	bool is_partial;    /* what is not given is that of the call above */
};

/**
 * Checks input (a map, or NULL for none) against specs. Numbers and booleans written as strings
 * ("5", "true") are accepted, as models send them. Errors name the key, what is wrong, what would
 * be right, and the nearest name for an unknown key; *ret_place is where (may be 0:0). A null is
 * as if not given. No bound string holds a NUL.
 */
int args_bind(const struct arg_spec *specs, const struct value *input, struct arena *arena,
	      struct args *ret_args, struct place *ret_place, struct error *err);

static inline const char *args_str(const struct args *args, size_t i)
{
	return args->values[i].is_set ? args->values[i].str : NULL;
}

static inline int64_t args_int(const struct args *args, size_t i)
{
	return args->values[i].integer;
}

static inline bool args_bool(const struct args *args, size_t i)
{
	return args->values[i].boolean;
}

static inline bool args_is_set(const struct args *args, size_t i)
{
	return args->values[i].is_set;
}

#endif
