/* SPDX-License-Identifier: MIT */
#ifndef NET_TARGET_H
#define NET_TARGET_H

#include "net/curl.h"

/**
 * Where an exchange goes: what of a URL decides whether it may be asked, read with the same parser
 * that libcurl connects with.
 */
enum { TARGET_HOST_MAX = 255, TARGET_URL_MAX = 64 << 10, TARGET_SHOWN_MAX = 199 };

struct target {
	char host[TARGET_HOST_MAX + 1]; /* IPv6 in brackets */
	unsigned port;
	bool is_https;
	bool has_user; /* user:password@ */
	/* For people; cut if long, and without what may hold keys: user, query, fragment. */
	char shown[TARGET_SHOWN_MAX + 1];
};

/** Parses url, relative to what handle holds where it holds something. Fails for what is no URL of
 *  http or https. */
int target_parse(const struct curl_api *curl, CURLU *handle, const char *url,
		 struct target *ret_target, struct error *err);

bool target_is_same_origin(const struct target *a, const struct target *b);

/** Refuses credentials in a URL and, unless it is trusted, ports that are not the web's. */
int target_judge(const struct target *target, bool is_trusted, struct error *err);

/** A refusal of volley's own. */
int target_deny(struct error *err, const char *format, ...) ATTR_PRINTF(2, 3);

#endif
