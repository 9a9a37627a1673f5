/* SPDX-License-Identifier: MIT */
#ifndef SCAN_OUTLINE_H
#define SCAN_OUTLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * What a line of source text is: the beginning of a definition, an import, a comment, prose, or
 * the inside of something. Recognisers written by hand and driven by one table for each language:
 * no parser, so that tens of millions of lines can be asked about, and that text that no parser
 * takes (macros, half a file, a language's next version) is still understood line by line. All is
 * a good guess and none of it depends on more than the text; tests/oracle/test_outline.py says
 * how good, language by language. Any bytes are taken. Thread-safe: the tables are constant.
 */
struct outline_lang;

/** The language of a file, by its name alone. NULL if it is not known. */
const struct outline_lang *outline_lang_of(const char *path, size_t len);
/** "c", "c++", "python" ...: NULL if there is no such language. */
const struct outline_lang *outline_lang_find(const char *name);
const char *outline_lang_name(const struct outline_lang *lang);
/** Whether macros may stand for anything in it. */
bool outline_has_macros(const struct outline_lang *lang);

enum outline_kind {
	OUTLINE_BODY, /* none of the others */
	OUTLINE_DEFINITION,
	OUTLINE_IMPORT,
	OUTLINE_COMMENT,
	OUTLINE_PROSE, /* a line of a text for people that is not a heading */
};

enum symbol_kind {
	SYMBOL_NONE,
	SYMBOL_FUNCTION,
	SYMBOL_METHOD, /* known to be one: by its scope or its form */
	SYMBOL_CLASS,
	SYMBOL_STRUCT, /* and unions */
	SYMBOL_ENUM,
	SYMBOL_INTERFACE, /* traits, protocols */
	SYMBOL_EXTENSION, /* what adds to a type: impl, extension, @implementation */
	SYMBOL_TYPE,      /* another name for a type */
	SYMBOL_MACRO,
	SYMBOL_VARIABLE,
	SYMBOL_CONSTANT,
	SYMBOL_MODULE,  /* namespaces, packages */
	SYMBOL_TABLE,   /* of a data base, and its views */
	SYMBOL_TARGET,  /* of a build file */
	SYMBOL_KEY,     /* of a settings file */
	SYMBOL_HEADING, /* its name is the text */
	SYMBOL_COUNT,
};

/** "function", "class" ... */
const char *symbol_kind_name(enum symbol_kind kind);

struct outline_line {
	enum outline_kind kind;
	enum symbol_kind symbol; /* SYMBOL_NONE unless a definition */
	/* In the line: the name that is defined, or the module or file that is imported (that may
	 * have length 0: "import {" goes on in another line). */
	size_t name_at, name_len;
};

/**
 * One line, without its end, looked at alone: what lines before it opened is not known. Reads
 * nothing beyond len. Of long lines only the first OUTLINE_LINE_MAX bytes are looked at.
 */
void outline_line(const struct outline_lang *lang, const char *line, size_t len,
		  struct outline_line *ret_line);

/** Where the first comment of a line begins; len if there is none. Marks in quotes do not count. */
size_t outline_comment_at(const struct outline_lang *lang, const char *line, size_t len);

/* A definition or an import of a whole text. */
struct outline_symbol {
	enum outline_kind kind; /* OUTLINE_DEFINITION or OUTLINE_IMPORT */
	enum symbol_kind symbol;
	uint32_t first_line; /* where it begins, from 1: its type or decorators; `line` if unsure */
	uint32_t line;       /* of its name */
	uint32_t end_line;   /* its last one, inclusive */
	int32_t parent;      /* the definition around it, an index; -1: none */
	uint32_t name_at, name_len; /* in the text */
};

/* Set to 0 before the first use; used again as often as one likes. */
struct outline {
	struct outline_symbol *items; /* by line */
	size_t n, cap;
	bool is_cut; /* there were more than OUTLINE_SYMBOLS_MAX */
};

enum {
	OUTLINE_LINE_MAX = 1024,       /* bytes of a line */
	OUTLINE_SYMBOLS_MAX = 1 << 18, /* of a text */
};

/**
 * All definitions and imports of a text, with the lines that each takes up: by braces where the
 * language has them, else by indentation. Comments, strings and here-documents over several lines
 * are passed over. What ret_outline held before is gone. 0, -EFBIG (4 GiB), -ENOMEM.
 */
int outline_text(const struct outline_lang *lang, const char *text, size_t len,
		 struct outline *ret_outline);
void outline_release(struct outline *outline);

#endif
