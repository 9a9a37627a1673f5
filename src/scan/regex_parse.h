/* SPDX-License-Identifier: MIT */
#ifndef SCAN_REGEX_PARSE_H
#define SCAN_REGEX_PARSE_H

#include "scan/regex_class.h"

/* Between the files of the parser only. */

enum regex_parser_flags {
	FLAG_ICASE = 1 << 0,   /* (?i) */
	FLAG_LINES = 1 << 1,   /* (?m) */
	FLAG_DOTALL = 1 << 2,  /* (?s) */
	FLAG_SWAP = 1 << 3,    /* (?U) */
	FLAG_UNICODE = 1 << 4, /* (?u) */
	FLAG_VERBOSE = 1 << 5, /* (?x) */
};

struct regex_group_name {
	size_t at, len;
	struct regex_group_name *next;
};

struct regex_parser {
	const char *text;
	size_t len, at;
	struct arena *arena;
	struct error *err;
	unsigned flags; /* in force here */
	unsigned depth, n_nodes;
	struct regex_group_name *names;
	bool is_multiline;
	bool is_over; /* failed or handed over: unwind */
	bool needs_pcre2, has_text_anchor, has_byte_class, has_wide_class;
	int status;
	size_t error_at;
	size_t open_at; /* of the class being read, for messages */
};

enum regex_escape_kind { ESCAPE_RUNE, ESCAPE_PERL, ESCAPE_PROPERTY, ESCAPE_ASSERT };

struct regex_escape {
	enum regex_escape_kind kind;
	char letter;
	bool is_byte; /* \xHH: with (?-u) a raw byte */
	uint32_t rune;
};

/** Both return false, for `return regex_parser_fail(…)`. The first one counts. */
bool regex_parser_fail(struct regex_parser *p, size_t at, const char *what);
bool regex_parser_hand_over(struct regex_parser *p);

struct class_mode regex_parser_mode(const struct regex_parser *p);
struct regex_node *regex_parser_class(struct regex_parser *p, struct class_set *set);

/** After a backslash. Of a property only the letter is read; regex_parser_property() goes on. */
bool regex_parser_escape(struct regex_parser *p, struct regex_escape *ret);
bool regex_parser_property(struct regex_parser *p, char letter, struct class_set *set);

/** At '['. */
struct regex_node *regex_parser_bracket(struct regex_parser *p);

#endif
