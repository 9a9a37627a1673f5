/* SPDX-License-Identifier: MIT */
#ifndef NET_CURL_H
#define NET_CURL_H

#include "base/error.h"

#include <curl/curl.h>
#include <stdbool.h>

/**
 * libcurl, loaded when it is first needed: it brings thirty libraries, which a run without network
 * must not wait for. The library itself stays in the process: OpenSSL does not like to go.
 */
struct curl_api {
	void *library; /* NULL = not loaded */
#define CURL_FUNCTION(name) __typeof__(curl_##name) *name;
#include "net/curl.def"
#undef CURL_FUNCTION
};

int curl_api_load(struct curl_api *api, struct error *err);
/** Accepts one that was not loaded. */
void curl_api_release(struct curl_api *api);

#endif
