/* SPDX-License-Identifier: MIT */
/* Calls as text: their checked inputs as JSON, and in brief. */
#include "plan/call_text.h"

#include "base/str.h"
#include "base/utf8.h"
#include "model/redact.h"
#include "model/tool.h"

enum { TEXT_BYTES_MAX = 64 << 20 };

/* Without memory the text is left out: json's own buffer is short of it then, too. */
static void write_str(const char *str, size_t len, const struct secrets *secrets,
		      struct json_write *json)
{
	CLEANUP(buf) struct buf out = { .max = TEXT_BYTES_MAX };

	if (!secrets) {
		json_strn(json, str, len);
		return;
	}
	(void)redact_text(secrets, str, len, &out); /* out says so */
	json_strn(json, out.len ? out.data : "", out.len);
}

static void write_list(const struct value *value, const struct secrets *secrets,
		       struct json_write *json)
{
	json_begin_array(json);
	if (value->type == VALUE_STR)
		write_str(value->str, value->len, secrets, json);
	for (size_t i = 0; value->type == VALUE_LIST && i < value->n_items; i++)
		write_str(value->items[i].str, value->items[i].len, secrets, json);
	json_end_array(json);
}

enum { REAL_DECIMALS = 6 };

/* A secret that is too short to be known in other places is none here. */
static void write_map(const struct value *value, const struct secrets *secrets,
		      struct json_write *json)
{
	json_begin_object(json);
	for (size_t i = 0; i < value->n_pairs; i++) {
		const struct value *item = &value->pairs[i].value;

		json_key(json, value->pairs[i].key);
		if (item->type == VALUE_INT)
			json_int(json, item->integer);
		else if (item->type == VALUE_REAL)
			json_fixed(json, item->real, REAL_DECIMALS);
		else if (secrets &&
			 secret_is_name(value->pairs[i].key, strlen(value->pairs[i].key)))
			json_str(json, "[redacted]");
		else
			write_str(item->str, item->len, secrets, json);
	}
	json_end_object(json);
}

static void write_arg(const struct arg_spec *spec, const struct arg *arg,
		      const struct secrets *secrets, struct json_write *json)
{
	switch (spec->type) {
	case ARG_STR:
	case ARG_PATH:
		write_str(arg->str, arg->len, secrets, json);
		return;
	case ARG_INT:
		json_int(json, arg->integer);
		return;
	case ARG_BOOL:
		json_bool(json, arg->boolean);
		return;
	case ARG_ENUM:
		json_str(json, spec->choices[arg->integer]);
		return;
	case ARG_STR_LIST:
		write_list(arg->value, secrets, json);
		return;
	case ARG_STR_MAP:
	case ARG_MAP:
		write_map(arg->value, secrets, json);
		return;
	case ARG_END:
		return;
	}
}

void call_write_input(const struct call *call, const struct secrets *secrets,
		      struct json_write *json)
{
	json_begin_object(json);
	for (size_t i = 0; i < call->args.n; i++) {
		if (!call->args.values[i].is_set)
			continue;
		json_key(json, call->args.specs[i].name);
		write_arg(&call->args.specs[i], &call->args.values[i], secrets, json);
	}
	json_end_object(json);
}

/* At most max bytes of the text, whole code points, control characters as blanks. */
static void add_cut(struct buf *buf, const char *text, size_t len, size_t max)
{
	for (size_t i = 0; i < len;) {
		size_t n = utf8_sequence((const unsigned char *)text + i, len - i);

		if (i + (n ? n : 1) > max) {
			buf_add_str(buf, "...");
			return;
		}
		if (n == 0)
			buf_add_char(buf, '?');
		else if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			buf_add_char(buf, ' ');
		else
			buf_add(buf, text + i, n);
		i += n ? n : 1;
	}
}

/* Cut after it is redacted: half a secret would not be known. */
void call_write_brief(const struct call *call, const struct secrets *secrets, size_t max,
		      struct buf *buf)
{
	CLEANUP(buf) struct buf all = { .max = TEXT_BYTES_MAX };
	struct json_write json = json_write_to(&all);

	for (size_t i = 0; call->tool->brief_key && i < call->args.n; i++) {
		const struct arg *arg = &call->args.values[i];
		enum arg_type type = call->args.specs[i].type;

		if (!str_equal(call->args.specs[i].name, call->tool->brief_key) || !arg->is_set ||
		    (type != ARG_STR && type != ARG_PATH))
			continue;
		(void)redact_text(secrets, arg->str, arg->len, &all); /* all says so */
		add_cut(buf, all.len ? all.data : "", all.len, max);
		return;
	}
	call_write_input(call, secrets, &json);
	if (all.data)
		add_cut(buf, all.data, all.len, max);
}
