/* SPDX-License-Identifier: MIT */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* UTF-8 as in RFC 3629: shortest form only, no surrogates, up to U+10FFFF. */

/** Length in bytes (1-4) of the valid sequence at the start of at[0..len), or 0. */
size_t utf8_sequence(const unsigned char *at, size_t len);

/** As utf8_sequence(), and the code point. */
size_t utf8_decode(const unsigned char *at, size_t len, uint32_t *ret_rune);

/** Writes 1-4 bytes; a surrogate or a value over U+10FFFF writes U+FFFD. */
size_t utf8_encode(uint32_t rune, char out[4]);

/** How much of a text is shown in max bytes, so that no sequence is cut; at most len. */
size_t utf8_fit(const char *str, size_t len, size_t max);

bool utf8_is_valid(const char *str, size_t len);

#endif
