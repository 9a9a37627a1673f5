/* SPDX-License-Identifier: MIT */
/* Words in lines. A line that has the beginning of a stem is gone through name by name; whether a
 * part has the stem is remembered, since the same few forms come again and again. */
#include "scan/words.h"

#include "base/buf.h"
#include "base/letter.h"
#include "base/utf8.h"

#include <errno.h>
#include <libstemmer.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

enum {
	MEMO_SIZE = 1024,    /* forms remembered */
	PATTERN_LEN = 24,    /* of a word, at most */
	PATTERN_MAX = 65536, /* bytes */
};

struct word {
	char text[WORD_LEN_MAX + 1]; /* a name as it is; else the stem, folded */
	size_t len;
	size_t common; /* what all forms begin with: so many bytes of text */
	bool is_name;
};

struct words {
	struct word items[WORDS_MAX];
	size_t n;
	struct buf pattern;
	unsigned char first[32]; /* bits: bytes that a word can begin with */
};

struct memo {
	uint64_t key; /* of stem and form; 0 = none */
	bool is_same;
};

struct words_state {
	struct sb_stemmer *stemmer;
	struct memo memo[MEMO_SIZE];
};

static bool is_ascii_letter(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool words_is_name_byte(unsigned char c)
{
	return is_ascii_letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '$' || c >= 0x80;
}

bool words_is_name(const char *word, size_t len)
{
	enum letter before = LETTER_NONE, letter;
	size_t n;

	for (size_t i = 0; i < len; i += n) {
		letter = letter_at(word + i, len - i, &n);
		if (letter == LETTER_NONE || (letter == LETTER_UPPER && before == LETTER_LOWER))
			return true;
		before = letter;
	}
	return false;
}

/* The end of the letters of this case that begin at `at`; *ret_last: where the last one begins. */
static size_t skip_case(const char *name, size_t len, size_t at, enum letter letter,
			size_t *ret_last)
{
	size_t n;

	while (at < len && letter_at(name + at, len - at, &n) == letter) {
		*ret_last = at;
		at += n;
	}
	return at;
}

bool words_next_part(const char *name, size_t len, size_t from, size_t *ret_at, size_t *ret_len)
{
	enum letter letter = LETTER_NONE;
	size_t at = from, end, last, n = 0;

	for (; at < len; at += n) {
		letter = letter_at(name + at, len - at, &n);
		if (letter != LETTER_NONE)
			break;
	}
	if (at >= len)
		return false;
	last = at;
	end = skip_case(name, len, at, letter, &last);
	if (letter == LETTER_UPPER && end < len &&
	    letter_at(name + end, len - end, &n) == LETTER_LOWER) {
		/* HTTPServer: the last capital belongs to what follows. */
		end = last > at ? last : skip_case(name, len, end, LETTER_LOWER, &last);
	}
	*ret_at = at;
	*ret_len = end - at;
	return true;
}

/* ---- making ---- */

/* One sequence of bytes, which the forms with so many bytes fit: few others do, and to look for one
 * is faster than to look for each. */
static void add_forms(struct buf *pattern, const uint32_t *forms, size_t n_forms, size_t len)
{
	char bytes[LETTER_FORMS][4];
	size_t n = 0;

	for (size_t i = 0; i < n_forms; i++) {
		if (utf8_encode(forms[i], bytes[n]) == len)
			n++;
	}
	if (!n)
		return;
	buf_add_str(pattern, "|(?-u:");
	for (size_t k = 0; k < len; k++) {
		buf_add_char(pattern, '[');
		for (size_t i = 0; i < n; i++)
			buf_printf(pattern, "\\x%02x", (unsigned char)bytes[i][k]);
		buf_add_char(pattern, ']');
	}
	buf_add_char(pattern, ')');
}

/* The letter of a stem, in each case; its bytes. */
static size_t add_letter(struct buf *pattern, const char *text, size_t len)
{
	uint32_t rune = (unsigned char)*text, forms[LETTER_FORMS];
	size_t n = utf8_decode((const unsigned char *)text, len, &rune), n_forms;
	CLEANUP(buf) struct buf either = { .max = PATTERN_MAX };

	if (rune < 0x80) {
		buf_printf(pattern, "[%c%c]", (int)rune, (int)rune - 32);
		return 1;
	}
	n_forms = letter_forms(rune, forms);
	for (size_t k = 1; k <= 4; k++)
		add_forms(&either, forms, n_forms, k);
	if (buf_error(&either))
		pattern->error = buf_error(&either);
	else
		buf_printf(pattern, "(?:%s)", either.data + 1);
	return n ? n : 1;
}

static void add_pattern(struct buf *pattern, const struct word *word)
{
	size_t max = word->common < PATTERN_LEN ? word->common : PATTERN_LEN;

	if (pattern->len)
		buf_add_char(pattern, '|');
	for (size_t i = 0, n; i < max; i += n) {
		unsigned char c = (unsigned char)word->text[i];

		n = 1;
		if (!word->is_name)
			n = add_letter(pattern, word->text + i, word->len - i);
		else if (is_ascii_letter(c) || (c >= '0' && c <= '9') || c == '_')
			buf_add_char(pattern, (char)c);
		else
			buf_printf(pattern, c < 0x80 ? "\\x%02x" : "(?-u:\\x%02x)", c);
	}
}

static int add_word(struct words *words, struct words_state *state, const char *text,
		    struct error *err)
{
	struct word *word = &words->items[words->n];
	size_t len = strlen(text), stem_len = 0;
	char folded[WORD_LEN_MAX];
	const char *stem;

	if (!len || len > WORD_LEN_MAX)
		return error_set(err, ERROR_INVALID, EINVAL,
				 "a word has 1 to %d bytes, and '%.80s' has not", WORD_LEN_MAX,
				 text);
	for (size_t i = 0; i < len; i++) {
		if (!words_is_name_byte((unsigned char)text[i]))
			return error_set(err, ERROR_INVALID, EINVAL,
					 "'%.80s' is not one word: byte %zu is neither letter, "
					 "digit, '_' nor '$'",
					 text, i + 1);
	}
	word->is_name = words_is_name(text, len);
	stem = word->is_name
		       ? text
		       : words_stem(state, folded, letter_fold_text(text, len, folded), &stem_len);
	if (!stem)
		return error_errno(err, ENOMEM, "words");
	word->len = word->is_name ? len : stem_len;
	memcpy(word->text, stem, word->len);
	word->common = word->len;
	/* What a stem ends in may be another letter in the form: proxi, proxy. */
	if (!word->is_name && word->len > 2 && strchr("ie", word->text[word->len - 1]))
		word->common--;
	add_pattern(&words->pattern, word);
	words->n++;
	return 0;
}

int words_new(const char *const *items, size_t n, struct words **ret_words, struct error *err)
{
	struct words_state *state = words_state_new();
	struct words *words = calloc(1, sizeof(*words));
	int r = state && words ? 0 : error_errno(err, ENOMEM, "words");

	if (r == 0 && (n < 1 || n > WORDS_MAX))
		r = error_set(err, ERROR_INVALID, EINVAL, "1 to %d words, not %zu", WORDS_MAX, n);
	if (words)
		buf_init(&words->pattern, PATTERN_MAX);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = add_word(words, state, items[i], err);
	if (r == 0 && buf_error(&words->pattern))
		r = error_errno(err, ENOMEM, "words");
	words_state_free(state);
	if (r == 0)
		*ret_words = words;
	else
		words_free(words);
	return r;
}

void words_free(struct words *words)
{
	if (!words)
		return;
	buf_release(&words->pattern);
	free(words);
}

const char *words_pattern(const struct words *words)
{
	return words->pattern.data;
}

/* ---- finding ---- */

struct words_state *words_state_new(void)
{
	struct words_state *state = calloc(1, sizeof(*state));

	if (!state)
		return NULL;
	state->stemmer = sb_stemmer_new("english", "UTF_8");
	if (state->stemmer)
		return state;
	free(state);
	return NULL;
}

void words_state_free(struct words_state *state)
{
	if (!state)
		return;
	sb_stemmer_delete(state->stemmer);
	free(state);
}

const char *words_stem(struct words_state *state, const char *word, size_t len, size_t *ret_len)
{
	const sb_symbol *stem = sb_stemmer_stem(state->stemmer, (const sb_symbol *)word, (int)len);

	if (!stem)
		return NULL;
	*ret_len = (size_t)sb_stemmer_length(state->stemmer);
	return (const char *)stem;
}

/* Whether a folded part has the word's stem. */
static bool has_stem(struct words_state *state, const struct word *word, const char *part,
		     size_t len)
{
	uint64_t key = XXH3_64bits_withSeed(part, len, (uintptr_t)word) | 1;
	struct memo *memo = &state->memo[key >> 1 & (MEMO_SIZE - 1)];
	size_t stem_len = 0;
	const char *stem;

	if (memo->key == key)
		return memo->is_same;
	stem = words_stem(state, part, len, &stem_len);
	memo->key = key;
	memo->is_same = stem && stem_len == word->len && memcmp(stem, word->text, stem_len) == 0;
	return memo->is_same;
}

static bool is_part_of(struct words_state *state, const struct word *word, const char *part,
		       size_t len)
{
	char folded[WORD_LEN_MAX];
	size_t n = 0;

	if (len < word->common || len > sizeof(folded))
		return false;
	/* Most parts are told from the word by their first letter. */
	for (; n < len && (unsigned char)part[n] < 0x80; n++) {
		unsigned char c = (unsigned char)part[n];

		folded[n] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
		if (n < word->common && folded[n] != word->text[n])
			return false;
	}
	if (n < len)
		n += letter_fold_text(part + n, len - n, folded + n);
	if (n < word->common || memcmp(folded, word->text, word->common) != 0)
		return false;
	return has_stem(state, word, folded, n);
}

/* Is any of the words in this name, at or after byte `from` of it? */
static bool find_in_name(const struct words *words, struct words_state *state, const char *name,
			 size_t len, size_t from, struct word_found *ret)
{
	size_t at, part_len;

	for (size_t i = 0; i < words->n && from == 0; i++) {
		const struct word *word = &words->items[i];

		if (word->is_name && word->len == len && memcmp(name, word->text, len) == 0) {
			*ret = (struct word_found){ .len = len, .is_whole = true };
			return true;
		}
	}
	for (; words_next_part(name, len, from, &at, &part_len); from = at + part_len) {
		for (size_t i = 0; i < words->n; i++) {
			if (words->items[i].is_name ||
			    !is_part_of(state, &words->items[i], name + at, part_len))
				continue;
			*ret = (struct word_found){ .at = at,
						    .len = part_len,
						    .is_whole = part_len == len };
			return true;
		}
	}
	return false;
}

bool words_find(const struct words *words, struct words_state *state, const char *line, size_t len,
		size_t from, struct word_found *ret_found)
{
	size_t at = from, end;

	/* The name that `from` lies in began before. */
	while (at > 0 && words_is_name_byte((unsigned char)line[at - 1]))
		at--;
	for (; at < len; at = end) {
		while (at < len && !words_is_name_byte((unsigned char)line[at]))
			at++;
		for (end = at; end < len && words_is_name_byte((unsigned char)line[end]);)
			end++;
		if (end > at && find_in_name(words, state, line + at, end - at,
					     from > at ? from - at : 0, ret_found)) {
			ret_found->name_at = at;
			ret_found->name_len = end - at;
			ret_found->at += at;
			return true;
		}
	}
	return false;
}
