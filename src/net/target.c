/* SPDX-License-Identifier: MIT */
#include "net/target.h"

#include "base/str.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

enum { SHOWN_MAX = 200 }; /* of a URL in an error */

int target_deny(struct error *err, const char *format, ...)
{
	char text[ERROR_TEXT_MAX];
	va_list args;
	int r;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args); /* cut if long */
	va_end(args);
	r = error_set(err, ERROR_DENIED, EPERM, "%s", text);
	error_from(err, ERROR_FROM_POLICY, 0);
	return r;
}

static int fail(struct error *err, CURLcode code, const char *url, const char *why)
{
	size_t len = strcspn(url, "?#"); /* behind that may be a key */
	int r = error_set(err, ERROR_INVALID, EINVAL, "'%.*s' cannot be fetched: %s",
			  (int)(len < SHOWN_MAX ? len : SHOWN_MAX), url, why);

	error_from(err, ERROR_FROM_CURL, (int)code);
	return r;
}

static CURLUcode show(const struct curl_api *curl, CURLU *handle, struct target *target)
{
	unsigned usual = target->is_https ? 443 : 80;
	char port[16] = "", *path = NULL;
	CURLUcode code = curl->url_get(handle, CURLUPART_PATH, &path, 0);

	if (code)
		return code;
	if (target->port != usual)
		(void)snprintf(port, sizeof(port), ":%u", target->port); /* it fits */
	(void)snprintf(target->shown, sizeof(target->shown), "http%s://%.90s%s%.80s",
		       target->is_https ? "s" : "", target->host, port, path); /* it fits */
	curl->free(path);
	return CURLUE_OK;
}

/* 0, or the reason. */
static CURLUcode read_parts(const struct curl_api *curl, CURLU *handle, struct target *target)
{
	static const CURLUPart users[] = { CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_OPTIONS };
	char *part = NULL;
	CURLUcode code;

	code = curl->url_get(handle, CURLUPART_SCHEME, &part, 0);
	if (code)
		return code;
	target->is_https = str_equal(part, "https");
	if (!target->is_https && !str_equal(part, "http"))
		code = CURLUE_UNSUPPORTED_SCHEME;
	curl->free(part);
	if (code)
		return code;
	code = curl->url_get(handle, CURLUPART_HOST, &part, 0);
	if (code)
		return code;
	if (!*part || strlen(part) > TARGET_HOST_MAX)
		code = CURLUE_BAD_HOSTNAME;
	else
		(void)snprintf(target->host, sizeof(target->host), "%s", part); /* it fits */
	curl->free(part);
	if (code)
		return code;
	code = curl->url_get(handle, CURLUPART_PORT, &part, CURLU_DEFAULT_PORT);
	if (code)
		return code;
	target->port = (unsigned)strtoul(part, NULL, 10); /* the parser has checked it */
	curl->free(part);
	code = show(curl, handle, target);
	if (code)
		return code;
	target->has_user = false;
	for (size_t i = 0; i < countof(users); i++) {
		if (curl->url_get(handle, users[i], &part, 0) == CURLUE_OK) {
			target->has_user = true;
			curl->free(part);
		}
	}
	return CURLUE_OK;
}

int target_parse(const struct curl_api *curl, CURLU *handle, const char *url,
		 struct target *ret_target, struct error *err)
{
	struct target target;
	CURLUcode code;

	if (strlen(url) > TARGET_URL_MAX)
		return fail(err, CURLE_URL_MALFORMAT, url, "the address is too long");
	for (const char *at = url; *at; at++) {
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			return fail(err, CURLE_URL_MALFORMAT, "", "control characters in it");
	}
	code = curl->url_set(handle, CURLUPART_URL, url, CURLU_URLENCODE);
	if (code == CURLUE_OK)
		code = read_parts(curl, handle, &target);
	if (code == CURLUE_OK)
		code = curl->url_set(handle, CURLUPART_FRAGMENT, NULL, 0);
	if (code == CURLUE_OUT_OF_MEMORY)
		return error_errno(err, ENOMEM, "cannot read an address");
	if (code == CURLUE_UNSUPPORTED_SCHEME)
		return fail(err, CURLE_UNSUPPORTED_PROTOCOL, url, "it is not http or https");
	if (code == CURLUE_BAD_SCHEME)
		return fail(err, CURLE_URL_MALFORMAT, url,
			    "it does not start with http:// or "
			    "https://");
	if (code != CURLUE_OK)
		return fail(err, CURLE_URL_MALFORMAT, url, curl->url_strerror(code));
	*ret_target = target;
	return 0;
}

bool target_is_same_origin(const struct target *a, const struct target *b)
{
	return a->is_https == b->is_https && a->port == b->port &&
	       strcasecmp(a->host, b->host) == 0;
}

int target_judge(const struct target *target, bool is_trusted, struct error *err)
{
	if (target->has_user)
		return target_deny(err,
				   "an address of '%s' with a user or password in it is not "
				   "asked",
				   target->host);
	if (!is_trusted && target->port != 80 && target->port != 443)
		return target_deny(err,
				   "port %u of '%s' is not one of the web (80, 443); it may "
				   "only be reached when it is configured (--allow-origin)",
				   target->port, target->host);
	return 0;
}
