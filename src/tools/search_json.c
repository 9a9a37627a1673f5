/* SPDX-License-Identifier: MIT */
/* Answers in JSON. */
#include "tools/search_json.h"

#include "base/attr.h"
#include "base/buf.h"
#include "base/utf8.h"
#include "tools/search_text.h"

#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { PARTS_MAX = 8, TEXT_BYTES_MAX = 4 * SEARCH_TEXT_MAX, NAME_BYTES_MAX = 32 };

/* Of jansson's own (its JSON_PARSER_MAX_DEPTH, which is no part of its header). */
#define JSON_DEPTH "2048"

static void cleanup_json(json_t **json)
{
	json_decref(*json);
}

/* The code unit that "\\uXXXX" at the start is, if it is half of a surrogate pair; else 0. */
static unsigned surrogate_at(const char *at, size_t len)
{
	char digits[5] = "", *end;
	unsigned long unit;

	if (len < 6 || at[0] != '\\' || at[1] != 'u' || !isxdigit((unsigned char)at[2]))
		return 0;
	memcpy(digits, at + 2, 4);
	unit = strtoul(digits, &end, 16);
	return !*end && unit >= 0xd800 && unit <= 0xdfff ? (unsigned)unit : 0;
}

/* A byte that is no UTF-8, or half of a surrogate pair, is no reason to lose the rest: U+FFFD. */
static void mend_text(struct search_slice answer, struct buf *out)
{
	size_t from = 0;

	for (size_t i = 0; i < answer.len;) {
		const char *at = answer.at + i;
		size_t left = answer.len - i;
		size_t n = utf8_sequence((const unsigned char *)at, left);
		unsigned unit = surrogate_at(at, left);

		if (unit && unit < 0xdc00 && surrogate_at(at + 6, left - 6) >= 0xdc00) {
			i += 12;
		} else if (unit || n == 0) {
			buf_add(out, answer.at + from, i - from);
			buf_add_str(out, "\xef\xbf\xbd");
			i += unit ? 6 : 1;
			from = i;
		} else {
			i += *at == '\\' && left > 1 && at[1] == '\\' ? 2 : n;
		}
	}
	buf_add(out, answer.at + from, answer.len - from);
}

int search_json_load(const char *provider, struct search_slice answer, json_t **ret_root,
		     struct error *err)
{
	CLEANUP(buf) struct buf text = { .max = 3 * (size_t)TRANSFER_LIMIT_BYTES };
	json_error_t problem;
	json_t *root;

	if (answer.len > TRANSFER_LIMIT_BYTES)
		return search_answer_bad(err, provider, "the answer is too long", NULL);
	mend_text(answer, &text);
	if (buf_error(&text))
		return error_errno(err, ENOMEM, "cannot read the answer");
	/* A NUL in a text, and a number that no integer takes, are none either. */
	root = json_loadb(text.data ? text.data : "", text.len,
			  JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, &problem);
	if (!root && json_error_code(&problem) == json_error_stack_overflow)
		return search_answer_bad(err, provider, "the answer nests deeper than " JSON_DEPTH,
					 NULL);
	if (!root)
		return search_answer_bad(err, provider, "the answer is no JSON", NULL);
	if (!json_is_object(root)) {
		json_decref(root);
		return search_answer_bad(err, provider, "the answer is no JSON object", NULL);
	}
	*ret_root = root;
	return 0;
}

static struct search_slice slice_of(const json_t *value)
{
	if (!json_is_string(value))
		return (struct search_slice){ NULL, 0 };
	return (struct search_slice){ json_string_value(value), json_string_length(value) };
}

/* room must live as long as the slice is used. */
static struct search_slice text_of(const json_t *value, struct buf *room)
{
	if (!json_is_array(value))
		return slice_of(value);
	buf_clear(room);
	for (size_t i = 0; i < json_array_size(value) && i < PARTS_MAX; i++) {
		struct search_slice part = slice_of(json_array_get(value, i));

		if (part.len == 0 || room->len > TEXT_BYTES_MAX)
			continue;
		if (room->len)
			buf_add_str(room, " \xe2\x80\xa6 ");
		buf_add(room, part.at, part.len < TEXT_BYTES_MAX ? part.len : TEXT_BYTES_MAX);
	}
	return (struct search_slice){ room->data, room->len };
}

static struct search_slice first_text(const json_t *item, const char *const *names, size_t n,
				      struct buf *room)
{
	struct search_slice text = { NULL, 0 };

	for (size_t i = 0; i < n && names[i] && !text.len; i++)
		text = text_of(json_object_get(item, names[i]), room);
	return text;
}

void search_json_add(struct search_gather *gather, const json_t *item,
		     const struct search_members *members)
{
	CLEANUP(buf) struct buf snippet, published;
	struct search_raw raw = { 0 };

	buf_init(&snippet, 3 * TEXT_BYTES_MAX);
	buf_init(&published, 3 * TEXT_BYTES_MAX);
	raw.url = slice_of(json_object_get(item, members->url));
	raw.title = slice_of(json_object_get(item, members->title));
	raw.snippet = first_text(item, members->snippet, countof(members->snippet), &snippet);
	raw.published =
		first_text(item, members->published, countof(members->published), &published);
	if (buf_error(&snippet) || buf_error(&published))
		gather->arena->failed = true;
	search_gather_add(gather, &raw);
}

/* What an error says, if it is one of the shapes that errors have: {"error":"…"},
 * {"detail":{"error":"…"}}, {"error":[{"msg":"…"}]}, {"message":"…"} and the like. */
static const char *error_text(const json_t *root, struct arena *arena)
{
	static const char *const names[] = { "message", "detail", "error", "info", "msg" };
	const json_t *value = root;
	struct search_slice text;

	for (int depth = 0; depth < 4 && !json_is_string(value); depth++) {
		const json_t *inner = json_array_get(value, 0);

		for (size_t i = 0; i < countof(names) && !inner; i++)
			inner = json_object_get(value, names[i]);
		value = inner;
	}
	text = slice_of(value);
	return search_text_plain(text.at, text.len, arena);
}

const char *search_json_said(struct search_slice answer, struct arena *arena)
{
	CLEANUP(json) json_t *root = json_loadb(answer.at, answer.len, 0, NULL);

	return root ? error_text(root, arena) : NULL;
}

int search_json_bad(const char *provider, const json_t *root, struct arena *arena,
		    struct error *err)
{
	return search_answer_bad(err, provider, "the answer has no results",
				 error_text(root, arena));
}

static json_t *find(json_t *root, const char *path)
{
	while (root && *path) {
		size_t len = strcspn(path, ".");
		char name[NAME_BYTES_MAX] = "";

		if (len >= sizeof(name))
			return NULL;
		memcpy(name, path, len);
		root = json_object_get(root, name);
		path += len + (path[len] == '.');
	}
	return root;
}

/* "google: timeout, bing: too many requests", the first few; NULL = none failed. */
static const char *failures_text(const json_t *failures, struct arena *arena)
{
	enum { TOLD = 4 };
	CLEANUP(buf) struct buf text;

	buf_init(&text, 3 * TEXT_BYTES_MAX);
	for (size_t i = 0; i < json_array_size(failures) && i < TOLD; i++) {
		const json_t *pair = json_array_get(failures, i);
		struct search_slice name = slice_of(json_array_get(pair, 0));
		struct search_slice reason = slice_of(json_array_get(pair, 1));

		buf_add_str(&text, i ? ", " : "");
		buf_add(&text, name.at, utf8_fit(name.at, name.len, NAME_BYTES_MAX));
		buf_add_str(&text, reason.len ? ": " : "");
		buf_add(&text, reason.at, utf8_fit(reason.at, reason.len, NAME_BYTES_MAX));
	}
	return text.len ? search_text_plain(text.data, text.len, arena) : NULL;
}

static bool is_refusal(const json_t *value)
{
	if (json_is_array(value))
		return json_array_size(value) > 0;
	return json_is_object(value) || json_string_length(value) > 0;
}

int search_json_parse(const struct search_provider *self, struct search_slice answer,
		      struct arena *arena, struct search_hits *ret_hits, struct error *err)
{
	const struct search_shape *shape = self->shape;
	CLEANUP(json) json_t *root = NULL;
	struct search_gather gather;
	bool is_true;
	int r = search_json_load(self->name, answer, &root, err);

	if (r < 0)
		return r;
	if (shape->refusal && is_refusal(json_object_get(root, shape->refusal)))
		return search_json_bad(self->name, root, arena, err);
	is_true = shape->proof && json_is_object(find(root, shape->proof));
	search_gather_init(&gather, arena);
	for (size_t i = 0; i < countof(shape->lists) && shape->lists[i]; i++) {
		const json_t *list = find(root, shape->lists[i]);

		is_true |= json_is_array(list);
		for (size_t at = 0; at < json_array_size(list) && at < SEARCH_HITS_MAX; at++)
			search_json_add(&gather, json_array_get(list, at), &shape->members);
	}
	if (!is_true)
		return search_json_bad(self->name, root, arena, err);
	r = search_gather_end(&gather, ret_hits, err);
	if (r == 0 && ret_hits->n == 0 && shape->failures)
		ret_hits->why_none = failures_text(find(root, shape->failures), arena);
	return r;
}
