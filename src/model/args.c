/* SPDX-License-Identifier: MIT */
/* Inputs of a call, checked against the table of its tool. Lenient where it is clear what is meant
 * (numbers in strings, null for "not given", camelCase), strict where a guess could be wrong. */
#include "model/args.h"

#include "base/buf.h"
#include "base/str.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { STR_MAX_DEFAULT = 1 << 20, LIST_ITEMS_MAX = 10000 };

static size_t count_specs(const struct arg_spec *specs)
{
	size_t n = 0;

	while (specs[n].type != ARG_END)
		n++;
	assert(n <= ARGS_MAX);
	return n;
}

/* Short option names ("-A", "-a") keep their case and their dash; words are compared loosely. */
static bool name_fits(const char *name, const char *key)
{
	return str_equal(name, key) ||
	       (name[0] != '-' && key[0] != '-' && name[1] && str_equal_loosely(name, key));
}

static size_t find_spec(const struct arg_spec *specs, size_t n, const char *key)
{
	for (size_t i = 0; i < n; i++) {
		if (str_equal(specs[i].name, key))
			return i;
	}
	for (size_t i = 0; i < n; i++) {
		if (name_fits(specs[i].name, key) ||
		    (specs[i].alias && name_fits(specs[i].alias, key)))
			return i;
	}
	return n;
}

static void add_names(struct buf *buf, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_printf(buf, "%s%s", i ? ", " : "", names[i]);
}

static int unknown_input(const struct arg_spec *specs, size_t n, const char *key, struct error *err)
{
	CLEANUP(buf) struct buf known = { .max = ERROR_TEXT_MAX };
	const char *names[ARGS_MAX];
	const char *nearest;

	for (size_t i = 0; i < n; i++)
		names[i] = specs[i].name;
	nearest = str_nearest(key, names, n);
	if (nearest)
		return error_set(err, ERROR_INVALID, EINVAL,
				 "unknown input '%.80s'; did you mean '%s'?", key, nearest);
	add_names(&known, names, n);
	return error_set(err, ERROR_INVALID, EINVAL, "unknown input '%.80s'; known are %s", key,
			 known.data ? known.data : "none");
}

static int wrong_type(const struct arg_spec *spec, const char *wanted, const struct value *value,
		      struct error *err)
{
	return error_set(err, ERROR_INVALID, EINVAL, "'%s' must be %s, not %s", spec->name, wanted,
			 value_type_name(value->type));
}

static int not_text(const struct arg_spec *spec, const char *wanted, const struct value *value,
		    struct error *err)
{
	bool is_plain =
		value->type == VALUE_BOOL || value->type == VALUE_INT || value->type == VALUE_REAL;

	return error_set(err, ERROR_INVALID, EINVAL, "'%s' must be %s, not %s%s", spec->name,
			 wanted, value_type_name(value->type),
			 is_plain ? "; put it in quotes" : "");
}

static int check_str(const struct arg_spec *spec, const struct value *value, struct error *err)
{
	size_t max = spec->max > 0 && spec->type != ARG_INT ? (size_t)spec->max : STR_MAX_DEFAULT;

	if (spec->type == ARG_PATH && !spec->max)
		max = PATH_MAX - 1;
	if (value->type != VALUE_STR)
		return not_text(spec, "a string", value, err);
	if (value->len > max)
		return error_set(err, ERROR_INVALID, E2BIG,
				 "'%s' is %zu bytes long; at most %zu are allowed", spec->name,
				 value->len, max);
	if (memchr(value->str, '\0', value->len))
		return error_set(err, ERROR_INVALID, EINVAL, "'%s' holds a NUL byte", spec->name);
	return 0;
}

static int bind_str(const struct arg_spec *spec, const struct value *value, struct arg *ret_arg,
		    struct error *err)
{
	int r = check_str(spec, value, err);

	if (r < 0)
		return r;
	if (spec->min > 0 && value->len < (size_t)spec->min)
		return value->len
			       ? error_set(err, ERROR_INVALID, EINVAL, "'%s' is too short",
					   spec->name)
			       : error_set(err, ERROR_INVALID, EINVAL, "'%s' is empty", spec->name);
	ret_arg->str = value->str;
	ret_arg->len = value->len;
	return 0;
}

/* A whole number written as 5, 5.0 or "5". */
static bool read_int(const struct value *value, int64_t *ret_integer)
{
	char *end;

	switch (value->type) {
	case VALUE_INT:
		*ret_integer = value->integer;
		return true;
	case VALUE_REAL:
		if (!(fabs(value->real) < 9007199254740992.0) || value->real != floor(value->real))
			return false;
		*ret_integer = (int64_t)value->real;
		return true;
	case VALUE_STR:
		if (!value->len || value->len > 20 || !strchr("-0123456789", value->str[0]))
			return false;
		errno = 0;
		*ret_integer = strtoll(value->str, &end, 10);
		return !errno && end == value->str + value->len;
	default:
		return false;
	}
}

static int bind_int(const struct arg_spec *spec, const struct value *value, struct arg *ret_arg,
		    struct error *err)
{
	bool is_bounded = spec->min || spec->max;
	int64_t integer;

	if (!read_int(value, &integer)) {
		if (value->type == VALUE_STR)
			return error_set(err, ERROR_INVALID, EINVAL,
					 "'%s' must be a whole number, not '%.40s'", spec->name,
					 value->str);
		return wrong_type(spec, "a whole number", value, err);
	}
	if (is_bounded && (integer < spec->min || integer > spec->max))
		return error_set(err, ERROR_INVALID, ERANGE,
				 "'%s' must be between %" PRId64 " and %" PRId64 ", not %" PRId64,
				 spec->name, spec->min, spec->max, integer);
	ret_arg->integer = integer;
	return 0;
}

static int bind_bool(const struct arg_spec *spec, const struct value *value, struct arg *ret_arg,
		     struct error *err)
{
	if (value->type == VALUE_BOOL) {
		ret_arg->boolean = value->boolean;
		return 0;
	}
	if (value->type != VALUE_STR)
		return wrong_type(spec, "true or false", value, err);
	if (strcasecmp(value->str, "true") != 0 && strcasecmp(value->str, "false") != 0)
		return error_set(err, ERROR_INVALID, EINVAL,
				 "'%s' must be true or false, not '%.40s'", spec->name, value->str);
	ret_arg->boolean = strcasecmp(value->str, "true") == 0;
	return 0;
}

static int bind_enum(const struct arg_spec *spec, const struct value *value, struct arg *ret_arg,
		     struct error *err)
{
	CLEANUP(buf) struct buf known = { .max = ERROR_TEXT_MAX };
	const char *nearest;
	size_t n = 0;

	if (value->type != VALUE_STR)
		return not_text(spec, "a string", value, err);
	for (; spec->choices[n]; n++) {
		if (str_equal_loosely(spec->choices[n], value->str)) {
			ret_arg->integer = (int64_t)n;
			return 0;
		}
	}
	nearest = str_nearest(value->str, spec->choices, n);
	if (nearest)
		return error_set(err, ERROR_INVALID, EINVAL,
				 "unknown %s '%.80s'; did you mean '%s'?", spec->name, value->str,
				 nearest);
	add_names(&known, spec->choices, n);
	return error_set(err, ERROR_INVALID, EINVAL, "unknown %s '%.80s'; known are %s", spec->name,
			 value->str, known.data ? known.data : "none");
}

static int bind_list(const struct arg_spec *spec, const struct value *value, struct arg *ret_arg,
		     struct error *err)
{
	ret_arg->value = value;
	if (value->type == VALUE_STR)
		return check_str(spec, value, err);
	if (value->type != VALUE_LIST)
		return not_text(spec, "a list of strings", value, err);
	if (value->n_items > LIST_ITEMS_MAX)
		return error_set(err, ERROR_INVALID, E2BIG, "'%s' has more than %d items",
				 spec->name, LIST_ITEMS_MAX);
	for (size_t i = 0; i < value->n_items; i++) {
		int r = check_str(spec, &value->items[i], err);

		if (r < 0) {
			ret_arg->place = value->items[i].place;
			return r;
		}
	}
	return 0;
}

static int check_item(const struct arg_spec *spec, const struct value *value, struct error *err)
{
	if (spec->type != ARG_MAP || value->type == VALUE_STR)
		return check_str(spec, value, err);
	if (value->type == VALUE_INT || value->type == VALUE_REAL)
		return 0;
	return wrong_type(spec, "of numbers and strings", value, err);
}

static int bind_map(const struct arg_spec *spec, const struct value *value, struct arg *ret_arg,
		    struct error *err)
{
	ret_arg->value = value;
	if (value->type != VALUE_MAP)
		return wrong_type(spec, spec->type == ARG_MAP ? "a map" : "a map of strings", value,
				  err);
	if (value->n_pairs > LIST_ITEMS_MAX)
		return error_set(err, ERROR_INVALID, E2BIG, "'%s' has more than %d entries",
				 spec->name, LIST_ITEMS_MAX);
	for (size_t i = 0; i < value->n_pairs; i++) {
		int r = check_item(spec, &value->pairs[i].value, err);

		if (r < 0) {
			ret_arg->place = value->pairs[i].value.place;
			error_prefix(err, "'%.40s'", value->pairs[i].key);
			return r;
		}
	}
	return 0;
}

static int bind_one(const struct arg_spec *spec, const struct value *value, struct arg *ret_arg,
		    struct error *err)
{
	switch (spec->type) {
	case ARG_STR:
	case ARG_PATH:
		return bind_str(spec, value, ret_arg, err);
	case ARG_INT:
		return bind_int(spec, value, ret_arg, err);
	case ARG_BOOL:
		return bind_bool(spec, value, ret_arg, err);
	case ARG_ENUM:
		return bind_enum(spec, value, ret_arg, err);
	case ARG_STR_LIST:
		return bind_list(spec, value, ret_arg, err);
	case ARG_STR_MAP:
	case ARG_MAP:
		return bind_map(spec, value, ret_arg, err);
	case ARG_END:
		break;
	}
	return error_set(err, ERROR_BUG, EINVAL, "'%s' has no type", spec->name);
}

static void set_initial(const struct arg_spec *spec, struct arg *arg)
{
	if (spec->type == ARG_BOOL)
		arg->boolean = spec->initial != 0;
	else if (spec->type == ARG_INT || spec->type == ARG_ENUM)
		arg->integer = spec->initial;
}

static int bind_pair(const struct value_pair *pair, struct args *args, struct place *ret_place,
		     struct error *err)
{
	size_t i = find_spec(args->specs, args->n, pair->key);
	struct arg *arg;
	int r;

	*ret_place = pair->key_place;
	if (i == args->n)
		return unknown_input(args->specs, args->n, pair->key, err);
	arg = &args->values[i];
	if (arg->is_set)
		return error_set(err, ERROR_INVALID, EINVAL, "'%s' is given twice",
				 args->specs[i].name);
	if (pair->value.type == VALUE_NULL)
		return 0;
	arg->place = pair->value.place;
	r = bind_one(&args->specs[i], &pair->value, arg, err);
	*ret_place = arg->place;
	if (r < 0)
		return r;
	arg->is_set = true;
	return 0;
}

int args_bind(const struct arg_spec *specs, const struct value *input, struct arena *arena,
	      struct args *ret_args, struct place *ret_place, struct error *err)
{
	struct args args = { .specs = specs, .n = count_specs(specs) };

	*ret_place = input ? input->place : (struct place){ 0 };
	args.values = arena_alloc_array(arena, args.n, sizeof(*args.values));
	if (!args.values)
		return error_errno(err, ENOMEM, "no memory for inputs");
	for (size_t i = 0; i < args.n; i++)
		set_initial(&specs[i], &args.values[i]);
	if (input && input->type != VALUE_MAP && input->type != VALUE_NULL)
		return error_set(err, ERROR_INVALID, EINVAL, "inputs must be a map, not %s",
				 value_type_name(input->type));
	for (size_t i = 0; input && input->type == VALUE_MAP && i < input->n_pairs; i++) {
		int r = bind_pair(&input->pairs[i], &args, ret_place, err);

		if (r < 0)
			return r;
	}
	*ret_place = input ? input->place : (struct place){ 0 };
	for (size_t i = 0; i < args.n; i++) {
		if (specs[i].required && !args.values[i].is_set)
			return error_set(err, ERROR_INVALID, EINVAL, "'%s' is missing",
					 specs[i].name);
	}
	*ret_args = args;
	return 0;
}
