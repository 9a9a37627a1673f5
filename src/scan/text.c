/* SPDX-License-Identifier: MIT */
/*
 * Files as text. One read() gets nearly every file: the buffer is larger than the file, and a
 * short count is its end.
 */
#include "scan/text.h"

#include "base/utf8.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum { RAW_FIRST = 1 << 20 };

void text_release(struct text *text)
{
	free(text->raw);
	free(text->decoded);
	*text = (struct text){ 0 };
}

static int grow(unsigned char **buffer, size_t *cap, size_t want)
{
	unsigned char *grown;

	if (want <= *cap)
		return 0;
	grown = realloc(*buffer, want + TEXT_PADDING);
	if (!grown)
		return -ENOMEM;
	*buffer = grown;
	*cap = want;
	return 0;
}

static void find_nul(struct text *text, const unsigned char *data, size_t from, size_t to)
{
	const unsigned char *nul =
		text->has_nul || from >= to ? NULL : memchr(data + from, 0, to - from);

	if (nul) {
		text->has_nul = true;
		text->nul_at = (size_t)(nul - data);
	}
}

/* By pieces that fit into a processor's cache. */
static int read_all(struct text *text, int fd, size_t *ret_len)
{
	size_t len = 0;
	int r = grow(&text->raw, &text->raw_cap, RAW_FIRST);

	text->has_nul = false;
	while (!r) {
		size_t room = text->raw_cap - len < RAW_FIRST ? text->raw_cap - len : RAW_FIRST;
		ssize_t n = read(fd, text->raw + len, room);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		find_nul(text, text->raw, len, len + (size_t)n);
		len += (size_t)n;
		if ((size_t)n < room) {
			*ret_len = len;
			return 0;
		}
		if (len >= TEXT_BYTES_MAX)
			return -EFBIG;
		if (len == text->raw_cap)
			r = grow(&text->raw, &text->raw_cap, text->raw_cap * 4);
	}
	return r;
}

/* One code point of UTF-16; a lone surrogate or a cut one is U+FFFD. */
static uint32_t utf16_next(const unsigned char *raw, size_t len, size_t *at, bool is_big)
{
	unsigned high, low;

	if (len - *at < 2) {
		*at = len;
		return 0xfffd;
	}
	high = is_big ? raw[*at] << 8 | raw[*at + 1] : raw[*at + 1] << 8 | raw[*at];
	*at += 2;
	if (high < 0xd800 || high >= 0xe000)
		return high;
	if (high >= 0xdc00 || len - *at < 2)
		return 0xfffd;
	low = is_big ? raw[*at] << 8 | raw[*at + 1] : raw[*at + 1] << 8 | raw[*at];
	if (low < 0xdc00 || low >= 0xe000)
		return 0xfffd;
	*at += 2;
	return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

static int decode_utf16(struct text *text, size_t len, bool is_big)
{
	size_t n = 0;
	int r = grow(&text->decoded, &text->decoded_cap, len / 2 * 3 + 4);

	if (r)
		return r;
	for (size_t at = 2; at < len;) {
		char bytes[4];
		size_t size = utf8_encode(utf16_next(text->raw, len, &at, is_big), bytes);

		memcpy(text->decoded + n, bytes, size);
		n += size;
	}
	text->data = text->decoded;
	text->len = n;
	return 0;
}

int text_read(struct text *text, int fd)
{
	size_t len = 0;
	int r = read_all(text, fd, &len);
	unsigned char *end;

	if (r)
		return r;
	text->n_bytes = len;
	text->data = text->raw;
	text->len = len;
	if (len >= 2 && text->raw[0] + text->raw[1] == 0xfe + 0xff &&
	    (text->raw[0] == 0xfe || text->raw[0] == 0xff)) {
		r = decode_utf16(text, len, text->raw[0] == 0xfe);
		if (r)
			return r;
		text->has_nul = false;
		find_nul(text, text->data, 0, text->len);
	} else if (len >= 3 && memcmp(text->raw, "\xef\xbb\xbf", 3) == 0) {
		text->data += 3;
		text->len -= 3;
		text->nul_at -= 3; /* the mark has none */
	}
	end = text->data == text->decoded ? text->decoded + text->len : text->raw + len;
	memset(end, 0, TEXT_PADDING);
	return 0;
}
