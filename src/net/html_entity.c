/* SPDX-License-Identifier: MIT */
/* Character references as in the HTML standard, 13.2.5.72 and on. */
#include "net/html_entity.h"

#include "base/utf8.h"

#include <stdint.h>
#include <string.h>

enum { NAME_MAX = 31 };

struct entity {
	char name[NAME_MAX + 1];
	char utf8[HTML_ENTITY_UTF8_MAX];
	bool is_legacy; /* needs no semicolon */
};

static const struct entity entities[] = {
#define E(name, utf8) { name, utf8, false },
#define EL(name, utf8) { name, utf8, true },
#include "net/html_entities.def"
#undef E
#undef EL
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static const struct entity *entity_find(const char *name, size_t len)
{
	size_t from = 0, to = countof(entities);

	while (from < to) {
		size_t mid = (from + to) / 2;
		int order = strncmp(entities[mid].name, name, len);

		if (!order && !entities[mid].name[len])
			return &entities[mid];
		if (order < 0)
			from = mid + 1;
		else
			to = mid;
	}
	return NULL;
}

static int digit_value(char c, unsigned base)
{
	if (is_digit(c))
		return c - '0';
	if (base == 16 && (c | 32) >= 'a' && (c | 32) <= 'f')
		return (c | 32) - 'a' + 10;
	return -1;
}

static size_t read_number(const char *at, size_t len, char *utf8, size_t *ret_len)
{
	/* What windows-1252 has at 0x80 to 0x9f; 0: nothing. */
	static const uint16_t windows[32] = {
		0x20ac, 0,      0x201a, 0x192,  0x201e, 0x2026, 0x2020, 0x2021,
		0x2c6,  0x2030, 0x160,  0x2039, 0x152,  0,      0x17d,  0,
		0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
		0x2dc,  0x2122, 0x161,  0x203a, 0x153,  0,      0x17e,  0x178,
	};
	unsigned base = len > 2 && (at[2] | 32) == 'x' ? 16 : 10;
	size_t from = base == 16 ? 3 : 2, i = from;
	uint32_t rune = 0;

	for (; i < len && digit_value(at[i], base) >= 0; i++) {
		if (rune <= 0x10ffff)
			rune = rune * base + (uint32_t)digit_value(at[i], base);
	}
	if (i == from)
		return 0;
	if (rune >= 0x80 && rune < 0xa0 && windows[rune - 0x80])
		rune = windows[rune - 0x80];
	*ret_len = utf8_encode(rune ? rune : 0xfffd, utf8);
	return i < len && at[i] == ';' ? i + 1 : i;
}

size_t html_entity_read(const char *at, size_t len, bool is_attribute,
			char utf8[HTML_ENTITY_UTF8_MAX], size_t *ret_len)
{
	const struct entity *entity = NULL;
	size_t n = 0, taken;

	if (len > 1 && at[1] == '#')
		return read_number(at, len, utf8, ret_len);
	while (n < NAME_MAX && n + 1 < len && (is_letter(at[n + 1]) || is_digit(at[n + 1])))
		n++;
	if (n && n + 1 < len && at[n + 1] == ';')
		entity = entity_find(at + 1, n);
	taken = n + 2;
	/* The longest name that needs none. */
	for (size_t part = n < 6 ? n : 6; !entity && part >= 2; part--) {
		entity = entity_find(at + 1, part);
		taken = part + 1;
		if (entity && !entity->is_legacy)
			entity = NULL;
		if (entity && is_attribute && taken < len &&
		    (at[taken] == '=' || is_letter(at[taken]) || is_digit(at[taken])))
			return 0; /* "?a=1&copy=2" */
	}
	if (!entity)
		return 0;
	*ret_len = strlen(entity->utf8);
	memcpy(utf8, entity->utf8, *ret_len);
	return taken;
}

void html_entity_add_value(const char *value, size_t len, struct buf *out)
{
	size_t from = 0;

	if (!len)
		return; /* of nothing there is no address */
	for (size_t i = 0; i < len;) {
		const char *next = memchr(value + i, '&', len - i);
		char utf8[HTML_ENTITY_UTF8_MAX];
		size_t taken, n;

		if (!next)
			break;
		i = (size_t)(next - value);
		taken = html_entity_read(next, len - i, true, utf8, &n);
		if (taken) {
			buf_add(out, value + from, i - from);
			buf_add(out, utf8, n);
			from = i + taken;
		}
		i += taken ? taken : 1;
	}
	buf_add(out, value + from, len - from);
}
