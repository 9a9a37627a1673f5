/* SPDX-License-Identifier: MIT */
/* The table of file types, made from types.def. */
#include "scan/type.h"

#include "base/attr.h"
#include "base/str.h"

#define TYPE(name, ...) static const char *const globs_##name[] = { __VA_ARGS__, NULL };
#include "scan/types.def"
#undef TYPE

static const char *const globs_of_all[] = {
#define TYPE(name, ...) __VA_ARGS__,
#include "scan/types.def"
#undef TYPE
	NULL,
};

const struct file_type file_types[] = {
#define TYPE(name, ...) { #name, globs_##name },
#include "scan/types.def"
#undef TYPE
};

const size_t file_type_count = countof(file_types);

static const char *const type_names[] = {
#define TYPE(name, ...) #name,
#include "scan/types.def"
#undef TYPE
};

static const struct file_type type_all = { "all", globs_of_all };

const struct file_type *type_find(const char *name)
{
	for (size_t i = 0; i < file_type_count; i++)
		if (str_equal(file_types[i].name, name))
			return &file_types[i];
	return str_equal(name, type_all.name) ? &type_all : NULL;
}

const char *type_nearest(const char *name)
{
	return str_nearest(name, type_names, countof(type_names));
}
