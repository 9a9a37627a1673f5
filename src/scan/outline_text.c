/* SPDX-License-Identifier: MIT */
/*
 * A whole text. Each line goes two ways: to the recogniser of lines, unless it lies in a comment,
 * a string or a here-document, and past the reader of marks, which tells the brackets. A
 * definition waits for its '{' (or for the ';' that makes it a declaration); the bracket then
 * carries it, and what is found inside has it as its parent. Where indentation tells, the open
 * definitions lie on the same stack by their indentation; headings, by their level.
 */
#include "scan/outline_marks.h"

#include "base/attr.h"
#include "base/vec.h"

#include <errno.h>
#include <string.h>

enum {
	SCOPES_MAX = 512,    /* brackets beyond are not looked at */
	CONDITIONS_MAX = 64, /* #if in #if */
	NONE = -1,
};

/* An open bracket, a definition open by its indentation, or a heading. */
struct scope {
	int32_t symbol;  /* NONE: a bracket without a definition */
	uint32_t indent; /* columns, or the level of a heading */
	char open;       /* '(' '[' '{' */
	bool is_transparent, is_typedef;
	char group; /* Go's "const (": the kind of what each line in it defines */
};

/* A conditional of the preprocessor: only its first branch moves the brackets. */
struct condition {
	size_t before, after_first;
	bool has_else;
};

struct reading {
	struct outline_marks marks;
	const struct outline_lang *lang;
	const char *text;
	struct outline *outline;
	struct scope scopes[SCOPES_MAX];
	size_t n_scopes;
	uint32_t line_before;     /* the one before last_line, in a text for people */
	uint32_t line, last_line; /* last_line: the last one that was not blank or a comment */

	int32_t macro;   /* the last one, which may go on */
	int32_t pending; /* the definition that waits for its body */
	size_t pending_depth;
	bool pending_joins;               /* the next line goes on with it */
	bool pending_doubt, pending_ends; /* pending_ends: unless the next line goes on with it */
	bool pending_transparent, pending_typedef;
	bool closed_typedef;
	bool is_continued; /* by indentation: the line before ended in '\\' */

	struct condition conditions[CONDITIONS_MAX];
	size_t n_conditions;
	unsigned char underlines[8]; /* the marks under headings, in the order of their coming */
	size_t n_underlines;
	char fence; /* of the code block that is open in a text for people */
};

static bool add(struct reading *reading, const struct outline_found *found, int32_t parent,
		int32_t *ret_symbol)
{
	struct outline *outline = reading->outline;

	*ret_symbol = NONE;
	if (outline->n >= OUTLINE_SYMBOLS_MAX) {
		outline->is_cut = true;
		return true;
	}
	if (!vec_reserve(outline, 1))
		return false;
	*ret_symbol = (int32_t)outline->n;
	outline->items[outline->n++] = (struct outline_symbol){
		.kind = found->kind,
		.symbol = found->symbol,
		.first_line = reading->line,
		.line = reading->line,
		.end_line = reading->line,
		.parent = parent,
		.name_at = (uint32_t)(found->name - reading->text),
		.name_len = (uint32_t)(found->name_end - found->name),
	};
	return true;
}

/* The innermost definition that is open, or NONE. */
static int32_t parent_of(const struct reading *reading)
{
	for (size_t i = reading->n_scopes; i-- > 0;)
		if (reading->scopes[i].symbol != NONE)
			return reading->scopes[i].symbol;
	return NONE;
}

static bool holds_members(enum symbol_kind symbol)
{
	return symbol == SYMBOL_CLASS || symbol == SYMBOL_STRUCT || symbol == SYMBOL_ENUM ||
	       symbol == SYMBOL_INTERFACE || symbol == SYMBOL_EXTENSION;
}

static void end_at(struct reading *reading, int32_t symbol, uint32_t line)
{
	if (symbol != NONE && reading->outline->items[symbol].end_line < line)
		reading->outline->items[symbol].end_line = line;
}

/* The pending definition gets no body. */
static void settle_pending(struct reading *reading, uint32_t line)
{
	int32_t symbol = reading->pending;

	reading->pending = NONE;
	reading->pending_joins = reading->pending_ends = reading->pending_transparent =
		reading->pending_typedef = false;
	if (symbol == NONE)
		return;
	end_at(reading, symbol, line);
	/* Whatever is added settles what was pending, so that this one is the last. */
	if (reading->pending_doubt && (size_t)symbol + 1 == reading->outline->n)
		reading->outline->n--;
}

/* ---- by braces ---- */

/* May this be a definition, where it stands? */
static bool is_accepted(const struct reading *reading, const struct outline_found *found)
{
	const struct scope *inner = NULL;
	enum symbol_kind around = SYMBOL_NONE;
	bool is_top;

	for (size_t i = reading->n_scopes; i-- > 0 && !inner;)
		if (!reading->scopes[i].is_transparent)
			inner = &reading->scopes[i];
	is_top = !inner;
	if (found->symbol == SYMBOL_MACRO && (reading->lang->lexis & LEX_PREPROCESSOR))
		return true;
	if (inner && inner->open != '{')
		return found->kind == OUTLINE_IMPORT;
	if (inner && inner->symbol != NONE)
		around = reading->outline->items[inner->symbol].symbol;
	if (found->doubt == DOUBT_WEAK)
		return holds_members(around) || ((is_top || around == SYMBOL_MODULE) &&
						 (reading->lang->lexis & LEX_PREPROCESSOR));
	if (is_top || holds_members(around) || around == SYMBOL_MODULE)
		return true;
	if (found->symbol == SYMBOL_VARIABLE || found->symbol == SYMBOL_CONSTANT)
		return false;
	return found->by_keyword || found->kind == OUTLINE_IMPORT ||
	       !(reading->lang->lexis & LEX_NESTED_ONLY_KEYWORD);
}

static void push(struct reading *reading, const struct scope *scope)
{
	if (reading->n_scopes < SCOPES_MAX)
		reading->scopes[reading->n_scopes++] = *scope;
}

/* Foo() : a{1}: a brace that touches a name gives a value. */
static bool is_value_brace(const struct reading *reading, const char *line, const char *at)
{
	enum symbol_kind kind;

	if (!(reading->lang->lexis & LEX_PREPROCESSOR) || reading->pending == NONE || at == line ||
	    !outline_is_word(at[-1]))
		return false;
	kind = reading->outline->items[reading->pending].symbol;
	return (kind == SYMBOL_FUNCTION || kind == SYMBOL_METHOD) &&
	       !(at - line >= 5 && memcmp(at - 5, "const", 5) == 0);
}

static void open_brace(struct reading *reading, const char *line, const char *at)
{
	struct scope scope = { .symbol = NONE, .open = '{' };

	if (reading->n_scopes == reading->pending_depth && !is_value_brace(reading, line, at)) {
		scope.symbol = reading->pending;
		scope.is_transparent = reading->pending_transparent;
		scope.is_typedef = reading->pending_typedef;
		reading->pending = NONE;
		reading->pending_transparent = reading->pending_typedef = false;
		reading->pending_ends = reading->pending_joins = false;
	}
	push(reading, &scope);
}

static void close_scope(struct reading *reading)
{
	const struct scope *scope = &reading->scopes[--reading->n_scopes];

	end_at(reading, scope->symbol, reading->line);
	reading->closed_typedef |= scope->is_typedef;
}

static void close_brace(struct reading *reading, bool is_first)
{
	size_t n = reading->n_scopes;

	while (n > 0 && reading->scopes[n - 1].open != '{')
		n--;
	if (n == 0)
		return; /* one too many */
	if (is_first && (reading->lang->lexis & LEX_TOP_ONLY))
		n = 1; /* in column 0 of a C file: whatever macros did, all is closed */
	while (reading->n_scopes >= n)
		close_scope(reading);
	if (reading->pending != NONE && reading->n_scopes < reading->pending_depth)
		settle_pending(reading, reading->line);
}

static void take_marks(struct reading *reading, const char *line, char group, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct outline_mark *mark = &reading->marks.items[i];
		struct scope scope = { .symbol = NONE, .open = mark->c, .group = group };

		switch (mark->c) {
		case '{':
			open_brace(reading, line, mark->at);
			break;
		case '}':
			close_brace(reading, mark->at == line);
			break;
		case '(':
		case '[':
			push(reading, &scope);
			break;
		case ')':
		case ']':
			if (reading->n_scopes > 0 && reading->scopes[reading->n_scopes - 1].open ==
							     (mark->c == ')' ? '(' : '['))
				reading->n_scopes--;
			break;
		case ';':
			if (reading->pending != NONE && reading->n_scopes == reading->pending_depth)
				settle_pending(reading, reading->line);
			break;
		default:
			break;
		}
	}
}

static bool begins_with(const char *at, const char *end, const char *text)
{
	size_t len = strlen(text);

	return (size_t)(end - at) >= len && memcmp(at, text, len) == 0;
}

/* #if, #else, #endif: the brackets of other branches do not count. */
static void conditional(struct reading *reading, const char *at, const char *end)
{
	struct condition *top;

	at++;
	while (at < end && outline_is_blank(*at))
		at++;
	if (begins_with(at, end, "if")) {
		if (reading->n_conditions < CONDITIONS_MAX)
			reading->conditions[reading->n_conditions] =
				(struct condition){ .before = reading->n_scopes };
		reading->n_conditions++;
		return;
	}
	if (reading->n_conditions == 0 || reading->n_conditions > CONDITIONS_MAX) {
		reading->n_conditions -= reading->n_conditions > 0 && begins_with(at, end, "endif");
		return;
	}
	top = &reading->conditions[reading->n_conditions - 1];
	if (begins_with(at, end, "el")) {
		if (!top->has_else)
			top->after_first = reading->n_scopes;
		top->has_else = true;
		reading->n_scopes = top->before;
	} else if (begins_with(at, end, "endif")) {
		if (top->has_else)
			reading->n_scopes = top->after_first;
		reading->n_conditions--;
	}
}

/* Does a line that begins so go on with the definition above it? */
static bool continues(const struct outline_lang *lang, const char *at, const char *end)
{
	static const char *const words[] = { "{", ":",       "=",          "|",     "&",
					     ".", "extends", "implements", "where", "throws" };
	static const char *const c_words[] = { "{",        "__",    ":",        "const",
					       "noexcept", "->",    "override", "final",
					       "try",      "throw", "requires" };
	bool is_c = lang->lexis & LEX_PREPROCESSOR;
	const char *const *list = is_c ? c_words : words;
	size_t n = is_c ? countof(c_words) : countof(words);

	for (size_t i = 0; i < n; i++)
		if (begins_with(at, end, list[i]))
			return true;
	/* MACRO_OF_ATTRIBUTE(...) */
	for (n = 0; at + n < end && outline_is_word(at[n]); n++)
		if (at[n] >= 'a' && at[n] <= 'z')
			return false;
	return is_c && n > 3;
}

/* Go's "const (", "var (", "type (", "import (": what the lines in it are. */
static char group_of(const struct reading *reading, const char *at, const char *end)
{
	static const char *const groups[] = { "const (", "var (", "type (", "import (" };
	static const char kinds[] = { SYMBOL_CONSTANT, SYMBOL_VARIABLE, SYMBOL_TYPE, SYMBOL_COUNT };

	if (reading->lang->shape != outline_shape_go || reading->n_scopes > 0)
		return 0;
	for (size_t i = 0; i < sizeof(kinds); i++)
		if (begins_with(at, end, groups[i]))
			return kinds[i];
	return 0;
}

static void look_in_group(const struct reading *reading, const char *at, const char *end,
			  struct outline_found *found)
{
	char group = reading->scopes[reading->n_scopes - 1].group;
	struct outline_cursor cursor = { reading->lang, at, at, end };
	const char *word;
	size_t len;

	*found = (struct outline_found){ .kind = OUTLINE_BODY };
	if (group == SYMBOL_COUNT && memchr(at, '"', (size_t)(end - at)))
		outline_import_quoted(&cursor, found);
	else if (group != SYMBOL_COUNT && outline_read_word(&cursor, &word, &len))
		outline_define(found, (enum symbol_kind)group, word, word + len);
}

static bool take_found(struct reading *reading, struct outline_found *found)
{
	int32_t parent = parent_of(reading), symbol;
	bool is_declared;

	if (found->symbol == SYMBOL_FUNCTION && parent != NONE &&
	    holds_members(reading->outline->items[parent].symbol))
		found->symbol = SYMBOL_METHOD;
	is_declared = (reading->lang->lexis & LEX_BODYLESS) && parent != NONE &&
		      holds_members(reading->outline->items[parent].symbol);
	settle_pending(reading, reading->last_line);
	if (!add(reading, found, parent, &symbol))
		return false;
	reading->macro = found->symbol == SYMBOL_MACRO ? symbol : NONE;
	if (found->kind != OUTLINE_DEFINITION || symbol == NONE ||
	    (found->symbol == SYMBOL_MACRO && (reading->lang->lexis & LEX_PREPROCESSOR)))
		return true;
	reading->pending = symbol;
	reading->pending_depth = reading->n_scopes;
	reading->pending_doubt = found->doubt != DOUBT_NONE && !is_declared;
	return true;
}

/* A definition without ';' ends with its line, unless the line or the next one says otherwise. */
static void end_statement(struct reading *reading)
{
	enum symbol_kind kind;
	bool waits;

	if (reading->pending == NONE || reading->n_scopes != reading->pending_depth ||
	    reading->marks.last == '\0')
		return;
	if (reading->lang->lexis & LEX_SEMICOLON) {
		/* The line behind "name(...)" tells a function from a macro that is used. */
		reading->pending_ends = reading->pending_doubt && reading->marks.last == ')' &&
					(reading->lang->lexis & LEX_PREPROCESSOR);
		reading->pending_joins = reading->pending_doubt &&
					 (reading->marks.last == ',' || reading->marks.last == ':');
		return;
	}
	kind = reading->outline->items[reading->pending].symbol;
	waits = strchr("=,(&|+-:>.<?", reading->marks.last) ||
		(!(reading->lang->lexis & LEX_BODYLESS) &&
		 (kind == SYMBOL_CLASS || kind == SYMBOL_FUNCTION || kind == SYMBOL_METHOD));
	reading->pending_ends = !waits;
}

static int read_braced(struct reading *reading, const char *line, const char *end)
{
	bool is_code = reading->marks.within == WITHIN_CODE, is_looked = false, is_directive,
	     goes_on;
	const char *at = line, *cut = end - line > OUTLINE_LINE_MAX ? line + OUTLINE_LINE_MAX : end;
	struct outline_found found = { .kind = OUTLINE_BODY };

	while (at < end && outline_is_blank(*at))
		at++;
	if (reading->marks.within == WITHIN_DIRECTIVE && reading->macro != NONE)
		end_at(reading, reading->macro, reading->line);
	if (at == end) {
		reading->marks.within = reading->marks.within == WITHIN_DIRECTIVE
						? WITHIN_CODE
						: reading->marks.within;
		return 0;
	}
	is_code = is_code && !outline_comment_mark(reading->lang, at, at, end);
	is_directive = is_code && *at == '#' && (reading->lang->lexis & LEX_PREPROCESSOR);
	goes_on = reading->pending_joins ||
		  (reading->pending_ends && continues(reading->lang, at, end));
	if (is_code && reading->pending_ends && !is_directive && !goes_on)
		settle_pending(reading, reading->last_line);
	if (is_code && reading->n_scopes > 0 && reading->scopes[reading->n_scopes - 1].group)
		look_in_group(reading, at, cut, &found), is_looked = true;
	else if (is_code)
		outline_look(reading->lang, line, (size_t)(cut - line), &found);
	reading->closed_typedef = false;
	if (is_directive) {
		reading->macro = NONE;
		conditional(reading, at, end);
		if (end[-1] == '\\')
			reading->marks.within = WITHIN_DIRECTIVE;
		reading->marks.n = 0;
	} else if (found.doubt == DOUBT_TYPEDEF) {
		outline_marks_line(&reading->marks, line, end);
		take_marks(reading, line, 0, reading->marks.n > 0);
		if (!reading->closed_typedef && reading->n_scopes == 0)
			found.symbol = SYMBOL_VARIABLE;
		else if (!reading->closed_typedef || found.symbol == SYMBOL_VARIABLE)
			found.kind = OUTLINE_BODY;
		found.doubt = DOUBT_NONE;
		reading->marks.items[0].c = '\0'; /* taken */
	} else {
		outline_marks_line(&reading->marks, line, end);
	}
	if ((found.kind == OUTLINE_DEFINITION || found.kind == OUTLINE_IMPORT) &&
	    !(goes_on && !is_directive) && (is_looked || is_accepted(reading, &found))) {
		if (!take_found(reading, &found))
			return -ENOMEM;
	}
	if (found.is_transparent || (found.is_typedef && found.kind == OUTLINE_BODY))
		reading->pending_depth = reading->n_scopes;
	reading->pending_transparent |= found.is_transparent;
	reading->pending_typedef |= found.is_typedef;
	take_marks(reading, line, group_of(reading, at, end), reading->marks.n);
	if (is_code && !is_directive)
		end_statement(reading);
	if (reading->marks.last || *at == '#')
		reading->last_line = reading->line;
	return 0;
}

/* ---- by indentation ---- */

static uint32_t indent_of(const char *line, const char *at)
{
	uint32_t columns = 0;

	for (; line < at; line++)
		columns = *line == '\t' ? (columns | 7) + 1 : columns + 1;
	return columns;
}

/* Words and marks with which the last line of a block begins. */
static bool is_closer(const char *at, const char *end)
{
	static const char *const words[] = { "end", "endfunction", "endmacro", "endef" };

	if (*at == '}' || *at == ')' || *at == ']')
		return true;
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		size_t len = strlen(words[i]);

		if ((size_t)(end - at) >= len && strncasecmp(at, words[i], len) == 0 &&
		    ((size_t)(end - at) == len || !outline_is_word(at[len])))
			return true;
	}
	return false;
}

/* ... and those within it that are indented as its first line is. */
static bool is_inner(const char *at, const char *end)
{
	return *at == '{' || begins_with(at, end, "rescue") || begins_with(at, end, "ensure") ||
	       begins_with(at, end, "else");
}

static void close_indented(struct reading *reading, uint32_t indent, const char *at,
			   const char *end)
{
	bool closes = is_closer(at, end);

	while (reading->n_scopes > 0) {
		const struct scope *top = &reading->scopes[reading->n_scopes - 1];

		if (top->indent < indent || (top->indent == indent && is_inner(at, end)))
			return;
		reading->n_scopes--;
		if (closes && top->indent == indent) {
			end_at(reading, top->symbol, reading->line);
			return;
		}
		end_at(reading, top->symbol, reading->last_line);
	}
}

/* How many brackets a line leaves open, for languages in which they join lines. */
static void take_joins(struct reading *reading, size_t *n_open)
{
	for (size_t i = 0; i < reading->marks.n; i++) {
		char c = reading->marks.items[i].c;

		if (c == '(' || c == '[' || c == '{')
			++*n_open;
		else if (c != ';' && *n_open > 0)
			--*n_open;
	}
}

static int read_indented(struct reading *reading, const char *line, const char *end)
{
	uint32_t lexis = reading->lang->lexis, indent;
	const char *at = line, *cut = end - line > OUTLINE_LINE_MAX ? line + OUTLINE_LINE_MAX : end;
	struct outline_found found = { .kind = OUTLINE_BODY };
	bool is_code = reading->marks.within == WITHIN_CODE;
	size_t *n_open = &reading->pending_depth; /* not used otherwise here */
	int32_t symbol, parent;

	while (at < end && outline_is_blank(*at))
		at++;
	if (at == end) {
		reading->is_continued = false;
		return 0;
	}
	if (!is_code || *n_open > 0 || reading->is_continued ||
	    outline_comment_mark(reading->lang, at, at, end)) {
		bool is_comment = is_code && *n_open == 0 && !reading->is_continued;

		outline_marks_line(&reading->marks, line, end);
		if (lexis & LEX_JOINED)
			take_joins(reading, n_open);
		if (!is_comment)
			reading->last_line = reading->line;
		reading->is_continued &= end[-1] == '\\';
		return 0;
	}
	reading->is_continued = end[-1] == '\\';
	outline_marks_line(&reading->marks, line, end);
	if (reading->marks.within == WITHIN_POD)
		return 0;
	outline_look(reading->lang, line, (size_t)(cut - line), &found);
	indent = 2 * indent_of(line, at) + (found.symbol == SYMBOL_KEY);
	if (found.kind != OUTLINE_BODY || !(lexis & LEX_KEYS) ||
	    (outline_is_word(*at) && is_closer(at, end)))
		close_indented(reading, indent, at, end);
	reading->last_line = reading->line;
	if (lexis & LEX_JOINED)
		take_joins(reading, n_open);
	if (found.kind != OUTLINE_DEFINITION && found.kind != OUTLINE_IMPORT)
		return 0;
	parent = parent_of(reading);
	if (found.doubt == DOUBT_WEAK && parent != NONE &&
	    !holds_members(reading->outline->items[parent].symbol))
		return 0; /* a variable of a function */
	if (found.symbol == SYMBOL_FUNCTION && parent != NONE &&
	    holds_members(reading->outline->items[parent].symbol))
		found.symbol = SYMBOL_METHOD;
	if (!add(reading, &found, parent, &symbol))
		return -ENOMEM;
	if (found.kind == OUTLINE_DEFINITION && symbol != NONE &&
	    !((lexis & LEX_KEYS) && (lexis & LEX_NO_CASE) && found.symbol == SYMBOL_VARIABLE))
		push(reading, &(struct scope){ .symbol = symbol, .indent = indent });
	return 0;
}

/* ---- texts for people ---- */

static int take_heading(struct reading *reading, const struct outline_found *found, uint32_t line)
{
	int32_t symbol;

	while (reading->n_scopes > 0 &&
	       reading->scopes[reading->n_scopes - 1].indent >= found->level) {
		reading->n_scopes--;
		end_at(reading, reading->scopes[reading->n_scopes].symbol,
		       reading->last_line < line ? reading->last_line : reading->line_before);
	}
	if (!add(reading, found, parent_of(reading), &symbol))
		return -ENOMEM;
	if (symbol != NONE) {
		reading->outline->items[symbol].first_line = line;
		reading->outline->items[symbol].line = line;
		push(reading, &(struct scope){ .symbol = symbol, .indent = found->level });
	}
	return 0;
}

/* The level that a line of marks gives to the line above it; 0 if it is none. */
static uint8_t underline_level(struct reading *reading, const char *line, const char *end,
			       size_t above_len)
{
	unsigned char mark = (unsigned char)*line;

	while (end > line && outline_is_blank(end[-1]))
		end--;
	if (above_len == 0 || end - line < 2)
		return 0;
	for (const char *at = line; at < end; at++)
		if ((unsigned char)*at != mark)
			return 0;
	if (reading->lang->lexis & LEX_SETEXT)
		return mark == '=' ? 1 : mark == '-' ? 2 : 0;
	if (!outline_is_mark(mark, "=-~^\"'`#*+.:_") || (size_t)(end - line) + 1 < above_len)
		return 0;
	for (size_t i = 0; i < reading->n_underlines; i++)
		if (reading->underlines[i] == mark)
			return (uint8_t)(i + 1);
	if (reading->n_underlines == sizeof(reading->underlines))
		return 0;
	reading->underlines[reading->n_underlines++] = mark;
	return (uint8_t)reading->n_underlines;
}

static int read_prose(struct reading *reading, const char *line, const char *end, const char *above,
		      const char *above_end)
{
	const char *cut = end - line > OUTLINE_LINE_MAX ? line + OUTLINE_LINE_MAX : end;
	struct outline_found found = { .kind = OUTLINE_BODY };
	const char *at = line;
	uint8_t level;
	int r = 0;

	while (at < end && outline_is_blank(*at))
		at++;
	if (at == end)
		return 0;
	if ((reading->lang->lexis & LEX_SETEXT) && reading->line == 1 && end - at == 3 &&
	    memcmp(at, "---", 3) == 0) {
		reading->fence = '-'; /* settings in front of the text */
	} else if (reading->fence == '-') {
		reading->fence = end - at == 3 && memcmp(at, "---", 3) == 0 ? '\0' : '-';
	} else if ((reading->lang->lexis & LEX_SETEXT) && end - at >= 3 &&
		   (*at == '`' || *at == '~') && at[1] == *at && at[2] == *at &&
		   (!reading->fence || reading->fence == *at)) {
		reading->fence = reading->fence ? '\0' : *at;
	} else if (!reading->fence) {
		outline_look(reading->lang, line, (size_t)(cut - line), &found);
		level = reading->lang->lexis & (LEX_SETEXT | LEX_UNDERLINE) && above_end > above &&
					!outline_is_blank(*above) && *above != '#' && at == line
				? underline_level(reading, line, end, (size_t)(above_end - above))
				: 0;
		if (found.kind == OUTLINE_DEFINITION) {
			r = take_heading(reading, &found, reading->line);
		} else if (level > 0) {
			outline_define(&found, SYMBOL_HEADING, above, above_end);
			found.level = level;
			r = take_heading(reading, &found, reading->line - 1);
		}
	}
	reading->line_before = reading->last_line;
	reading->last_line = reading->line;
	return r;
}

static int read_line(struct reading *reading, const char *line, const char *end, const char *above,
		     const char *above_end)
{
	switch (reading->lang->rule) {
	case RULE_BRACE:
		return read_braced(reading, line, end);
	case RULE_INDENT:
		return read_indented(reading, line, end);
	case RULE_LEVEL:
		break;
	}
	return read_prose(reading, line, end, above, above_end);
}

int outline_text(const struct outline_lang *lang, const char *text, size_t len,
		 struct outline *ret_outline)
{
	const char *end = text + len, *above = text, *above_end = text;
	struct reading reading;

	ret_outline->n = 0;
	ret_outline->is_cut = false;
	if (len >= UINT32_MAX)
		return -EFBIG;
	memset(&reading, 0, sizeof(reading));
	outline_marks_init(&reading.marks, lang);
	reading.lang = lang;
	reading.text = text;
	reading.outline = ret_outline;
	reading.pending = reading.macro = NONE;
	for (const char *at = text; at < end;) {
		const char *feed = memchr(at, '\n', (size_t)(end - at));
		const char *line_end = feed ? feed : end;
		int r;

		while (line_end > at && line_end[-1] == '\r')
			line_end--;
		reading.line++;
		r = read_line(&reading, at, line_end, above, above_end);
		if (r < 0)
			return r;
		above = at;
		above_end = line_end;
		at = feed ? feed + 1 : end;
	}
	if (reading.pending != NONE && lang->rule == RULE_BRACE)
		settle_pending(&reading, reading.last_line);
	for (size_t i = 0; i < reading.n_scopes; i++)
		end_at(&reading, reading.scopes[i].symbol, reading.last_line);
	return 0;
}

void outline_release(struct outline *outline)
{
	vec_release(outline);
	outline->is_cut = false;
}
