/* SPDX-License-Identifier: MIT */
/* Settings: options that come from files and variables. The file of a workspace may be a
 * stranger's, so it is read as foreign text: no link is followed, its size is bounded, and the
 * option table says which options a setting may touch. */
#include "cli/settings.h"

#include "base/arena.h"
#include "base/buf.h"
#include "cli/diag.h"
#include "cli/file.h"
#include "cli/options.h"
#include "cli/user_dir.h"
#include "plan/syntax.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	FILE_BYTES_MAX = 64 << 10,
	ARENA_BYTES_MAX = 16 << 20,
	PATH_BYTES_MAX = 4096,
	TEXT_BYTES_MAX = 64, /* of a number */
};

/* A value as the command line would have it. NULL: there is no such text. */
static const char *text_of(const struct value *value, char room[TEXT_BYTES_MAX])
{
	switch (value->type) {
	case VALUE_STR:
		return strlen(value->str) == value->len ? value->str : NULL;
	case VALUE_BOOL:
		return value->boolean ? "true" : "false";
	case VALUE_INT:
		(void)snprintf(room, TEXT_BYTES_MAX, "%" PRId64, value->integer);
		return room;
	case VALUE_REAL:
		(void)snprintf(room, TEXT_BYTES_MAX, "%.15g", value->real);
		return room;
	case VALUE_NULL:
	case VALUE_LIST:
	case VALUE_MAP:
		break;
	}
	return NULL;
}

static void apply_pair(struct options *options, const struct value_pair *pair,
		       struct problems *problems)
{
	char room[TEXT_BYTES_MAX];
	const char *text = text_of(&pair->value, room);
	struct problem problem = { .place = pair->key_place };
	const char *names[OPTION_SETTINGS_MAX];
	size_t n_names = options_setting_names(names);
	bool is_known = false;

	for (size_t i = 0; i < n_names; i++)
		is_known = is_known || !strcmp(names[i], pair->key);
	if (is_known)
		problem.place = pair->value.place;
	if (is_known && !text)
		(void)problem_set(&problem, problem.place, ERROR_INVALID,
				  "%s wants a value, not %s", pair->key,
				  value_type_name(pair->value.type));
	else if (options_set(options, pair->key, text ? text : "", &problem.error) == 0)
		return;
	*problems_add(problems) = problem;
}

/* Nothing but comments, which is no YAML document. */
static bool is_blank(const struct syntax_text *text)
{
	const char *end = text->data + text->len;

	for (const char *at = text->data; at < end; at++) {
		if (*at == '#')
			at = memchr(at, '\n', (size_t)(end - at));
		else if (!*at || !strchr(" \t\r\n", *at))
			return false;
		if (!at)
			return true;
	}
	return true;
}

static void apply_text(struct options *options, const struct syntax_text *text,
		       struct problems *problems)
{
	struct problem problem = { 0 };
	struct arena arena;
	struct value value;

	arena_init(&arena, ARENA_BYTES_MAX);
	if (syntax_read(text, &arena, &value, &problem) < 0)
		*problems_add(problems) = problem;
	else if (value.type == VALUE_MAP)
		for (size_t i = 0; i < value.n_pairs; i++)
			apply_pair(options, &value.pairs[i], problems);
	else if (value.type != VALUE_NULL)
		(void)problem_set(problems_add(problems), value.place, ERROR_INVALID,
				  "settings are lines of 'name: value', not %s",
				  value_type_name(value.type));
	arena_release(&arena);
}

static int load_file(struct options *options, const char *path, int flags)
{
	CLEANUP(buf) struct buf buf;
	struct problems problems = { 0 };
	struct syntax_text text;
	struct error err;
	int r;

	buf_init(&buf, FILE_BYTES_MAX + 1);
	r = file_read_regular(path, flags, &buf, &err);
	/* Somebody else's home, as after su or in a service, has no settings for us. */
	if (r == -ENOENT || r == -ENOTDIR || r == -EACCES)
		return 0;
	if (r < 0) {
		diag_error(&err);
		return r;
	}
	text = (struct syntax_text){ .data = buf.data ? buf.data : "", .len = buf.len };
	if (!is_blank(&text))
		apply_text(options, &text, &problems);
	if (!problems.n)
		return 0;
	problems_sort(&problems);
	diag_problems(&(struct quoted_text){ path, text.data, text.len }, &problems);
	return -EINVAL;
}

static int load_user_file(struct options *options)
{
	char path[PATH_BYTES_MAX];

	if (user_dir(USER_DIR_CONFIG, "config.yaml", path, sizeof(path)) < 0)
		return 0;
	return load_file(options, path, 0);
}

/* "max-instances" is VOLLEY_MAX_INSTANCES. One that is empty sets nothing. */
static int load_variable(struct options *options, const char *name)
{
	char variable[TEXT_BYTES_MAX];
	const char *value;
	struct error err;
	int r;

	(void)snprintf(variable, sizeof(variable), "VOLLEY_%s", name);
	for (char *at = variable; *at; at++) {
		if (*at == '-')
			*at = '_';
		else if (*at >= 'a' && *at <= 'z')
			*at = (char)(*at - 'a' + 'A');
	}
	value = getenv(variable);
	if (!value || !*value)
		return 0;
	r = options_set(options, name, value, &err);
	if (r < 0) {
		error_prefix(&err, "%s", variable);
		diag_error(&err);
	}
	return r;
}

int settings_load(struct options *options)
{
	const char *names[OPTION_SETTINGS_MAX];
	size_t n = options_setting_names(names);
	int r;

	if (!options_take_settings(options))
		return 0;
	r = load_user_file(options);
	if (r == 0)
		r = load_file(options, ".volley.yaml", O_NOFOLLOW);
	for (size_t i = 0; i < n && r == 0; i++)
		r = load_variable(options, names[i]);
	return r;
}
