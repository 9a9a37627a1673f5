/* SPDX-License-Identifier: MIT */
/*
 * Lines of the languages in which a function has no word of its own: C, C++, Objective-C, and
 * Java and C#. A function is the word before the first '(' that is not a macro's or an
 * attribute's; what follows the ')' tells a definition from a call and a declaration.
 */
#include "scan/outline_lang.h"

#include <string.h>

/* What a declaration has shown so far. */
struct declarator {
	const char *name, *name_end;
	size_t n_words;
	bool is_qualified; /* a::b */
	bool is_record;    /* begins with struct, union, enum, class */
	bool is_extern;
	bool has_star;
};

static bool is_text(const char *word, size_t len, const char *text)
{
	return len == strlen(text) && memcmp(word, text, len) == 0;
}

static bool is_one_of(const char *word, size_t len, const char *const *texts)
{
	for (; *texts; texts++)
		if (is_text(word, len, *texts))
			return true;
	return false;
}

static bool is_capitals(const char *word, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (word[i] >= 'a' && word[i] <= 'z')
			return false;
	return true;
}

static char last_of(const struct outline_cursor *cursor)
{
	const char *end = cursor->end;

	while (end > cursor->at && (outline_is_blank(end[-1]) || end[-1] == '\\'))
		end--;
	return end > cursor->at ? end[-1] : '\0';
}

static bool has_brace(const struct outline_cursor *cursor)
{
	return memchr(cursor->at, '{', (size_t)(cursor->end - cursor->at)) != NULL;
}

/* #define NAME, #include <file>, and what else begins with '#'. */
static void directive(struct outline_cursor *cursor, struct outline_found *found)
{
	const char *word;
	size_t len;

	cursor->at++;
	outline_skip_blank(cursor);
	if (!outline_read_word(cursor, &word, &len))
		return;
	outline_skip_blank(cursor);
	if (is_text(word, len, "define")) {
		if (outline_read_word(cursor, &word, &len))
			outline_define(found, SYMBOL_MACRO, word, word + len);
	} else if (is_text(word, len, "include") || is_text(word, len, "import") ||
		   is_text(word, len, "include_next")) {
		char close = outline_peek(cursor) == '<' ? '>' : '"';
		const char *from = cursor->at + (cursor->at < cursor->end);
		const char *end = memchr(from, close, (size_t)(cursor->end - from));

		found->kind = OUTLINE_IMPORT;
		found->name = from;
		found->name_end = end ? end : cursor->end;
	}
}

/* struct NAME {, class ATTRIBUTE NAME : public ..., namespace a::b {. The cursor is behind the
 * first word. */
static bool record(struct outline_cursor *cursor, enum symbol_kind symbol,
		   struct outline_found *found)
{
	static const char *const fillers[] = { "class", "struct", "final", "inline", NULL };
	const char *word, *name = NULL, *name_end = NULL;
	size_t len, n = 0;

	for (;;) {
		outline_skip_blank(cursor);
		if (outline_peek(cursor) == '[' || outline_peek(cursor) == '<') {
			if (!outline_skip_brackets(cursor))
				return false;
			continue;
		}
		if (cursor->end - cursor->at > 1 && memcmp(cursor->at, "::", 2) == 0) {
			cursor->at += 2;
			if (n > 0)
				n--;
			continue;
		}
		if (!outline_read_word(cursor, &word, &len))
			break;
		if (outline_peek(cursor) ==
		    '(') { /* an attribute, or a function that returns one */
			if ((n > 0 && memcmp(word, "__", 2) != 0 && !is_capitals(word, len)) ||
			    !outline_skip_brackets(cursor))
				return false;
		} else if (!is_one_of(word, len, fillers)) {
			/* class EXPORTED Name: the capitals are a macro */
			n += !(n == 1 && is_capitals(name, (size_t)(name_end - name)));
			name = word;
			name_end = word + len;
		}
	}
	switch (outline_peek(cursor)) {
	case '{':
		found->is_transparent = n == 0 && symbol == SYMBOL_MODULE;
		break;
	case ':':
		break;
	case '\0':
		if (n > 1 || (n == 0 && symbol != SYMBOL_MODULE))
			return false;
		found->is_transparent = n == 0;
		found->doubt = DOUBT_BODY;
		break;
	case '=': /* concept */
		if (symbol != SYMBOL_TYPE)
			return false;
		break;
	default:
		return false;
	}
	if (n > 0) {
		outline_define(found, symbol, name, name_end);
		found->by_keyword = true;
	}
	return true;
}

/* typedef ... NAME;, typedef RESULT (*NAME)(...), typedef RESULT NAME(...). */
static void type_alias(struct outline_cursor *cursor, struct outline_found *found)
{
	const char *word, *name = NULL, *name_end = NULL;
	size_t len;

	found->by_keyword = true;
	while (cursor->at < cursor->end) {
		char c = *cursor->at;

		if (outline_read_word(cursor, &word, &len)) {
			if (outline_peek(cursor) == '(' && len > 2 && memcmp(word, "__", 2) == 0) {
				if (!outline_skip_brackets(cursor))
					return;
				continue;
			}
			name = word;
			name_end = word + len;
		} else if (c == '(') {
			cursor->at++;
			outline_skip_blank(cursor);
			if (outline_peek(cursor) != '*' && outline_peek(cursor) != '^')
				break;
			while (outline_peek(cursor) == '*' || outline_peek(cursor) == '^' ||
			       outline_is_blank(outline_peek(cursor)))
				cursor->at++;
			if (outline_read_word(cursor, &word, &len))
				outline_define(found, SYMBOL_TYPE, word, word + len);
			return;
		} else if (c == '<') {
			if (!outline_skip_brackets(cursor))
				return;
		} else if (c == '[' || c == ';' || c == '{' || c == '=') {
			break;
		} else {
			cursor->at++;
		}
	}
	if (name && cursor->at < cursor->end && *cursor->at != '{')
		outline_define(found, *cursor->at == '=' ? SYMBOL_VARIABLE : SYMBOL_TYPE, name,
			       name_end);
}

/* - (type)name:(type)arg ..., and @interface Name. */
static void objective_c(struct outline_cursor *cursor, struct outline_found *found)
{
	static const char *const classes[] = { "interface", "implementation", NULL };
	bool is_at = *cursor->at == '@';
	const char *word;
	size_t len;

	cursor->at++;
	if (is_at) {
		const char *what;
		size_t what_len;

		if (!outline_read_word(cursor, &what, &what_len))
			return;
		outline_skip_blank(cursor);
		if (!outline_read_word(cursor, &word, &len))
			return;
		if (is_text(what, what_len, "protocol") && last_of(cursor) != ';')
			outline_define(found, SYMBOL_INTERFACE, word, word + len);
		else if (is_one_of(what, what_len, classes))
			outline_define(found, SYMBOL_CLASS, word, word + len);
		return;
	}
	outline_skip_blank(cursor);
	if (outline_peek(cursor) != '(' || !outline_skip_brackets(cursor))
		return;
	outline_skip_blank(cursor);
	if (outline_read_word(cursor, &word, &len)) {
		outline_define(found, SYMBOL_METHOD, word, word + len);
		found->by_keyword = true;
	}
}

/* What stands behind the ')' of what may be a function. */
enum behind { BEHIND_DEFINITION, BEHIND_OPEN, BEHIND_NOTHING, BEHIND_MORE };

static enum behind look_behind(struct outline_cursor *cursor)
{
	static const char *const qualifiers[] = { "const",    "noexcept", "override", "final",
						  "volatile", "try",      "throw",    "requires",
						  "mutable",  "throws",   "where",    "asm",
						  NULL };
	struct outline_cursor next;
	const char *word;
	size_t len;

	outline_skip_blank(cursor);
	next = *cursor;
	switch (outline_peek(cursor)) {
	case '\0':
	case '/': /* a comment */
		return BEHIND_OPEN;
	case '{':
		return BEHIND_DEFINITION;
	case ':':
		return cursor->end - cursor->at > 1 && cursor->at[1] == ':' ? BEHIND_NOTHING
									    : BEHIND_OPEN;
	case '-':
		return cursor->end - cursor->at > 1 && cursor->at[1] == '>' &&
				       last_of(cursor) != ';'
			       ? BEHIND_OPEN
			       : BEHIND_NOTHING;
	case '=': /* C#: => */
		return cursor->end - cursor->at > 1 && cursor->at[1] == '>' &&
				       !(cursor->lang->lexis & LEX_PREPROCESSOR)
			       ? BEHIND_DEFINITION
			       : BEHIND_NOTHING;
	default:
		break;
	}
	if (outline_peek(cursor) == '*')
		return BEHIND_MORE;
	if (!outline_read_word(&next, &word, &len))
		return BEHIND_NOTHING;
	if (!is_one_of(word, len, qualifiers) && !(len > 2 && memcmp(word, "__", 2) == 0) &&
	    !is_capitals(word, len))
		return BEHIND_MORE;
	if (last_of(cursor) == ';' && !has_brace(cursor))
		return BEHIND_NOTHING;
	return has_brace(cursor) ? BEHIND_DEFINITION : BEHIND_OPEN;
}

/* At '(': true if the line has been decided. */
static bool function_at(struct outline_cursor *cursor, struct declarator *seen,
			struct outline_found *found)
{
	bool is_indented = seen->name != cursor->begin, is_weak;
	size_t len = (size_t)(seen->name_end - seen->name);
	enum behind behind = BEHIND_OPEN;

	if (cursor->end - cursor->at > 1 && (cursor->at[1] == '*' || cursor->at[1] == '^'))
		return true; /* a pointer to a function */
	if (outline_skip_brackets(cursor))
		behind = look_behind(cursor);
	else if (last_of(cursor) == ';')
		return true;
	if (behind == BEHIND_NOTHING)
		return true;
	if (behind == BEHIND_MORE) {
		/* A macro with arguments in front of the declaration. */
		seen->name = NULL;
		seen->n_words = 1;
		return false;
	}
	is_weak = seen->n_words == 1 && !seen->is_qualified &&
		  (is_indented || (behind == BEHIND_OPEN && is_capitals(seen->name, len)));
	outline_define(found, seen->is_qualified ? SYMBOL_METHOD : SYMBOL_FUNCTION, seen->name,
		       seen->name_end);
	found->doubt = is_weak ? DOUBT_WEAK : DOUBT_BODY;
	return true;
}

static void variable_at(const struct outline_cursor *cursor, const struct declarator *seen,
			struct outline_found *found)
{
	if (seen->n_words < 2 || seen->is_extern || seen->is_qualified)
		return;
	if (seen->is_record && seen->n_words == 2 && !seen->has_star)
		return; /* struct name; */
	if (cursor->end - cursor->at > 1 && *cursor->at == '=' && cursor->at[1] == '=')
		return;
	outline_define(found, SYMBOL_VARIABLE, seen->name, seen->name_end);
}

/* operator==, operator(), operator bool: up to the '(' of the arguments. */
static void operator_name(struct outline_cursor *cursor, struct declarator *seen, const char *word)
{
	outline_skip_blank(cursor);
	if (cursor->end - cursor->at > 1 && memcmp(cursor->at, "()", 2) == 0)
		cursor->at += 2;
	while (cursor->at < cursor->end && *cursor->at != '(')
		cursor->at++;
	seen->name = word;
	seen->name_end = cursor->at;
	while (seen->name_end > word && outline_is_blank(seen->name_end[-1]))
		seen->name_end--;
	seen->n_words += 2;
}

/* One word of a declaration; false if there is nothing to be found any more. */
static bool take_word(struct outline_cursor *cursor, struct declarator *seen, const char *word,
		      size_t len)
{
	static const char *const attributes[] = { "__attribute__", "__declspec", "alignas",
						  "_Alignas", NULL };

	if (is_text(word, len, "operator")) {
		operator_name(cursor, seen, word);
		return true;
	}
	if (is_text(word, len, "extern")) {
		seen->is_extern = true;
	} else if (is_one_of(word, len, attributes)) {
		outline_skip_blank(cursor);
		return outline_peek(cursor) != '(' || outline_skip_brackets(cursor);
	}
	if (word > cursor->begin && word[-1] == '~')
		word--;
	seen->name = word;
	seen->name_end = cursor->at;
	seen->n_words++;
	return true;
}

/* The words and marks of a declaration until something decides. */
static void declaration(struct outline_cursor *cursor, struct declarator *seen,
			struct outline_found *found)
{
	const char *word;
	size_t len;

	while (cursor->at < cursor->end) {
		char c = *cursor->at;

		if (outline_read_word(cursor, &word, &len)) {
			if (!take_word(cursor, seen, word, len))
				return;
			continue;
		}
		switch (c) {
		case ' ':
		case '\t':
		case '~':
			cursor->at++;
			break;
		case '*':
		case '&':
			seen->has_star = true;
			cursor->at++;
			break;
		case ':':
			if (cursor->end - cursor->at < 2 || cursor->at[1] != ':')
				return;
			cursor->at += 2;
			if (seen->n_words > 0) {
				seen->n_words--;
				seen->is_qualified = true;
			}
			break;
		case '<':
			if (!outline_skip_brackets(cursor))
				return;
			break;
		case '"': /* extern "C" */
			while (++cursor->at < cursor->end && *cursor->at != '"') {
			}
			cursor->at += cursor->at < cursor->end;
			outline_skip_blank(cursor);
			found->is_transparent = seen->is_extern && outline_peek(cursor) == '{';
			break;
		case '(':
			if (!seen->name || function_at(cursor, seen, found))
				return;
			break;
		case '=':
		case '[':
		case ';':
		case ',':
			if (cursor->begin < cursor->end && !outline_is_blank(*cursor->begin))
				variable_at(cursor, seen, found);
			return;
		default:
			return;
		}
	}
}

void outline_shape_c(struct outline_cursor *cursor, struct outline_found *found)
{
	bool is_top = cursor->at == cursor->begin;
	const struct outline_word *known;
	struct declarator seen = { 0 };
	struct outline_cursor next;
	const char *word;
	size_t len;

	if (*cursor->at == '#') {
		directive(cursor, found);
		return;
	}
	if ((cursor->lang->lexis & LEX_OBJC) &&
	    (*cursor->at == '@' || (is_top && (*cursor->at == '-' || *cursor->at == '+')))) {
		objective_c(cursor, found);
		return;
	}
	if (*cursor->at == '}' && is_top) {
		cursor->at++;
		type_alias(cursor, found);
		found->doubt = DOUBT_TYPEDEF;
		return;
	}
	if ((cursor->lang->lexis & LEX_TOP_ONLY) && !is_top && last_of(cursor) != '{')
		return;
	for (;;) {
		next = *cursor;
		if (!outline_read_word(&next, &word, &len))
			break;
		outline_skip_blank(&next);
		if (is_text(word, len, "template") && outline_peek(&next) == '<') {
			if (!outline_skip_brackets(&next))
				return;
			outline_skip_blank(&next);
			*cursor = next;
			continue;
		}
		if (is_text(word, len, "typedef")) {
			struct outline_cursor body = next;
			const struct outline_word *second;

			found->is_typedef = true;
			if (outline_read_word(&next, &word, &len) &&
			    (second = outline_word_find(cursor->lang, word, len)) &&
			    second->act == ACT_DEFINE &&
			    record(&next, (enum symbol_kind)second->symbol, found))
				return;
			type_alias(&body, found);
			return;
		}
		if (is_text(word, len, "using")) {
			if (outline_read_word(&next, &word, &len) &&
			    memchr(next.at, '=', (size_t)(next.end - next.at)))
				outline_define(found, SYMBOL_TYPE, word, word + len);
			return;
		}
		if (is_text(word, len, "static") || is_text(word, len, "const")) {
			/* static struct name {: a variable comes behind the '}' */
			struct outline_cursor body = next;

			if (has_brace(&next) &&
			    !memchr(next.at, '=', (size_t)(next.end - next.at)) &&
			    outline_read_word(&body, &word, &len) &&
			    (known = outline_word_find(cursor->lang, word, len)) &&
			    known->act == ACT_DEFINE) {
				*cursor = next;
				continue;
			}
			break;
		}
		if (is_text(word, len, "inline") && next.end - next.at > 9 &&
		    memcmp(next.at, "namespace", 9) == 0) {
			*cursor = next;
			continue;
		}
		known = outline_word_find(cursor->lang, word, len);
		if (!known)
			break;
		if (known->act == ACT_BODY)
			return;
		next.at = word + len;
		if (record(&next, (enum symbol_kind)known->symbol, found))
			return;
		seen.is_record = true;
		break;
	}
	if ((cursor->lang->lexis & LEX_TOP_ONLY) && !is_top)
		return;
	declaration(cursor, &seen, found);
}
