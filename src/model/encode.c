/* SPDX-License-Identifier: MIT */
/* Encodings that text is found in. */
#include "model/encode.h"

#include <string.h>

static const char hex_lower[] = "0123456789abcdef";
static const char hex_upper[] = "0123456789ABCDEF";

/* Six bits from bit `at` of data, all of which are there. */
static unsigned sextet(const unsigned char *data, size_t at)
{
	unsigned high = data[at / 8];
	unsigned low = at % 8 > 2 ? data[at / 8 + 1] : 0;

	return (high << 8 | low) >> (10 - at % 8) & 63;
}

/* skip: bits that belong to a sign shared with what stands before. */
static void encode_base64(const char *data, size_t len, unsigned skip, const char last[2],
			  struct buf *out)
{
	static const char signs[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

	for (size_t at = skip; at + 6 <= len * 8; at += 6) {
		unsigned six = sextet((const unsigned char *)data, at);

		buf_add_char(out, six < 62 ? signs[six] : last[six - 62]);
	}
}

static void encode_hex(const char *data, size_t len, const char *digits, struct buf *out)
{
	for (size_t i = 0; i < len; i++) {
		buf_add_char(out, digits[(unsigned char)data[i] >> 4]);
		buf_add_char(out, digits[(unsigned char)data[i] & 15]);
	}
}

static bool is_unreserved(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr("-._~", c));
}

static void encode_percent(const char *data, size_t len, const char *digits, char blank,
			   struct buf *out)
{
	for (size_t i = 0; i < len; i++) {
		if (is_unreserved(data[i])) {
			buf_add_char(out, data[i]);
		} else if (data[i] == ' ' && blank) {
			buf_add_char(out, blank);
		} else {
			buf_add_char(out, '%');
			encode_hex(data + i, 1, digits, out);
		}
	}
}

void encode(enum encode_form form, const char *data, size_t len, struct buf *out)
{
	/* One byte before: 8 bits are in two signs, 4 of the second are ours. Two: 16 in three. */
	static const unsigned skips[] = { 0, 4, 2 };

	switch (form) {
	case ENCODE_BASE64_0:
	case ENCODE_BASE64_1:
	case ENCODE_BASE64_2:
		encode_base64(data, len, skips[form - ENCODE_BASE64_0], "+/", out);
		return;
	case ENCODE_BASE64URL_0:
	case ENCODE_BASE64URL_1:
	case ENCODE_BASE64URL_2:
		encode_base64(data, len, skips[form - ENCODE_BASE64URL_0], "-_", out);
		return;
	case ENCODE_HEX_LOWER:
	case ENCODE_HEX_UPPER:
		encode_hex(data, len, form == ENCODE_HEX_LOWER ? hex_lower : hex_upper, out);
		return;
	case ENCODE_PERCENT_LOWER:
	case ENCODE_PERCENT_UPPER:
		encode_percent(data, len, form == ENCODE_PERCENT_LOWER ? hex_lower : hex_upper, 0,
			       out);
		return;
	case ENCODE_FORM:
		encode_percent(data, len, hex_upper, '+', out);
		return;
	case ENCODE_COUNT:
		return;
	}
}
