/* SPDX-License-Identifier: MIT */
/*
 * One line, and the shape that most languages have: modifiers, a word that says what is defined,
 * its name.
 */
#include "scan/outline_lang.h"

#include <string.h>

const bool outline_word_bytes[256] = {
	['0' ... '9'] = true, ['A' ... 'Z'] = true, ['a' ... 'z'] = true,
	['_'] = true,         ['$'] = true,         [0x80 ... 0xff] = true,
};

bool outline_read_word(struct outline_cursor *cursor, const char **ret_word, size_t *ret_len)
{
	const char *from = cursor->at;

	while (cursor->at < cursor->end && outline_is_word(*cursor->at))
		cursor->at++;
	*ret_word = from;
	*ret_len = (size_t)(cursor->at - from);
	return cursor->at > from;
}

static const char *skip_quoted(const char *at, const char *end)
{
	char quote = *at++;

	while (at < end && *at != quote)
		at += *at == '\\' ? 2 : 1;
	return at < end ? at + 1 : end;
}

const char *outline_skip_char(const char *at, const char *end)
{
	const char *close;

	if (end - at > 2 && at[1] != '\\' && at[2] == '\'')
		return at + 3;
	if (end - at < 4 || (at[1] != '\\' && !(at[1] & 0x80)))
		return at + 1;
	close = memchr(at + 3, '\'', (size_t)(end - at - 3 < 10 ? end - at - 3 : 10));
	return close ? close + 1 : at + 1;
}

bool outline_skip_brackets(struct outline_cursor *cursor)
{
	char open = *cursor->at, close = open == '(' ? ')' : open == '<' ? '>' : (char)(open + 2);
	const char *at = cursor->at;
	int depth = 0;

	while (at < cursor->end) {
		if (*at == '"' || (*at == '\'' && open == '(')) {
			at = skip_quoted(at, cursor->end);
			continue;
		}
		if (*at == open)
			depth++;
		else if (*at == close && !(open == '<' && (at[-1] == '-' || at[-1] == '=')) &&
			 --depth == 0) {
			cursor->at = at + 1;
			return true;
		}
		at++;
	}
	return false;
}

const struct outline_word *outline_word_find(const struct outline_lang *lang, const char *word,
					     size_t len)
{
	char padded[sizeof(lang->words->text)] = { 0 };
	uint64_t want[2], have[2];

	if (len > sizeof(padded))
		return NULL;
	memcpy(padded, word, len);
	for (size_t i = 0; (lang->lexis & LEX_NO_CASE) && i < len; i++)
		padded[i] |= padded[i] >= 'A' && padded[i] <= 'Z' ? 32 : 0;
	memcpy(want, padded, sizeof(want));
	for (size_t i = 0; i < lang->n_words; i++) {
		if (lang->words[i].text[0] != padded[0])
			continue;
		memcpy(have, lang->words[i].text, sizeof(have));
		if (have[0] == want[0] && have[1] == want[1])
			return &lang->words[i];
	}
	return NULL;
}

static bool begins(const char *at, const char *end, const char *mark)
{
	size_t len = strlen(mark);

	return (size_t)(end - at) >= len && memcmp(at, mark, len) == 0;
}

size_t outline_comment_mark(const struct outline_lang *lang, const char *line, const char *at,
			    const char *end)
{
	if (lang->block_open && *at == *lang->block_open && begins(at, end, lang->block_open))
		return strlen(lang->block_open);
	for (size_t i = 0; i < 2 && lang->line_comments[i]; i++) {
		if (*at != *lang->line_comments[i] || !begins(at, end, lang->line_comments[i]))
			continue;
		/* $#, ${#name}, a#b */
		if (*at == '#' && at > line && (outline_is_word(at[-1]) || at[-1] == '{'))
			continue;
		return strlen(lang->line_comments[i]);
	}
	return 0;
}

void outline_define(struct outline_found *found, enum symbol_kind symbol, const char *name,
		    const char *name_end)
{
	if (name_end - name == 1 && *name == '_')
		return; /* Go, Rust: without a name */
	found->kind = OUTLINE_DEFINITION;
	found->symbol = symbol;
	found->name = name;
	found->name_end = name_end;
}

void outline_import_quoted(struct outline_cursor *cursor, struct outline_found *found)
{
	const char *at = cursor->at, *end = cursor->end;

	while (at < end && *at != '"' && *at != '\'' && *at != '`')
		at++;
	found->kind = OUTLINE_IMPORT;
	found->name = found->name_end = end;
	if (at < end) {
		const char *close = memchr(at + 1, *at, (size_t)(end - at - 1));

		found->name = at + 1;
		found->name_end = close ? close : end;
	}
}

/* @Name(...), #[...], [...] in front of a definition. */
static void skip_attributes(struct outline_cursor *cursor)
{
	struct outline_cursor next = *cursor;
	const char *word;
	size_t len;

	while (next.at < next.end) {
		if (*next.at == '#' && next.end - next.at > 1 && next.at[1] == '[') {
			next.at++;
		} else if (*next.at == '@') {
			next.at++;
			if (!outline_read_word(&next, &word, &len) ||
			    begins(word, next.end, "interface"))
				return;
			while (outline_peek(&next) == '.') {
				next.at++;
				(void)outline_read_word(&next, &word, &len);
			}
		} else if (*next.at != '[') {
			return;
		}
		if ((outline_peek(&next) == '[' || outline_peek(&next) == '(') &&
		    !outline_skip_brackets(&next))
			return;
		outline_skip_blank(&next);
		*cursor = next;
	}
}

/* The rest of an import: the first quoted text or word with its dots and slashes. */
static void import_rest(struct outline_cursor *cursor, struct outline_found *found)
{
	const char *from;

	outline_skip_blank(cursor);
	if (outline_peek(cursor) == '(') {
		cursor->at++;
		outline_skip_blank(cursor);
	}
	if (begins(cursor->at, cursor->end, "static ") ||
	    begins(cursor->at, cursor->end, "function ")) {
		cursor->at = (const char *)memchr(cursor->at, ' ', 10) + 1;
		outline_skip_blank(cursor);
	}
	if (outline_peek(cursor) == '"' || outline_peek(cursor) == '\'') {
		outline_import_quoted(cursor, found);
		return;
	}
	from = cursor->at;
	while (cursor->at < cursor->end && !outline_is_blank(*cursor->at) &&
	       !outline_is_mark(*cursor->at, ";{(),"))
		cursor->at++;
	if (cursor->at == from)
		return;
	found->kind = OUTLINE_IMPORT;
	found->name = from;
	found->name_end = cursor->at;
}

/* Rust's "impl<T> Trait for Type<T>": the type's name. */
static void define_impl(struct outline_cursor *cursor, struct outline_found *found)
{
	const char *word, *name = NULL, *name_end = NULL;
	size_t len;

	while (cursor->at < cursor->end && *cursor->at != '{') {
		if (*cursor->at == '<') {
			if (!outline_skip_brackets(cursor))
				break;
		} else if (outline_read_word(cursor, &word, &len)) {
			if (len == 5 && memcmp(word, "where", 5) == 0)
				break;
			if (!(len == 3 && memcmp(word, "for", 3) == 0) &&
			    !(len == 3 && memcmp(word, "mut", 3) == 0)) {
				name = word;
				name_end = word + len;
			}
		} else {
			cursor->at++;
		}
	}
	if (!name)
		return;
	outline_define(found, SYMBOL_EXTENSION, name, name_end);
	found->by_keyword = true;
}

/* The marks of an operator that is defined as a function: ==, [], <=>. */
static void skip_operator(struct outline_cursor *cursor, enum symbol_kind symbol)
{
	while (symbol == SYMBOL_FUNCTION && cursor->at < cursor->end &&
	       outline_is_mark(*cursor->at, "[]=<>!~+-*/%&|^@"))
		cursor->at++;
}

/* Between the parts of a name: '.', "::", '\\' and, in functions of Lua, ':'. */
static bool skip_dots(struct outline_cursor *cursor, enum symbol_kind symbol)
{
	char c = outline_peek(cursor);

	if (begins(cursor->at, cursor->end, "::"))
		cursor->at += 2;
	else if (c == '.' || c == '\\' || (c == ':' && symbol == SYMBOL_FUNCTION))
		cursor->at++;
	else
		return false;
	return true;
}

/* The name that follows a defining word: the last part of a.b, whole for modules. */
static bool read_name(struct outline_cursor *cursor, enum symbol_kind symbol, const char **ret_name,
		      const char **ret_end)
{
	const char *word, *name;
	size_t len;

	if (!outline_read_word(cursor, &word, &len)) {
		*ret_name = cursor->at;
		skip_operator(cursor, symbol);
		*ret_end = cursor->at;
		return cursor->at > *ret_name;
	}
	name = word;
	for (;;) {
		struct outline_cursor next = *cursor;

		if (outline_peek(&next) == '<' &&
		    (symbol != SYMBOL_FUNCTION || !outline_skip_brackets(&next)))
			break;
		if (!skip_dots(&next, symbol))
			break;
		word = next.at;
		if (!outline_read_word(&next, &word, &len)) {
			skip_operator(&next, symbol);
			if (next.at == word)
				break;
		}
		*cursor = next;
		if (symbol != SYMBOL_MODULE || (cursor->lang->lexis & LEX_LAST_PART))
			name = word;
	}
	if (symbol == SYMBOL_FUNCTION && cursor->at < cursor->end &&
	    (*cursor->at == '?' || *cursor->at == '!' ||
	     (*cursor->at == '=' && cursor->end - cursor->at > 1 && cursor->at[1] == '(')))
		cursor->at++;
	*ret_name = name;
	*ret_end = cursor->at;
	return true;
}

static void define_rest(struct outline_cursor *cursor, enum symbol_kind symbol,
			struct outline_found *found)
{
	const char *name, *end;

	if (symbol == SYMBOL_EXTENSION && cursor->lang->rule == RULE_BRACE &&
	    (cursor->lang->lexis & LEX_SEMICOLON)) {
		define_impl(cursor, found);
		return;
	}
	if (outline_peek(cursor) == '!')
		cursor->at++;
	outline_skip_blank(cursor);
	if (outline_peek(cursor) == '<' && !outline_skip_brackets(cursor))
		return;
	outline_skip_blank(cursor);
	if (outline_peek(cursor) == '&')
		cursor->at++;
	if (begins(cursor->at, cursor->end, "mut "))
		cursor->at += 4;
	if (!read_name(cursor, symbol, &name, &end)) {
		/* companion object {: what is in it belongs to what is around it */
		found->is_transparent = symbol == SYMBOL_CLASS && outline_peek(cursor) == '{';
		return;
	}
	outline_define(found, symbol, name, end);
	found->by_keyword = true;
	if (symbol == SYMBOL_FUNCTION && cursor->lang->rule == RULE_INDENT && end < cursor->end &&
	    cursor->end[-1] == ';' && !memchr(end, '{', (size_t)(cursor->end - end)) &&
	    (cursor->lang->lexis & LEX_POD) && !(cursor->lang->lexis & LEX_ASSIGN_CONSTANT))
		found->kind = OUTLINE_BODY; /* Perl's "sub name;" */
	if (symbol == SYMBOL_FUNCTION && (cursor->lang->lexis & LEX_SEMICOLON))
		found->doubt = cursor->lang->lexis & LEX_BODYLESS ? DOUBT_NONE : DOUBT_BODY;
}

/* NAME = ..., NAME: TYPE = ... of languages without a word for it; a.b = function in Lua. */
static void assigned(struct outline_cursor *cursor, struct outline_found *found)
{
	const struct outline_lang *lang = cursor->lang;
	const char *word, *name, *end, *first = cursor->at;
	size_t len;

	if (!read_name(cursor, SYMBOL_VARIABLE, &name, &end))
		return;
	outline_skip_blank(cursor);
	if ((lang->lexis & LEX_ASSIGN_TOP) && outline_peek(cursor) == ':')
		while (cursor->at < cursor->end && *cursor->at != '=')
			cursor->at++;
	if (outline_peek(cursor) != '=' ||
	    (cursor->end - cursor->at > 1 && outline_is_mark(cursor->at[1], "=~>")))
		return;
	cursor->at++;
	outline_skip_blank(cursor);
	if (outline_read_word(cursor, &word, &len) && len == 8 &&
	    (lang->lexis & LEX_ASSIGN_FUNCTION) && memcmp(word, "function", 8) == 0)
		outline_define(found, SYMBOL_FUNCTION, name, end);
	else if (len == 7 && (lang->lexis & LEX_ASSIGN_FUNCTION) && memcmp(word, "require", 7) == 0)
		outline_import_quoted(cursor, found);
	else if ((lang->lexis & LEX_ASSIGN_TOP) && name == first) {
		outline_define(found, SYMBOL_VARIABLE, name, end);
		found->doubt = name == cursor->begin ? DOUBT_NONE : DOUBT_WEAK;
	} else if ((lang->lexis & LEX_ASSIGN_CONSTANT) && *name >= 'A' && *name <= 'Z')
		outline_define(found, SYMBOL_CONSTANT, name, end);
}

void outline_shape_words(struct outline_cursor *cursor, struct outline_found *found)
{
	struct outline_cursor start = *cursor, next;
	const struct outline_word *known;
	const char *word;
	size_t len;

	for (;;) {
		if (!outline_read_word(cursor, &word, &len))
			return;
		known = outline_word_find(cursor->lang, word, len);
		if (!known) {
			cursor->at = word;
			if (cursor->lang->lexis &
			    (LEX_ASSIGN_TOP | LEX_ASSIGN_CONSTANT | LEX_ASSIGN_FUNCTION))
				assigned(word == start.at || cursor->lang->rule == RULE_INDENT
						 ? cursor
						 : &start,
					 found);
			return;
		}
		if (known->act == ACT_BODY)
			return;
		if (known->act == ACT_IMPORT) {
			import_rest(cursor, found);
			return;
		}
		if (outline_peek(cursor) == '(' && known->act == ACT_SKIP &&
		    !outline_skip_brackets(cursor)) /* pub(crate) */
			return;
		outline_skip_blank(cursor);
		if (outline_peek(cursor) == '"' && known->act == ACT_SKIP) { /* extern "C" */
			cursor->at = skip_quoted(cursor->at, cursor->end);
			outline_skip_blank(cursor);
		}
		if (known->act == ACT_DEFINE)
			break;
	}
	/* "enum class X", "const fn x", "case object X": the second word says what it is. */
	next = *cursor;
	if (outline_read_word(&next, &word, &len)) {
		const struct outline_word *second = outline_word_find(cursor->lang, word, len);

		outline_skip_blank(&next);
		if (second && second->act == ACT_DEFINE && next.at > word + len &&
		    outline_is_word(outline_peek(&next))) {
			*cursor = next;
			known = known->symbol == SYMBOL_ENUM ? known : second;
		} else if (second && second->act == ACT_SKIP && known->symbol == SYMBOL_CONSTANT) {
			outline_shape_words(cursor, found); /* const unsafe fn */
			return;
		}
	}
	define_rest(cursor, (enum symbol_kind)known->symbol, found);
}

void outline_look(const struct outline_lang *lang, const char *line, size_t len,
		  struct outline_found *ret_found)
{
	struct outline_cursor cursor = { lang, line, line, line + len };

	*ret_found = (struct outline_found){ .kind = OUTLINE_BODY };
	outline_skip_blank(&cursor);
	if (cursor.at == cursor.end)
		return;
	if ((lang->lexis & LEX_ATTRIBUTES) && outline_is_mark(*cursor.at, "@#["))
		skip_attributes(&cursor);
	if (cursor.at < cursor.end)
		lang->shape(&cursor, ret_found);
}

void outline_line(const struct outline_lang *lang, const char *line, size_t len,
		  struct outline_line *ret_line)
{
	const char *at = line, *end = line + (len < OUTLINE_LINE_MAX ? len : OUTLINE_LINE_MAX);
	struct outline_found found;

	*ret_line = (struct outline_line){ .kind = lang->rule == RULE_LEVEL ? OUTLINE_PROSE
									    : OUTLINE_BODY };
	while (at < end && outline_is_blank(*at))
		at++;
	if (at == end)
		return;
	/* " * ..." goes on with a block comment: no statement of a C-like language begins so. */
	if (outline_comment_mark(lang, at, at, end) ||
	    (*at == '*' && at > line && lang->block_open && *lang->block_open == '/' &&
	     (at + 1 == end || at[1] == '/' || at[1] == '*' || outline_is_blank(at[1]))) ||
	    ((lang->lexis & LEX_TRIPLE) && lang->rule == RULE_INDENT &&
	     begins(at, end, "\"\"\""))) {
		ret_line->kind = OUTLINE_COMMENT;
		return;
	}
	outline_look(lang, line, (size_t)(end - line), &found);
	if (found.doubt == DOUBT_WEAK || found.kind == OUTLINE_BODY)
		return;
	ret_line->kind = found.kind;
	if (found.kind == OUTLINE_PROSE)
		return;
	ret_line->symbol = found.symbol;
	ret_line->name_at = (size_t)(found.name - line);
	ret_line->name_len = (size_t)(found.name_end - found.name);
}

size_t outline_comment_at(const struct outline_lang *lang, const char *line, size_t len)
{
	const char *at = line, *end = line + len;

	while (at < end) {
		if (outline_comment_mark(lang, line, at, end))
			return (size_t)(at - line);
		if (*at == '\'' && (lang->lexis & LEX_CHAR))
			at = outline_skip_char(at, end);
		else if (*at == '"' || (*at == '\'' && (lang->lexis & LEX_SINGLE)) ||
			 (*at == '`' && (lang->lexis & LEX_BACKTICK)))
			at = skip_quoted(at, end);
		else
			at++;
	}
	return len;
}
