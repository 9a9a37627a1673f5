/* SPDX-License-Identifier: MIT */
/*
 * Lines of Java and C#: modifiers, then a word that says what is defined, or a type and a name.
 */
#include "scan/outline_lang.h"

#include <string.h>

/* What follows the name of a method or a field. */
static void member_at(struct outline_cursor *cursor, size_t n_words, bool is_modified,
		      const char *name, const char *name_end, struct outline_found *found)
{
	char c = outline_peek(cursor);

	if (c == '(') {
		bool is_closed = outline_skip_brackets(cursor);

		outline_skip_blank(cursor);
		c = outline_peek(cursor);
		if (is_closed && outline_is_mark(c, ".)],&|+?") && c)
			return;
		if (is_closed && c == '=' &&
		    !(cursor->end - cursor->at > 1 && cursor->at[1] == '>'))
			return;
		if (c == ';' && n_words < 2)
			return;
		outline_define(found, SYMBOL_METHOD, name, name_end);
		if (n_words < 2 && !is_modified)
			found->doubt = DOUBT_WEAK;
		return;
	}
	if (!is_modified || n_words < 2)
		return;
	if (c == '\0' && (cursor->lang->lexis & LEX_PROPERTIES)) {
		outline_define(found, SYMBOL_VARIABLE, name, name_end);
		found->doubt = DOUBT_BODY;
		return;
	}
	if (c == '=' || c == ';' ||
	    (c == '{' && memchr(cursor->at, 'g', (size_t)(cursor->end - cursor->at))))
		outline_define(found, SYMBOL_VARIABLE, name, name_end);
}

/* TYPE NAME or NAME: types with dots, generics, arrays and '?'. */
static void member(struct outline_cursor *cursor, bool is_modified, struct outline_found *found)
{
	const char *word, *name = NULL, *name_end = NULL;
	size_t len, n_words = 0;

	while (cursor->at < cursor->end) {
		char c = *cursor->at;

		if (outline_read_word(cursor, &word, &len)) {
			name = word;
			name_end = word + len;
			n_words++;
		} else if (c == '.' && n_words > 0) {
			cursor->at++;
			n_words--;
		} else if (c == '<' || c == '[') {
			if (!outline_skip_brackets(cursor))
				return;
		} else if (c == '?' || c == '*' || outline_is_blank(c)) {
			cursor->at++;
		} else if (c == '(' && n_words == 0) { /* a tuple */
			if (!outline_skip_brackets(cursor))
				return;
			n_words++;
		} else {
			break;
		}
	}
	if (name && n_words <= 2)
		member_at(cursor, n_words, is_modified, name, name_end, found);
}

static bool is_using_statement(const struct outline_cursor *cursor)
{
	return outline_peek(cursor) == '(' ||
	       (cursor->end - cursor->at > 4 && memcmp(cursor->at, "var ", 4) == 0);
}

static void import(struct outline_cursor *cursor, struct outline_found *found)
{
	const char *from;

	if (is_using_statement(cursor))
		return;
	if (cursor->end - cursor->at > 7 && memcmp(cursor->at, "static ", 7) == 0)
		cursor->at += 7;
	from = cursor->at;
	while (cursor->at < cursor->end &&
	       (outline_is_word(*cursor->at) || *cursor->at == '.' || *cursor->at == '*'))
		cursor->at++;
	outline_skip_blank(cursor);
	if (cursor->at == from || (outline_peek(cursor) != ';' && outline_peek(cursor) != '='))
		return;
	found->kind = OUTLINE_IMPORT;
	found->name = from;
	while (cursor->at > from && outline_is_blank(cursor->at[-1]))
		cursor->at--;
	found->name_end = cursor->at;
}

void outline_shape_typed(struct outline_cursor *cursor, struct outline_found *found)
{
	const struct outline_word *known;
	bool is_modified = false;
	const char *word, *name;
	size_t len;

	if (*cursor->at == '@' || *cursor->at == '~')
		cursor->at++; /* @interface, ~Name() */
	for (;;) {
		struct outline_cursor next = *cursor;

		next.at += outline_peek(cursor) == '@'; /* public @interface */

		if (!outline_read_word(&next, &word, &len)) {
			if (outline_peek(cursor) != '<' || !outline_skip_brackets(cursor))
				break;
			outline_skip_blank(cursor);
			continue;
		}
		known = outline_word_find(cursor->lang, word, len);
		outline_skip_blank(&next);
		if (!known)
			break;
		if (known->act == ACT_BODY)
			return;
		if (known->act == ACT_IMPORT) {
			import(&next, found);
			return;
		}
		if (known->act == ACT_DEFINE) {
			if (!outline_read_word(&next, &word, &len))
				break;
			if (known->symbol == SYMBOL_CLASS &&
			    outline_word_find(cursor->lang, word, len)) {
				outline_skip_blank(&next); /* record struct */
				if (!outline_read_word(&next, &word, &len))
					return;
			}
			name = word;
			while (known->symbol == SYMBOL_MODULE && outline_peek(&next) == '.') {
				next.at++;
				(void)outline_read_word(&next, &word, &len);
			}
			if (outline_peek(&next) == '(' && known->symbol != SYMBOL_CLASS)
				return;
			outline_define(found, (enum symbol_kind)known->symbol, name, next.at);
			found->by_keyword = true;
			return;
		}
		*cursor = next;
		is_modified = true;
	}
	member(cursor, is_modified, found);
}
