/* SPDX-License-Identifier: MIT */
#ifndef GRAPH_SYNTAX_WALK_H
#define GRAPH_SYNTAX_WALK_H

#include "graph/syntax.h"
#include "graph/syntax_lang.h"

/* What a walk over a tree has found, in the order of the tree. */
struct syntax_item {
	struct outline_symbol symbol; /* without its parent */
	uint32_t begin, end;          /* bytes of the whole definition */
	bool is_doubtful;             /* in a part that was not understood */
};

/* Bytes that the parser could make nothing of. */
struct syntax_gap {
	uint32_t begin, end;
};

struct syntax_found {
	struct VEC(struct syntax_item) items;
	struct VEC(struct syntax_reference) references; /* `within` is not set */
	struct VEC(struct syntax_gap) gaps;
	bool is_cut, is_short; /* too many; memory was short */
};

struct syntax_walk {
	const struct syntax_lang *lang;
	const uint8_t *rule_of; /* by symbol of the grammar: 0, or the first of its rules and 1 */
	const char *text;
	enum syntax_flags flags;
	struct syntax_found *found;
};

void syntax_walk(const struct syntax_walk *walk, TSNode root);

#endif
