/* SPDX-License-Identifier: MIT */
/* The list of search providers. */
#include "tools/search_registry.h"

#include "base/attr.h"

const struct search_provider *const search_providers[] = {
#define SEARCH(name) &search_##name,
#include "tools/search.def"
#undef SEARCH
};

const size_t search_provider_count = countof(search_providers);
