/* SPDX-License-Identifier: MIT */
/* Snippets of HTML as plain text. They are too short, and too often no HTML at all, for a parser
 * of whole pages. */
#include "tools/search_text.h"

#include "base/attr.h"
#include "base/utf8.h"
#include "net/html_entity.h"

#include <string.h>
#include <strings.h>

enum { TAG_MAX = 1024, ENTITY_MAX = 12 };

bool search_text_is_blank(uint32_t rune)
{
	return rune <= 0x20 || (rune >= 0x7f && rune <= 0xa0) || rune == 0x1680 ||
	       (rune >= 0x2000 && rune <= 0x200a) || rune == 0x2028 || rune == 0x2029 ||
	       rune == 0x202f || rune == 0x205f || rune == 0x3000;
}

/* Soft hyphens, the zero-width space, byte order marks, and what turns the direction of text. */
static bool is_unseen(uint32_t rune)
{
	return rune == 0xad || rune == 0x200b || rune == 0x200e || rune == 0x200f ||
	       (rune >= 0x202a && rune <= 0x202e) || rune == 0x2060 ||
	       (rune >= 0x2066 && rune <= 0x2069) || rune == 0xfeff;
}

size_t search_text_entity(const char *at, size_t len, uint32_t *ret_rune)
{
	char utf8[HTML_ENTITY_UTF8_MAX];
	size_t n_utf8, n;
	uint32_t rune;

	if (len < 3 || at[0] != '&')
		return 0;
	n = html_entity_read(at, len < 1 + ENTITY_MAX ? len : 1 + ENTITY_MAX, false, utf8, &n_utf8);
	/* One without a semicolon is text here, and so are the few that are two characters. */
	if (!n || at[n - 1] != ';' ||
	    utf8_decode((const unsigned char *)utf8, n_utf8, &rune) != n_utf8)
		return 0;
	*ret_rune = rune >= 0x80 && rune < 0xa0 ? 0xfffd : rune; /* no character at all */
	return n;
}

static bool is_name_of_tag(const char *at, size_t len, bool *ret_is_block)
{
	static const char *const names[] = {
		"strong", "b",     "em",    "i",   "u",          "s",       "span",    "mark",
		"a",      "code",  "small", "sub", "sup",        "font",    "kbd",     "tt",
		"cite",   "abbr",  "q",     "wbr", "del",        "ins",     "dfn",     "var",
		"samp",   "bdi",   "bdo",   "ref", "br",         "p",       "div",     "li",
		"ul",     "ol",    "dl",    "dt",  "dd",         "tr",      "td",      "th",
		"table",  "tbody", "thead", "h1",  "h2",         "h3",      "h4",      "h5",
		"h6",     "hr",    "img",   "pre", "blockquote", "section", "article", "header",
		"footer",
	};
	static const size_t first_block = 28;

	for (size_t i = 0; i < countof(names); i++) {
		if (strlen(names[i]) == len && strncasecmp(names[i], at, len) == 0) {
			*ret_is_block = i >= first_block;
			return true;
		}
	}
	return false;
}

/* How long the tag or comment at '<' is; 0 = it is none. */
static size_t read_tag(const char *at, size_t len, bool *ret_is_block)
{
	size_t first = len > 1 && at[1] == '/' ? 2 : 1, i = first;
	char quote = '\0';

	len = len < TAG_MAX ? len : TAG_MAX;
	*ret_is_block = false;
	if (len > 6 && memcmp(at, "<!--", 4) == 0) {
		const char *end = memmem(at + 4, len - 4, "-->", 3);

		return end ? (size_t)(end + 3 - at) : 0;
	}
	while (i < len && ((at[i] | 0x20) >= 'a' && (at[i] | 0x20) <= 'z'))
		i++;
	while (i > first && i < len && at[i] >= '1' && at[i] <= '6')
		i++;
	if (i == len || !strchr(" \t\n\r/>", at[i]) || !at[i] ||
	    !is_name_of_tag(at + first, i - first, ret_is_block))
		return 0;
	for (; i < len; i++) {
		if (quote)
			quote = at[i] == quote ? '\0' : quote;
		else if (at[i] == '>')
			return i + 1;
		else if (at[i] == '"' || at[i] == '\'')
			quote = at[i];
	}
	return 0;
}

struct line {
	char *out; /* of SEARCH_TEXT_MAX + 8 bytes */
	size_t len;
	bool blank_is_due;
};

static void add_rune(struct line *line, uint32_t rune)
{
	if (search_text_is_blank(rune)) {
		line->blank_is_due = line->len > 0;
		return;
	}
	if (is_unseen(rune))
		return;
	if (line->blank_is_due)
		line->out[line->len++] = ' ';
	line->blank_is_due = false;
	line->len += utf8_encode(rune, line->out + line->len);
}

const char *search_text_plain(const char *text, size_t len, struct arena *arena)
{
	char room[SEARCH_TEXT_MAX + 8];
	struct line line = { .out = room };

	for (size_t at = 0; at < len && line.len <= SEARCH_TEXT_MAX;) {
		uint32_t rune = 0xfffd;
		bool is_block;
		size_t n = text[at] == '<' ? read_tag(text + at, len - at, &is_block) : 0;

		if (n) {
			line.blank_is_due |= is_block && line.len > 0;
			at += n;
			continue;
		}
		n = search_text_entity(text + at, len - at, &rune);
		if (!n)
			n = utf8_decode((const unsigned char *)text + at, len - at, &rune);
		add_rune(&line, rune);
		at += n ? n : 1;
	}
	len = utf8_fit(room, line.len, SEARCH_TEXT_MAX);
	if (len && room[len - 1] == ' ')
		len--;
	return arena_memdup0(arena, room, len);
}
