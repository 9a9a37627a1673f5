/* SPDX-License-Identifier: MIT */
#ifndef CLI_PROVIDERS_H
#define CLI_PROVIDERS_H

#include "base/arena.h"
#include "base/error.h"
#include "model/search.h"

#include <stdbool.h>

/**
 * Whom web searches ask, as the user set it up: --search LIST, else the variable VOLLEY_SEARCH,
 * else docs and everyone whose key or address is in the environment. A list is names with commas or
 * blanks between them, each NAME[=URL[#COLLECTION]][@RATE/s]. Keys come from the environment, or
 * from the file "keys" of volley's settings (lines NAME=VALUE, mode 0600); never from a workflow or
 * a workspace. Loop thread.
 */
struct providers {
	struct search_conf conf;
	struct search_endpoint endpoints[SEARCH_ENDPOINTS_MAX];
	struct arena arena;
};

struct providers_conf {
	const char *list;      /* --search; NULL = not given */
	const char *workspace; /* whose own documents belong to docs */
	const char *cache_dir; /* where the index of docs is; NULL = nowhere: no docs */
};

int providers_load(struct providers *providers, const struct providers_conf *conf,
		   struct error *err);
void providers_release(struct providers *providers); /* accepts a zeroed one */

#endif
