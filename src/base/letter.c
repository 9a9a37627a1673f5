/* SPDX-License-Identifier: MIT */
#include "base/letter.h"

#include "base/attr.h"
#include "base/utf8.h"

#include <stdbool.h>

enum { BLOCKS_END = 0x2000 };

/* from, from + step … to: the folded form is so much more. */
static const struct folding {
	uint16_t from, to;
	uint8_t step;
	bool is_capital; /* else a small letter that is written in another way */
	int16_t delta;
} foldings[] = {
#define CAPITAL(from, to, step, delta) { from, to, step, true, delta },
#define VARIANT(from, to, step, delta) { from, to, step, false, delta },
#include "base/letters.def"
#undef CAPITAL
#undef VARIANT
};

/* What is a letter, in order; signs of these blocks are left out. */
static const struct {
	uint16_t from, to;
} letters[] = {
	{ 0xb5, 0xb5 },     { 0xc0, 0xd6 },     { 0xd8, 0xf6 },     { 0xf8, 0x2af },
	{ 0x370, 0x373 },   { 0x376, 0x377 },   { 0x37b, 0x37d },   { 0x37f, 0x37f },
	{ 0x386, 0x386 },   { 0x388, 0x3f5 },   { 0x3f7, 0x481 },   { 0x48a, 0x52f },
	{ 0x1e00, 0x1fbc }, { 0x1fc2, 0x1fcc }, { 0x1fd0, 0x1fdb }, { 0x1fe0, 0x1fec },
	{ 0x1ff2, 0x1ffc },
};

/* By halving: text in Cyrillic has one in every two bytes. */
static const struct folding *folding_of(uint32_t rune)
{
	size_t low = 0, high = countof(foldings);

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (rune > foldings[middle].to)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == countof(foldings) || rune < foldings[low].from ||
	    (rune - foldings[low].from) % foldings[low].step)
		return NULL;
	return &foldings[low];
}

static bool is_letter(uint32_t rune)
{
	for (size_t i = 0; i < countof(letters) && rune >= letters[i].from; i++) {
		if (rune <= letters[i].to)
			return true;
	}
	return false;
}

static bool is_accent(const unsigned char *at, size_t len)
{
	return len > 1 && ((at[0] == 0xcc && (at[1] & 0xc0) == 0x80) ||
			   (at[0] == 0xcd && at[1] >= 0x80 && at[1] <= 0xaf));
}

static enum letter kind_of(uint32_t rune)
{
	const struct folding *folding;

	if (rune < 0x80) {
		if (rune >= 'a' && rune <= 'z')
			return LETTER_LOWER;
		return rune >= 'A' && rune <= 'Z' ? LETTER_UPPER : LETTER_NONE;
	}
	if (!is_letter(rune))
		return LETTER_NONE;
	folding = folding_of(rune);
	return folding && folding->is_capital ? LETTER_UPPER : LETTER_LOWER;
}

enum letter letter_beyond_ascii(const char *text, size_t len, size_t *ret_len)
{
	const unsigned char *at = (const unsigned char *)text;
	uint32_t rune = 0;
	size_t n = utf8_decode(at, len, &rune);
	enum letter letter = n ? kind_of(rune) : LETTER_NONE;

	if (letter != LETTER_NONE) {
		while (is_accent(at + n, len - n))
			n += 2;
	}
	*ret_len = n ? n : 1;
	return letter;
}

uint32_t letter_fold(uint32_t rune)
{
	const struct folding *folding;

	if (rune < 0x80)
		return rune >= 'A' && rune <= 'Z' ? rune + 32 : rune;
	folding = rune < BLOCKS_END ? folding_of(rune) : NULL;
	return folding ? rune + (uint32_t)folding->delta : rune;
}

static uint32_t lower(uint32_t rune)
{
	return kind_of(rune) == LETTER_UPPER ? letter_fold(rune) : rune;
}

static size_t change_text(const char *text, size_t len, uint32_t (*change)(uint32_t), char *out)
{
	const unsigned char *at = (const unsigned char *)text;
	size_t n_out = 0;

	for (size_t i = 0, n; i < len; i += n) {
		uint32_t rune = 0, changed;

		n = utf8_decode(at + i, len - i, &rune);
		changed = n ? change(rune) : 0;
		if (n && changed != rune) {
			n_out += utf8_encode(changed, out + n_out);
			continue;
		}
		n = n ? n : 1;
		for (size_t k = 0; k < n; k++)
			out[n_out++] = text[i + k];
	}
	return n_out;
}

size_t letter_fold_text(const char *text, size_t len, char *out)
{
	return change_text(text, len, letter_fold, out);
}

size_t letter_lower_text(const char *text, size_t len, char *out)
{
	return change_text(text, len, lower, out);
}

size_t letter_forms(uint32_t folded, uint32_t ret_forms[LETTER_FORMS])
{
	size_t n = 0;

	ret_forms[n++] = folded;
	for (uint32_t rune = 0; rune < BLOCKS_END && n < LETTER_FORMS; rune++) {
		if (rune != folded && letter_fold(rune) == folded)
			ret_forms[n++] = rune;
	}
	return n;
}
