/* SPDX-License-Identifier: MIT */
/* Calls as text: their checked inputs as JSON, and in brief. */
#include "plan/call_text.h"

#include "base/str.h"
#include "base/utf8.h"
#include "model/tool.h"

static void write_list(const struct value *value, struct json_write *json)
{
	json_begin_array(json);
	if (value->type == VALUE_STR)
		json_strn(json, value->str, value->len);
	for (size_t i = 0; value->type == VALUE_LIST && i < value->n_items; i++)
		json_strn(json, value->items[i].str, value->items[i].len);
	json_end_array(json);
}

static void write_map(const struct value *value, struct json_write *json)
{
	json_begin_object(json);
	for (size_t i = 0; i < value->n_pairs; i++) {
		json_key(json, value->pairs[i].key);
		json_strn(json, value->pairs[i].value.str, value->pairs[i].value.len);
	}
	json_end_object(json);
}

static void write_arg(const struct arg_spec *spec, const struct arg *arg, struct json_write *json)
{
	switch (spec->type) {
	case ARG_STR:
	case ARG_PATH:
		json_strn(json, arg->str, arg->len);
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
		write_list(arg->value, json);
		return;
	case ARG_STR_MAP:
		write_map(arg->value, json);
		return;
	case ARG_END:
		return;
	}
}

void call_write_input(const struct call *call, struct json_write *json)
{
	json_begin_object(json);
	for (size_t i = 0; i < call->args.n; i++) {
		if (!call->args.values[i].is_set)
			continue;
		json_key(json, call->args.specs[i].name);
		write_arg(&call->args.specs[i], &call->args.values[i], json);
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

void call_write_brief(const struct call *call, size_t max, struct buf *buf)
{
	CLEANUP(buf) struct buf all = { .max = 1 << 20 };
	struct json_write json = json_write_to(&all);

	for (size_t i = 0; call->tool->brief_key && i < call->args.n; i++) {
		const struct arg *arg = &call->args.values[i];
		enum arg_type type = call->args.specs[i].type;

		if (!str_equal(call->args.specs[i].name, call->tool->brief_key) || !arg->is_set ||
		    (type != ARG_STR && type != ARG_PATH))
			continue;
		add_cut(buf, arg->str, arg->len, max);
		return;
	}
	call_write_input(call, &json);
	if (all.data)
		add_cut(buf, all.data, all.len, max);
}
