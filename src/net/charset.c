/* SPDX-License-Identifier: MIT */
/* Foreign text as UTF-8. UTF-8 and windows-1252, which nearly all pages are in, are read here;
 * the others by iconv(3), whose modules a small system may lack: then the text is taken for
 * windows-1252. Whether a label is believed is decided by looking at all of the text once. */
#include "net/charset.h"

#include "base/utf8.h"

#include <errno.h>
#include <iconv.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

enum { META_WITHIN = 1024, LABEL_MAX = 40, CHUNK = 4096 };

enum kind { UTF8, LATIN, SINGLE, MULTI, WIDE };

struct charset {
	const char *name;
	const char *iconv;
	enum kind kind;
	const char *labels;
};

static const struct charset charsets[] = {
#define CHARSET(name, iconv, kind, labels) { name, iconv, kind, labels },
#include "net/charset_labels.def"
#undef CHARSET
};

enum { CHARSET_UTF8, CHARSET_LATIN }; /* the first two rows */

struct text {
	const unsigned char *data;
	size_t len;
};

/* What the bytes look like when read as UTF-8. */
struct look {
	size_t n_valid;   /* sequences of two bytes and more */
	size_t n_long;    /* of them, three bytes and more */
	size_t n_bad;     /* places that are not UTF-8; a sequence cut by the end is none */
	size_t n_zero[2]; /* zero bytes at even and odd offsets, among the first META_WITHIN */
	size_t n_cut;     /* bytes of the last sequence, which lacks its end */
};

static bool is_blank(unsigned char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r' && c != '\v');
}

static const struct charset *charset_find(const char *label, size_t len)
{
	char word[LABEL_MAX + 3] = " ";

	while (len && is_blank((unsigned char)label[0]))
		label++, len--;
	while (len && is_blank((unsigned char)label[len - 1]))
		len--;
	if (!len || len > LABEL_MAX)
		return NULL;
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)label[i];

		if (c <= ' ' || c > '~')
			return NULL;
		word[i + 1] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
	}
	word[len + 1] = ' ';
	for (size_t i = 0; i < countof(charsets); i++) {
		if (strstr(charsets[i].labels, word))
			return &charsets[i];
	}
	return NULL;
}

/* How much of the bytes at the start, which are no valid sequence, one U+FFFD stands for: as long
 * as they could have begun a sequence (the Unicode Standard, 3.9, maximal subparts). */
static size_t bad_len(const unsigned char *at, size_t len, bool *ret_is_cut)
{
	static const char tails[3] = { '\x80', '\x80', '\x80' };
	size_t need = at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : 2, n = 1;

	*ret_is_cut = false;
	if (at[0] < 0xc2 || at[0] > 0xf4)
		return 1;
	for (; n < need && n < len; n++) {
		unsigned char whole[4];

		memcpy(whole, at, n + 1);
		if (n == 1 && need > 2 && at[1] >= 0x80 && at[1] < 0xc0)
			memcpy(whole + 2, tails, 2);
		if ((at[n] & 0xc0) != 0x80 || (n == 1 && !utf8_sequence(whole, need)))
			return n;
	}
	*ret_is_cut = n == len && n < need;
	return n;
}

static struct look look_at(struct text in)
{
	struct look look = { 0 };

	for (size_t i = 0; i < in.len && i < META_WITHIN; i++)
		look.n_zero[i & 1] += in.data[i] == 0;
	for (size_t i = 0; i < in.len;) {
		size_t n = in.data[i] < 0x80 ? 1 : utf8_sequence(in.data + i, in.len - i);

		if (n > 1) {
			look.n_valid++;
			look.n_long += n > 2;
		} else if (!n) {
			bool is_cut;

			n = bad_len(in.data + i, in.len - i, &is_cut);
			look.n_bad += !is_cut;
			look.n_cut = is_cut ? n : 0;
		}
		i += n;
	}
	return look;
}

/* Whether the text, as far as one may tell without reading it, is not in the encoding said. */
static bool is_belied(const struct charset *charset, const struct look *look)
{
	size_t n_zero = look->n_zero[0] + look->n_zero[1];

	switch (charset->kind) {
	case UTF8:
		return look->n_bad > look->n_valid;
	case LATIN:
	case SINGLE:
		return !look->n_bad && look->n_valid > 0;
	case MULTI: /* a few characters of two bytes may be valid in both */
		return !look->n_bad && (look->n_long > 0 || look->n_valid > 8);
	case WIDE:
		return !look->n_bad && !n_zero;
	}
	return true;
}

/* The value after "charset" and "=" in a text, quoted or not; *ret_len 0 = there is none. */
static const char *value_after(const char *at, const char *end, const char *key, size_t *ret_len)
{
	size_t key_len = strlen(key);

	*ret_len = 0;
	for (; (size_t)(end - at) > key_len; at++) {
		const char *from = at + key_len;
		char quote = 0;
		size_t n = 0;

		if (strncasecmp(at, key, key_len) != 0)
			continue;
		while (from < end && is_blank((unsigned char)*from))
			from++;
		if (from == end || *from++ != '=')
			continue;
		while (from < end && is_blank((unsigned char)*from))
			from++;
		if (from < end && (*from == '"' || *from == '\''))
			quote = *from++;
		while (from + n < end && from[n] != '"' && from[n] != '\'' && from[n] != '>' &&
		       (quote || (from[n] != ';' && !is_blank((unsigned char)from[n]))))
			n++;
		*ret_len = n;
		return from;
	}
	return at;
}

/* What the page says of itself: an XML declaration or a <meta>. */
static const struct charset *charset_of_page(struct text in)
{
	const char *at = (const char *)in.data;
	const char *end = at + (in.len < META_WITHIN ? in.len : META_WITHIN);
	const struct charset *charset = NULL;
	const char *value;
	size_t len;

	if (end - at > 5 && memcmp(at, "<?xml", 5) == 0) {
		const char *close = memchr(at, '>', (size_t)(end - at));

		value = value_after(at, close ? close : end, "encoding", &len);
		charset = len ? charset_find(value, len) : NULL;
	}
	while (!charset && at < end && (at = memchr(at, '<', (size_t)(end - at)))) {
		size_t left = (size_t)(end - at);
		const char *close;

		if (left > 4 && memcmp(at, "<!--", 4) == 0) {
			close = memmem(at + 2, left - 2, "-->", 3);
			at = close ? close + 3 : end;
			continue;
		}
		close = memchr(at, '>', left);
		if (left > 6 && strncasecmp(at, "<meta", 5) == 0 &&
		    (is_blank((unsigned char)at[5]) || at[5] == '/')) {
			value = value_after(at + 5, close ? close : end, "charset", &len);
			charset = len ? charset_find(value, len) : NULL;
		}
		at = close ? close + 1 : end;
	}
	/* A page that can be read this far is not in UTF-16, whatever it says. */
	return charset && charset->kind == WIDE ? &charsets[CHARSET_UTF8] : charset;
}

/* Appends as much as there is room for; false: no more. */
static bool add(struct buf *out, const char *utf8, size_t len)
{
	buf_add(out, utf8, len);
	if (buf_error(out) != -EFBIG)
		return !buf_error(out);
	out->error = 0; /* what is longer is cut, between two characters */
	buf_add(out, utf8, utf8_fit(utf8, len, out->max - out->len));
	return false;
}

static const char replacement[] = "\xef\xbf\xbd";

static void add_utf8(struct text in, struct buf *out)
{
	size_t from = 0, i = 0;
	bool is_cut;

	while (i < in.len) {
		size_t n = in.data[i] < 0x80 ? 1 : utf8_sequence(in.data + i, in.len - i);

		if (n) {
			i += n;
			continue;
		}
		if (!add(out, (const char *)in.data + from, i - from) || !add(out, replacement, 3))
			return;
		i += bad_len(in.data + i, in.len - i, &is_cut);
		from = i;
	}
	(void)add(out, (const char *)in.data + from, i - from); /* the last one */
}

static void add_latin(struct text in, struct buf *out)
{
	/* 0x80 to 0x9f; the rest is Unicode's first 256. */
	static const uint16_t windows[32] = {
		0x20ac, 0x81,   0x201a, 0x192,  0x201e, 0x2026, 0x2020, 0x2021,
		0x2c6,  0x2030, 0x160,  0x2039, 0x152,  0x8d,   0x17d,  0x8f,
		0x90,   0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
		0x2dc,  0x2122, 0x161,  0x203a, 0x153,  0x9d,   0x17e,  0x178,
	};
	char chunk[CHUNK];
	size_t n = 0;

	for (size_t i = 0; i < in.len; i++) {
		unsigned char c = in.data[i];

		if (n + 4 > sizeof(chunk)) {
			if (!add(out, chunk, n))
				return;
			n = 0;
		}
		if (c < 0x80)
			chunk[n++] = (char)c;
		else
			n += utf8_encode(c < 0xa0 ? windows[c - 0x80] : c, chunk + n);
	}
	(void)add(out, chunk, n); /* the last one */
}

/* False: iconv does not know the encoding, or too much of the text is not in it; out is then as it
 * was. The latter is not asked where nothing else is left to believe in. */
static bool add_iconv(struct text in, const struct charset *charset, struct buf *out)
{
	iconv_t converter = iconv_open("UTF-8", charset->iconv);
	char *at = (char *)(uintptr_t)in.data; /* iconv only reads it */
	size_t left = in.len, n_bad = 0, was = out->len, n_high = 0;

	if (converter == (iconv_t)-1) /* NOLINT: as iconv_open(3) says it */
		return false;
	for (size_t i = 0; i < in.len; i++)
		n_high += in.data[i] >= 0x80;
	for (bool is_flushed = false; !is_flushed;) {
		char chunk[CHUNK], *to = chunk;
		size_t room = sizeof(chunk) - 3;
		size_t r;
		int why;

		is_flushed = !left; /* some keep a letter back, for the accent that may follow */
		r = iconv(converter, left ? &at : NULL, &left, &to, &room);
		why = r == (size_t)-1 ? errno : 0;    /* E2BIG: there is more */
		if (why == EILSEQ || why == EINVAL) { /* EINVAL: the end is cut */
			size_t unit = charset->kind == WIDE && left > 1 ? 2 : 1;
			size_t skip = why == EINVAL ? left : unit;

			n_bad += why == EILSEQ;
			memcpy(to, replacement, 3);
			to += 3;
			at += skip;
			left -= skip;
		}
		if (!add(out, chunk, (size_t)(to - chunk)))
			break;
	}
	(void)iconv_close(converter); /* nothing was written through it */
	if (n_bad > 8 && n_bad > n_high / 8 && charset->kind == MULTI && !buf_error(out)) {
		out->len = was;
		return false;
	}
	return true;
}

/* A byte order mark settles it. */
static const struct charset *charset_of_mark(struct text *in)
{
	if (in->len >= 3 && memcmp(in->data, "\xef\xbb\xbf", 3) == 0) {
		in->data += 3;
		in->len -= 3;
		return charset_find("utf-8", 5);
	}
	if (in->len < 2 ||
	    (memcmp(in->data, "\xff\xfe", 2) != 0 && memcmp(in->data, "\xfe\xff", 2) != 0))
		return NULL;
	in->data += 2;
	in->len -= 2;
	return in->data[-1] == 0xfe ? charset_find("utf-16le", 8) : charset_find("utf-16be", 8);
}

int charset_to_utf8(const char *data, size_t len, const char *label, struct buf *out,
		    const char **ret_name)
{
	struct text in = { (const unsigned char *)(len ? data : ""), len };
	const struct charset *said[3] = { charset_of_mark(&in) }, *taken = NULL;
	bool has_mark = said[0] != NULL;
	struct look look = look_at(in);

	if (!has_mark) {
		said[0] = label ? charset_find(label, strlen(label)) : NULL;
		said[1] = charset_of_page(in);
	}
	/* A single high byte at the end is rather a letter than the start of one. */
	said[2] = &charsets[look.n_bad || (look.n_cut == 1 && !look.n_valid) ? CHARSET_LATIN
									     : CHARSET_UTF8];
	for (size_t i = 0; i < countof(said) && !taken; i++) {
		if (!said[i] || (i < 2 && !has_mark && is_belied(said[i], &look)))
			continue;
		if (said[i]->kind == UTF8)
			add_utf8(in, out);
		else if (said[i]->kind == LATIN)
			add_latin(in, out);
		else if (!add_iconv(in, said[i], out))
			continue;
		taken = said[i];
	}
	if (ret_name)
		*ret_name = taken->name;
	return buf_error(out);
}

bool charset_of_type(const char *content_type, char *room, size_t size)
{
	const char *at = content_type ? strchr(content_type, ';') : NULL;

	while (at) {
		const char *end, *value;
		size_t len = 0;

		at += 1 + strspn(at + 1, " \t");
		end = at + strcspn(at, ";");
		if (strncasecmp(at, "charset", 7) == 0 && strchr("= \t", at[7]) && at[7]) {
			value = value_after(at, end, "charset", &len);
			if (!len || len >= size)
				return false;
			for (size_t i = 0; i < len; i++)
				room[i] = (char)(value[i] >= 'A' && value[i] <= 'Z' ? value[i] + 32
										    : value[i]);
			room[len] = '\0';
			return true;
		}
		at = *end ? end : NULL;
	}
	return false;
}
