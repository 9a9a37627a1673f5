/* SPDX-License-Identifier: MIT */
/* WebSearch: pages for a query. Whom to ask is the host's business. */
#include "base/str.h"
#include "model/host.h"
#include "tools/registry.h"
#include "tools/search_domain.h"

#include <errno.h>
#include <stdlib.h>

enum { SEARCH_QUERY, SEARCH_ALLOWED, SEARCH_BLOCKED, SEARCH_COUNT };

enum {
	QUERY_BYTES_MAX = 2000,
	DOMAINS_MAX = 100,
	COUNT_DEFAULT = 10,
	COUNT_MAX = 50,
	MISSING_BYTES_MAX = 64 << 10,
};

static const struct arg_spec web_search_args[] = {
	[SEARCH_QUERY] = { .name = "query",
			   .type = ARG_STR,
			   .required = true,
			   .min = 1,
			   .max = QUERY_BYTES_MAX,
			   .help = "words to search for" },
	[SEARCH_ALLOWED] = { .name = "allowed_domains",
			     .type = ARG_STR_LIST,
			     .help = "only pages of these domains, and all beneath them" },
	[SEARCH_BLOCKED] = { .name = "blocked_domains",
			     .type = ARG_STR_LIST,
			     .help = "no pages of these domains" },
	[SEARCH_COUNT] = { .name = "count",
			   .type = ARG_INT,
			   .min = 1,
			   .max = COUNT_MAX,
			   .initial = COUNT_DEFAULT,
			   .help = "pages that are wanted" },
	{ .type = ARG_END },
};

/* ---- domains ---- */

static size_t n_items(const struct value *list)
{
	return list->type == VALUE_LIST ? list->n_items : 1;
}

static const struct value *item(const struct value *list, size_t i)
{
	return list->type == VALUE_LIST ? &list->items[i] : list;
}

static int web_search_check(const struct args *args, size_t *ret_arg, struct error *err)
{
	for (size_t i = SEARCH_ALLOWED; i <= SEARCH_BLOCKED; i++) {
		const struct value *list = args_is_set(args, i) ? args->values[i].value : NULL;

		*ret_arg = i;
		if (list && n_items(list) > DOMAINS_MAX)
			return error_set(err, ERROR_INVALID, EINVAL, "more than %d domains",
					 DOMAINS_MAX);
		for (size_t k = 0; list && k < n_items(list); k++) {
			struct search_slice domain;

			if (!search_domain_read(item(list, k)->str, &domain))
				return error_set(err, ERROR_INVALID, EINVAL,
						 "'%.60s' is no domain such as example.org",
						 item(list, k)->str);
		}
	}
	return 0;
}

/* Pointers into the call's input; NULL-terminated. False without memory. */
static bool list_domains(const struct args *args, size_t i, const char ***ret_list)
{
	const struct value *list = args_is_set(args, i) ? args->values[i].value : NULL;
	size_t n = list ? n_items(list) : 0;
	const char **domains;

	*ret_list = NULL;
	if (!n)
		return true;
	domains = calloc(n + 1, sizeof(*domains));
	for (size_t k = 0; domains && k < n; k++)
		domains[k] = item(list, k)->str;
	*ret_list = domains;
	return domains != NULL;
}

/* ---- the call ---- */

/* NULL: nothing is, or there is no memory to say so; the receipt does. */
static const char *keep_missing(const char *missing, struct result *result)
{
	result->arena = missing ? malloc(sizeof(*result->arena)) : NULL;
	if (!result->arena)
		return NULL;
	arena_init(result->arena, MISSING_BYTES_MAX);
	return arena_strdup(result->arena, missing);
}

static void web_search_done(struct host *host, const struct call *call,
			    struct search_outcome *own_outcome)
{
	struct result result = {
		.payload = PAYLOAD_WEB_SEARCH,
		.body = own_outcome->body,
		.web_search = { .n_pages = own_outcome->n_pages,
				.n_requests = own_outcome->n_requests },
	};

	(void)call;
	result.web_search.missing = keep_missing(own_outcome->missing, &result);
	if (own_outcome->error.class != ERROR_NONE)
		result_fail(&result, &own_outcome->error);
	else if (own_outcome->is_partial)
		result.receipt.why |= WHY_FAILED;
	host->ops->finish(host, &result);
}

static int web_search_start(struct host *host, const struct call *call, struct error *err)
{
	const struct args *args = &call->args;
	const char **allowed = NULL, **blocked = NULL;
	int r = -ENOMEM;

	if (list_domains(args, SEARCH_ALLOWED, &allowed) &&
	    list_domains(args, SEARCH_BLOCKED, &blocked)) {
		const struct search_query query = {
			.text = args_str(args, SEARCH_QUERY),
			.allowed = allowed,
			.blocked = blocked,
			.count = (unsigned)args_int(args, SEARCH_COUNT),
		};

		r = host->ops->search(host, &query, web_search_done, err);
	} else {
		(void)error_errno(err, ENOMEM, "cannot search");
	}
	free(allowed);
	free(blocked);
	return r;
}

static const char *const web_search_aliases[] = { "web_search", "search_web", NULL };

const struct tool tool_web_search = {
	.name = "WebSearch",
	.aliases = web_search_aliases,
	.summary = "Search the web and local documentation: pages with passages, merged",
	.args = web_search_args,
	.lane = LANE_WEB_SEARCH,
	.flags = TOOL_PURE | TOOL_RERUN | TOOL_FINAL,
	.check = web_search_check,
	.start = web_search_start,
	.brief_key = "query",
};
