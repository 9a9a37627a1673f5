/* SPDX-License-Identifier: MIT */
/* Paths as cursors and back. */
#include "scan/cursor.h"

#include "base/utf8.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

char *cursor_of_path(struct arena *arena, const char *path)
{
	static const char hex[] = "0123456789abcdef";
	size_t len = strlen(path), n = 0;
	char *out;

	if (utf8_is_valid(path, len))
		return arena_strdup(arena, path);
	out = arena_alloc(arena, 3 * len + 2);
	if (!out)
		return NULL;
	out[n++] = '/';
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)path[i];

		if (c < 0x80 && c != '%') {
			out[n++] = (char)c;
			continue;
		}
		out[n++] = '%';
		out[n++] = hex[c >> 4];
		out[n++] = hex[c & 15];
	}
	out[n] = '\0';
	return out;
}

static unsigned digit(char c)
{
	return (unsigned)(isdigit((unsigned char)c) ? c - '0' : (c | 0x20) - 'a' + 10);
}

static bool is_escape(const char *at)
{
	return at[0] == '%' && isxdigit((unsigned char)at[1]) && isxdigit((unsigned char)at[2]) &&
	       digit(at[1]) * 16 + digit(at[2]) > 0;
}

char *cursor_to_path(struct arena *arena, const char *cursor)
{
	char *path = arena_strdup(arena, *cursor == '/' ? cursor + 1 : cursor);
	char *to = path;

	if (!path || *cursor != '/')
		return path;
	for (const char *at = path; *at;) {
		if (is_escape(at)) {
			*to++ = (char)(digit(at[1]) * 16 + digit(at[2]));
			at += 3;
		} else {
			*to++ = *at++;
		}
	}
	*to = '\0';
	return path;
}
