/* SPDX-License-Identifier: MIT */
#include "docs/words.h"

#include "base/attr.h"
#include "base/str.h"

#include <ctype.h>
#include <errno.h>
#include <libstemmer.h>
#include <string.h>

static const char *const fillers[] = {
	"a",    "an",    "the",   "and",   "or",    "of",   "to",    "in",      "on",      "at",
	"is",   "are",   "be",    "was",   "do",    "does", "did",   "i",       "me",      "my",
	"we",   "you",   "it",    "its",   "this",  "that", "these", "those",   "there",   "how",
	"what", "which", "who",   "when",  "where", "why",  "can",   "could",   "should",  "would",
	"will", "may",   "might", "must",  "want",  "need", "for",   "from",    "with",    "by",
	"as",   "if",    "so",    "than",  "then",  "some", "any",   "way",     "tell",    "please",
	"use",  "using", "used",  "have",  "has",   "had",  "im",    "about",   "into",    "his",
	"her",  "their", "them",  "they",  "our",   "your", "such",  "via",     "only",    "also",
	"let",  "lets",  "out",   "whats", "dont",  "isnt", "cant",  "get",     "happens", "mean",
	"but",  "am",    "just",  "up",    "all",   "each", "one",   "without",
};

static const struct {
	const char *word, *sections;
} hints[] = {
	{ "function", "23" }, { "syscall", "2" }, { "call", "2" },    { "libc", "3" },
	{ "command", "18" },  { "tool", "18" },   { "option", "18" }, { "format", "5" },
	{ "config", "5" },    { "shell", "1" },
};

static const char *const synonyms[] = {
#define SYNONYMS(words) words,
#include "docs/synonyms.def"
#undef SYNONYMS
};

static bool is_piece(unsigned char c)
{
	return isalnum(c) || c >= 0x80;
}

/* Signs that names and flags are made with; others separate words. */
static bool is_within(unsigned char c)
{
	return is_piece(c) || (c && strchr("-_./+:=@~'", c));
}

static bool is_in(const char *const *list, size_t n, const char *word)
{
	for (size_t i = 0; i < n; i++)
		if (str_equal(list[i], word))
			return true;
	return false;
}

static void stem(const struct words *self, const char *at, size_t len, char out[WORD_BYTES])
{
	char lower[WORD_BYTES];
	const sb_symbol *stemmed;
	size_t n = len < WORD_BYTES ? len : WORD_BYTES - 1;

	for (size_t i = 0; i < n; i++)
		lower[i] = (char)tolower((unsigned char)at[i]);
	lower[n] = '\0';
	/* FTS5 leaves short ones alone. NULL: out of memory; then as it is. */
	stemmed = n > 2 ? sb_stemmer_stem(self->stemmer, (const sb_symbol *)lower, (int)n) : NULL;
	if (stemmed)
		n = (size_t)sb_stemmer_length(self->stemmer);
	memcpy(out, stemmed ? (const char *)stemmed : lower, n);
	out[n] = '\0';
}

static size_t start_bit(unsigned char a, unsigned char b)
{
	return (size_t)a << 8 | b;
}

static void note_start(struct words *self, const char *stem)
{
	unsigned char first = (unsigned char)stem[0];
	unsigned char second = (unsigned char)stem[1];
	size_t bit = start_bit(first, second);

	self->starts[bit / 64] |= (uint64_t)1 << bit % 64;
	/* A stem of one or two letters may have ended otherwise in the text. */
	if (stem[1] == '\0' || stem[2] == '\0')
		for (unsigned i = 0; i < 256; i++) {
			bit = start_bit(first, (unsigned char)i);
			self->starts[bit / 64] |= (uint64_t)1 << bit % 64;
		}
}

static void add_other(const struct words *self, struct word *word, const char *at, size_t len)
{
	char other[WORD_BYTES];

	stem(self, at, len, other);
	if (str_equal(other, word->pieces[0]) || word->n_others == OTHERS_MAX)
		return;
	for (unsigned i = 0; i < word->n_others; i++)
		if (str_equal(word->others[i], other))
			return;
	memcpy(word->others[word->n_others++], other, WORD_BYTES);
}

static void find_others(const struct words *self, struct word *word)
{
	for (size_t i = 0; i < countof(synonyms); i++) {
		const char *row = synonyms[i];
		bool is_in_row = false;

		for (const char *at = row; *at; at += strcspn(at, " "), at += *at == ' ') {
			char found[WORD_BYTES];

			stem(self, at, strcspn(at, " "), found);
			is_in_row |= str_equal(found, word->pieces[0]);
		}
		for (const char *at = row; is_in_row && *at;
		     at += strcspn(at, " "), at += *at == ' ')
			add_other(self, word, at, strcspn(at, " "));
	}
}

static void add_word(struct words *self, const char *at, size_t len, bool keeps_fillers)
{
	struct word *word = &self->items[self->n];
	size_t n = len < WORD_BYTES ? len : WORD_BYTES - 1;

	if (self->n == WORDS_MAX)
		return;
	*word = (struct word){ 0 };
	for (size_t i = 0; i < n; i++)
		word->text[i] = (char)tolower((unsigned char)at[i]);
	if (!keeps_fillers && is_in(fillers, countof(fillers), word->text))
		return;
	for (size_t i = 0; i < len && word->n_pieces < PIECES_MAX;) {
		size_t from = i;

		while (i < len && is_piece((unsigned char)at[i]))
			i++;
		if (i > from)
			stem(self, at + from, i - from, word->pieces[word->n_pieces++]);
		while (i < len && !is_piece((unsigned char)at[i])) {
			word->has_signs = true;
			i++;
		}
	}
	for (unsigned i = 0; i < self->n; i++)
		if (str_equal(self->items[i].text, word->text))
			return;
	if (word->n_pieces == 0)
		return;
	if (word->n_pieces == 1 && !word->has_signs)
		find_others(self, word);
	for (size_t i = 0; i < countof(hints); i++)
		if (str_equal(hints[i].word, word->text))
			self->sections = hints[i].sections;
	self->n++;
}

static void split(struct words *self, const char *query, size_t len, bool keeps_fillers)
{
	const char *end = query + len;

	for (const char *at = query; at < end && self->n < WORDS_MAX;) {
		const char *from, *to;

		while (at < end && !is_within((unsigned char)*at))
			at++;
		from = at;
		while (at < end && is_within((unsigned char)*at))
			at++;
		to = at;
		while (from < to && !is_piece((unsigned char)*from) && *from != '-')
			from++;
		while (to > from && !is_piece((unsigned char)to[-1]))
			to--;
		/* what's: the fillers have no apostrophe */
		if (to - from > 2 && to[-2] == '\'')
			to -= 2;
		if (to > from)
			add_word(self, from, (size_t)(to - from), keeps_fillers);
	}
}

int words_init(struct words *words, const char *query)
{
	size_t len = strnlen(query, QUERY_BYTES_MAX);

	memset(words, 0, sizeof(*words));
	words->sections = "";
	words->stemmer = sb_stemmer_new("porter", NULL);
	if (!words->stemmer)
		return -ENOMEM;
	split(words, query, len, false);
	if (words->n == 0)
		split(words, query, len, true);
	for (unsigned i = 0; i < words->n; i++) {
		const struct word *word = &words->items[i];

		for (unsigned k = 0; k < word->n_pieces; k++)
			note_start(words, word->pieces[k]);
		for (unsigned k = 0; k < word->n_others; k++)
			note_start(words, word->others[k]);
	}
	return 0;
}

void words_release(struct words *words)
{
	sb_stemmer_delete(words->stemmer); /* accepts NULL */
	words->stemmer = NULL;
}

static void count_one(const struct words *self, const char *stemmed, unsigned progress[WORDS_MAX],
		      struct word_count counts[WORDS_MAX])
{
	for (unsigned i = 0; i < self->n; i++) {
		const struct word *word = &self->items[i];

		if (!str_equal(word->pieces[progress[i]], stemmed))
			progress[i] = 0;
		if (str_equal(word->pieces[progress[i]], stemmed) &&
		    ++progress[i] == word->n_pieces) {
			progress[i] = 0;
			counts[i].n_own++;
		}
		for (unsigned k = 0; k < word->n_others; k++)
			counts[i].n_others += str_equal(word->others[k], stemmed);
	}
}

size_t words_count(const struct words *words, const char *text, size_t len,
		   struct word_count counts[WORDS_MAX])
{
	unsigned progress[WORDS_MAX] = { 0 };
	char stemmed[WORD_BYTES];
	size_t n = 0;

	for (size_t i = 0; i < len;) {
		size_t from = i, bit;

		while (i < len && is_piece((unsigned char)text[i]))
			i++;
		if (i == from) {
			i++;
			continue;
		}
		n++;
		bit = start_bit((unsigned char)tolower((unsigned char)text[from]),
				i - from > 1 ? (unsigned char)tolower((unsigned char)text[from + 1])
					     : 0);
		if (!(words->starts[bit / 64] >> bit % 64 & 1)) {
			memset(progress, 0, sizeof(progress));
			continue;
		}
		stem(words, text + from, i - from, stemmed);
		count_one(words, stemmed, progress, counts);
	}
	return n;
}
