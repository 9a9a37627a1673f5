/* SPDX-License-Identifier: MIT */
#ifndef SCAN_MENTION_H
#define SCAN_MENTION_H

#include "base/buf.h"
#include "scan/lines.h"
#include "scan/outline.h"
#include "scan/words.h"

/**
 * How a file speaks of words: in how many lines, and as what. Lines are told apart by the outline
 * of their language; a line that has a word in several ways counts as the first of: definition,
 * import, body, comment.
 */
enum mention_field {
	MENTION_BODY,
	MENTION_COMMENT,
	MENTION_DEFINITION, /* the name that the line defines has the word */
	MENTION_IMPORT,
	MENTION_FIELDS
};

enum {
	MENTION_LINES_MAX = 64,      /* lines of a file are looked at until so many */
	MENTION_SHOWN_MAX = 24,      /* their numbers are told: the first so many */
	MENTION_BYTES_MAX = 1 << 20, /* larger files are passed over: data, not text for people */
};

struct mention {
	uint32_t fields[MENTION_FIELDS]; /* lines */
	uint32_t n_lines;                /* in all; shown: the first MENTION_SHOWN_MAX */
	uint32_t lines[MENTION_SHOWN_MAX];
};

/** Whether the line has a word, and as what. */
bool mention_find(const struct words *words, struct words_state *state,
		  const struct outline_lang *lang, const char *line, size_t len,
		  enum mention_field *ret_field);

/** "12,3,1,0:4711:5,8,9": lines by field, bytes of the file, numbers of lines. No newline. */
void mention_write(const struct mention *mention, uint64_t bytes, struct buf *out);

/** Reads a line of an answer, "PATH:…" as above. False if it is none. */
bool mention_read(const char *line, size_t len, size_t *ret_path_len, struct mention *ret_mention,
		  uint64_t *ret_bytes);

#endif
