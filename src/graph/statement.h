/* SPDX-License-Identifier: MIT */
#ifndef GRAPH_STATEMENT_H
#define GRAPH_STATEMENT_H

#include "scan/words.h"

/**
 * A sentence as far as it can be held against another: what it is about, and what it says of that
 * (a figure, a version, whether something is on, wanted or there). Reading is careful: what could
 * be meant in two ways (two figures, "may", "unless", what was) is no statement to clash with.
 * Pure; the text is borrowed.
 */
enum { STATEMENT_TERMS = 32, STATEMENT_NAMES = 8 };

/** What a figure is of. */
enum statement_cue {
	CUE_NONE,
	CUE_DEFAULT,
	CUE_MAXIMUM,
	CUE_MINIMUM,
	CUE_PORT,
	CUE_SINCE, /* the figure is a version, also of the next two */
	CUE_REMOVED,
	CUE_REQUIRES,
};

enum statement_unit { UNIT_NONE, UNIT_MS, UNIT_BYTES, UNIT_PERCENT, UNIT_VERSION, UNIT_SWITCH };

struct statement {
	const char *text;
	size_t len;
	uint64_t terms[STATEMENT_TERMS]; /* hashes of stems and names, in their order, each once */
	uint64_t names[STATEMENT_NAMES]; /* those that are names of programs' things */
	size_t n_terms, n_names;
	enum statement_cue cue;
	enum statement_unit unit;
	double value;       /* in ms, bytes … */
	bool has_value;     /* there is a cue and exactly one figure that can be its own */
	unsigned n_figures; /* all, dates apart */
	double scope;       /* the version that it speaks of; 0 = none is said */
	unsigned stance;    /* 0, or one of a group of opposites (statement.c) */
	int side;           /* of the stance: 1 or -1, turned round by "not" */
	bool is_negated;
	bool is_vague; /* it might be, was, or depends */
	uint64_t hash; /* of its words, to tell copies */
	size_t n_words;
};

void statement_read(const char *text, size_t len, struct words_state *state,
		    struct statement *ret_statement);

#endif
