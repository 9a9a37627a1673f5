/* SPDX-License-Identifier: MIT */
#include "cli/user_dir.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

int user_dir(enum user_dir which, const char *name, char *out, size_t size)
{
	static const struct {
		const char *variable, *usual;
	} places[] = {
		[USER_DIR_CACHE] = { "XDG_CACHE_HOME", ".cache" },
		[USER_DIR_CONFIG] = { "XDG_CONFIG_HOME", ".config" },
		[USER_DIR_STATE] = { "XDG_STATE_HOME", ".local/state" },
	};
	const char *said = getenv(places[which].variable), *home = getenv("HOME");
	const char *slash = name ? "/" : "";
	int n;

	if (said && said[0] == '/')
		n = snprintf(out, size, "%s/volley%s%s", said, slash, name ? name : "");
	else if (home && home[0] == '/')
		n = snprintf(out, size, "%s/%s/volley%s%s", home, places[which].usual, slash,
			     name ? name : "");
	else
		return -ENOENT;
	return n >= 0 && (size_t)n < size ? 0 : -ENAMETOOLONG;
}
