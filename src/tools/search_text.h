/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_SEARCH_TEXT_H
#define TOOLS_SEARCH_TEXT_H

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** A title or a snippet is cut here. */
enum { SEARCH_TEXT_MAX = 2000 };

/**
 * What a provider calls a title or a snippet as one line of plain UTF-8 text: without HTML's tags,
 * entities decoded once, blanks of any kind one space, controls and marks that nobody sees left
 * out. "std::vector<int>" stays: <int> is no tag of HTML. In the arena; "" when there is none.
 */
const char *search_text_plain(const char *text, size_t len, struct arena *arena);

/** The character reference ("&amp;", "&#39;") at the start of a text: how long it is; 0 = none. */
size_t search_text_entity(const char *at, size_t len, uint32_t *ret_rune);

/** Any character that Unicode takes for white space, or a control. */
bool search_text_is_blank(uint32_t rune);

#endif
