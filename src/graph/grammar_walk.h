/* SPDX-License-Identifier: MIT */
#ifndef GRAPH_GRAMMAR_WALK_H
#define GRAPH_GRAMMAR_WALK_H

#include "graph/grammar.h"
#include "graph/grammar_lang.h"

/* What a walk over a tree has found, in the order of the tree. */
struct grammar_item {
	struct outline_symbol symbol; /* without its parent */
	uint32_t begin, end;          /* bytes of the whole definition */
	bool is_doubtful;             /* in a part that was not understood */
};

/* Bytes that the parser could make nothing of. No two overlap; in order. */
struct grammar_gap {
	uint32_t begin, end;
};

struct grammar_found {
	struct VEC(struct grammar_item) items;
	struct VEC(struct grammar_reference) references; /* `within` is not set */
	struct VEC(struct grammar_gap) gaps;
	bool is_cut, is_short; /* too many; memory was short */
};

struct grammar_walk {
	const struct grammar_lang *lang;
	const uint8_t *rule_of; /* by symbol of the grammar: 0, or the first of its rules and 1 */
	const char *text;
	enum grammar_flags flags;
	struct grammar_found *found;
};

void grammar_walk(const struct grammar_walk *walk, TSNode root);

#endif
