/* SPDX-License-Identifier: MIT */
#include "engine/result_json.h"

#include "base/utf8.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STRINGS_BYTES_MAX = 1 << 20, ANY = -1 };

enum field_type { FIELD_U64, FIELD_I64, FIELD_INT, FIELD_UNSIGNED, FIELD_BOOL, FIELD_STR };

struct field {
	const char *key;
	size_t offset;
	enum field_type type;
	int payload; /* enum payload_type, or ANY */
};

#define FIELD(key, member, type, payload)                                                          \
	{                                                                                          \
		key, offsetof(struct result, member), type, payload                                \
	}

static const struct field fields[] = {
	FIELD("status", status, FIELD_INT, ANY),
	FIELD("payload", payload, FIELD_INT, ANY), /* before those that depend on it */
	FIELD("class", error.class, FIELD_INT, ANY),
	FIELD("code", error.code, FIELD_INT, ANY),
	FIELD("origin", error.origin, FIELD_INT, ANY),
	FIELD("origin_code", error.origin_code, FIELD_INT, ANY),
	FIELD("retry_ms", error.retry_ms, FIELD_UNSIGNED, ANY),
	FIELD("nul", body_is_nul, FIELD_BOOL, ANY),
	FIELD("attempts", attempts, FIELD_UNSIGNED, ANY),
	FIELD("queued_ns", queued_ns, FIELD_U64, ANY),
	FIELD("run_ns", run_ns, FIELD_U64, ANY),
	FIELD("cpu_us", cpu_us, FIELD_U64, ANY),
	FIELD("rss_kb", max_rss_kb, FIELD_U64, ANY),
	FIELD("files", glob.n_files, FIELD_U64, PAYLOAD_GLOB),
	FIELD("matches", glob.total_matches, FIELD_U64, PAYLOAD_GLOB),
	FIELD("offset", glob.offset, FIELD_U64, PAYLOAD_GLOB),
	FIELD("truncated", glob.truncated, FIELD_BOOL, PAYLOAD_GLOB),
	FIELD("counted", glob.count_is_complete, FIELD_BOOL, PAYLOAD_GLOB),
	FIELD("mode", grep.mode, FIELD_INT, PAYLOAD_GREP),
	FIELD("files", grep.n_files, FIELD_U64, PAYLOAD_GREP),
	FIELD("lines", grep.n_lines, FIELD_U64, PAYLOAD_GREP),
	FIELD("matches", grep.n_matches, FIELD_U64, PAYLOAD_GREP),
	FIELD("total_files", grep.total_files, FIELD_U64, PAYLOAD_GREP),
	FIELD("total_lines", grep.total_lines, FIELD_U64, PAYLOAD_GREP),
	FIELD("limit", grep.applied_limit, FIELD_I64, PAYLOAD_GREP),
	FIELD("from", grep.applied_offset, FIELD_I64, PAYLOAD_GREP),
	FIELD("path", read.file_path, FIELD_STR, PAYLOAD_READ),
	FIELD("lines", read.n_lines, FIELD_U64, PAYLOAD_READ),
	FIELD("start", read.start_line, FIELD_U64, PAYLOAD_READ),
	FIELD("total_lines", read.total_lines, FIELD_U64, PAYLOAD_READ),
	FIELD("exit", bash.exit_code, FIELD_INT, PAYLOAD_BASH),
	FIELD("signal", bash.signo, FIELD_INT, PAYLOAD_BASH),
	FIELD("interrupted", bash.interrupted, FIELD_BOOL, PAYLOAD_BASH),
	FIELD("timed_out_ms", bash.timed_out_after_ms, FIELD_U64, PAYLOAD_BASH),
	FIELD("raw_output", bash.raw_output_path, FIELD_STR, PAYLOAD_BASH),
	FIELD("pages", web_search.n_pages, FIELD_U64, PAYLOAD_WEB_SEARCH),
	FIELD("requests", web_search.n_requests, FIELD_U64, PAYLOAD_WEB_SEARCH),
	FIELD("missing", web_search.missing, FIELD_STR, PAYLOAD_WEB_SEARCH),
	FIELD("url", web_fetch.url, FIELD_STR, PAYLOAD_WEB_FETCH),
	FIELD("title", web_fetch.title, FIELD_STR, PAYLOAD_WEB_FETCH),
	FIELD("http", web_fetch.status, FIELD_INT, PAYLOAD_WEB_FETCH),
	FIELD("came", web_fetch.n_bytes, FIELD_U64, PAYLOAD_WEB_FETCH),
	FIELD("published_s", web_fetch.published_s, FIELD_I64, PAYLOAD_WEB_FETCH),
	FIELD("beside_prompt", web_fetch.is_beside_prompt, FIELD_BOOL, PAYLOAD_WEB_FETCH),
	FIELD("calls", agent.n_calls, FIELD_U64, PAYLOAD_AGENT),
	FIELD("tokens_in", agent.tokens_in, FIELD_U64, PAYLOAD_AGENT),
	FIELD("tokens_out", agent.tokens_out, FIELD_U64, PAYLOAD_AGENT),
	FIELD("cost_usd_e6", agent.cost_usd_e6, FIELD_U64, PAYLOAD_AGENT),
	FIELD("has_cost", agent.has_cost, FIELD_BOOL, PAYLOAD_AGENT),
	FIELD("tree_tokens", agent.tree_tokens, FIELD_U64, PAYLOAD_AGENT),
	FIELD("tree_usd_e6", agent.tree_usd_e6, FIELD_U64, PAYLOAD_AGENT),
	FIELD("depth", agent.depth, FIELD_UNSIGNED, PAYLOAD_AGENT),
	FIELD("role", agent.role, FIELD_STR, PAYLOAD_AGENT),
	FIELD("root", receipt.root, FIELD_STR, ANY),
	FIELD("walked", receipt.files_walked, FIELD_U64, ANY),
	FIELD("searched", receipt.files_searched, FIELD_U64, ANY),
	FIELD("bytes", receipt.bytes_searched, FIELD_U64, ANY),
	FIELD("ignored", receipt.skipped.ignored, FIELD_U64, ANY),
	FIELD("hidden", receipt.skipped.hidden, FIELD_U64, ANY),
	FIELD("binary", receipt.skipped.binary, FIELD_U64, ANY),
	FIELD("too_big", receipt.skipped.too_big, FIELD_U64, ANY),
	FIELD("denied", receipt.skipped.denied, FIELD_U64, ANY),
	FIELD("other_fs", receipt.skipped.other_fs, FIELD_U64, ANY),
	FIELD("special", receipt.skipped.special, FIELD_U64, ANY),
	FIELD("links", receipt.skipped.links, FIELD_U64, ANY),
	FIELD("cached", receipt.cached, FIELD_U64, ANY),
	FIELD("redacted", receipt.redacted, FIELD_U64, ANY),
	FIELD("engine", receipt.engine, FIELD_STR, ANY),
	FIELD("why", receipt.why, FIELD_UNSIGNED, ANY),
	FIELD("cut_at", receipt.truncated_at, FIELD_STR, ANY),
	FIELD("cursor", receipt.cursor, FIELD_STR, ANY),
};

static bool is_of(const struct field *field, const struct result *result)
{
	return field->payload == ANY || field->payload == (int)result->payload;
}

/* Paths may be no UTF-8, which JSON cannot say: then a list of bytes. */
static void write_str(const char *key, const char *str, struct json_write *json)
{
	if (utf8_is_valid(str, strlen(str))) {
		json_key_str(json, key, str);
		return;
	}
	json_key(json, key);
	json_begin_array(json);
	for (const char *at = str; *at; at++)
		json_int(json, (unsigned char)*at);
	json_end_array(json);
}

static void write_field(const struct field *field, const void *at, struct json_write *json)
{
	int64_t integer = 0;

	switch (field->type) {
	case FIELD_STR:
		if (*(const char *const *)at)
			write_str(field->key, *(const char *const *)at, json);
		return;
	case FIELD_U64:
	case FIELD_I64: /* no count or time comes near the sign */
		integer = *(const int64_t *)at;
		break;
	case FIELD_INT:
		integer = *(const int *)at;
		break;
	case FIELD_UNSIGNED:
		integer = *(const unsigned *)at;
		break;
	case FIELD_BOOL:
		integer = *(const bool *)at;
		break;
	}
	if (integer == 0)
		return;
	json_key(json, field->key);
	json_int(json, integer);
}

void result_json_write(const struct result *result, struct json_write *json)
{
	json_begin_object(json);
	for (size_t i = 0; i < countof(fields); i++) {
		if (is_of(&fields[i], result))
			write_field(&fields[i], (const char *)result + fields[i].offset, json);
	}
	if (*result->error.text)
		write_str("text", result->error.text, json);
	json_end_object(json);
}

static char *read_str(const struct value *value, struct arena *arena, int *ret_error)
{
	char *str = NULL;

	*ret_error = -EINVAL;
	if (value->type == VALUE_STR) {
		str = arena_memdup0(arena, value->str, value->len);
	} else if (value->type == VALUE_LIST) {
		str = arena_alloc(arena, value->n_items + 1);
		for (size_t i = 0; str && i < value->n_items; i++) {
			if (value->items[i].type != VALUE_INT || value->items[i].integer < 1 ||
			    value->items[i].integer > 255)
				return NULL;
			str[i] = (char)value->items[i].integer;
		}
		if (str)
			str[value->n_items] = '\0';
	}
	*ret_error = str ? 0 : arena_failed(arena) ? -ENOMEM : -EINVAL;
	return str;
}

static int read_field(const struct field *field, const struct value *value, struct arena *arena,
		      void *at)
{
	int r;

	if (field->type == FIELD_STR) {
		*(char **)at = read_str(value, arena, &r);
		return r;
	}
	if (value->type != VALUE_INT)
		return -EINVAL;
	switch (field->type) {
	case FIELD_INT:
		if (value->integer < INT32_MIN || value->integer > INT32_MAX)
			return -EINVAL;
		*(int *)at = (int)value->integer;
		return 0;
	case FIELD_UNSIGNED:
		if (value->integer < 0 || value->integer > UINT32_MAX)
			return -EINVAL;
		*(unsigned *)at = (unsigned)value->integer;
		return 0;
	case FIELD_BOOL:
		*(bool *)at = value->integer != 0;
		return 0;
	default:
		*(int64_t *)at = value->integer;
		return 0;
	}
}

static int read_fields(const struct value *map, struct result *result)
{
	for (size_t i = 0; i < countof(fields); i++) {
		const struct value *value =
			is_of(&fields[i], result) ? value_find(map, fields[i].key) : NULL;
		int r = value ? read_field(&fields[i], value, result->arena,
					   (char *)result + fields[i].offset)
			      : 0;

		if (r < 0)
			return r;
	}
	return 0;
}

/* Enumerations come from outside: nothing else may be in them. */
static bool is_valid(const struct result *result)
{
	return (unsigned)result->status < CALL_STATUS_COUNT &&
	       (unsigned)result->payload <= PAYLOAD_AGENT &&
	       (unsigned)result->error.class < ERROR_CLASS_COUNT &&
	       (unsigned)result->error.origin < ERROR_ORIGIN_COUNT &&
	       (result->payload != PAYLOAD_GREP || (unsigned)result->grep.mode < GREP_MODE_COUNT);
}

int result_json_read(const struct value *map, struct result *ret_result)
{
	struct result result = { 0 };
	const struct value *text;
	int r;

	if (map->type != VALUE_MAP)
		return -EINVAL;
	result.arena = malloc(sizeof(*result.arena));
	if (!result.arena)
		return -ENOMEM;
	arena_init(result.arena, STRINGS_BYTES_MAX);
	r = read_fields(map, &result);
	if (r == 0 && !is_valid(&result))
		r = -EINVAL;
	text = value_find(map, "text");
	if (r == 0 && text) {
		const char *str = read_str(text, result.arena, &r);

		(void)snprintf(result.error.text, sizeof(result.error.text), "%s", str ? str : "");
	}
	if (r < 0)
		result_release(&result);
	else
		*ret_result = result;
	return r;
}
