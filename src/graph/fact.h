/* SPDX-License-Identifier: MIT */
#ifndef GRAPH_FACT_H
#define GRAPH_FACT_H

#include "base/vec.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * What one call says about the world, before the graph has it: aggregators make facts of results,
 * graph_integrate() takes them. Texts are borrowed from the result until then. Any thread.
 */
enum fact_kind {
	FACT_EXISTS,  /* file: value 1 = it is there, 0 = it is not */
	FACT_LENGTH,  /* file has `value` lines */
	FACT_READ,    /* file: the text of its lines, from `line` on, in line_hashes */
	FACT_MATCH,   /* line of file reads as `value` (fact_text_hash()) and is matched */
	FACT_MENTION, /* the call's words stand in file, of `value` bytes; weight: mention_pack() */
	FACT_SYMBOL,  /* file defines name in its lines line..end_line; sub: enum symbol_kind */
	FACT_REFERENCE,  /* line of file uses name */
	FACT_IMPORT,     /* line of file brings in name */
	FACT_DIAGNOSTIC, /* name is the message; sub: enum diagnostic_kind; file may be none */
	FACT_TEST,       /* test `name`: value 1 = passed, 0 = failed */
	FACT_COMMIT,     /* name is its id, value the time (seconds since 1970) */
	FACT_CHANGE,     /* commit `name` changed file */
	FACT_ANSWER,     /* the call answered `value` (a hash) */
	FACT_PAGE,       /* page `name` (an address), published at `value` (s; 0 = not said) */
	FACT_ABOUT,      /* page `name` says something of `file` */
	FACT_SITE,       /* page `name` is of site `other` */
	FACT_LINK,       /* page `name` links page `other` */
	FACT_KIND_COUNT
};

struct fact {
	enum fact_kind kind;
	unsigned sub;
	const char *file; /* relative to the root; NULL = none */
	size_t file_len;
	const char *name;
	size_t name_len;
	const char *other; /* FACT_SITE, FACT_LINK */
	size_t other_len;
	uint32_t line, end_line; /* from 1; 0 = none */
	uint32_t weight;
	uint64_t value;
	const uint32_t *line_hashes; /* FACT_READ: `n_lines` of them */
	uint32_t n_lines;
	/* Where the call's body says so: bytes at, at + len. len 0 = not in one place. */
	size_t at, len;
};

struct facts {
	struct VEC(struct fact) list;
	bool is_out_of_memory; /* sticky */
};

static inline void facts_add(struct facts *facts, const struct fact *fact)
{
	if (!vec_push(&facts->list, *fact))
		facts->is_out_of_memory = true;
}

/** Of a line without its end; a '\r' before it does not count. */
uint32_t fact_text_hash(const char *text, size_t len);

#endif
