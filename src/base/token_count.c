/* SPDX-License-Identifier: MIT */
/*
 * What byte pair tokenizers do, without their vocabulary. They cut a text into pieces (a word with
 * one character before it, a number of at most three digits, a run of signs, a run of white space),
 * and each piece into tokens by merging neighbours, what is more frequent first. The pieces are cut
 * here as cl100k_base and o200k_base cut them, and where they disagree, as both do. What is one
 * token is looked up in a table of the frequent ones: a stem in small letters, and the forms of it
 * that are tokens (with which character before it, and which capitals). A word that is not in the
 * table is merged by how frequent its parts are, and compared with the fewest parts that it can be
 * cut into: the true count is near the two, mostly below.
 *
 * Why the result is an upper estimate: both vocabularies have 100,000 tokens more than the table,
 * so that words are cut less often than here; a token of the table is one in both; what is cut
 * costs SPLIT_SIXTEENTHS more, for the pieces that real merging cuts worse.
 */
#include "base/token_count.h"

#include "base/attr.h"
#include "base/utf8.h"

#include <stdbool.h>
#include <string.h>

enum {
	SIXTEENTHS = 16,
	SPLIT_SIXTEENTHS = 4, /* for each piece that is cut */
	RESERVE_SHARE = 128,  /* the total is that part higher */
	STEM_MAX = 13,
	STEM_ROOM = 16, /* what stem_find() reads */
	BUCKET_COUNT = 4096,
	BUCKET_SIZE = 4,
	WORD_MAX = 32, /* letters that are merged at once */
	RUN_MAX = 32,  /* signs that are cut at once */
	NEVER = 1000,  /* later than any order in the table */
	PREFIX_ORDER = 16,
};

struct stem {
	char text[STEM_MAX]; /* small letters, or signs as they are; padded with NUL */
	uint8_t order;  /* 1-220, 8 for each halving of the frequency: less is merged earlier */
	uint16_t forms; /* bits as in prefixes[] and FORM_*; signs: 1 */
};

static const struct stem stems[BUCKET_COUNT][BUCKET_SIZE] = {
#include "base/token_stems_1.def"
#include "base/token_stems_2.def"
#include "base/token_stems_3.def"
#include "base/token_stems_4.def"
};

enum { FORM_LOWER = 1, FORM_TITLE = 2, FORM_UPPER = 4 };

/* Where in stem.forms the forms after this character are: the first bit, and how many. */
static const struct {
	uint8_t first;
	uint8_t n_forms; /* 0: stems that start with the character are in the table as they are */
} prefixes[128] = {
	[0] = { 0, 3 },    [' '] = { 3, 3 },  ['_'] = { 6, 3 },  ['.'] = { 9, 2 },
	['-'] = { 11, 1 }, ['('] = { 12, 2 }, ['/'] = { 14, 1 }, ['\t'] = { 15, 1 },
};

enum class { CLASS_SIGN, CLASS_LETTER, CLASS_DIGIT, CLASS_BLANK, CLASS_NEWLINE, CLASS_WIDE };

static const uint8_t classes[256] = {
	['a' ... 'z'] = CLASS_LETTER, ['A' ... 'Z'] = CLASS_LETTER, ['0' ... '9'] = CLASS_DIGIT,
	[' '] = CLASS_BLANK,          ['\t'] = CLASS_BLANK,         ['\v'] = CLASS_BLANK,
	['\f'] = CLASS_BLANK,         ['\n'] = CLASS_NEWLINE,       ['\r'] = CLASS_NEWLINE,
	[0x80 ... 0xff] = CLASS_WIDE,
};

/* at[0..STEM_ROOM) can be read; len of it are meant. NULL: not in the table. */
static const struct stem *stem_find(const unsigned char *at, size_t len)
{
	const struct stem *bucket;
	uint64_t low, high, hash;

	if (len > STEM_MAX || !at[len - 1]) /* NUL pads: no text ends in it */
		return NULL;
	memcpy(&low, at, sizeof(low));
	memcpy(&high, at + sizeof(low), sizeof(high));
	if (len < 8)
		low &= ((uint64_t)1 << (8 * len)) - 1;
	high &= len > 8 ? ((uint64_t)1 << (8 * (len - 8))) - 1 : 0;
	hash = low * 0x9E3779B97F4A7C15u ^ high * 0xC2B2AE3D27D4EB4Fu;
	hash ^= hash >> 32;
	hash *= 0xD6E8FEB86659FD93u;
	bucket = stems[hash >> 52];
	for (size_t i = 0; i < BUCKET_SIZE; i++) {
		uint64_t have[2];

		memcpy(have, &bucket[i], sizeof(have));
		if (have[0] == low && ((have[1] ^ high) & 0xffffffffffu) == 0)
			return &bucket[i];
	}
	return NULL;
}

struct word {
	unsigned char
		text[1 + WORD_MAX + STEM_ROOM]; /* the character before, or 0; small letters */
	uint32_t capitals;                      /* bit i: text[1 + i] was one */
	size_t first;                           /* 0, or 1 if there is no character before */
	size_t end;                             /* of text, at least 2 */
};

static bool has_form(unsigned forms, unsigned prefix, uint32_t capitals, size_t len)
{
	uint32_t all = (uint32_t)(((uint64_t)1 << len) - 1);
	unsigned wanted = 0;

	capitals &= all;
	if (capitals == 0)
		wanted = FORM_LOWER;
	if (capitals == 1)
		wanted |= FORM_TITLE;
	if (capitals == all)
		wanted |= FORM_UPPER;
	wanted &= (1u << prefixes[prefix].n_forms) - 1;
	return (forms >> prefixes[prefix].first & wanted) != 0;
}

/* When text[from..from + len) becomes one token, as stem.order; or NEVER. */
static unsigned merge_order(const struct word *word, size_t from, size_t len)
{
	unsigned prefix = from == 0 ? word->text[0] : 0;
	const struct stem *stem;

	if (prefix && !prefixes[prefix].n_forms) {
		stem = stem_find(word->text, len);
		return stem && !(word->capitals & ((1u << (len - 1)) - 1)) ? stem->order : NEVER;
	}
	if (from == 0) {
		from++;
		len--;
	}
	stem = stem_find(word->text + from, len);
	if (!stem || !has_form(stem->forms, prefix, word->capitals >> (from - 1), len))
		return NEVER;
	return stem->order + (prefix ? PREFIX_ORDER : 0);
}

/* Merges the two neighbours that become a token earliest, until none do. */
static size_t merged_tokens(const struct word *word)
{
	uint16_t order[WORD_MAX + 2];
	uint8_t start[WORD_MAX + 2];
	size_t n = 0;

	for (size_t i = word->first; i < word->end; i++)
		start[n++] = (uint8_t)i;
	start[n] = (uint8_t)word->end;
	for (size_t i = 0; i + 1 < n; i++)
		order[i] = (uint16_t)merge_order(word, start[i], start[i + 2] - start[i]);
	while (n > 1) {
		size_t least = 0;

		for (size_t i = 1; i + 1 < n; i++)
			if (order[i] < order[least])
				least = i;
		if (order[least] == NEVER)
			break;
		memmove(start + least + 1, start + least + 2, n - least - 1);
		memmove(order + least, order + least + 1, (n - least - 1) * sizeof(order[0]));
		n--;
		for (size_t i = least ? least - 1 : 0; i <= least && i + 1 < n; i++)
			order[i] = (uint16_t)merge_order(word, start[i], start[i + 2] - start[i]);
	}
	return n;
}

/* The fewest tokens that the word can be cut into. */
static size_t fewest_tokens(const struct word *word)
{
	uint8_t best[WORD_MAX + 2];

	best[word->end] = 0;
	for (size_t i = word->end; i-- > word->first;) {
		size_t most = word->end - i;

		most = most < STEM_MAX ? most : STEM_MAX;
		best[i] = best[i + 1] + 1;
		for (size_t n = 2; n <= most; n++)
			if (best[i + n] + 1 < best[i] && merge_order(word, i, n) != NEVER)
				best[i] = best[i + n] + 1;
	}
	return best[word->first];
}

/* len letters, 1 to WORD_MAX, after the character prefix; 0: none that belongs to them. */
static size_t word_sixteenths(const unsigned char *letters, size_t len, unsigned char prefix)
{
	struct word word = { .text[0] = prefix, .first = prefix == 0, .end = len + 1 };
	size_t merged, fewest;

	for (size_t i = 0; i < len; i++) {
		word.text[1 + i] = letters[i] | 0x20;
		word.capitals |= (uint32_t) !(letters[i] & 0x20) << i;
	}
	if (word.end - word.first == 1 ||
	    merge_order(&word, word.first, word.end - word.first) != NEVER)
		return SIXTEENTHS;
	merged = merged_tokens(&word);
	if (merged > 2) {
		/* Rare words are in the vocabularies with parts that the table has not. */
		fewest = fewest_tokens(&word) + 1;
		merged = merged < fewest ? merged : fewest;
	}
	return merged * SIXTEENTHS + SPLIT_SIXTEENTHS;
}

static size_t run_length(const unsigned char *at, size_t len)
{
	size_t n = 1;

	while (n < len && at[n] == at[0])
		n++;
	return n;
}

/* Of a run of the same character: how much of it is one token. Both vocabularies have these. */
static size_t run_token(unsigned char c, size_t run)
{
	size_t most = 1;

	if (c == ' ')
		most = 79;
	else if (c == '\t')
		most = 20;
	else if (c == '\n')
		most = 10;
	else if (c == '-' || c == '=')
		most = 16;
	else if (c == '*' || c == '#' || c == '/' || c == '_' || c == '.')
		return run >= 16 ? 16 : run >= 8 ? 8 : run >= 4 ? 4 : 1;
	return run < most ? run : most;
}

/* The fewest tokens, of those in the table and runs, of at most RUN_MAX signs or blanks. */
static size_t fewest_signs(const unsigned char *at, size_t len)
{
	unsigned char text[RUN_MAX + STEM_ROOM] = { 0 }, best[RUN_MAX + 1];

	memcpy(text, at, len);
	best[len] = 0;
	for (size_t i = len; i-- > 0;) {
		size_t most = len - i < STEM_MAX ? len - i : STEM_MAX;

		best[i] = best[i + run_token(text[i], run_length(text + i, len - i))] + 1;
		for (size_t n = 2; n <= most; n++)
			if (best[i + n] + 1 < best[i] && stem_find(text + i, n))
				best[i] = best[i + n] + 1;
	}
	return best[0];
}

static size_t signs_sixteenths(const unsigned char *at, size_t len)
{
	size_t n_tokens = 0;

	while (len > RUN_MAX) {
		size_t used = run_token(at[0], run_length(at, len));

		n_tokens++;
		if (used < RUN_MAX / 2) {
			used = RUN_MAX;
			n_tokens += fewest_signs(at, RUN_MAX) - 1;
		}
		at += used;
		len -= used;
	}
	if (len)
		n_tokens += fewest_signs(at, len);
	return n_tokens * SIXTEENTHS + (n_tokens > 1 ? SPLIT_SIXTEENTHS : 0);
}

/* Scripts that are counted by the character: a fourth more than is measured in running text, and
 * what a rare one may take for the first of a run, as tables of characters have it. */
static const struct script {
	uint32_t first, last;
	uint8_t one, more; /* sixteenths for the first character of a run, and each after it */
} scripts[] = {
	{ 0x0370, 0x03ff, 20, 20 }, /* Greek */
	{ 0x0400, 0x04ff, 20, 13 }, /* Cyrillic */
	{ 0x3040, 0x30ff, 32, 18 }, /* kana */
	{ 0x3400, 0x9fff, 48, 21 }, /* Han */
	{ 0xac00, 0xd7af, 48, 22 }, /* Hangul */
};

static size_t script_sixteenths(const struct script *script, const unsigned char *at, size_t len,
				size_t *ret_used)
{
	size_t used = 0, sum = script->one, n;
	uint32_t rune;

	while ((n = utf8_decode(at + used, len - used, &rune)) && rune >= script->first &&
	       rune <= script->last) {
		sum += used ? script->more : 0;
		used += n;
	}
	*ret_used = used;
	return sum;
}

/* What is not ASCII: a run of a script, or as much as is one token of the table, or a character
 * with a token for each byte. What is not UTF-8: a token for each byte. */
static size_t wide_sixteenths(const unsigned char *at, size_t len, size_t *ret_used)
{
	unsigned char text[STEM_ROOM] = { 0 };
	size_t most = len < STEM_MAX ? len : STEM_MAX;
	uint32_t rune = 0;
	size_t n = utf8_decode(at, len, &rune);

	*ret_used = n ? n : 1;
	if (!n)
		return SIXTEENTHS;
	for (size_t i = 0; i < countof(scripts); i++)
		if (rune >= scripts[i].first && rune <= scripts[i].last)
			return script_sixteenths(&scripts[i], at, len, ret_used);
	memcpy(text, at, most);
	for (size_t k = most; k >= n; k--)
		if (stem_find(text, k)) {
			*ret_used = k;
			return SIXTEENTHS;
		}
	return n * SIXTEENTHS;
}

/* Letters up to the capital that starts a new word, or to WORD_MAX. */
static size_t letters_length(const unsigned char *at, size_t len)
{
	size_t n = 0;

	while (n < len && n < WORD_MAX && classes[at[n]] == CLASS_LETTER &&
	       !(n && !(at[n] & 0x20) && at[n - 1] & 0x20))
		n++;
	return n;
}

/* The bytes from at[used] that are of this class. */
static size_t class_end(const unsigned char *at, size_t used, size_t len, enum class class)
{
	while (used < len && classes[at[used]] == class)
		used++;
	return used;
}

/* White space: to its last newline if it has one, else without the blank before what follows. */
static size_t blank_length(const unsigned char *at, size_t len)
{
	size_t used = 0, newline = 0;

	for (; used < len; used++) {
		if (classes[at[used]] == CLASS_NEWLINE)
			newline = used + 1;
		else if (classes[at[used]] != CLASS_BLANK)
			break;
	}
	if (newline)
		return newline;
	return used > 1 && used < len ? used - 1 : used;
}

/* The piece at the start of at[0..len), len > 0: what it costs. */
static size_t piece_sixteenths(const unsigned char *at, size_t len, size_t *ret_used)
{
	enum class class = classes[*at];
	enum class next = len > 1 ? classes[at[1]] : CLASS_NEWLINE;
	size_t used;

	if (class == CLASS_WIDE)
		return wide_sixteenths(at, len, ret_used);
	if (class == CLASS_LETTER) {
		*ret_used = letters_length(at, len);
		return word_sixteenths(at, *ret_used, 0);
	}
	if (class == CLASS_DIGIT) {
		*ret_used = class_end(at, 0, len, CLASS_DIGIT);
		return (*ret_used + 2) / 3 * SIXTEENTHS;
	}
	if (class != CLASS_NEWLINE && next == CLASS_LETTER && *at) {
		used = letters_length(at + 1, len - 1);
		*ret_used = used + 1;
		return word_sixteenths(at + 1, used, *at);
	}
	if (class == CLASS_SIGN || (*at == ' ' && next == CLASS_SIGN)) {
		used = class_end(at, 1, len, CLASS_SIGN);
		used = class_end(at, used, len, CLASS_NEWLINE);
	} else {
		used = blank_length(at, len);
	}
	*ret_used = used;
	return signs_sixteenths(at, used);
}

void token_counter_add(struct token_counter *self, const char *text, size_t len)
{
	const unsigned char *at = (const unsigned char *)text;
	uint64_t sum = 0;

	for (size_t used; len; at += used, len -= used)
		sum += piece_sixteenths(at, len, &used);
	self->sixteenths += sum;
}

size_t token_counter_total(const struct token_counter *self)
{
	uint64_t sum = self->sixteenths;

	if (!sum)
		return 0;
	sum += sum / RESERVE_SHARE + SIXTEENTHS - 1;
	return (size_t)(sum / SIXTEENTHS) + TOKEN_RESERVE;
}

size_t token_count(const char *text, size_t len)
{
	struct token_counter counter = { 0 };

	token_counter_add(&counter, text, len);
	return token_counter_total(&counter);
}
