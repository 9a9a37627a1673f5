/* SPDX-License-Identifier: MIT */
/*
 * Equal calls: the same tool with the same bound args, whatever spelling, order or defaults the
 * inputs were written with.
 */
#include "engine/core.h"

#include "base/str.h"

#include <stdlib.h>

static bool values_equal(const struct value *a, const struct value *b)
{
	if (a->type != b->type)
		return false;
	switch (a->type) {
	case VALUE_NULL:
		return true;
	case VALUE_BOOL:
		return a->boolean == b->boolean;
	case VALUE_INT:
		return a->integer == b->integer;
	case VALUE_REAL:
		return a->real == b->real;
	case VALUE_STR:
		return a->len == b->len && memcmp(a->str, b->str, a->len) == 0;
	case VALUE_LIST:
		if (a->n_items != b->n_items)
			return false;
		for (size_t i = 0; i < a->n_items; i++) {
			if (!values_equal(&a->items[i], &b->items[i]))
				return false;
		}
		return true;
	case VALUE_MAP:
		break; /* in the order written; a map in another order is only not recognised */
	}
	if (a->n_pairs != b->n_pairs)
		return false;
	for (size_t i = 0; i < a->n_pairs; i++) {
		if (!str_equal(a->pairs[i].key, b->pairs[i].key) ||
		    !values_equal(&a->pairs[i].value, &b->pairs[i].value))
			return false;
	}
	return true;
}

static bool arg_equals(enum arg_type type, const struct arg *a, const struct arg *b)
{
	if (a->is_set != b->is_set)
		return false;
	switch (type) {
	case ARG_STR:
	case ARG_PATH:
		return !a->is_set || (a->len == b->len && memcmp(a->str, b->str, a->len) == 0);
	case ARG_STR_LIST:
	case ARG_STR_MAP:
	case ARG_MAP:
		return !a->is_set || values_equal(a->value, b->value);
	case ARG_BOOL:
		return a->boolean == b->boolean;
	case ARG_INT:
	case ARG_ENUM:
		return a->integer == b->integer;
	case ARG_END:
		break;
	}
	return true;
}

bool call_equals(const struct call *a, const struct call *b)
{
	if (a->tool != b->tool || a->args.n != b->args.n)
		return false;
	for (size_t i = 0; i < a->args.n; i++) {
		if (!arg_equals(a->args.specs[i].type, &a->args.values[i], &b->args.values[i]))
			return false;
	}
	return true;
}

/* Strings of a result come to at most a few paths. */
enum { STRINGS_BYTES_MAX = 1 << 20 };

bool result_copy(const struct result *from, struct result *ret_copy)
{
	struct result copy = *from;

	copy.arena = NULL;
	if (from->arena) {
		copy.arena = malloc(sizeof(*copy.arena));
		if (!copy.arena)
			return false;
		arena_init(copy.arena, STRINGS_BYTES_MAX);
		copy.receipt.root = arena_strdup(copy.arena, from->receipt.root);
		copy.receipt.engine = arena_strdup(copy.arena, from->receipt.engine);
		copy.receipt.truncated_at = arena_strdup(copy.arena, from->receipt.truncated_at);
		copy.receipt.cursor = arena_strdup(copy.arena, from->receipt.cursor);
		if (from->payload == PAYLOAD_READ)
			copy.read.file_path = arena_strdup(copy.arena, from->read.file_path);
		if (from->payload == PAYLOAD_WEB_FETCH) {
			copy.web_fetch.url = arena_strdup(copy.arena, from->web_fetch.url);
			copy.web_fetch.title = arena_strdup(copy.arena, from->web_fetch.title);
		}
		if (from->payload == PAYLOAD_WEB_SEARCH)
			copy.web_search.missing =
				arena_strdup(copy.arena, from->web_search.missing);
		if (from->payload == PAYLOAD_AGENT)
			copy.agent.role = arena_strdup(copy.arena, from->agent.role);
		if (from->payload == PAYLOAD_BASH)
			copy.bash.raw_output_path =
				arena_strdup(copy.arena, from->bash.raw_output_path);
		if (arena_failed(copy.arena)) {
			arena_release(copy.arena);
			free(copy.arena);
			return false;
		}
	}
	(void)blob_ref(copy.body);
	if (copy.payload == PAYLOAD_BASH)
		(void)blob_ref(copy.bash.err);
	*ret_copy = copy;
	return true;
}
