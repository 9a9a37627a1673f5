/* SPDX-License-Identifier: MIT */
/* UTF-8 by the byte ranges of RFC 3629, section 4. */
#include "base/utf8.h"

size_t utf8_decode(const unsigned char *at, size_t len, uint32_t *ret_rune)
{
	unsigned char low = 0x80, high = 0xbf;
	size_t n;
	uint32_t rune;

	if (!len)
		return 0;
	if (at[0] < 0x80) {
		*ret_rune = at[0];
		return 1;
	}
	if (at[0] < 0xc2 || at[0] > 0xf4)
		return 0;
	n = at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
	if (len < n)
		return 0;
	if (at[0] == 0xe0)
		low = 0xa0;
	else if (at[0] == 0xed)
		high = 0x9f;
	else if (at[0] == 0xf0)
		low = 0x90;
	else if (at[0] == 0xf4)
		high = 0x8f;
	if (at[1] < low || at[1] > high)
		return 0;
	rune = at[0] & (0xffu >> (n + 1));
	rune = rune << 6 | (at[1] & 0x3f);
	for (size_t i = 2; i < n; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
		rune = rune << 6 | (at[i] & 0x3f);
	}
	*ret_rune = rune;
	return n;
}

size_t utf8_sequence(const unsigned char *at, size_t len)
{
	uint32_t rune;

	return utf8_decode(at, len, &rune);
}

size_t utf8_encode(uint32_t rune, char out[4])
{
	if (rune > 0x10ffff || (rune >= 0xd800 && rune < 0xe000))
		rune = 0xfffd;
	if (rune < 0x80) {
		out[0] = (char)rune;
		return 1;
	}
	if (rune < 0x800) {
		out[0] = (char)(0xc0 | rune >> 6);
		out[1] = (char)(0x80 | (rune & 0x3f));
		return 2;
	}
	if (rune < 0x10000) {
		out[0] = (char)(0xe0 | rune >> 12);
		out[1] = (char)(0x80 | (rune >> 6 & 0x3f));
		out[2] = (char)(0x80 | (rune & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | rune >> 18);
	out[1] = (char)(0x80 | (rune >> 12 & 0x3f));
	out[2] = (char)(0x80 | (rune >> 6 & 0x3f));
	out[3] = (char)(0x80 | (rune & 0x3f));
	return 4;
}

size_t utf8_fit(const char *str, size_t len, size_t max)
{
	size_t n = max, back = 0;

	if (len <= max)
		return len;
	for (; n > 0 && back < 3 && ((unsigned char)str[n] & 0xc0) == 0x80; back++)
		n--;
	return n;
}

bool utf8_is_valid(const char *str, size_t len)
{
	const unsigned char *at = (const unsigned char *)str;

	for (size_t i = 0; i < len;) {
		size_t n = at[i] < 0x80 ? 1 : utf8_sequence(at + i, len - i);

		if (!n)
			return false;
		i += n;
	}
	return true;
}
