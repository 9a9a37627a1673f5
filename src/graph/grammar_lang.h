/* SPDX-License-Identifier: MIT */
#ifndef GRAPH_GRAMMAR_LANG_H
#define GRAPH_GRAMMAR_LANG_H

#include "scan/outline.h"

#include <tree_sitter/api.h>

/* What the nodes of each grammar mean. */

enum grammar_role {
	ROLE_DEFINES = 1 << 0,
	ROLE_IMPORTS = 1 << 1,
	ROLE_REFERS = 1 << 2,       /* a leaf that is a name */
	ROLE_SCOPE = 1 << 3,        /* what is defined in it is local */
	ROLE_NEEDS_BODY = 1 << 4,   /* without a field "body" it only declares */
	ROLE_OUTER = 1 << 5,        /* not in a function */
	ROLE_IS_FUNCTION = 1 << 10, /* its declarator is a function's */
	ROLE_NO_FUNCTION = 1 << 6,  /* its declarator is not a function's */
	ROLE_OF_FUNCTION = 1 << 7,  /* what is assigned is a function or a class */
	ROLE_CAPITAL = 1 << 8,      /* the name begins with a capital */
	ROLE_COMMAND = 1 << 9,      /* the name is "require", "source" ...: an import */
};

struct grammar_rule {
	const char *node;  /* the type of the node */
	const char *field; /* where its name is; NULL: the first named child */
	unsigned roles;    /* enum grammar_role */
	enum symbol_kind symbol;
};

struct grammar_lang {
	const char *name; /* that of its outline */
	const TSLanguage *(*language)(void);
	const struct grammar_rule *rules; /* of one node, in the order in which they are tried */
	size_t n_rules;
};

extern const struct grammar_lang grammar_langs[];
extern const size_t grammar_lang_count;

/* NULL if the language has no grammar. */
const struct grammar_lang *grammar_lang_of(const struct outline_lang *lang);

#endif
