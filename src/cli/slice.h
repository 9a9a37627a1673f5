/* SPDX-License-Identifier: MIT */
#ifndef CLI_SLICE_H
#define CLI_SLICE_H

#include "base/json_write.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * A borrowed text made of items (lines, or names that end in NUL), what it costs in an encoding,
 * and where to cut it so that it costs no more than its share. Pure; nothing here allocates but
 * what goes into a buf.
 */
enum encoding {
	ENCODING_RAW,  /* as it is, each item's end written as a newline */
	ENCODING_JSON, /* inside a JSON string */
	ENCODING_LIST, /* a JSON array of strings */
};

struct slice {
	const char *data;
	size_t len;
	char end;       /* '\n' or '\0' */
	bool two_ended; /* when cut, keep as much of the tail as of the head (a command's output) */
};

/* What is left of a slice: its first `head` and its last `tail` bytes. */
struct cut {
	size_t head, tail;
};

/** Cost in bytes; counting stops soon after `enough` is passed. */
size_t slice_cost(const struct slice *slice, enum encoding encoding, size_t enough);

/** Whole if it costs at most `limit` (SIZE_MAX: not even looked at). Cuts lie between items;
 *  only when not one item fits, inside the first one, between characters (never in a LIST). */
struct cut slice_cut(const struct slice *slice, enum encoding encoding, size_t limit);

static inline bool cut_is_whole(const struct slice *slice, const struct cut *cut)
{
	return cut->head == slice->len;
}

/** Items in data[from..to); an unfinished last one counts. */
uint64_t slice_items(const struct slice *slice, size_t from, size_t to);
uint64_t cut_items(const struct slice *slice, const struct cut *cut); /* shown */

/* What stands between head and tail when a two-ended slice is cut: its cost, at most. */
enum { SLICE_GAP_COST = 56 };

/** RAW and JSON: what is left, with a line that names the gap. A RAW or JSON text that does not
 *  end in a newline does not get one. */
void slice_write(const struct slice *slice, const struct cut *cut, enum encoding encoding,
		 struct buf *out);

/** LIST: what is left, as a JSON array. */
void slice_write_list(const struct slice *slice, const struct cut *cut, struct json_write *json);

#endif
