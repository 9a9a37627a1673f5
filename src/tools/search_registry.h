/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_SEARCH_REGISTRY_H
#define TOOLS_SEARCH_REGISTRY_H

#include "model/search.h"

#define SEARCH(name) extern const struct search_provider search_##name;
#include "tools/search.def"
#undef SEARCH

extern const struct search_provider *const search_providers[];
extern const size_t search_provider_count;

#endif
