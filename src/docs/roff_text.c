/* SPDX-License-Identifier: MIT */
/*
 * Escapes of roff. Those that place, size or colour text say nothing to a reader of words and are
 * left out with their arguments; named characters are written as they are read.
 */
#include "docs/roff_text.h"

#include "base/attr.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

/* Strings may name strings: what one line may grow by, and what one string may hold. */
enum { EXPANDED_MAX = 4096, VALUE_MAX = 1024 };

struct special {
	const char *name;
	const char *text;
};

static const struct special specials[] = {
	{ "em", "—" },  { "en", "–" },  { "hy", "-" }, { "bu", "•" }, { "aq", "'" }, { "dq", "\"" },
	{ "lq", "\"" }, { "rq", "\"" }, { "oq", "'" }, { "cq", "'" }, { "ga", "`" }, { "ha", "^" },
	{ "ti", "~" },  { "rs", "\\" }, { "sl", "/" }, { "at", "@" }, { "sh", "#" }, { "Do", "$" },
	{ "lB", "[" },  { "rB", "]" },  { "lC", "{" }, { "rC", "}" }, { "la", "<" }, { "ra", ">" },
	{ "ba", "|" },  { "or", "|" },  { "br", "|" }, { "ul", "_" }, { "co", "©" }, { "rg", "®" },
	{ "tm", "™" },  { "de", "°" },  { "+-", "±" }, { "mu", "×" }, { "di", "÷" }, { "->", "→" },
	{ "<-", "←" },  { ">=", "≥" },  { "<=", "≤" }, { "!=", "≠" }, { "==", "≡" }, { "**", "*" },
	{ "pl", "+" },  { "mi", "-" },  { "eq", "=" }, { "fm", "'" }, { "if", "∞" }, { "*m", "μ" },
	{ "mc", "µ" },  { "Fo", "«" },  { "Fc", "»" }, { "dg", "†" }, { "dd", "‡" }, { "sc", "§" },
	{ "pd", "∂" },  { ":a", "ä" },  { ":o", "ö" }, { ":u", "ü" }, { ":A", "Ä" }, { ":O", "Ö" },
	{ ":U", "Ü" },  { "ss", "ß" },  { "'e", "é" }, { "'a", "á" }, { "'i", "í" }, { "'o", "ó" },
	{ "'u", "ú" },  { "`e", "è" },  { "`a", "à" }, { "^e", "ê" }, { ",c", "ç" }, { "oa", "å" },
	{ "oA", "Å" },  { "/o", "ø" },  { "/O", "Ø" }, { "~n", "ñ" }, { "12", "½" }, { "14", "¼" },
	{ "34", "¾" },  { "S1", "¹" },  { "S2", "²" }, { "S3", "³" }, { "ci", "○" }, { "sq", "□" },
	{ "OK", "✓" },
};

/* Those that man(7) macros, mdoc(7) and pod2man define for every page. */
static const struct special strings_known[] = {
	{ "Aq", "'" },   { "lq", "\"" }, { "rq", "\"" },  { "L\"", "\"" }, { "R\"", "\"" },
	{ "C`", "" },    { "C'", "" },   { "``", "\"" },  { "''", "\"" },  { "--", "-" },
	{ "C+", "C++" }, { "Tm", "™" },  { "R", "®" },    { "PI", "π" },   { "Gt", ">" },
	{ "Lt", "<" },   { "Le", "<=" }, { "Ge", ">=" },  { "Am", "&" },   { "Ne", "!=" },
	{ "Pm", "±" },   { "If", "∞" },  { "Na", "NaN" }, { "Ba", "|" },   { "q", "\"" },
};

static const char *find(const struct special *items, size_t n, const char *name, size_t len)
{
	for (size_t i = 0; i < n; i++)
		if (strlen(items[i].name) == len && memcmp(items[i].name, name, len) == 0)
			return items[i].text;
	return NULL;
}

struct reading {
	const struct roff_strings *strings;
	struct buf *out;
	unsigned depth;
	size_t n_expanded; /* bytes of strings */
	bool is_joined;
};

/* The name after an escape: X, (XX or [...]. */
static const char *read_name(const char *at, const char *end, const char **ret_name,
			     size_t *ret_len)
{
	const char *close;

	*ret_name = at;
	*ret_len = 0;
	if (at >= end)
		return at;
	if (*at == '(') {
		*ret_name = at + 1;
		*ret_len = end - at > 2 ? 2 : (size_t)(end - at - 1);
		return at + 1 + *ret_len;
	}
	if (*at == '[') {
		close = memchr(at, ']', (size_t)(end - at));
		*ret_name = at + 1;
		*ret_len = (size_t)((close ? close : end) - at - 1);
		return close ? close + 1 : end;
	}
	*ret_len = 1;
	return at + 1;
}

/* An argument between two of the same: '...'. */
static const char *read_quoted(const char *at, const char *end, const char **ret_arg,
			       size_t *ret_len)
{
	const char *close;

	*ret_arg = at;
	*ret_len = 0;
	if (at >= end)
		return at;
	close = memchr(at + 1, *at, (size_t)(end - at - 1));
	*ret_arg = at + 1;
	*ret_len = (size_t)((close ? close : end) - at - 1);
	return close ? close + 1 : end;
}

static const char *skip_size(const char *at, const char *end)
{
	const char *name;
	size_t len;

	if (at < end && (*at == '+' || *at == '-'))
		at++;
	if (at < end && *at == '\'')
		return read_quoted(at, end, &name, &len);
	if (at < end && (*at == '(' || *at == '['))
		return read_name(at, end, &name, &len);
	if (end - at >= 2 && *at >= '1' && *at <= '3' && at[1] >= '0' && at[1] <= '9')
		return at + 2;
	return at < end && *at >= '0' && *at <= '9' ? at + 1 : at;
}

static void add_rune(struct buf *out, const char *digits, size_t len, int base)
{
	char number[12];
	char bytes[4];
	unsigned long rune;

	if (len == 0 || len >= sizeof(number))
		return;
	memcpy(number, digits, len);
	number[len] = '\0';
	rune = strtoul(number, NULL, base);
	if (rune >= ' ' && rune <= 0x10ffff)
		buf_add(out, bytes, utf8_encode((uint32_t)rune, bytes));
}

static void add_special(struct buf *out, const char *name, size_t len)
{
	const char *text = find(specials, countof(specials), name, len);

	if (text)
		buf_add_str(out, text);
	else if (len >= 5 && name[0] == 'u')
		add_rune(out, name + 1, len - 1, 16);
	else if (len == 1 && (unsigned char)name[0] - 0x20u < 0x5f)
		buf_add(out, name, 1);
}

static void read_text(struct reading *self, const char *at, const char *end);

static void add_string(struct reading *self, const char *name, size_t len)
{
	const struct roff_string *items = self->strings->items;
	const char *known;

	known = find(strings_known, countof(strings_known), name, len);
	if (known) {
		buf_add_str(self->out, known);
		return;
	}
	if (self->depth >= ROFF_NEST_MAX || self->n_expanded > EXPANDED_MAX)
		return;
	for (size_t i = self->strings->n; i-- > 0;)
		if (items[i].name_len == len && memcmp(items[i].name, name, len) == 0) {
			self->depth++;
			self->n_expanded += items[i].value_len + 1;
			read_text(self, items[i].value, items[i].value + items[i].value_len);
			self->depth--;
			return;
		}
}

/* at: behind the backslash. */
static const char *read_escape(struct reading *self, const char *at, const char *end)
{
	const char *name;
	size_t len;
	char c = *at++;

	switch (c) {
	case '"':
	case '#':
		return end;
	case '-':
	case '_':
	case '.':
	case '`':
	case '\'':
		buf_add_char(self->out, c);
		return at;
	case 'e':
	case '\\':
		buf_add_char(self->out, '\\');
		return at;
	case '~':
	case ' ':
	case '0':
	case 't':
		buf_add_char(self->out, ' ');
		return at;
	case '(':
	case '[':
		at = read_name(at - 1, end, &name, &len);
		add_special(self->out, name, len);
		return at;
	case '*':
		at = read_name(at, end, &name, &len);
		add_string(self, name, len);
		return at;
	case 's':
		return skip_size(at, end);
	case 'n':
		at = at < end && (*at == '+' || *at == '-') ? at + 1 : at;
		return read_name(at, end, &name, &len);
	case 'f':
	case 'F':
	case 'k':
	case 'm':
	case 'M':
	case 'g':
	case 'V':
	case 'Y':
	case '$':
		return read_name(at, end, &name, &len);
	case 'N':
		at = read_quoted(at, end, &name, &len);
		add_rune(self->out, name, len, 10);
		return at;
	case 'o':
		at = read_quoted(at, end, &name, &len);
		read_text(self, name, len > 0 && name[0] != '\\' ? name + 1 : name);
		return at;
	case 'h':
		at = read_quoted(at, end, &name, &len);
		if (len > 0 && name[0] != '-')
			buf_add_char(self->out, ' ');
		return at;
	case 'b':
	case 'v':
	case 'w':
	case 'l':
	case 'L':
	case 'D':
	case 'X':
	case 'Z':
	case 'A':
	case 'B':
	case 'R':
	case 'S':
	case 'H':
	case 'x':
		return read_quoted(at, end, &name, &len);
	case 'c':
		self->is_joined = true;
		return at;
	default: /* \& \| \^ \/ \, \% \: \{ \} and others that print nothing */
		return at;
	}
}

static void add_bytes(struct buf *out, const char *at, size_t len)
{
	if (utf8_is_valid(at, len) && !memchr(at, '\0', len)) {
		buf_add(out, at, len);
		return;
	}
	for (size_t i = 0; i < len;) {
		size_t n = utf8_sequence((const unsigned char *)at + i, len - i);
		char bytes[4];

		if (n == 1 && at[i] == '\0')
			; /* nothing that is read */
		else if (n > 0)
			buf_add(out, at + i, n);
		else /* ISO 8859-1, as old pages are */
			buf_add(out, bytes, utf8_encode((unsigned char)at[i], bytes));
		i += n ? n : 1;
	}
}

static void read_text(struct reading *self, const char *at, const char *end)
{
	while (at < end) {
		const char *slash = memchr(at, '\\', (size_t)(end - at));

		add_bytes(self->out, at, (size_t)((slash ? slash : end) - at));
		if (!slash || slash + 1 == end)
			return;
		self->is_joined = false;
		at = read_escape(self, slash + 1, end);
		if (at < end)
			self->is_joined = false;
	}
}

bool roff_text_add(const struct roff_strings *strings, const char *text, size_t len,
		   struct buf *out)
{
	struct reading reading = { .strings = strings, .out = out };

	read_text(&reading, text, text + len);
	return reading.is_joined;
}

/* How many bytes end a line here; 0 = none. */
static size_t feed(const char *at, const char *end)
{
	if (at < end && *at == '\n')
		return 1;
	return end - at >= 2 && at[0] == '\r' && at[1] == '\n' ? 2 : 0;
}

size_t roff_lines_join(const char *data, size_t len, char *out)
{
	const char *at = data, *end = data + len;
	bool in_comment = false;
	size_t n = 0;

	while (at < end) {
		if (*at == '\n')
			in_comment = false;
		if (*at == '\\' && !in_comment) {
			size_t n_feed = feed(at + 1, end);

			if (n_feed) {
				at += 1 + n_feed;
				continue;
			}
			out[n++] = *at++;
			if (at == end)
				break;
			in_comment = *at == '"' || *at == '#';
		}
		out[n++] = *at++;
	}
	return n;
}

void roff_string_set(struct roff_strings *self, const char *text, size_t len)
{
	const char *end = text + len;
	struct roff_string string = { .name = text };

	while (text < end && *text != ' ' && *text != '\t')
		text++;
	string.name_len = (size_t)(text - string.name);
	while (text < end && (*text == ' ' || *text == '\t'))
		text++;
	if (text < end && *text == '"')
		text++;
	string.value = text;
	string.value_len = (size_t)(end - text);
	if (string.name_len > 0 && string.value_len <= VALUE_MAX && self->n < ROFF_STRINGS_MAX)
		self->items[self->n++] = string;
}
