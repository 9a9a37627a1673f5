/* SPDX-License-Identifier: MIT */
#include "cli/providers.h"

#include "base/attr.h"
#include "base/buf.h"
#include "base/str.h"
#include "cli/file.h"
#include "cli/user_dir.h"
#include "tools/search_registry.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { ARENA_BYTES_MAX = 1 << 20, KEYS_BYTES_MAX = 64 << 10, NAMES_MAX = 32 };

struct key {
	const char *name, *value;
};

struct loading {
	struct providers *providers;
	const struct providers_conf *conf;
	struct key keys[NAMES_MAX]; /* of the file; both live in the providers' arena */
	size_t n_keys;
	bool has_keys; /* it was read; who asks nobody that has a key does not need to */
};

/* ---- keys ---- */

static int unknown_key(const char *name, size_t line, struct error *err)
{
	const char *names[NAMES_MAX], *nearest;
	size_t n = 0;

	for (size_t i = 0; i < search_provider_count && n < NAMES_MAX; i++)
		if (search_providers[i]->key_variable)
			names[n++] = search_providers[i]->key_variable;
	nearest = str_nearest(name, names, n);
	if (nearest) /* else it is not shown: it may be a key itself */
		return error_set(err, ERROR_INVALID, EINVAL,
				 "line %zu: unknown key '%s'; did you mean '%s'?", line, name,
				 nearest);
	return error_set(err, ERROR_INVALID, EINVAL, "line %zu is the key of no provider", line);
}

static bool is_known_key(const char *name)
{
	for (size_t i = 0; i < search_provider_count; i++)
		if (search_providers[i]->key_variable &&
		    str_equal(search_providers[i]->key_variable, name))
			return true;
	return false;
}

/* In its place: without blanks at either end. */
static char *trim(char *text)
{
	size_t len;

	text += strspn(text, " \t\r\n");
	len = strlen(text);
	while (len && strchr(" \t\r\n", text[len - 1]))
		text[--len] = '\0';
	return text;
}

/* NAME=VALUE, as a shell reads it too: "export" before it, quotes around the value. */
static int read_key(struct loading *loading, char *text, size_t line, struct error *err)
{
	char *name = trim(text), *value = strchr(name, '=');
	size_t len;

	if (!*name || *name == '#')
		return 0;
	if (!value)
		return error_set(err, ERROR_INVALID, EINVAL, "line %zu is not NAME=VALUE", line);
	*value++ = '\0';
	if (str_starts_with(name, "export "))
		name += strlen("export ");
	name = trim(name);
	value = trim(value);
	len = strlen(value);
	if (len > 1 && (*value == '"' || *value == '\'') && value[len - 1] == *value) {
		value[len - 1] = '\0';
		value++;
	}
	if (!is_known_key(name))
		return unknown_key(name, line, err);
	if (loading->n_keys == NAMES_MAX)
		return error_set(err, ERROR_INVALID, EINVAL, "line %zu is one too many", line);
	loading->keys[loading->n_keys++] = (struct key){ name, value };
	return 0;
}

static int read_keys(struct loading *loading, struct error *err)
{
	CLEANUP(buf) struct buf file = { .max = KEYS_BYTES_MAX };
	char path[PATH_MAX], *text, *next;
	struct stat st;
	int r;

	loading->has_keys = true;
	if (user_dir(USER_DIR_CONFIG, "keys", path, sizeof(path)) < 0 || stat(path, &st) < 0)
		return 0;
	if (st.st_mode & 077)
		return error_set(err, ERROR_DENIED, EACCES,
				 "'%s' can be read by others; chmod 600 it", path);
	r = file_read_regular(path, 0, &file, err);
	if (r < 0)
		return r;
	text = arena_memdup0(&loading->providers->arena, file.data ? file.data : "", file.len);
	if (!text)
		return error_errno(err, ENOMEM, "cannot read '%s'", path);
	for (size_t line = 1; r == 0 && text; line++, text = next) {
		next = strchr(text, '\n');
		if (next)
			*next++ = '\0';
		r = read_key(loading, text, line, err);
	}
	if (r < 0)
		error_prefix(err, "'%s'", path);
	return r;
}

/* Of the environment first, as it is nearer. NULL: there is none. */
static int find_key(struct loading *loading, const char *name, const char **ret_key,
		    struct error *err)
{
	const char *value = name ? getenv(name) : NULL;
	int r = 0;

	*ret_key = value && *value ? value : NULL;
	if (!name || *ret_key)
		return 0;
	if (!loading->has_keys)
		r = read_keys(loading, err);
	for (size_t i = 0; r == 0 && i < loading->n_keys; i++)
		if (str_equal(loading->keys[i].name, name) && *loading->keys[i].value)
			*ret_key = loading->keys[i].value;
	return r;
}

/* ---- a list ---- */

static const struct search_provider *find_provider(const char *name)
{
	for (size_t i = 0; i < search_provider_count; i++) {
		if (str_equal(search_providers[i]->name, name))
			return search_providers[i];
	}
	return NULL;
}

static int unknown(const char *name, struct error *err)
{
	const char *names[NAMES_MAX], *nearest;
	size_t n = 0;

	for (; n < search_provider_count && n < NAMES_MAX; n++)
		names[n] = search_providers[n]->name;
	nearest = str_nearest(name, names, n);
	if (nearest)
		return error_set(err, ERROR_INVALID, EINVAL,
				 "unknown search provider '%.60s'; did you mean '%s'?", name,
				 nearest);
	return error_set(err, ERROR_INVALID, EINVAL, "unknown search provider '%.60s'", name);
}

static int check_folders(const char *list, struct error *err)
{
	while (*list) {
		size_t n = strcspn(list, ":");
		char path[PATH_MAX];
		struct stat st;

		(void)snprintf(path, sizeof(path), "%.*s", (int)n, list); /* or it is no folder */
		if (*path != '/')
			return error_set(err, ERROR_INVALID, EINVAL,
					 "docs: '%.200s' must be an absolute path", path);
		if (stat(path, &st) < 0 || !S_ISDIR(st.st_mode))
			return error_set(err, ERROR_MISSING, ENOENT,
					 "docs: '%.200s' is not a folder", path);
		list += n + (list[n] == ':');
	}
	return 0;
}

static int add_docs(struct loading *loading, struct search_endpoint *endpoint, struct error *err)
{
	int r = endpoint->url ? check_folders(endpoint->url, err) : 0;

	if (r < 0)
		return r;
	endpoint->folders = endpoint->url; /* what is an address for others */
	if (!loading->conf->cache_dir)
		return error_set(err, ERROR_MISSING, ENOENT,
				 "docs needs a place for its index: XDG_CACHE_HOME or HOME");
	endpoint->url =
		arena_printf(&loading->providers->arena, "%s/docs.db", loading->conf->cache_dir);
	endpoint->collection = loading->conf->workspace;
	return endpoint->url ? 0 : error_errno(err, ENOMEM, "cannot search");
}

static bool is_same(const struct search_endpoint *a, const struct search_endpoint *b)
{
	return a->provider == b->provider &&
	       (a->provider->search ||
		(str_equal(a->url, b->url) && str_equal(a->collection ? a->collection : "",
							b->collection ? b->collection : "")));
}

/* Who is asked twice tells of each page twice. */
static int refuse_twins(const struct search_conf *conf, const struct search_endpoint *endpoint,
			struct error *err)
{
	for (size_t i = 0; i < conf->n; i++) {
		if (is_same(&conf->endpoints[i], endpoint))
			return error_set(err, ERROR_INVALID, EINVAL,
					 "search provider '%s' is named twice%s",
					 endpoint->provider->name,
					 endpoint->provider->search
						 ? "; several folders are docs=FOLDER:FOLDER"
						 : "");
	}
	return 0;
}

static int add(struct loading *loading, const struct search_endpoint *from, struct error *err)
{
	struct providers *providers = loading->providers;
	const struct search_provider *provider = from->provider;
	struct search_endpoint *endpoint;
	int r = 0;

	if (providers->conf.n == SEARCH_ENDPOINTS_MAX)
		return error_set(err, ERROR_INVALID, EINVAL, "more than %d search providers",
				 SEARCH_ENDPOINTS_MAX);
	endpoint = &providers->endpoints[providers->conf.n];
	*endpoint = *from;
	r = find_key(loading, provider->key_variable, &endpoint->key, err);
	if (r == 0 && provider->search) {
		r = add_docs(loading, endpoint, err);
	} else if (!endpoint->url) {
		endpoint->url = provider->url;
	}
	if (r == 0 && !endpoint->url)
		r = error_set(err, ERROR_INVALID, EINVAL,
			      "search provider '%s' needs an address: %s=http://…", provider->name,
			      provider->name);
	else if (r == 0 && provider->needs_key && !endpoint->key)
		r = error_set(err, ERROR_DENIED, EACCES,
			      "search provider '%s' needs a key: the variable %s, or a line of it "
			      "in the file 'keys' of volley's settings",
			      provider->name, provider->key_variable);
	if (r == 0)
		r = refuse_twins(&providers->conf, endpoint, err);
	providers->conf.n += r == 0;
	return r;
}

/* "@10/s" at the end. */
static int cut_rate(char *text, double *ret_rate, struct error *err)
{
	char *at = strrchr(text, '@'), *end;
	double rate;

	if (!at)
		return 0;
	rate = strtod(at + 1, &end);
	if (!str_equal(end, "/s") || !(rate > 0 && rate <= 1e6))
		return error_set(err, ERROR_INVALID, EINVAL,
				 "'%s' is no rate such as @10/s or @0.5/s", at);
	*at = '\0';
	*ret_rate = rate;
	return 0;
}

static int add_entry(struct loading *loading, char *text, struct error *err)
{
	struct search_endpoint endpoint = { 0 };
	char *url, *collection;
	size_t len;
	int r = cut_rate(text, &endpoint.rate_per_s, err);

	if (r < 0)
		return r;
	url = strchr(text, '=');
	if (url)
		*url++ = '\0';
	collection = url ? strchr(url, '#') : NULL;
	if (collection)
		*collection++ = '\0';
	endpoint.provider = find_provider(text);
	if (!endpoint.provider)
		return unknown(text, err);
	if (url && !endpoint.provider->search && !str_starts_with(url, "http://") &&
	    !str_starts_with(url, "https://"))
		return error_set(err, ERROR_INVALID, EINVAL,
				 "'%.200s' is no address of '%s': it begins with http:// or "
				 "https://",
				 url, text);
	if (url && !endpoint.provider->search && strpbrk(url, " \t\r\n"))
		return error_set(err, ERROR_INVALID, EINVAL,
				 "'%.200s' is no address of '%s': it has a blank; search providers "
				 "have commas between them",
				 url, text);
	if (collection && !endpoint.provider->has_collections)
		return error_set(err, ERROR_INVALID, EINVAL,
				 "'#%.60s': '%s' has no collections to choose from", collection,
				 text);
	len = url ? strlen(url) : 0;
	if (len > 1 && url[len - 1] == '/')
		url[len - 1] = '\0';
	endpoint.url = url;
	endpoint.collection = collection;
	return add(loading, &endpoint, err);
}

static int add_list(struct loading *loading, const char *list, struct error *err)
{
	char *text = arena_strdup(&loading->providers->arena, list), *save = NULL;
	int r = 0;

	if (!text)
		return error_errno(err, ENOMEM, "cannot search");
	for (char *at = strtok_r(text, ",", &save); at && r == 0; at = strtok_r(NULL, ",", &save)) {
		at = trim(at);
		if (*at)
			r = add_entry(loading, at, err);
	}
	if (r == 0 && loading->providers->conf.n == 0)
		r = error_set(err, ERROR_INVALID, EINVAL, "the list of search providers is empty");
	return r;
}

/* Whoever is set up in the environment, and docs. */
static int add_known(struct loading *loading, struct error *err)
{
	static const struct {
		const char *name, *variable;
	} addresses[] = { { "searxng", "SEARXNG_URL" }, { "kiwix", "KIWIX_URL" } };
	int r = 0;

	for (size_t i = 0; i < search_provider_count && r == 0; i++) {
		struct search_endpoint endpoint = { .provider = search_providers[i] };
		bool is_known = endpoint.provider->search && loading->conf->cache_dir;

		for (size_t k = 0; k < countof(addresses); k++) {
			const char *url = getenv(addresses[k].variable);

			if (url && *url && str_equal(addresses[k].name, endpoint.provider->name))
				endpoint.url = url;
		}
		if (!is_known && !endpoint.url)
			r = find_key(loading, endpoint.provider->key_variable, &endpoint.key, err);
		if (r == 0 && (is_known || endpoint.url || endpoint.key))
			r = add(loading, &endpoint, err);
	}
	return r;
}

int providers_load(struct providers *providers, const struct providers_conf *conf,
		   struct error *err)
{
	struct loading loading = { .providers = providers, .conf = conf };
	const char *list = conf->list ? conf->list : getenv("VOLLEY_SEARCH");
	int r;

	*providers = (struct providers){ 0 };
	arena_init(&providers->arena, ARENA_BYTES_MAX);
	providers->conf.endpoints = providers->endpoints;
	r = list && *list ? add_list(&loading, list, err) : add_known(&loading, err);
	if (r < 0)
		providers_release(providers);
	return r;
}

void providers_release(struct providers *providers)
{
	arena_release(&providers->arena);
	*providers = (struct providers){ 0 };
}
