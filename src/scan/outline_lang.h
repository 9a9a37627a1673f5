/* SPDX-License-Identifier: MIT */
#ifndef SCAN_OUTLINE_LANG_H
#define SCAN_OUTLINE_LANG_H

#include "scan/outline.h"

#include <string.h>

/* The tables behind scan/outline.h, and what its parts tell each other. */

/* What the first words of a line mean. */
enum outline_act {
	ACT_SKIP,   /* a modifier: look at the next word */
	ACT_DEFINE, /* the next word is the name of what `symbol` says */
	ACT_IMPORT,
	ACT_BODY, /* begins a statement that defines nothing */
};

struct outline_word {
	char text[16]; /* padded with NULs, so that words are compared as two numbers */
	uint8_t act;   /* enum outline_act */
	uint8_t symbol;
};

struct outline_found;
struct outline_cursor;

/* Lines of one shape of language. Called with a cursor at the first byte that is not blank, where
 * no comment begins. */
typedef void outline_shape_fn(struct outline_cursor *cursor, struct outline_found *found);

enum outline_rule {
	RULE_BRACE,  /* a definition ends with its brace */
	RULE_INDENT, /* before the next line indented no more; a closing word is part of it */
	RULE_LEVEL,  /* before the next heading of the same level or above */
};

enum outline_lexis {
	LEX_SEMICOLON = 1 << 0, /* statements end in ';' */
	LEX_SINGLE = 1 << 1,    /* 'strings' */
	LEX_CHAR = 1 << 2,      /* 'c' is a character, a lone ' is not a quote */
	LEX_BACKTICK = 1 << 3,  /* `strings over several lines` */
	LEX_TRIPLE = 1 << 4,    /* """ over several lines */
	LEX_TRIPLE_SINGLE = 1 << 5,
	LEX_REGEX = 1 << 6,                /* /regular expressions/ */
	LEX_HEREDOC = 1 << 7,              /* <<WORD */
	LEX_PREPROCESSOR = 1 << 8,         /* #if ... #else: only the first branch counts */
	LEX_POD = 1 << 9,                  /* =word at the beginning of a line ... =cut or =end */
	LEX_NESTED_ONLY_KEYWORD = 1 << 10, /* functions without a keyword are not in functions */
	LEX_BODYLESS = 1 << 11,            /* functions without a body are definitions too */
	LEX_MULTILINE = 1 << 13,           /* quoted strings may go over several lines */
	LEX_NO_CASE = 1 << 14,             /* words in any case */
	LEX_ASSIGN_TOP = 1 << 15,          /* name = ... in column 0 defines a variable */
	LEX_ASSIGN_CONSTANT = 1 << 16,     /* Name = ... defines a constant */
	LEX_ASSIGN_FUNCTION = 1 << 17,     /* name = function ... */
	LEX_OBJC = 1 << 18,
	LEX_JOINED = 1 << 20,     /* lines in brackets go on, whatever their indentation */
	LEX_SETEXT = 1 << 21,     /* a line of = or - makes the line above a heading */
	LEX_UNDERLINE = 1 << 22,  /* the same with any mark; its level is the order of its coming */
	LEX_KEYS = 1 << 23,       /* only definitions end what is above them */
	LEX_RAW = 1 << 24,        /* r#"strings"# */
	LEX_NESTED = 1 << 25,     /* block comments in block comments */
	LEX_LAST_PART = 1 << 26,  /* of a module's name too, only the last part */
	LEX_PROPERTIES = 1 << 27, /* a field whose '{' is in the next line */
	LEX_ATTRIBUTES = 1 << 28, /* @Name(...), #[...], [...] in front of definitions */
	LEX_TOP_ONLY = 1 << 19,   /* only lines in column 0 define something */
};

struct outline_lang {
	const char *name;
	const char *suffixes; /* ".c .h": the last part of a name; or whole names "Makefile" */
	const struct outline_word *words;
	size_t n_words;
	outline_shape_fn *shape;
	const char *line_comments[2];
	const char *block_open, *block_close;
	enum outline_rule rule;
	uint32_t lexis; /* enum outline_lexis */
};

extern const struct outline_lang outline_langs[];
extern const size_t outline_lang_count;

struct outline_cursor {
	const struct outline_lang *lang;
	const char *begin, *at, *end; /* of the line */
};

/* Why a definition may turn out to be none. */
enum outline_doubt {
	DOUBT_NONE,
	DOUBT_BODY,    /* it is one if a body follows: ';' makes it a declaration */
	DOUBT_WEAK,    /* the same, and alone it looks more like something else */
	DOUBT_TYPEDEF, /* "} name;": it is one if the block began with typedef */
};

struct outline_found {
	enum outline_kind kind;
	enum symbol_kind symbol;
	enum outline_doubt doubt;
	const char *name, *name_end;
	uint8_t level;       /* of a heading, from 1 */
	bool by_keyword;     /* a word of the language said so */
	bool is_transparent; /* a brace that opens no scope: extern "C" { */
	bool is_typedef;     /* begins with "typedef" */
};

/* Looks at a line that has no comment before its first word, and is no comment. */
void outline_look(const struct outline_lang *lang, const char *line, size_t len,
		  struct outline_found *ret_found);
/* NULL if the word means nothing to the language. */
const struct outline_word *outline_word_find(const struct outline_lang *lang, const char *word,
					     size_t len);
/* The bytes of the mark with which a comment begins at `at`, in a line from `line`; 0: none. */
size_t outline_comment_mark(const struct outline_lang *lang, const char *line, const char *at,
			    const char *end);

/* Letters, digits, '_', '$' and all beyond ASCII. */
extern const bool outline_word_bytes[256];

static inline bool outline_is_word(char c)
{
	return outline_word_bytes[(unsigned char)c];
}

static inline bool outline_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\f';
}

static inline bool outline_is_mark(char c, const char *marks)
{
	return c != '\0' && strchr(marks, c);
}

static inline void outline_skip_blank(struct outline_cursor *cursor)
{
	while (cursor->at < cursor->end && outline_is_blank(*cursor->at))
		cursor->at++;
}

/* The byte at the cursor; NUL at the end. */
static inline char outline_peek(const struct outline_cursor *cursor)
{
	return cursor->at < cursor->end ? *cursor->at : '\0';
}

/* Reads a word; false, with the cursor where it was, if there is none. */
bool outline_read_word(struct outline_cursor *cursor, const char **ret_word, size_t *ret_len);
/* 'c', '\n', '\u{1F600}': behind it; only the quote is passed over if it is none of these. */
const char *outline_skip_char(const char *at, const char *end);
/* From an opening bracket to behind its closing one; false if that is not in the line. */
bool outline_skip_brackets(struct outline_cursor *cursor);
/* The text in the first quotes at or behind the cursor, as an import. */
void outline_import_quoted(struct outline_cursor *cursor, struct outline_found *found);
void outline_define(struct outline_found *found, enum symbol_kind symbol, const char *name,
		    const char *name_end);

outline_shape_fn outline_shape_words, outline_shape_c, outline_shape_typed, outline_shape_js,
	outline_shape_go, outline_shape_shell, outline_shape_sql, outline_shape_make,
	outline_shape_cmake, outline_shape_heading, outline_shape_prose, outline_shape_key;

#endif
