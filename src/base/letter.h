/* SPDX-License-Identifier: MIT */
#ifndef BASE_LETTER_H
#define BASE_LETTER_H

#include <stddef.h>
#include <stdint.h>

/**
 * Letters of the scripts with two cases that source code and questions have: Latin, Greek and
 * Cyrillic, in UTF-8. Others (Hebrew, Chinese …), digits, signs and bytes that are no UTF-8 are no
 * letters here. Accents that follow their letter as a character of their own belong to it.
 */
enum letter { LETTER_NONE, LETTER_LOWER, LETTER_UPPER };

enum { LETTER_FORMS = 6 }; /* that have the same folded form, at most */

/** What text[0, len) begins with, one byte at least; *ret_len: its bytes. For letter_at(). */
enum letter letter_beyond_ascii(const char *text, size_t len, size_t *ret_len);

/** What text[0, len) begins with; *ret_len: its bytes, accents that follow among them. */
static inline enum letter letter_at(const char *text, size_t len, size_t *ret_len)
{
	unsigned char c = (unsigned char)text[0];

	if (c >= 0x80 || (len > 1 && (unsigned char)text[1] >= 0xcc))
		return letter_beyond_ascii(text, len, ret_len);
	*ret_len = 1;
	if (c >= 'a' && c <= 'z')
		return LETTER_LOWER;
	return c >= 'A' && c <= 'Z' ? LETTER_UPPER : LETTER_NONE;
}

/** Simple case folding (Unicode's CaseFolding.txt, C and S) of these letters; others as they are,
 *  and so are those whose folded form is of ASCII or has more bytes. */
uint32_t letter_fold(uint32_t rune);

/** The same of the text's letters, into out, which has room for len bytes; never longer. */
size_t letter_fold_text(const char *text, size_t len, char *out);

/** The same, but only capitals are changed: a Greek word keeps its last sigma. To be shown. */
size_t letter_lower_text(const char *text, size_t len, char *out);

/** All code points with this folded form, itself among them; how many. */
size_t letter_forms(uint32_t folded, uint32_t ret_forms[LETTER_FORMS]);

#endif
