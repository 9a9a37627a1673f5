/* SPDX-License-Identifier: MIT */
#ifndef SCAN_WORDS_H
#define SCAN_WORDS_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * A few words that mean the same, and where a line has one of them. A plain word ("uploads") is
 * found as a part of names too, in any letter case and with any ending that has the same stem:
 * upload_file, FileUploader, UPLOADING (Porter's English stemmer; M. F. Porter, "An algorithm for
 * suffix stripping", 1980, in its second form, by libstemmer). Letters are Latin, Greek and
 * Cyrillic ones (base/letter.h). A word that looks like a name (an underscore, a digit, a capital
 * inside, characters of other scripts) is found where a whole name is equal to it.
 */
enum { WORDS_MAX = 8, WORD_LEN_MAX = 64 };

struct words;       /* immutable, shared between threads */
struct words_state; /* one per thread */

/** A word that cannot be one (empty, too long, no letter): err names it. */
int words_new(const char *const *items, size_t n, struct words **ret_words, struct error *err);
void words_free(struct words *words);

/** A pattern that the lines with one of the words match, and few others. */
const char *words_pattern(const struct words *words);

struct words_state *words_state_new(void); /* NULL without memory */
void words_state_free(struct words_state *state);

/** A word in line[from, len): the name it is part of, and where it is. */
struct word_found {
	size_t name_at, name_len, at, len;
	bool is_whole; /* it is all of the name */
};
bool words_find(const struct words *words, struct words_state *state, const char *line, size_t len,
		size_t from, struct word_found *ret_found);

/** The stem of a plain, folded word; borrowed until the next call. */
const char *words_stem(struct words_state *state, const char *word, size_t len, size_t *ret_len);

/** The next part of a name, as words are found in it: "parse" and "HTTP" and "Header" of
 *  parse_HTTPHeader2. False at the end of name[from, len). */
bool words_next_part(const char *name, size_t len, size_t from, size_t *ret_at, size_t *ret_len);

/** Whether the word is found as a whole name only. */
bool words_is_name(const char *word, size_t len);

/** Bytes that names are made of: letters, digits, '_', '$', and all >= 0x80. */
bool words_is_name_byte(unsigned char c);

#endif
