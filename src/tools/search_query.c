/* SPDX-License-Identifier: MIT */
/* Texts of queries: as they are sent, and as they are compared. */
#include "tools/search_query.h"

#include "base/attr.h"
#include "base/buf.h"
#include "base/utf8.h"
#include "tools/search_domain.h"
#include "tools/search_text.h"

#include <errno.h>
#include <string.h>

enum { QUERY_BYTES_MAX = 4 * SEARCH_QUERY_CHARS_MAX };

/* The next word of a text: what stands between blanks. Bytes that are no UTF-8 end words. */
static struct search_slice next_word(const char **text)
{
	const char *at = *text;
	struct search_slice word = { NULL, 0 };

	while (*at) {
		uint32_t rune = ' ';
		size_t n = utf8_decode((const unsigned char *)at, strnlen(at, 4), &rune);

		if (n && !search_text_is_blank(rune)) {
			word.at = word.at ? word.at : at;
			word.len += n;
		} else if (word.at) {
			break;
		}
		at += n ? n : 1;
	}
	*text = at;
	return word;
}

static unsigned count_chars(struct search_slice slice)
{
	unsigned n = 0;

	for (size_t i = 0; i < slice.len; i++)
		n += ((unsigned char)slice.at[i] & 0xc0) != 0x80;
	return n;
}

/* Room that is left, and what has been written into it. */
struct draft {
	struct buf *out;
	unsigned chars, words;
};

/* A word and the blank in front of it, all or nothing. */
static bool add_word(struct draft *draft, const char *prefix, struct search_slice word)
{
	unsigned chars = (unsigned)strlen(prefix) + count_chars(word) + (draft->out->len > 0);

	if (draft->words == 0 || draft->chars < chars)
		return false;
	if (draft->out->len)
		buf_add_char(draft->out, ' ');
	buf_add_str(draft->out, prefix);
	buf_add(draft->out, word.at, word.len);
	draft->chars -= chars;
	draft->words--;
	return true;
}

static void write_operators(const struct search_query *query, struct draft *draft)
{
	bool is_first = true;
	struct search_slice domain;

	for (const char *const *at = query->allowed; at && *at; at++) {
		if (!search_domain_read(*at, &domain))
			continue;
		if (draft->words < 2 || !add_word(draft, is_first ? "site:" : "OR site:", domain))
			break;
		draft->words -= !is_first;
		is_first = false;
	}
	for (const char *const *at = query->blocked; at && *at; at++)
		if (search_domain_read(*at, &domain) && !add_word(draft, "-site:", domain))
			break;
}

static struct search_slice first_chars(struct search_slice slice, unsigned n)
{
	size_t len = 0;

	while (n > 0 && len < slice.len) {
		len += utf8_sequence((const unsigned char *)slice.at + len, slice.len - len);
		n--;
	}
	return (struct search_slice){ slice.at, len };
}

/* A word that alone is too long is cut. */
static void write_words(const char *text, struct draft *draft)
{
	for (;;) {
		struct search_slice word = next_word(&text);

		if (!word.at)
			return;
		if (add_word(draft, "", word))
			continue;
		if (draft->out->len == 0)
			(void)add_word(draft, "", first_chars(word, draft->chars));
		return;
	}
}

int search_query_text(const struct search_query *query, const struct search_query_form *form,
		      struct arena *arena, const char **ret_text, struct error *err)
{
	unsigned chars = form->chars_max ? form->chars_max : SEARCH_QUERY_CHARS_MAX;
	unsigned words = form->words_max ? form->words_max : chars;
	CLEANUP(buf) struct buf operators, text;
	struct draft draft = { &operators, chars / 2, words / 2 };

	buf_init(&operators, QUERY_BYTES_MAX);
	buf_init(&text, QUERY_BYTES_MAX);
	if (form->has_operators)
		write_operators(query, &draft);
	/* One more for the blank between the two. */
	draft = (struct draft){ &text, chars - (chars / 2 - draft.chars) - (operators.len > 0),
				words - (words / 2 - draft.words) };
	write_words(query->text, &draft);
	if (!buf_error(&text) && text.len == 0)
		return error_set(err, ERROR_INVALID, EINVAL, "the query is empty");
	if (operators.len)
		buf_add_char(&text, ' ');
	buf_add(&text, operators.data, operators.len);
	if (buf_error(&operators) || buf_error(&text))
		return error_errno(err, ENOMEM, "cannot write the query");
	*ret_text = arena_memdup0(arena, text.data, text.len);
	return *ret_text ? 0 : error_errno(err, ENOMEM, "cannot write the query");
}

/* Simple case folding of the scripts that have case and are searched in. */
static uint32_t fold(uint32_t rune)
{
	static const struct {
		uint16_t first, last;
		uint8_t step, add; /* every step-th from first on is a capital */
	} ranges[] = {
		{ 'A', 'Z', 1, 32 },      { 0xc0, 0xd6, 1, 32 },    { 0xd8, 0xde, 1, 32 },
		{ 0x100, 0x12e, 2, 1 },   { 0x132, 0x136, 2, 1 },   { 0x139, 0x147, 2, 1 },
		{ 0x14a, 0x176, 2, 1 },   { 0x179, 0x17d, 2, 1 },   { 0x386, 0x386, 1, 38 },
		{ 0x388, 0x38a, 1, 37 },  { 0x38c, 0x38c, 1, 64 },  { 0x38e, 0x38f, 1, 63 },
		{ 0x391, 0x3a1, 1, 32 },  { 0x3a3, 0x3ab, 1, 32 },  { 0x400, 0x40f, 1, 80 },
		{ 0x410, 0x42f, 1, 32 },  { 0x460, 0x480, 2, 1 },   { 0x48a, 0x4be, 2, 1 },
		{ 0x4c1, 0x4cd, 2, 1 },   { 0x4d0, 0x52e, 2, 1 },   { 0x531, 0x556, 1, 48 },
		{ 0x1e00, 0x1e94, 2, 1 }, { 0x1ea0, 0x1efe, 2, 1 }, { 0xff21, 0xff3a, 1, 32 },
	};

	for (size_t i = 0; i < countof(ranges); i++)
		if (rune >= ranges[i].first && rune <= ranges[i].last &&
		    (rune - ranges[i].first) % ranges[i].step == 0)
			return rune + ranges[i].add;
	return rune;
}

static bool ends_with(const struct buf *buf, const char *end)
{
	size_t len = strlen(end);

	return buf->len >= len && memcmp(buf->data + buf->len - len, end, len) == 0;
}

/* What is nothing but such marks stays. */
static void drop_marks(struct buf *buf)
{
	static const char *const marks[] = {
		" ", "?", "!", ".", "\xef\xbc\x9f", "\xef\xbc\x81", "\xe3\x80\x82"
	}; /* U+FF1F, U+FF01, U+3002 */
	size_t len = buf->len;

	for (size_t i = 0; i < countof(marks);) {
		if (ends_with(buf, marks[i])) {
			buf->len -= strlen(marks[i]);
			i = 0;
		} else {
			i++;
		}
	}
	if (buf->len == 0)
		buf->len = len;
}

const char *search_query_normalise(const char *text, struct arena *arena)
{
	CLEANUP(buf) struct buf out;

	buf_init(&out, 2 * strlen(text) + 1);
	for (;;) {
		struct search_slice word = next_word(&text);

		if (!word.at)
			break;
		if (out.len)
			buf_add_char(&out, ' ');
		for (size_t i = 0; i < word.len;) {
			uint32_t rune = 0;
			char room[4];

			i += utf8_decode((const unsigned char *)word.at + i, word.len - i, &rune);
			buf_add(&out, room, utf8_encode(fold(rune), room));
		}
	}
	drop_marks(&out);
	if (buf_error(&out)) {
		arena->failed = true;
		return NULL;
	}
	return arena_memdup0(arena, out.len ? out.data : "", out.len);
}
