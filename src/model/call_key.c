/* SPDX-License-Identifier: MIT */
#include "model/call_key.h"

#include "model/tool.h"

#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

static void add_bytes(XXH3_state_t *state, const void *data, size_t len)
{
	uint64_t n = len;

	(void)XXH3_128bits_update(state, &n, sizeof(n)); /* only fails without an input */
	if (len)
		(void)XXH3_128bits_update(state, data, len);
}

static void add_number(XXH3_state_t *state, int64_t n)
{
	(void)XXH3_128bits_update(state, &n, sizeof(n));
}

/* Depth: of checked inputs, lists and maps of strings. */
static void add_value(XXH3_state_t *state, const struct value *value)
{
	add_number(state, value->type);
	switch (value->type) {
	case VALUE_STR:
		add_bytes(state, value->str, value->len);
		break;
	case VALUE_LIST:
		add_number(state, (int64_t)value->n_items);
		for (size_t i = 0; i < value->n_items; i++)
			add_value(state, &value->items[i]);
		break;
	case VALUE_MAP:
		add_number(state, (int64_t)value->n_pairs);
		for (size_t i = 0; i < value->n_pairs; i++) {
			add_bytes(state, value->pairs[i].key, strlen(value->pairs[i].key));
			add_value(state, &value->pairs[i].value);
		}
		break;
	case VALUE_INT:
		add_number(state, value->integer);
		break;
	case VALUE_BOOL:
		add_number(state, value->boolean);
		break;
	case VALUE_REAL:
		add_bytes(state, &value->real, sizeof(value->real));
		break;
	case VALUE_NULL:
		break;
	}
}

static void add_arg(XXH3_state_t *state, enum arg_type type, const struct arg *arg)
{
	switch (type) {
	case ARG_STR:
	case ARG_PATH:
		add_number(state, arg->is_set);
		if (arg->is_set)
			add_bytes(state, arg->str, arg->len);
		break;
	case ARG_STR_LIST:
	case ARG_STR_MAP:
	case ARG_MAP:
		add_number(state, arg->is_set);
		if (arg->is_set)
			add_value(state, arg->value);
		break;
	case ARG_BOOL:
		add_number(state, arg->boolean);
		break;
	case ARG_INT:
	case ARG_ENUM:
		add_number(state, arg->integer);
		break;
	case ARG_END:
		break;
	}
}

void call_key(const struct call *call, uint64_t ret_key[2])
{
	XXH3_state_t state;
	XXH128_hash_t hash;

	(void)XXH3_128bits_reset(&state);
	add_bytes(&state, call->tool->name, strlen(call->tool->name));
	for (size_t i = 0; i < call->args.n; i++)
		add_arg(&state, call->args.specs[i].type, &call->args.values[i]);
	hash = XXH3_128bits_digest(&state);
	ret_key[0] = hash.low64;
	ret_key[1] = hash.high64;
}
