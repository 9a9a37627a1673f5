/* SPDX-License-Identifier: MIT */
/*
 * Which values are secret, and the forms they are looked for in. A value that is longer than
 * PIECE_BYTES is looked for in pieces that overlap, so that all of it is found piece by piece; of
 * one with several lines each line that could be a key is looked for too, because it may be
 * printed with something in front of each.
 */
#include "model/secrets.h"

#include "base/json_write.h"
#include "base/str.h"
#include "base/vec.h"
#include "model/encode.h"
#include "model/tool.h"

#include <ctype.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum {
	PIECE_BYTES = 1024,
	PIECE_OVERLAP = 16,
	LINE_BYTES_MIN = 16,
	NAMES_MAX = UINT16_MAX,
	DIFFERENT_MIN = 4,
	NUMBER_DIGITS_MAX = 11,
	FORM_BYTES_MAX = 6 * PIECE_BYTES + 64, /* JSON: \u0001 for a byte */
};

struct secret_name {
	char text[SECRET_NAME_MAX + 1];
};

struct secrets {
	atomic_uint n_refs;
	struct trie trie;
	struct VEC(struct secret_name) names;
};

/* ---- names ---- */

static bool contains(const char *name, size_t len, const char *part)
{
	size_t n = strlen(part);

	for (size_t i = 0; i + n <= len; i++) {
		if (strncasecmp(name + i, part, n) == 0)
			return true;
	}
	return false;
}

static bool ends_in(const char *name, size_t len, const char *end)
{
	size_t n = strlen(end);

	return len >= n && strncasecmp(name + len - n, end, n) == 0;
}

bool secret_is_name(const char *name, size_t len)
{
	static const char *const parts[] = { "SECRET",     "TOKEN",      "PASSWORD",     "PASSWD",
					     "PASSPHRASE", "CREDENTIAL", "AUTHORIZATION" };
	static const char *const ends[] = { "_PASS", "_PWD", "_PAT" };

	for (size_t i = 0; i < countof(parts); i++) {
		if (contains(name, len, parts[i]))
			return true;
	}
	for (size_t i = 0; i < countof(ends); i++) {
		if (ends_in(name, len, ends[i]))
			return true;
	}
	/* A keyboard is no key, and an author has no authority. */
	if (contains(name, len, "KEY") && !contains(name, len, "KEYBOARD") &&
	    !contains(name, len, "KEYMAP"))
		return true;
	return contains(name, len, "AUTH") && !contains(name, len, "AUTHOR");
}

bool secret_is_trivial(const char *value, size_t len)
{
	static const char *const words[] = { "disabled",  "required",   "optional",  "password",
					     "changeme",  "anonymous",  "undefined", "keyboard",
					     "automatic", "interactive" };
	bool seen[256] = { false };
	size_t n_different = 0, n_digits = 0;

	if (len < SECRET_BYTES_MIN)
		return true;
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)value[i];

		n_different += !seen[c];
		seen[c] = true;
		n_digits += c >= '0' && c <= '9';
	}
	if (n_different < DIFFERENT_MIN || (n_digits == len && len <= NUMBER_DIGITS_MAX))
		return true;
	for (size_t i = 0; i < countof(words); i++) {
		if (strlen(words[i]) == len && strncasecmp(value, words[i], len) == 0)
			return true;
	}
	return value[0] == '/' && !value[len] && access(value, F_OK) == 0;
}

/* ---- forms ---- */

/* One text to look for; what encoding made no different is there already. */
static int add_form(struct secrets *self, const struct buf *form, uint16_t value)
{
	if (buf_error(form))
		return buf_error(form);
	return trie_add(&self->trie, form->data, form->len, value);
}

static int add_forms(struct secrets *self, const char *data, size_t len, uint16_t value)
{
	CLEANUP(buf) struct buf form = { .max = FORM_BYTES_MAX };
	int r = trie_add(&self->trie, data, len, value);

	for (unsigned i = 0; i < ENCODE_COUNT && r == 0; i++) {
		buf_clear(&form);
		encode((enum encode_form)i, data, len, &form);
		r = add_form(self, &form, value);
	}
	if (r < 0)
		return r;
	buf_clear(&form);
	json_escape(&form, data, len);
	return add_form(self, &form, value);
}

static int add_pieces(struct secrets *self, const char *data, size_t len, uint16_t value)
{
	size_t at = 0;
	int r = 0;

	for (; r == 0 && at + PIECE_BYTES < len; at += PIECE_BYTES - PIECE_OVERLAP)
		r = add_forms(self, data + at, PIECE_BYTES, value);
	if (r < 0 || !at)
		return r < 0 ? r : add_forms(self, data, len, value);
	return add_forms(self, data + len - PIECE_BYTES, PIECE_BYTES, value);
}

/* A line of a key: long enough, of letters and digits, and no header of PEM. */
static bool is_key_line(const char *line, size_t len)
{
	bool has_digit = false, has_letter = false;

	if (len < LINE_BYTES_MIN || secret_is_trivial(line, len) || memmem(line, len, "---", 3))
		return false;
	for (size_t i = 0; i < len; i++) {
		has_digit |= line[i] >= '0' && line[i] <= '9';
		has_letter |= isalpha((unsigned char)line[i]) != 0;
	}
	return has_digit && has_letter;
}

static int add_lines(struct secrets *self, const char *data, size_t len, uint16_t value)
{
	int r = 0;

	for (size_t at = 0; r == 0 && at < len;) {
		const char *end = memchr(data + at, '\n', len - at);
		size_t n = end ? (size_t)(end - data) - at : len - at;

		if (n < len && n <= PIECE_BYTES && is_key_line(data + at, n))
			r = trie_add(&self->trie, data + at, n, value);
		at += n + 1;
	}
	return r;
}

/* ---- building ---- */

/* What is printed for a value: the name, without what could be taken for anything else. */
static int add_name(struct secrets *self, const char *name, size_t len)
{
	struct secret_name fit = { 0 };

	for (size_t i = 0; i < len && i < SECRET_NAME_MAX; i++)
		fit.text[i] =
			isalnum((unsigned char)name[i]) || strchr("_.-", name[i]) ? name[i] : '_';
	if (self->names.n == NAMES_MAX)
		return -E2BIG;
	return vec_push(&self->names, fit) ? 0 : -ENOMEM;
}

static int add_value(struct secrets *self, const char *name, size_t name_len, const char *value)
{
	size_t len = strlen(value);
	uint16_t number = (uint16_t)self->names.n;
	int r;

	if (secret_is_trivial(value, len))
		return 0;
	r = add_name(self, name, name_len);
	if (r == 0)
		r = add_pieces(self, value, len, number);
	return r < 0 ? r : add_lines(self, value, len, number);
}

static const struct value *env_of(const struct call *call)
{
	for (size_t i = 0; i < call->args.n; i++) {
		if (call->args.specs[i].type == ARG_STR_MAP && call->args.values[i].is_set &&
		    str_equal(call->args.specs[i].name, "env"))
			return call->args.values[i].value;
	}
	return NULL;
}

static int add_call(struct secrets *self, const struct call *call)
{
	const struct value *env = env_of(call);
	int r = 0;

	for (size_t i = 0; env && i < env->n_pairs && r == 0; i++) {
		const char *name = env->pairs[i].key;

		if (secret_is_name(name, strlen(name)))
			r = add_value(self, name, strlen(name), env->pairs[i].value.str);
	}
	return r;
}

/* The variable that a call names as the one with its key; NULL = none. */
static const char *key_of(const struct call *call)
{
	for (size_t i = 0; i < call->args.n; i++) {
		if (call->args.specs[i].type == ARG_STR && call->args.values[i].is_set &&
		    str_equal(call->args.specs[i].name, "key_env"))
			return call->args.values[i].str;
	}
	return NULL;
}

static bool is_key(const char *name, size_t len, const struct call *const *calls, size_t n_calls)
{
	for (size_t i = 0; i < n_calls; i++) {
		const char *key = key_of(calls[i]);

		if (key && strlen(key) == len && memcmp(key, name, len) == 0)
			return true;
	}
	return false;
}

bool secrets_in_call(const struct call *call)
{
	const struct value *env = env_of(call);

	if (key_of(call))
		return true;
	for (size_t i = 0; env && i < env->n_pairs; i++) {
		const struct value_pair *pair = &env->pairs[i];

		if (secret_is_name(pair->key, strlen(pair->key)) &&
		    !secret_is_trivial(pair->value.str, pair->value.len))
			return true;
	}
	return false;
}

static int add_all(struct secrets *self, const char *const *variables,
		   const struct call *const *calls, size_t n_calls)
{
	int r = 0;

	for (; r == 0 && *variables; variables++) {
		size_t n = strcspn(*variables, "=");

		if ((*variables)[n] &&
		    (secret_is_name(*variables, n) || is_key(*variables, n, calls, n_calls)))
			r = add_value(self, *variables, n, *variables + n + 1);
	}
	for (size_t i = 0; r == 0 && i < n_calls; i++)
		r = add_call(self, calls[i]);
	return r < 0 ? r : trie_link(&self->trie);
}

int secrets_new(const char *const *variables, const struct call *const *calls, size_t n_calls,
		struct secrets **ret_secrets, struct error *err)
{
	struct secrets *self = calloc(1, sizeof(*self));
	int r = -ENOMEM;

	if (self) {
		atomic_init(&self->n_refs, 1);
		r = add_all(self, variables, calls, n_calls);
	}
	if (r == 0) {
		*ret_secrets = self;
		return 0;
	}
	secrets_unref(self);
	if (r == -E2BIG)
		return error_set(err, ERROR_LIMIT, E2BIG,
				 "too many secrets in variables to keep them out of the output "
				 "(--redact off does not)");
	return error_errno(err, -r, "cannot tell which variables are secret");
}

struct secrets *secrets_ref(struct secrets *secrets)
{
	if (secrets)
		atomic_fetch_add_explicit(&secrets->n_refs, 1, memory_order_relaxed);
	return secrets;
}

void secrets_unref(struct secrets *secrets)
{
	if (!secrets || atomic_fetch_sub_explicit(&secrets->n_refs, 1, memory_order_acq_rel) != 1)
		return;
	trie_release(&secrets->trie);
	vec_release(&secrets->names);
	free(secrets);
}

const struct trie *secrets_trie(const struct secrets *secrets)
{
	return secrets && secrets->names.n ? &secrets->trie : NULL;
}

const char *secrets_name(const struct secrets *secrets, uint16_t value)
{
	return secrets->names.items[value].text;
}
