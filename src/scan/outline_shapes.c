/* SPDX-License-Identifier: MIT */
/* Lines of Go, shells, SQL, Make, CMake, settings files and texts for people. */
#include "scan/outline_lang.h"

#include <string.h>

static void import_quoted_or_word(struct outline_cursor *cursor, struct outline_found *found)
{
	const char *from;

	outline_skip_blank(cursor);
	if (outline_peek(cursor) == '"' || outline_peek(cursor) == '\'') {
		outline_import_quoted(cursor, found);
		return;
	}
	from = cursor->at;
	while (cursor->at < cursor->end && !outline_is_blank(*cursor->at) && *cursor->at != ';' &&
	       *cursor->at != ')')
		cursor->at++;
	if (cursor->at == from)
		return;
	found->kind = OUTLINE_IMPORT;
	found->name = from;
	found->name_end = cursor->at;
}

/* func Name(, func (receiver) Name(, type Name struct. */
void outline_shape_go(struct outline_cursor *cursor, struct outline_found *found)
{
	const struct outline_word *known;
	const char *word, *name;
	enum symbol_kind symbol;
	size_t len, name_len;

	if (!outline_read_word(cursor, &word, &len))
		return;
	known = outline_word_find(cursor->lang, word, len);
	if (!known || (cursor->begin != word && known->symbol != SYMBOL_TYPE))
		return;
	outline_skip_blank(cursor);
	if (known->act == ACT_IMPORT) {
		if (outline_peek(cursor) != '(')
			outline_import_quoted(cursor, found);
		return;
	}
	symbol = (enum symbol_kind)known->symbol;
	if (symbol == SYMBOL_FUNCTION && outline_peek(cursor) == '(') {
		if (!outline_skip_brackets(cursor))
			return;
		symbol = SYMBOL_METHOD;
		outline_skip_blank(cursor);
	}
	if (!outline_read_word(cursor, &name, &name_len))
		return;
	if (symbol == SYMBOL_TYPE) {
		if (outline_peek(cursor) == '[' && !outline_skip_brackets(cursor))
			return;
		outline_skip_blank(cursor);
		(void)outline_read_word(cursor, &word, &len);
		if (len == 6 && memcmp(word, "struct", 6) == 0)
			symbol = SYMBOL_STRUCT;
		else if (len == 9 && memcmp(word, "interface", 9) == 0)
			symbol = SYMBOL_INTERFACE;
	}
	outline_define(found, symbol, name, name + name_len);
	found->by_keyword = true;
}

static bool is_shell_name(char c)
{
	return outline_is_word(c) || (c != '\0' && strchr("-.:+@/", c));
}

/* name() {, function name, source FILE. */
void outline_shape_shell(struct outline_cursor *cursor, struct outline_found *found)
{
	const struct outline_word *known;
	const char *from = cursor->at;

	while (cursor->at < cursor->end && is_shell_name(*cursor->at))
		cursor->at++;
	if (cursor->at == from)
		return;
	known = outline_word_find(cursor->lang, from, (size_t)(cursor->at - from));
	if (known && outline_is_blank(outline_peek(cursor))) {
		if (known->act == ACT_IMPORT) {
			import_quoted_or_word(cursor, found);
			return;
		}
		outline_skip_blank(cursor);
		from = cursor->at;
		while (cursor->at < cursor->end && is_shell_name(*cursor->at))
			cursor->at++;
		if (cursor->at > from)
			outline_define(found, SYMBOL_FUNCTION, from, cursor->at);
		return;
	}
	known = NULL;
	{
		const char *end = cursor->at;

		outline_skip_blank(cursor);
		if (outline_peek(cursor) != '(')
			return;
		cursor->at++;
		outline_skip_blank(cursor);
		if (outline_peek(cursor) == ')' &&
		    !(cursor->end - cursor->at > 1 && cursor->at[1] == ';')) /* a call, in C */
			outline_define(found, SYMBOL_FUNCTION, from, end);
	}
}

/* CREATE [words] TABLE [IF NOT EXISTS] [schema.]name. */
void outline_shape_sql(struct outline_cursor *cursor, struct outline_found *found)
{
	static const char *const fillers[] = { "if", "not", "exists", "concurrently" };
	const struct outline_word *known = NULL;
	const char *word, *name, *end;
	size_t len;

	if (!outline_read_word(cursor, &word, &len) || len != 6 ||
	    strncasecmp(word, "create", 6) != 0)
		return;
	for (int i = 0; !known && i < 6; i++) {
		outline_skip_blank(cursor);
		if (!outline_read_word(cursor, &word, &len))
			return;
		known = outline_word_find(cursor->lang, word, len);
	}
	if (!known)
		return;
	for (size_t i = 0; i < sizeof(fillers) / sizeof(*fillers); i++) {
		struct outline_cursor next;

		outline_skip_blank(cursor);
		next = *cursor;
		if (outline_read_word(&next, &word, &len) && len == strlen(fillers[i]) &&
		    strncasecmp(word, fillers[i], len) == 0)
			*cursor = next;
	}
	outline_skip_blank(cursor);
	for (;;) {
		char quote = outline_peek(cursor);
		bool is_quoted = quote == '"' || quote == '`' || quote == '[';

		cursor->at += is_quoted;
		if (!outline_read_word(cursor, &name, &len))
			return;
		end = cursor->at;
		cursor->at += is_quoted && cursor->at < cursor->end;
		if (outline_peek(cursor) != '.')
			break;
		cursor->at++;
	}
	outline_define(found, (enum symbol_kind)known->symbol, name, end);
	found->by_keyword = true;
}

/* A word of a makefile, with $(...) in it. A '+' is in it unless it is "+=". */
static const char *skip_make_name(const char *at, const char *end)
{
	while (at < end && (outline_is_word(*at) || outline_is_mark(*at, "-./%(){}") ||
			    (*at == '+' && end - at > 1 && at[1] != '=')))
		at++;
	return at;
}

/* NAME = ..., target: ..., define NAME, include FILE. */
void outline_shape_make(struct outline_cursor *cursor, struct outline_found *found)
{
	const char *from = cursor->at, *end = cursor->end, *at = from, *name_end, *mark;

	if (*cursor->begin == '\t')
		return; /* a command */
	if (*at == '-')
		at++;
	if (end - at > 8 && memcmp(at, "include ", 8) == 0) {
		cursor->at = at + 8;
		import_quoted_or_word(cursor, found);
		return;
	}
	if (end - from > 7 && memcmp(from, "define ", 7) == 0) {
		const char *word;
		size_t len;

		cursor->at += 7;
		outline_skip_blank(cursor);
		if (outline_read_word(cursor, &word, &len))
			outline_define(found, SYMBOL_MACRO, word, word + len);
		return;
	}
	if (end - from > 7 && memcmp(from, "export ", 7) == 0)
		from += 7;
	if (*from == '-')
		return;
	at = name_end = skip_make_name(from, end);
	while (at < end && outline_is_blank(*at))
		at++;
	if (name_end == from || at == end)
		return;
	mark = at + (*at == '+' || *at == '?' || *at == '!'); /* +=, ?=, != */
	while (mark < end && *mark == ':' && mark - at < 2)
		mark++; /* :=, ::= */
	if (mark < end && *mark == '=') {
		outline_define(found, SYMBOL_VARIABLE, from, name_end);
		return;
	}
	while (at < end && skip_make_name(at, end) > at) { /* targets beside the first */
		at = skip_make_name(at, end);
		while (at < end && outline_is_blank(*at))
			at++;
	}
	if (at < end && *at == ':' && *from != '.')
		outline_define(found, SYMBOL_TARGET, from, name_end);
}

/* word(NAME ...). */
void outline_shape_cmake(struct outline_cursor *cursor, struct outline_found *found)
{
	const struct outline_word *known;
	const char *word, *from;
	size_t len;

	if (!outline_read_word(cursor, &word, &len))
		return;
	known = outline_word_find(cursor->lang, word, len);
	outline_skip_blank(cursor);
	if (!known || outline_peek(cursor) != '(')
		return;
	cursor->at++;
	if (known->act == ACT_IMPORT) {
		import_quoted_or_word(cursor, found);
		return;
	}
	outline_skip_blank(cursor);
	from = cursor->at;
	while (cursor->at < cursor->end && is_shell_name(*cursor->at) && *cursor->at != '$')
		cursor->at++;
	if (cursor->at > from && outline_peek(cursor) != '$')
		outline_define(found, (enum symbol_kind)known->symbol, from, cursor->at);
}

/* "## Text", without the marks that may close it. */
void outline_shape_heading(struct outline_cursor *cursor, struct outline_found *found)
{
	const char *from = cursor->at, *end = cursor->end;
	size_t level;

	found->kind = OUTLINE_PROSE;
	while (cursor->at < end && *cursor->at == '#')
		cursor->at++;
	level = (size_t)(cursor->at - from);
	if (level == 0 || level > 6 || from - cursor->begin > 3 ||
	    (cursor->at < end && !outline_is_blank(*cursor->at)))
		return;
	outline_skip_blank(cursor);
	while (end > cursor->at && outline_is_blank(end[-1]))
		end--;
	from = end;
	while (end > cursor->at && end[-1] == '#')
		end--;
	if (end > cursor->at && !outline_is_blank(end[-1]))
		end = from; /* "# C#" */
	while (end > cursor->at && outline_is_blank(end[-1]))
		end--;
	if (end == cursor->at)
		return;
	outline_define(found, SYMBOL_HEADING, cursor->at, end);
	found->level = (uint8_t)level;
}

/* [section], key: ..., key = ... in column 0. */
void outline_shape_key(struct outline_cursor *cursor, struct outline_found *found)
{
	const char *from = cursor->begin, *end = cursor->end, *at = from;
	char quote = *at;

	if (quote == '[') {
		const char *close;

		while (at < end && *at == '[')
			at++;
		close = memchr(at, ']', (size_t)(end - at));
		if (close && close > at)
			outline_define(found, SYMBOL_MODULE, at, close);
		return;
	}
	if (quote == '"' || quote == '\'')
		from = ++at;
	while (at < end && (outline_is_word(*at) || outline_is_mark(*at, "-./")))
		at++;
	if (at == from)
		return;
	cursor->at = at + (at < end && *at == quote && from > cursor->begin);
	outline_skip_blank(cursor);
	if (outline_peek(cursor) == '=' ||
	    (outline_peek(cursor) == ':' &&
	     (cursor->end - cursor->at == 1 || outline_is_blank(cursor->at[1]))))
		outline_define(found, SYMBOL_KEY, from, at);
}

void outline_shape_prose(struct outline_cursor *cursor, struct outline_found *found)
{
	(void)cursor; /* whether a line is a heading is said by the next one, if by any */
	found->kind = OUTLINE_PROSE;
}
