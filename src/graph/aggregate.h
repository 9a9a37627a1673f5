/* SPDX-License-Identifier: MIT */
#ifndef GRAPH_AGGREGATE_H
#define GRAPH_AGGREGATE_H

#include "base/arena.h"
#include "graph/fact.h"
#include "model/call.h"
#include "scan/mention.h"

/**
 * Aggregators: what the result of a call says, as facts; one for each tool. They read the result
 * and nothing else, so that they can run on any thread and in any order. Facts borrow from the
 * result and from the arena.
 */
struct aggregate {
	const char *root; /* absolute: paths below it are made relative */
	const struct call *call;
	const struct result *result;
	struct arena *arena; /* scratch, lives as long as the facts */
	struct facts *facts;
};

typedef void aggregate_fn(struct aggregate *aggregate);

aggregate_fn aggregate_glob, aggregate_grep, aggregate_mentions, aggregate_read, aggregate_bash,
	aggregate_web_search, aggregate_web_fetch, aggregate_agent;

/** Adds a page, and whose it is. [at, at + len): where the call's body says so. */
struct aggregate_page {
	const char *url;
	int64_t published_s; /* 0 = not said */
	size_t at, len;
};
void aggregate_page(struct aggregate *aggregate, const struct aggregate_page *page);

/** The mentions of a file in one number, for the weight of an edge: lines by field, 255 at most. */
static inline uint32_t mention_pack(const uint32_t fields[MENTION_FIELDS])
{
	uint32_t packed = 0;

	for (unsigned i = 0; i < MENTION_FIELDS; i++)
		packed |= (fields[i] > 255 ? 255 : fields[i]) << (8 * i);
	return packed;
}

static inline uint32_t mention_unpack(uint32_t packed, unsigned field)
{
	return packed >> (8 * field) & 255;
}

/** Of all fields. */
static inline uint32_t mention_lines(uint32_t packed)
{
	uint32_t n = 0;

	for (unsigned i = 0; i < MENTION_FIELDS; i++)
		n += mention_unpack(packed, i);
	return n;
}

/** A file's text that is shown without line numbers: from line `line` on. Adds what it reads as,
 *  what it defines, brings in and uses. at[i]: where line i of it stands in the call's body. */
struct aggregate_text {
	const char *file;
	size_t file_len;
	const char *text;
	size_t len;
	uint32_t line;
	const uint32_t *at;
};
void aggregate_text(struct aggregate *aggregate, const struct aggregate_text *text);

/** `PATH:LINE:TEXT`, as grep -n writes it: false if the line is not of that form. */
struct aggregate_match {
	const char *file;
	size_t file_len;
	uint32_t line;
	const char *text;
	size_t text_len;
};
bool aggregate_read_match(const char *line, size_t len, struct aggregate_match *ret_match);

/** Adds what a line that was matched says. body: what the evidence's place counts from. */
void aggregate_match(struct aggregate *aggregate, const struct aggregate_match *match,
		     const char *body);

/** A path as a tool printed it, relative to the root and clean; an arena string. cwd: what it is
 *  relative to, itself relative to the root; NULL = the root. NULL: it leads out of the root. */
const char *aggregate_path(struct aggregate *aggregate, const char *cwd, const char *path,
			   size_t len);

#endif
