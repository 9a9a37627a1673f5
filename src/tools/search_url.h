/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_SEARCH_URL_H
#define TOOLS_SEARCH_URL_H

#include "base/arena.h"
#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>

/** Longer ones are no URLs. */
enum { SEARCH_URL_MAX = 4096 };

struct search_slice {
	const char *at;
	size_t len;
};

/** An http or https URL in its parts, which point into it. */
struct search_url {
	bool is_https;
	struct search_slice host;  /* without the dot at its end; of IPv6 with its brackets */
	struct search_slice port;  /* digits; empty = not there */
	struct search_slice path;  /* from its slash on; may be empty */
	struct search_slice query; /* after the '?'; empty = none */
};

/**
 * Strict: false for another scheme, no host or a host with bytes that no host has (percent signs
 * and backslashes among them, which readers of URLs take in different ways), a port that is no
 * number up to 65535, and blanks or controls anywhere.
 */
bool search_url_split(const char *url, struct search_url *ret_url);

/**
 * What of a URL says which page it is: "example.org/a?b=1". Scheme, userinfo, "www.", "m." and
 * "amp." of the host, the default port, the fragment, parameters that only say where a reader came
 * from, AMP's marks and a slash at the end are dropped; letter case of the host and
 * percent-encoding are made one. Two URLs of a page have one identity. In the arena; NULL = no URL,
 * or no memory (arena_failed()).
 */
const char *search_url_identity(const char *url, struct arena *arena);

/** Percent-encodes all but unreserved characters (RFC 3986, 2.3) and those that are kept. */
void search_url_encode(struct buf *out, const char *text, const char *kept);

#endif
