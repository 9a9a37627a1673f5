/* SPDX-License-Identifier: MIT */
/*
 * Globs: the first byte is the flags, then the glob, a NUL, and a path. Besides what the
 * sanitizers see: a path with all its special characters quoted is a glob that matches it.
 */
#include "scan/glob.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_quoted(const char *path, size_t len, enum glob_flags flags)
{
	char quoted[GLOB_LEN_MAX];
	struct error err = { 0 };
	struct glob *glob;
	size_t n = 0;

	if (len == 0 || len > sizeof(quoted) / 2)
		return;
	for (size_t i = 0; i < len; i++) {
		if (strchr("*?[]{},\\!-", path[i]) && path[i])
			quoted[n++] = '\\';
		quoted[n++] = path[i];
	}
	if (glob_new(quoted, n, flags, &glob, &err) < 0)
		return; /* not text, or ends in a way that strict globs refuse */
	if (!(flags & GLOB_STRICT) && !glob_match(glob, path, len))
		abort();
	glob_free(glob);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *pattern = (const char *)data + 1, *path;
	struct error err = { 0 };
	enum glob_flags flags;
	struct glob *glob;
	size_t len;

	if (size < 2)
		return 0;
	flags = data[0] & (GLOB_SEPARATOR | GLOB_ICASE | GLOB_STRICT);
	len = strnlen(pattern, size - 1);
	path = pattern + len + (len < size - 1);
	if (glob_new(pattern, len, flags, &glob, &err) == 0) {
		(void)glob_match(glob, path, (size_t)(pattern + size - 1 - path));
		glob_free(glob);
	} else if (err.class == ERROR_NONE || !err.text[0]) {
		abort();
	}
	check_quoted(path, (size_t)(pattern + size - 1 - path), flags);
	return 0;
}
