/* SPDX-License-Identifier: MIT */
#include "cli/origins.h"

#include "base/str.h"

#include <errno.h>
#include <string.h>

enum { PORT_MAX = 65535 };

/* Of a host and its port, "" or ":8080". */
static bool is_port(const char *text, size_t len)
{
	unsigned port = 0;

	for (size_t i = 1; i < len && port <= PORT_MAX; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		port = port * 10 + (unsigned)(text[i] - '0');
	}
	return len == 0 || (*text == ':' && port >= 1 && port <= PORT_MAX);
}

static bool is_origin(const char *text)
{
	const char *host = str_starts_with(text, "http://")    ? text + strlen("http://")
			   : str_starts_with(text, "https://") ? text + strlen("https://")
							       : "";
	size_t n = strcspn(host, "/?#@\\"), n_host = strcspn(host, *host == '[' ? "]" : ":/");

	if (*host == '[')
		n_host = n_host < n ? n_host + 1 : 0;
	return n > 0 && n_host > 0 && n_host <= n && is_port(host + n_host, n - n_host) &&
	       (!host[n] || str_equal(host + n, "/"));
}

int origins_read(const char *list, struct arena *arena, const char *const **ret_origins,
		 struct error *err)
{
	const char **origins = arena_alloc_array(arena, ORIGINS_MAX + 1, sizeof(*origins));
	char *text = arena_strdup(arena, list ? list : ""), *save = NULL;
	size_t n = 0;

	if (!origins || !text)
		return error_errno(err, ENOMEM, "cannot read a list of origins");
	for (char *at = strtok_r(text, ", \t\n", &save); at; at = strtok_r(NULL, ", \t\n", &save)) {
		if (!is_origin(at))
			return error_set(err, ERROR_INVALID, EINVAL,
					 "'%.200s' is no origin such as http://docs.lan:8080", at);
		if (n == ORIGINS_MAX)
			return error_set(err, ERROR_INVALID, EINVAL, "more than %d origins",
					 ORIGINS_MAX);
		origins[n++] = at;
	}
	if (list && n == 0)
		return error_set(err, ERROR_INVALID, EINVAL, "the list of origins is empty");
	origins[n] = NULL;
	*ret_origins = origins;
	return 0;
}
