/* SPDX-License-Identifier: MIT */
#include "net/curl.h"

#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

/* 7.87 has QUICK_EXIT; 7.80 has PREREQFUNCTION, without which reused connections would not be
 * looked at. */
enum { OLDEST_VERSION = 0x075700 };

static int find_functions(struct curl_api *api, struct error *err)
{
#define CURL_FUNCTION(name) { "curl_" #name, offsetof(struct curl_api, name) },
	static const struct {
		const char *name;
		size_t at;
	} functions[] = {
#include "net/curl.def"
	};
#undef CURL_FUNCTION

	for (size_t i = 0; i < countof(functions); i++) {
		void *function = dlsym(api->library, functions[i].name);

		if (!function)
			return error_set(err, ERROR_MISSING, ENOSYS,
					 "libcurl.so.4 is too old: it lacks %s", functions[i].name);
		memcpy((char *)api + functions[i].at, &function, sizeof(function));
	}
	return 0;
}

static int start_library(struct curl_api *api, struct error *err)
{
	const curl_version_info_data *info;

	/* Counted, and safe for threads since 7.84. */
	if (api->global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return error_set(err, ERROR_LIMIT, ENOMEM, "libcurl does not start");
	info = api->version_info(CURLVERSION_NOW);
	if (info->version_num < OLDEST_VERSION || !(info->features & CURL_VERSION_SSL)) {
		api->global_cleanup();
		return error_set(err, ERROR_MISSING, ENOSYS,
				 "libcurl %s will not do: 7.87 or later with TLS is needed",
				 info->version);
	}
	return 0;
}

int curl_api_load(struct curl_api *api, struct error *err)
{
	int r;

	api->library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	if (!api->library)
		return error_set(err, ERROR_MISSING, ENOENT,
				 "the web cannot be reached without libcurl (Debian: libcurl4): %s",
				 dlerror());
	r = find_functions(api, err);
	if (r == 0)
		r = start_library(api, err);
	if (r < 0) {
		(void)dlclose(api->library); /* it stays all the same */
		api->library = NULL;
	}
	return r;
}

void curl_api_release(struct curl_api *api)
{
	if (!api->library)
		return;
	api->global_cleanup();
	(void)dlclose(api->library); /* it stays all the same */
	api->library = NULL;
}
