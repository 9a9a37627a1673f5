/* SPDX-License-Identifier: MIT */
/*
 * Lines of JavaScript and TypeScript: the words of the language, methods without one, and the
 * forms in which a function is given a name by assigning it.
 */
#include "scan/outline_lang.h"

#include <string.h>

static bool is_text(const char *word, size_t len, const char *text)
{
	return len == strlen(text) && memcmp(word, text, len) == 0;
}

static bool begins_word(const struct outline_cursor *cursor, const char *text)
{
	size_t len = strlen(text);

	return (size_t)(cursor->end - cursor->at) >= len && memcmp(cursor->at, text, len) == 0 &&
	       ((size_t)(cursor->end - cursor->at) == len || !outline_is_word(cursor->at[len]));
}

/* "from 'module'" somewhere in the line. */
static bool imports_from(struct outline_cursor *cursor, struct outline_found *found)
{
	const char *at = cursor->at;

	while ((at = memmem(at, (size_t)(cursor->end - at), "from", 4))) {
		at += 4;
		while (at < cursor->end && outline_is_blank(*at))
			at++;
		if (at < cursor->end && (*at == '\'' || *at == '"')) {
			cursor->at = at;
			outline_import_quoted(cursor, found);
			return true;
		}
	}
	return false;
}

/* What is assigned: SYMBOL_FUNCTION, SYMBOL_CLASS or SYMBOL_NONE. */
static enum symbol_kind value_kind(struct outline_cursor cursor)
{
	const char *word;
	size_t len;

	outline_skip_blank(&cursor);
	if (begins_word(&cursor, "async")) {
		cursor.at += 5;
		outline_skip_blank(&cursor);
	}
	if (begins_word(&cursor, "function"))
		return SYMBOL_FUNCTION;
	if (begins_word(&cursor, "class"))
		return SYMBOL_CLASS;
	if (outline_peek(&cursor) == '<' && !outline_skip_brackets(&cursor))
		return SYMBOL_NONE;
	if (outline_peek(&cursor) == '(') {
		if (!outline_skip_brackets(&cursor))
			return SYMBOL_NONE;
		if (outline_peek(&cursor) == ':') /* the type of its result */
			return memmem(cursor.at, (size_t)(cursor.end - cursor.at), "=>", 2)
				       ? SYMBOL_FUNCTION
				       : SYMBOL_NONE;
	} else if (!outline_read_word(&cursor, &word, &len)) {
		return SYMBOL_NONE;
	}
	outline_skip_blank(&cursor);
	return cursor.end - cursor.at > 1 && memcmp(cursor.at, "=>", 2) == 0 ? SYMBOL_FUNCTION
									     : SYMBOL_NONE;
}

static bool is_required(struct outline_cursor cursor)
{
	outline_skip_blank(&cursor);
	return begins_word(&cursor, "require");
}

/* The '=' of an assignment at or behind the cursor, past a type. */
static bool find_assign(struct outline_cursor *cursor)
{
	const char *at = cursor->at;

	for (; at < cursor->end; at++) {
		if (*at != '=')
			continue;
		if (cursor->end - at > 1 && (at[1] == '=' || at[1] == '>')) {
			at++;
			continue;
		}
		cursor->at = at + 1;
		return true;
	}
	return false;
}

/* const NAME = ..., let NAME: TYPE = ..., const { a, b } = require("module"). */
static void variable(struct outline_cursor *cursor, enum symbol_kind symbol,
		     struct outline_found *found)
{
	struct outline_cursor value;
	enum symbol_kind kind;
	const char *word;
	size_t len;
	bool is_named;

	is_named = outline_read_word(cursor, &word, &len);
	if (is_named && symbol == SYMBOL_CONSTANT && is_text(word, len, "enum")) {
		outline_skip_blank(cursor);
		if (outline_read_word(cursor, &word, &len))
			outline_define(found, SYMBOL_ENUM, word, word + len);
		return;
	}
	value = *cursor;
	if (find_assign(&value)) {
		if (is_required(value)) {
			outline_import_quoted(&value, found);
			return;
		}
		kind = value_kind(value);
		symbol = kind == SYMBOL_NONE ? symbol : kind;
	}
	if (is_named)
		outline_define(found, symbol, word, word + len);
}

/* name(...) {, a.b.c = function, name: function, name = (...) =>. */
static void member(struct outline_cursor *cursor, struct outline_found *found)
{
	bool is_private = outline_peek(cursor) == '#' || outline_peek(cursor) == '*';
	bool is_dotted = false;
	const char *word;
	enum symbol_kind kind;
	size_t len;
	char c;

	cursor->at += is_private;
	outline_skip_blank(cursor);
	if (!outline_read_word(cursor, &word, &len))
		return;
	while (outline_peek(cursor) == '.' && cursor->end - cursor->at > 1 &&
	       outline_is_word(cursor->at[1])) {
		cursor->at++;
		(void)outline_read_word(cursor, &word, &len);
		is_dotted = true;
	}
	if (outline_peek(cursor) == '?')
		cursor->at++;
	if (outline_peek(cursor) == '<' && !outline_skip_brackets(cursor))
		return;
	outline_skip_blank(cursor);
	c = outline_peek(cursor);
	if (c == '(' && !is_dotted) {
		bool is_closed = outline_skip_brackets(cursor);

		outline_skip_blank(cursor);
		c = outline_peek(cursor);
		if (is_closed && c != '{' && c != ':')
			return;
		if (!is_closed && cursor->end[-1] == ';')
			return;
		outline_define(found, SYMBOL_METHOD, word, word + len);
		found->doubt = is_closed && c == '{' ? DOUBT_BODY : DOUBT_WEAK;
		return;
	}
	if ((c == ':' && !is_dotted) || c == '=') {
		struct outline_cursor value = *cursor;

		if (c == ':' && find_assign(&value) && value_kind(value) != SYMBOL_NONE)
			c = '='; /* name: TYPE = (...) => */
		else
			value.at = cursor->at + 1;
		kind = value_kind(value);
		if (kind != SYMBOL_NONE)
			outline_define(found,
				       kind == SYMBOL_FUNCTION && c == ':' ? SYMBOL_METHOD : kind,
				       word, word + len);
	}
}

static void define_named(struct outline_cursor *cursor, enum symbol_kind symbol,
			 struct outline_found *found)
{
	const char *word;
	size_t len;

	if (outline_peek(cursor) == '*')
		cursor->at++;
	outline_skip_blank(cursor);
	if (symbol == SYMBOL_MODULE &&
	    (outline_peek(cursor) == '\'' || outline_peek(cursor) == '"')) {
		outline_import_quoted(cursor, found);
		outline_define(found, symbol, found->name, found->name_end);
		return;
	}
	if (!outline_read_word(cursor, &word, &len) || is_text(word, len, "extends"))
		return;
	while (symbol == SYMBOL_MODULE && outline_peek(cursor) == '.') {
		cursor->at++;
		(void)outline_read_word(cursor, &word, &len);
	}
	outline_skip_blank(cursor);
	if (symbol == SYMBOL_TYPE && cursor->at < cursor->end && *cursor->at != '=' &&
	    *cursor->at != '<')
		return; /* import { type Name, */
	outline_define(found, symbol, word, word + len);
	found->by_keyword = true;
	if (symbol == SYMBOL_FUNCTION && !(cursor->lang->lexis & LEX_BODYLESS))
		found->doubt = DOUBT_BODY;
}

/* Words that are modifiers only before another name, and names otherwise. */
static bool is_modifier(const char *word, size_t len)
{
	static const char *const modifiers[] = { "default",  "static",    "public",
						 "private",  "protected", "get",
						 "readonly", "override",  "set" };

	for (size_t i = 0; i < sizeof(modifiers) / sizeof(*modifiers); i++)
		if (is_text(word, len, modifiers[i]))
			return true;
	return false;
}

void outline_shape_js(struct outline_cursor *cursor, struct outline_found *found)
{
	const struct outline_word *known;
	bool is_export = false;
	const char *word;
	size_t len;

	if (*cursor->at == '}') {
		(void)imports_from(cursor, found);
		return;
	}
	for (;;) {
		struct outline_cursor next = *cursor;
		bool is_followed;

		if (!outline_read_word(&next, &word, &len))
			break;
		outline_skip_blank(&next);
		is_followed = next.at > word + len && next.at < next.end &&
			      (outline_is_word(*next.at) || *next.at == '*' || *next.at == '#');
		known = outline_word_find(cursor->lang, word, len);
		if (is_modifier(word, len) && is_followed) {
			*cursor = next;
			continue;
		}
		if (!known)
			break;
		if (known->act == ACT_BODY)
			return;
		if (known->act == ACT_SKIP) {
			is_export |= is_text(word, len, "export");
			if (is_export &&
			    (outline_peek(&next) == '*' || outline_peek(&next) == '{')) {
				(void)imports_from(&next, found);
				return;
			}
			if (!is_followed)
				break;
			*cursor = next;
			continue;
		}
		if (known->act == ACT_IMPORT) {
			if (outline_peek(&next) == '(' || outline_peek(&next) == '.')
				return;
			if (!imports_from(&next, found))
				outline_import_quoted(&next, found);
			return;
		}
		if (known->symbol == SYMBOL_CONSTANT || known->symbol == SYMBOL_VARIABLE) {
			variable(&next, (enum symbol_kind)known->symbol, found);
			return;
		}
		if (!is_followed &&
		    !(known->symbol == SYMBOL_FUNCTION && outline_peek(&next) == '*') &&
		    !(known->symbol == SYMBOL_MODULE && next.at > word + len &&
		      next.at < next.end && outline_is_mark(*next.at, "'\"")))
			break;
		define_named(&next, (enum symbol_kind)known->symbol, found);
		return;
	}
	member(cursor, found);
}
