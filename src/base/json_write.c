/* SPDX-License-Identifier: MIT */
/* JSON out. Runs of plain bytes are copied whole, so a long text costs little more than memcpy. */
#include "base/json_write.h"

#include "base/utf8.h"

#include <math.h>
#include <string.h>

static void before_item(struct json_write *json)
{
	if (json->comma)
		buf_add_char(json->buf, ',');
	json->comma = true;
}

static void open_with(struct json_write *json, char c)
{
	before_item(json);
	buf_add_char(json->buf, c);
	json->comma = false;
}

static void close_with(struct json_write *json, char c)
{
	buf_add_char(json->buf, c);
	json->comma = true;
}

void json_begin_object(struct json_write *json)
{
	open_with(json, '{');
}

void json_end_object(struct json_write *json)
{
	close_with(json, '}');
}

void json_begin_array(struct json_write *json)
{
	open_with(json, '[');
}

void json_end_array(struct json_write *json)
{
	close_with(json, ']');
}

void json_key(struct json_write *json, const char *key)
{
	json_str(json, key);
	buf_add_char(json->buf, ':');
	json->comma = false;
}

/* Length of the leading run that needs neither escaping nor checking. */
static size_t plain_run(const unsigned char *at, size_t len)
{
	size_t i = 0;

	while (i + 8 <= len) {
		const uint64_t ones = 0x0101010101010101u;
		const uint64_t highs = 0x8080808080808080u;
		uint64_t word, quote, slash;

		memcpy(&word, at + i, 8);
		quote = word ^ (ones * '"');
		slash = word ^ (ones * '\\');
		if ((word | (word - ones * 0x20) | (quote - ones) | (slash - ones)) & highs)
			break;
		i += 8;
	}
	while (i < len && at[i] >= 0x20 && at[i] < 0x80 && at[i] != '"' && at[i] != '\\')
		i++;
	return i;
}

static void escape_char(struct buf *buf, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";
	char six[] = { '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] };

	switch (c) {
	case '"':
		buf_add(buf, "\\\"", 2);
		return;
	case '\\':
		buf_add(buf, "\\\\", 2);
		return;
	case '\n':
		buf_add(buf, "\\n", 2);
		return;
	case '\t':
		buf_add(buf, "\\t", 2);
		return;
	case '\r':
		buf_add(buf, "\\r", 2);
		return;
	default:
		buf_add(buf, six, sizeof(six));
	}
}

void json_escape(struct buf *buf, const char *str, size_t len)
{
	const unsigned char *at = (const unsigned char *)str;
	size_t i = 0;

	while (i < len) {
		size_t run = plain_run(at + i, len - i);

		if (run)
			buf_add(buf, at + i, run);
		i += run;
		if (i >= len)
			break;
		if (at[i] < 0x80) {
			escape_char(buf, at[i++]);
			continue;
		}
		run = utf8_sequence(at + i, len - i);
		if (run)
			buf_add(buf, at + i, run);
		else
			buf_add(buf, "\xef\xbf\xbd", 3); /* U+FFFD */
		i += run ? run : 1;
	}
}

void json_strn(struct json_write *json, const char *str, size_t len)
{
	before_item(json);
	buf_add_char(json->buf, '"');
	json_escape(json->buf, str, len);
	buf_add_char(json->buf, '"');
}

void json_str(struct json_write *json, const char *str)
{
	if (str)
		json_strn(json, str, strlen(str));
	else
		json_null(json);
}

void json_raw(struct json_write *json, const char *text, size_t len)
{
	before_item(json);
	buf_add(json->buf, text, len);
}

void json_bool(struct json_write *json, bool value)
{
	before_item(json);
	buf_add_str(json->buf, value ? "true" : "false");
}

void json_null(struct json_write *json)
{
	before_item(json);
	buf_add(json->buf, "null", 4);
}

void json_int(struct json_write *json, int64_t value)
{
	before_item(json);
	if (value < 0)
		buf_add_char(json->buf, '-');
	buf_add_uint(json->buf, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

void json_uint(struct json_write *json, uint64_t value)
{
	before_item(json);
	buf_add_uint(json->buf, value);
}

void json_fixed(struct json_write *json, double value, int decimals)
{
	if (!isfinite(value)) {
		json_null(json);
		return;
	}
	before_item(json);
	buf_printf(json->buf, "%.*f", decimals, value);
}

void json_key_str(struct json_write *json, const char *key, const char *str)
{
	json_key(json, key);
	json_str(json, str);
}

void json_key_uint(struct json_write *json, const char *key, uint64_t value)
{
	json_key(json, key);
	json_uint(json, value);
}

void json_key_bool(struct json_write *json, const char *key, bool value)
{
	json_key(json, key);
	json_bool(json, value);
}
