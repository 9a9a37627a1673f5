/* SPDX-License-Identifier: MIT */
/* A part of a name is looked up by its stem, but only if some word begins with its two first
 * letters: most parts are passed over for the cost of a table look-up. */
#include "graph/lexicon.h"

#include "base/buf.h"
#include "base/letter.h"
#include "base/str.h"

#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

enum { MEMO_SIZE = 4096 };

struct term {
	const char *text; /* a stem, or a name */
	size_t len;
	uint32_t word;
	bool is_name;
};

struct memo {
	uint64_t key;
	uint64_t words; /* bits: several words may have a variant in common */
};

struct lexicon {
	struct words_state *state;
	struct arena arena;
	struct term *terms;
	size_t n, n_names;
	uint8_t starts[26 * 26 + 1];         /* two first letters of plain words */
	uint8_t name_lens[WORD_LEN_MAX + 1]; /* lengths of names */
	struct memo memo[MEMO_SIZE];
};

static char lower(char c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
}

/* All with a first or second letter beyond ASCII are one. */
static unsigned start_of(const char *part)
{
	if ((unsigned char)part[0] >= 0x80 || (unsigned char)part[1] >= 0x80)
		return 26 * 26;
	return (unsigned)(lower(part[0]) - 'a') * 26 + (unsigned)(lower(part[1]) - 'a');
}

static bool add_term(struct lexicon *lexicon, const char *text, bool is_name, uint32_t word)
{
	struct term *term = &lexicon->terms[lexicon->n];
	size_t len = strlen(text);

	if (len < 2)
		return true;
	*term = (struct term){ .text = text, .len = len, .word = word, .is_name = is_name };
	if (is_name) {
		lexicon->name_lens[len <= WORD_LEN_MAX ? len : 0] = 1;
		lexicon->n_names++;
	} else {
		size_t stem_len = 0;
		char folded[WORD_LEN_MAX];
		const char *stem =
			len > sizeof(folded)
				? NULL
				: words_stem(lexicon->state, folded,
					     letter_fold_text(text, len, folded), &stem_len);

		term->text = stem ? arena_memdup0(&lexicon->arena, stem, stem_len) : NULL;
		term->len = stem_len;
		if (!term->text)
			return false;
		lexicon->starts[start_of(text)] = 1;
	}
	lexicon->n++;
	return true;
}

struct lexicon *lexicon_new(const struct question *question)
{
	struct lexicon *lexicon = calloc(1, sizeof(*lexicon));
	bool ok = lexicon;

	if (!lexicon)
		return NULL;
	arena_init(&lexicon->arena, 1 << 20);
	lexicon->state = words_state_new();
	lexicon->terms = calloc(question->n * WORDS_MAX + 1, sizeof(*lexicon->terms));
	ok = lexicon->state && lexicon->terms;
	for (size_t i = 0; ok && i < question->n; i++) {
		const struct question_word *word = &question->words[i];

		for (size_t k = 0; ok && k < word->n_variants; k++)
			ok = add_term(lexicon, word->variants[k], word->is_name, (uint32_t)i);
	}
	if (ok)
		return lexicon;
	lexicon_free(lexicon);
	return NULL;
}

void lexicon_free(struct lexicon *lexicon)
{
	if (!lexicon)
		return;
	words_state_free(lexicon->state);
	free(lexicon->terms);
	arena_release(&lexicon->arena);
	free(lexicon);
}

static uint64_t look_up(struct lexicon *lexicon, const char *part, size_t len)
{
	char form[WORD_LEN_MAX];
	size_t stem_len = 0;
	const char *stem;
	struct memo *memo;
	uint64_t key;

	if (len > sizeof(form))
		return 0;
	len = letter_fold_text(part, len, form);
	key = XXH3_64bits(form, len) | 1;
	memo = &lexicon->memo[key >> 1 & (MEMO_SIZE - 1)];
	if (memo->key == key)
		return memo->words;
	memo->key = key;
	memo->words = 0;
	stem = words_stem(lexicon->state, form, len, &stem_len);
	for (size_t i = 0; stem && i < lexicon->n; i++) {
		const struct term *term = &lexicon->terms[i];

		if (!term->is_name && term->len == stem_len &&
		    memcmp(term->text, stem, stem_len) == 0)
			memo->words |= UINT64_C(1) << term->word;
	}
	return memo->words;
}

static void scan_name(struct lexicon *lexicon, const char *text, size_t at, size_t len,
		      lexicon_found_fn *found, void *data)
{
	size_t from = 0, part, part_len;

	if (len <= WORD_LEN_MAX && lexicon->name_lens[len]) {
		for (size_t i = 0; i < lexicon->n; i++) {
			const struct term *term = &lexicon->terms[i];

			if (term->is_name && term->len == len &&
			    memcmp(term->text, text + at, len) == 0)
				found(data, term->word, at, len);
		}
	}
	for (; words_next_part(text + at, len, from, &part, &part_len); from = part + part_len) {
		uint64_t words;

		if (part_len < 2 || !lexicon->starts[start_of(text + at + part)])
			continue;
		words = look_up(lexicon, text + at + part, part_len);
		for (; words; words &= words - 1)
			found(data, (uint32_t)__builtin_ctzll(words), at + part, part_len);
	}
}

void lexicon_scan(struct lexicon *lexicon, const char *text, size_t len, lexicon_found_fn *found,
		  void *data)
{
	for (size_t at = 0, end; at < len; at = end) {
		end = at + 1;
		if (!words_is_name_byte((unsigned char)text[at]))
			continue;
		while (end < len && words_is_name_byte((unsigned char)text[end]))
			end++;
		scan_name(lexicon, text, at, end - at, found, data);
	}
}
