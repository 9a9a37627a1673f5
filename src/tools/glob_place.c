/* SPDX-License-Identifier: MIT */
#include "tools/glob_place.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

static bool has_dot_dot(const char *glob)
{
	for (const char *at = glob; (at = strstr(at, "..")); at++) {
		if ((at == glob || at[-1] == '/') && (at[2] == '\0' || at[2] == '/'))
			return true;
	}
	return false;
}

/* Not counting one at the end, which only says that a directory is meant. */
static bool has_slash(const char *glob)
{
	const char *slash = strchr(glob, '/');

	return slash && slash[1];
}

/* "/", path with its special signs escaped, and "/"; at most twice as long. */
static const char *anchor(struct arena *arena, const char *path)
{
	char *out = arena_alloc(arena, 2 * strlen(path) + 3), *to = out;

	if (!out)
		return NULL;
	*to++ = '/';
	for (const char *at = path; *at; at++) {
		if (strchr("\\*?[]{}!", *at))
			*to++ = '\\';
		*to++ = *at;
	}
	if (*path)
		*to++ = '/';
	*to = '\0';
	return out;
}

const char *glob_place(struct arena *arena, const char *root_path, const char *path,
		       const char *glob, struct error *err)
{
	const char *sign = *glob == '!' ? "!" : "", *rest = glob + (*glob == '!'), *before = "";
	size_t n = strlen(root_path);
	bool is_absolute = strncmp(rest, root_path, n) == 0 && rest[n] == '/';
	bool is_here = strncmp(rest, "./", 2) == 0;
	const char *placed;

	if (is_absolute)
		rest += n;
	while (strncmp(rest, "./", 2) == 0)
		rest += 2;
	if (has_dot_dot(rest)) {
		(void)error_set(err, ERROR_DENIED, EXDEV,
				"a glob cannot have '..': '%.200s'; give the directory as path",
				glob);
		return NULL;
	}
	if (!is_absolute && (is_here || (*path && has_slash(rest)))) {
		before = anchor(arena, path);
		rest += *rest == '/';
	}
	placed = before ? arena_printf(arena, "%s%s%s", sign, before, rest) : NULL;
	if (!placed)
		(void)error_errno(err, ENOMEM, "glob");
	return placed;
}
