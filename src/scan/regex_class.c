/* SPDX-License-Identifier: MIT */
/*
 * Character classes. Below 0x80 a class is a bitmap, which is all that matters for nearly every
 * line of source code. Above, it stays text in PCRE2's syntax: PCRE2 has the Unicode tables, and
 * set operations that its brackets lack become lookaheads around single characters:
 * A && B is (?=A)B, A -- B is (?!B)A, not A is (?!A)(?s:.).
 */
#include "scan/regex_class.h"

#include "base/str.h"
#include "base/utf8.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <ctype.h>
#include <pcre2.h>
#include <stdio.h>

/* Code points above ASCII that fold to ASCII letters (Unicode CaseFolding.txt, C + S). */
enum { KELVIN_SIGN = 0x212a, LONG_S = 0x17f, SMALL_MU = 0x3bc, SMALL_IOTA = 0x3b9 };

static void set_ascii(struct class_set *set, unsigned low, unsigned high)
{
	for (unsigned c = low; c <= high && c < 128; c++)
		set->ascii[c >> 6] |= 1ull << (c & 63);
}

static bool has_ascii(const struct class_set *set, unsigned c)
{
	return set->ascii[c >> 6] >> (c & 63) & 1;
}

static const char *text_of(const char *text)
{
	return text ? text : "";
}

static void add_item(struct class_set *set, struct arena *arena, const char *item)
{
	set->items = arena_printf(arena, "%s%s", text_of(set->items), item);
	set->has_wide = true;
}

static void add_other(struct class_set *set, struct arena *arena, const char *other)
{
	const char *bar = text_of(set->others)[0] ? "|" : "";

	set->others = arena_printf(arena, "%s%s%s", text_of(set->others), bar, other);
	set->has_wide = true;
}

void class_add_range(struct class_set *set, struct arena *arena, uint32_t low, uint32_t high)
{
	char item[32];

	if (low < 128)
		set_ascii(set, low, high < 127 ? high : 127);
	for (uint32_t c = low > 128 ? low : 128; c <= high && c < 256; c++)
		set->high[(c - 128) >> 6] |= 1ull << (c & 63);
	if (high < 128)
		return;
	if (low < 128)
		low = 128;
	/* PCRE2 refuses surrogates in UTF mode; no valid text holds them. */
	if (low >= 0xd800 && low < 0xe000)
		low = 0xe000;
	if (high >= 0xd800 && high < 0xe000)
		high = 0xd7ff;
	if (low > high)
		return;
	(void)snprintf(item, sizeof(item), "\\x{%x}-\\x{%x}", low, high);
	add_item(set, arena, item);
}

static bool ascii_is_perl(unsigned c, char letter)
{
	switch (letter) {
	case 'd':
		return c >= '0' && c <= '9';
	case 's':
		return c == ' ' || (c >= '\t' && c <= '\r');
	default:
		return isalnum((int)c) || c == '_';
	}
}

void class_add_perl(struct class_set *set, struct arena *arena, char letter,
		    const struct class_mode *mode)
{
	bool negated = letter < 'a';
	char plain = (char)tolower((unsigned char)letter);

	for (unsigned c = 0; c < 128; c++) {
		if (ascii_is_perl(c, plain) != negated)
			set_ascii(set, c, c);
	}
	if (negated)
		set->high[0] = set->high[1] = ~0ull;
	if (mode->is_bytes)
		return;
	if (plain == 'w' && negated)
		add_other(set, arena, "[^" CLASS_WORD_ITEMS "]");
	else if (plain == 'w')
		add_item(set, arena, CLASS_WORD_ITEMS);
	else if (plain == 'd')
		add_item(set, arena, negated ? "\\P{Nd}" : "\\p{Nd}");
	else
		add_item(set, arena, negated ? "\\P{White_Space}" : "\\p{White_Space}");
}

static int is_word(int c)
{
	return isalnum(c) || c == '_';
}

static int is_ascii(int c)
{
	return c < 128;
}

static int is_space_or_tab(int c)
{
	return c == ' ' || c == '\t';
}

bool class_add_posix(struct class_set *set, const char *name, size_t len, bool negated,
		     const struct class_mode *mode)
{
	static const struct {
		const char *name;
		int (*is_in)(int c);
	} table[] = {
		{ "alnum", isalnum },         { "alpha", isalpha },   { "ascii", is_ascii },
		{ "blank", is_space_or_tab }, { "cntrl", iscntrl },   { "digit", isdigit },
		{ "graph", isgraph },         { "lower", islower },   { "print", isprint },
		{ "punct", ispunct },         { "space", isspace },   { "upper", isupper },
		{ "word", is_word },          { "xdigit", isxdigit },
	};

	for (size_t i = 0; i < countof(table); i++) {
		if (strlen(table[i].name) != len || memcmp(table[i].name, name, len) != 0)
			continue;
		for (unsigned c = 0; c < 128; c++) {
			if (!table[i].is_in((int)c) == negated)
				set_ascii(set, c, c);
		}
		if (negated) {
			set->high[0] = set->high[1] = ~0ull;
			set->items = mode->is_bytes ? set->items
						    : "\\x{80}-\\x{d7ff}\\x{e000}-\\x{10ffff}";
			set->has_wide = !mode->is_bytes;
		}
		return true;
	}
	return false;
}

/* Does `text` compile in UTF mode, and which ASCII characters does it match? */
static bool ascii_of_expression(const char *text, uint64_t ret_ascii[2])
{
	int code;
	PCRE2_SIZE at;
	pcre2_code *re =
		pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED, PCRE2_UTF, &code, &at, NULL);
	pcre2_match_data *data;

	if (!re)
		return false;
	data = pcre2_match_data_create_from_pattern(re, NULL);
	for (unsigned c = 0; data && c < 128; c++) {
		unsigned char subject = (unsigned char)c;

		if (pcre2_match(re, &subject, 1, 0, PCRE2_ANCHORED, data, NULL) > 0)
			ret_ascii[c >> 6] |= 1ull << (c & 63);
	}
	pcre2_match_data_free(data);
	pcre2_code_free(re);
	return data != NULL;
}

/* PCRE2's name of a property: general categories and binary properties as they are, scripts as
 * sc:NAME (a bare name would be the script extensions). */
static const char *property_text(struct arena *arena, const char *name, bool negated,
				 uint64_t ret_ascii[2])
{
	static const struct {
		const char *long_name, *short_name;
	} longs[] = {
		{ "letter", "L" },
		{ "uppercaseletter", "Lu" },
		{ "lowercaseletter", "Ll" },
		{ "titlecaseletter", "Lt" },
		{ "modifierletter", "Lm" },
		{ "otherletter", "Lo" },
		{ "casedletter", "L&" },
		{ "lc", "L&" },
		{ "mark", "M" },
		{ "nonspacingmark", "Mn" },
		{ "spacingmark", "Mc" },
		{ "enclosingmark", "Me" },
		{ "number", "N" },
		{ "decimalnumber", "Nd" },
		{ "digit", "Nd" },
		{ "letternumber", "Nl" },
		{ "othernumber", "No" },
		{ "punctuation", "P" },
		{ "punct", "P" },
		{ "connectorpunctuation", "Pc" },
		{ "dashpunctuation", "Pd" },
		{ "openpunctuation", "Ps" },
		{ "closepunctuation", "Pe" },
		{ "initialpunctuation", "Pi" },
		{ "finalpunctuation", "Pf" },
		{ "otherpunctuation", "Po" },
		{ "symbol", "S" },
		{ "mathsymbol", "Sm" },
		{ "currencysymbol", "Sc" },
		{ "modifiersymbol", "Sk" },
		{ "othersymbol", "So" },
		{ "separator", "Z" },
		{ "spaceseparator", "Zs" },
		{ "lineseparator", "Zl" },
		{ "paragraphseparator", "Zp" },
		{ "other", "C" },
		{ "control", "Cc" },
		{ "cntrl", "Cc" },
		{ "format", "Cf" },
		{ "unassigned", "Cn" },
		{ "privateuse", "Co" },
		{ "surrogate", "Cs" },
		{ "any", "Any" },
	};
	const char *prefixes[] = { "", "sc:" };

	for (size_t i = 0; i < countof(longs); i++) {
		if (str_equal_loosely(name, longs[i].long_name))
			name = longs[i].short_name;
	}
	for (size_t i = 0; i < countof(prefixes); i++) {
		const char *text;

		/* A script's name alone would mean its extensions: try the script first. */
		text = arena_printf(arena, "\\%c{%s%s}", negated ? 'P' : 'p', prefixes[1 - i],
				    name);
		if (text && ascii_of_expression(text, ret_ascii))
			return text;
	}
	return NULL;
}

bool class_add_property(struct class_set *set, struct arena *arena, const struct property *property,
			bool is_icase)
{
	const char *name = property->name;
	size_t len = property->len;
	bool negated = property->is_negated;
	uint64_t ascii[2] = { 0 };
	char plain[64];
	size_t n = 0;
	const char *text;

	for (size_t i = 0; i < len; i++) {
		if (n + 1 >= sizeof(plain))
			return false;
		/* gc=L, sc=Greek, script:Greek: the value is enough, PCRE2 finds its kind. */
		if (name[i] == '=' || name[i] == ':')
			n = 0;
		else if (isalnum((unsigned char)name[i]) || name[i] == '_' || name[i] == ' ')
			plain[n++] = name[i] == ' ' ? '_' : name[i];
		else
			return false;
	}
	plain[n] = '\0';
	/* Upper, lower and title case are one when case does not matter. */
	if (is_icase && n == 2 && (plain[0] | 32) == 'l' && strchr("ult", plain[1] | 32))
		plain[1] = '&';
	text = n ? property_text(arena, plain, negated, ascii) : NULL;
	if (!text)
		return false;
	set->ascii[0] |= ascii[0];
	set->ascii[1] |= ascii[1];
	add_item(set, arena, text);
	return true;
}

/* One expression for the wide part of a set; NULL-safe. */
static const char *wide_text(const struct class_set *set, struct arena *arena)
{
	const char *items = text_of(set->items), *others = text_of(set->others);

	if (!set->has_wide)
		return "(?!)";
	if (items[0] && others[0])
		return arena_printf(arena, "(?:[%s]|%s)", items, others);
	if (items[0])
		return arena_printf(arena, "[%s]", items);
	return arena_printf(arena, "(?:%s)", others);
}

void class_union(struct class_set *set, struct arena *arena, const struct class_set *other)
{
	for (int i = 0; i < 2; i++) {
		set->ascii[i] |= other->ascii[i];
		set->high[i] |= other->high[i];
	}
	if (!other->has_wide)
		return;
	if (!text_of(other->others)[0])
		add_item(set, arena, text_of(other->items));
	else
		add_other(set, arena, text_of(wide_text(other, arena)));
}

void class_combine(struct class_set *set, struct arena *arena, const struct class_set *other,
		   char op)
{
	const char *a = text_of(wide_text(set, arena)), *b = text_of(wide_text(other, arena));
	const char *text;

	for (int i = 0; i < 2; i++) {
		uint64_t x = set->ascii[i], y = other->ascii[i];
		uint64_t p = set->high[i], q = other->high[i];

		set->ascii[i] = op == '&' ? x & y : op == '-' ? x & ~y : x ^ y;
		set->high[i] = op == '&' ? p & q : op == '-' ? p & ~q : p ^ q;
	}
	if (op == '&')
		text = arena_printf(arena, "(?=%s)%s", a, b);
	else if (op == '-')
		text = arena_printf(arena, "(?!%s)%s", b, a);
	else
		text = arena_printf(arena, "(?!%s)%s|(?!%s)%s", b, a, a, b);
	set->items = "";
	set->others = text;
	set->has_wide = (set->has_wide || other->has_wide) && text;
}

/* Does the wide part match this code point? */
static bool wide_has(const struct class_set *set, struct arena *arena, uint32_t rune)
{
	const char *text = set->has_wide ? wide_text(set, arena) : NULL;
	char subject[4];
	size_t len = utf8_encode(rune, subject);
	int code;
	PCRE2_SIZE at;
	pcre2_code *re;
	pcre2_match_data *data;
	bool found;

	if (!text)
		return false;
	re = pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED, PCRE2_UTF, &code, &at, NULL);
	data = re ? pcre2_match_data_create_from_pattern(re, NULL) : NULL;
	found = data &&
		pcre2_match(re, (PCRE2_SPTR)subject, len, 0, PCRE2_ANCHORED, data, NULL) > 0;
	pcre2_match_data_free(data);
	pcre2_code_free(re);
	return found;
}

void class_fold_case(struct class_set *set, struct arena *arena, const struct class_mode *mode)
{
	const char *items = text_of(set->items), *others = text_of(set->others);

	if (!mode->is_bytes && set->has_wide) {
		if (wide_has(set, arena, KELVIN_SIGN))
			set_ascii(set, 'k', 'k');
		if (wide_has(set, arena, LONG_S))
			set_ascii(set, 's', 's');
		/* Signs of no script that fold to Greek letters: PCRE2 does not fold \p{Greek}. */
		if (wide_has(set, arena, SMALL_MU))
			add_item(set, arena, "\\x{b5}");
		if (wide_has(set, arena, SMALL_IOTA))
			add_item(set, arena, "\\x{345}");
		items = text_of(set->items);
	}
	for (unsigned c = 'a'; c <= 'z'; c++) {
		if (has_ascii(set, c) || has_ascii(set, c - 32)) {
			set_ascii(set, c, c);
			set_ascii(set, c - 32, c - 32);
		}
	}
	if (mode->is_bytes)
		return;
	if (set->has_wide) {
		const char *all = others[0] && items[0]
					  ? arena_printf(arena, "[%s]|%s", items, others)
				  : items[0] ? arena_printf(arena, "[%s]", items)
					     : others;
		/* The lookahead keeps it one character even though the flag is local. */
		set->others = arena_printf(arena, "(?i:%s)", text_of(all));
		set->items = "";
	}
	if (has_ascii(set, 'k'))
		add_item(set, arena, "\\x{212a}");
	if (has_ascii(set, 's'))
		add_item(set, arena, "\\x{17f}");
}

void class_negate(struct class_set *set, struct arena *arena, const struct class_mode *mode)
{
	const char *items = text_of(set->items), *others = text_of(set->others);

	for (int i = 0; i < 2; i++) {
		set->ascii[i] = ~set->ascii[i];
		set->high[i] = ~set->high[i];
	}
	if (mode->is_bytes)
		return;
	if (!set->has_wide)
		others = "[^\\x00-\\x7f]";
	else if (!others[0])
		others = arena_printf(arena, "[^\\x00-\\x7f%s]", items);
	else
		others =
			arena_printf(arena, "(?!%s)[^\\x00-\\x7f]", text_of(wide_text(set, arena)));
	set->items = "";
	set->others = others;
	set->has_wide = true;
}

struct regex_class *class_finish(const struct class_set *set, struct arena *arena,
				 const struct class_mode *mode)
{
	struct regex_class *class = arena_alloc(arena, sizeof(*class));

	if (!class)
		return NULL;
	class->ascii[0] = set->ascii[0];
	class->ascii[1] = set->ascii[1];
	class->high[0] = set->high[0];
	class->high[1] = set->high[1];
	class->is_bytes = mode->is_bytes;
	class->has_wide = mode->is_bytes ? (set->high[0] | set->high[1]) != 0 : set->has_wide;
	if (mode->no_newline)
		class->ascii[0] &= ~(1ull << '\n');
	if (class->has_wide && !mode->is_bytes)
		class->wide = wide_text(set, arena);
	return arena_failed(arena) ? NULL : class;
}
