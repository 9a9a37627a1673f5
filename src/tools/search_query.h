/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_SEARCH_QUERY_H
#define TOOLS_SEARCH_QUERY_H

#include "model/search.h"

enum { SEARCH_QUERY_CHARS_MAX = 2000 };

/**
 * The text to send: blanks made one, domains as operators where the provider has them. What is too
 * long loses its last words; operators get half of the room at most, those of blocked domains are
 * the first to go (hits are looked at again, see search_hits_settle()). In the arena.
 * ERROR_INVALID: there is nothing to search for.
 */
int search_query_text(const struct search_query *query, const struct search_query_form *form,
		      struct arena *arena, const char **ret_text, struct error *err);

/**
 * Equal for queries that ask the same: blanks made one, letter case folded, question and
 * exclamation marks and full stops at the end dropped. Never sent to anybody. In the arena; NULL =
 * no memory.
 */
const char *search_query_normalise(const char *text, struct arena *arena);

#endif
