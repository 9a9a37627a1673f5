/* SPDX-License-Identifier: MIT */
/* What commands and agents see of volley's environment. */
#include "tools/child_env.h"

#include "base/str.h"
#include "os/marked.h"

#include <errno.h>
#include <string.h>

static const char *const tree_prefix = "VOLLEY_AGENT_";

static bool is_allowed(const char *variable)
{
	static const char *const names[] = {
		"PATH=",          "HOME=", "USER=",   "LOGNAME=", "LANG=", "LC_",
		"TERM=",          "TZ=",   "TMPDIR=", "SHELL=",   "XDG_",  "VOLLEY_JOBSERVER=",
		"VOLLEY_SANDBOX="
	};

	for (size_t i = 0; i < countof(names); i++) {
		if (str_starts_with(variable, names[i]))
			return true;
	}
	return false;
}

static bool has_name(const struct variables *list, const char *variable, size_t n_name)
{
	for (size_t i = 0; i < list->n; i++) {
		if (strncmp(list->items[i], variable, n_name + 1) == 0)
			return true;
	}
	return false;
}

static bool add_variable(struct variables *list, const char *variable)
{
	size_t n_name = (size_t)(strchrnul(variable, '=') - variable);

	return has_name(list, variable, n_name) || vec_push(list, variable);
}

static bool add_all(struct variables *list, const char *const *variables, size_t n)
{
	for (size_t i = 0; i < n && variables[i]; i++) {
		if (!add_variable(list, variables[i]))
			return false;
	}
	return true;
}

static bool add_marks(const struct host *host, const struct child_env_conf *conf,
		      struct arena *arena, struct variables *list)
{
	const char *mark = arena_printf(arena, MARKED_NAME "=%s", host->run_id);
	const char *walls =
		arena_printf(arena, SANDBOX_NAME "=%s", sandbox_level_name(conf->sandbox));

	if (!mark || !add_variable(list, mark) || !walls ||
	    (conf->sandbox != SANDBOX_OFF && !add_variable(list, walls)) ||
	    (conf->marks && !add_all(list, conf->marks, SIZE_MAX)))
		return false;
	for (const char *const *at = host->environ; *at; at++) {
		if (str_starts_with(*at, tree_prefix) && !add_variable(list, *at))
			return false;
	}
	return true;
}

static bool add_passed(const struct host *host, const struct value *passed, struct variables *list)
{
	const struct value *names = passed;
	size_t n = 1;

	if (passed && passed->type == VALUE_LIST) {
		names = passed->items;
		n = passed->n_items;
	}
	for (const char *const *at = host->environ; passed && *at; at++) {
		size_t len = strcspn(*at, "=");

		for (size_t i = 0; i < n; i++) {
			if (names[i].len == len && strncmp(names[i].str, *at, len) == 0 &&
			    !add_variable(list, *at))
				return false;
		}
	}
	return true;
}

/* What was asked for comes early: the first of a name wins. In a sandbox the user's directories
 * for such files cannot be written to. */
int child_env_build(const struct host *host, const struct child_env_conf *conf, struct arena *arena,
		    struct variables *list)
{
	static const char *const confined[] = { "TMPDIR=/tmp", "XDG_CACHE_HOME=/tmp/.cache",
						"npm_config_cache=/tmp/.npm" };
	static const char *const defaults[] = { "PATH=/usr/local/bin:/usr/bin:/bin", "TERM=dumb",
						"GIT_TERMINAL_PROMPT=0", "PAGER=cat",
						"GIT_PAGER=cat" };
	const struct value *asked = conf->asked;

	if (!add_marks(host, conf, arena, list))
		return -ENOMEM;
	for (size_t i = 0; asked && i < asked->n_pairs; i++) {
		const char *variable = arena_printf(arena, "%s=%s", asked->pairs[i].key,
						    asked->pairs[i].value.str);

		if (!variable || !add_variable(list, variable))
			return -ENOMEM;
	}
	if (!add_passed(host, conf->passed, list) ||
	    (conf->sandbox != SANDBOX_OFF && !add_all(list, confined, countof(confined))))
		return -ENOMEM;
	for (const char *const *at = host->environ; *at; at++) {
		if (is_allowed(*at) && !add_variable(list, *at))
			return -ENOMEM;
	}
	return add_all(list, defaults, countof(defaults)) && vec_push(list, NULL) ? 0 : -ENOMEM;
}

int child_env_check(const struct value *asked, struct error *err)
{
	for (size_t i = 0; i < asked->n_pairs; i++) {
		const struct value_pair *pair = &asked->pairs[i];

		if (!*pair->key || strchr(pair->key, '='))
			return error_set(err, ERROR_INVALID, EINVAL,
					 "'%s' cannot be the name of a variable", pair->key);
		if (pair->value.type != VALUE_STR || strlen(pair->value.str) != pair->value.len)
			return error_set(err, ERROR_INVALID, EINVAL,
					 "the value of '%s' must be text without NUL", pair->key);
	}
	return 0;
}
