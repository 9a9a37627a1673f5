/* SPDX-License-Identifier: MIT */
#include "plan/question.h"

#include "base/letter.h"
#include "base/str.h"
#include "base/vec.h"
#include "model/redact.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

enum { WORD_LEN_LEAST = 2, DIGITS_LEAST = 3 };

/* In byte order. */
static const char *const stop_words[] = {
	"about", "after",   "again", "all",   "also",    "am",    "an",      "and",   "any",
	"are",   "as",      "at",    "be",    "because", "been",  "before",  "being", "but",
	"by",    "can",     "could", "did",   "do",      "does",  "doing",   "don",   "done",
	"down",  "during",  "each",  "few",   "for",     "from",  "further", "had",   "has",
	"have",  "having",  "he",    "her",   "here",    "hers",  "him",     "his",   "how",
	"if",    "in",      "into",  "is",    "it",      "its",   "itself",  "just",  "let",
	"me",    "more",    "most",  "my",    "no",      "nor",   "not",     "now",   "of",
	"off",   "on",      "once",  "one",   "only",    "or",    "other",   "our",   "out",
	"over",  "own",     "same",  "she",   "should",  "so",    "some",    "such",  "than",
	"that",  "the",     "their", "them",  "then",    "there", "these",   "they",  "this",
	"those", "through", "to",    "too",   "under",   "until", "up",      "us",    "very",
	"was",   "we",      "were",  "what",  "when",    "where", "which",   "while", "who",
	"why",   "will",    "with",  "would", "you",     "your",
};

static const struct {
	const char *word, *abbreviation;
} abbreviations[] = {
#define ABBREVIATION(word, short_) { word, short_ },
#include "plan/abbreviations.def"
#undef ABBREVIATION
};

struct reader {
	struct arena *arena;
	struct words_state *state;
	struct VEC(struct question_word) words;
	size_t n_seen;
	bool is_at_beginning; /* in the first sentence or line */
	bool is_out_of_memory;
};

static int compare_text(const void *key, const void *item)
{
	return strcmp(key, *(const char *const *)item);
}

bool question_is_stop_word(const char *word)
{
	return bsearch(word, stop_words, countof(stop_words), sizeof(const char *), compare_text);
}

static void add_variants(struct question_word *word)
{
	word->variants[word->n_variants++] = word->text;
	for (size_t i = 0; i < countof(abbreviations) && !word->is_name; i++) {
		if (word->n_variants < WORDS_MAX && str_equal(abbreviations[i].word, word->text))
			word->variants[word->n_variants++] = abbreviations[i].abbreviation;
	}
}

/* Said again, it weighs more; said at the beginning, twice as much. */
static void say(struct reader *reader, struct question_word *word)
{
	word->weight += 1;
	if (reader->is_at_beginning)
		word->first |= 1u << 31;
}

static void add(struct reader *reader, const char *text, bool is_name)
{
	struct question_word word = { .text = text, .is_name = is_name, .weight = 1 };
	char folded[WORD_LEN_MAX];
	size_t len = strlen(text), stem_len = 0;
	const char *stem = is_name ? NULL
				   : words_stem(reader->state, folded,
						letter_fold_text(text, len, folded), &stem_len);

	if (stem)
		word.stem = arena_memdup0(reader->arena, stem, stem_len);
	if (!is_name && !word.stem) {
		reader->is_out_of_memory = true;
		return;
	}
	for (size_t i = 0; i < reader->words.n; i++) {
		struct question_word *known = &reader->words.items[i];

		if (is_name == known->is_name &&
		    str_equal(is_name ? text : word.stem, is_name ? known->text : known->stem)) {
			say(reader, known);
			return;
		}
	}
	word.first = (uint32_t)reader->words.n;
	if (reader->is_at_beginning)
		word.first |= 1u << 31;
	add_variants(&word);
	if (!vec_push(&reader->words, word))
		reader->is_out_of_memory = true;
}

static void add_plain(struct reader *reader, const char *part, size_t len)
{
	char *lower;
	size_t first = 1;

	if (len < WORD_LEN_LEAST || len > WORD_LEN_MAX)
		return;
	(void)letter_at(part, len, &first); /* that it is one is known */
	if (first == len)
		return;
	lower = arena_memdup0(reader->arena, part, len);
	if (!lower) {
		reader->is_out_of_memory = true;
		return;
	}
	lower[letter_lower_text(part, len, lower)] = '\0';
	if (!question_is_stop_word(lower))
		add(reader, lower, false);
}

/* Whether a name is worth looking for as it is: not a word with a capital or a short number. */
static bool is_telling_name(const char *name, size_t len)
{
	size_t digits = 0, at, part;

	if (len < WORD_LEN_LEAST || len > WORD_LEN_MAX || !words_is_name(name, len))
		return false;
	for (size_t i = 0; i < len; i++)
		digits += name[i] >= '0' && name[i] <= '9';
	if (digits == len)
		return digits >= DIGITS_LEAST;
	/* "NATs", "IDs": a plural of capitals is a word. */
	return !words_next_part(name, len, 0, &at, &part) || part < len - 1 || name[len - 1] != 's';
}

static void add_name(struct reader *reader, const char *name, size_t len)
{
	size_t at = 0, part_at, part_len;

	if (is_telling_name(name, len)) {
		char *copy = arena_memdup0(reader->arena, name, len);

		if (copy)
			add(reader, copy, true);
		else
			reader->is_out_of_memory = true;
	}
	for (; words_next_part(name, len, at, &part_at, &part_len); at = part_at + part_len)
		add_plain(reader, name + part_at, part_len);
}

/* A name in a mark says what was there, not what is asked. */
static const char *without_marks(const char *text, struct arena *arena)
{
	char *out = arena_strdup(arena, text);
	size_t n = 0, mark;

	for (const char *at = text; out && *at; at += mark ? mark : 1) {
		mark = redact_mark_len(at);
		out[n++] = mark ? ' ' : *at;
	}
	if (out)
		out[n] = '\0';
	return out;
}

static void read_text(struct reader *reader, const char *text)
{
	size_t len = strlen(text);

	reader->is_at_beginning = true;
	for (size_t at = 0, end; at < len; at = end) {
		end = at + 1;
		if (text[at] == '\n' && reader->words.n)
			reader->is_at_beginning = false;
		if (!words_is_name_byte((unsigned char)text[at]))
			continue;
		while (end < len && words_is_name_byte((unsigned char)text[end]))
			end++;
		add_name(reader, text + at, end - at);
	}
}

static double telling(const struct question_word *word)
{
	size_t len = strlen(word->text);

	return word->weight * (word->is_name ? 2 : 1) * (double)(len < 10 ? len : 10);
}

static int tells_more(const void *a_, const void *b_)
{
	const struct question_word *a = a_, *b = b_;
	double x = telling(a), y = telling(b);

	if (x != y)
		return x < y ? 1 : -1;
	return (a->first > b->first) - (a->first < b->first);
}

static int comes_first(const void *a_, const void *b_)
{
	const struct question_word *a = a_, *b = b_;

	return (a->first > b->first) - (a->first < b->first);
}

/* The max that tell most come first, in their order; returns how many those are. */
static size_t keep_telling(struct question_word *words, size_t n, size_t max)
{
	if (n <= max)
		return n;
	qsort(words, n, sizeof(*words), tells_more);
	qsort(words, max, sizeof(*words), comes_first);
	return max;
}

static void choose(struct reader *reader, size_t max, struct question *ret)
{
	struct question_word *words = reader->words.items;
	size_t n = reader->words.n;

	for (size_t i = 0; i < n; i++) {
		bool is_first = words[i].first >> 31;

		words[i].first &= ~(1u << 31);
		words[i].is_first = is_first;
		words[i].weight = (1 + log(words[i].weight)) * (is_first ? 2 : 1);
	}
	ret->n = keep_telling(words, n, max);
	ret->n_left_out = n - ret->n;
	n = ret->n;
	ret->words = arena_alloc_array(reader->arena, n + 1, sizeof(*words));
	if (ret->words && n)
		memcpy(ret->words, words, n * sizeof(*words));
}

int question_shorten(const struct question *question, size_t max, struct arena *arena,
		     struct question *ret_question)
{
	struct question_word *words = arena_alloc_array(arena, question->n + 1, sizeof(*words));

	if (!words)
		return -ENOMEM;
	if (question->n)
		memcpy(words, question->words, question->n * sizeof(*words));
	*ret_question = *question;
	ret_question->words = words;
	ret_question->n = keep_telling(words, question->n, max);
	ret_question->n_left_out += question->n - ret_question->n;
	return 0;
}

int question_read(const char *text, size_t max, struct arena *arena, struct question *ret_question,
		  struct error *err)
{
	struct reader reader = { .arena = arena, .state = words_state_new() };
	int r = 0;

	*ret_question = (struct question){ .text = arena_strdup(arena, text) };
	if (strlen(text) > QUESTION_BYTES_MAX)
		r = error_set(err, ERROR_LIMIT, EFBIG, "the question is longer than %d KiB",
			      QUESTION_BYTES_MAX >> 10);
	else if (!reader.state)
		r = error_errno(err, ENOMEM, "question");
	if (r == 0) {
		ret_question->asked = without_marks(text, arena);
		if (ret_question->asked)
			read_text(&reader, ret_question->asked);
		choose(&reader, max, ret_question);
	}
	if (r == 0 && (reader.is_out_of_memory || arena_failed(arena)))
		r = error_errno(err, ENOMEM, "question");
	else if (r == 0 && !ret_question->n)
		r = error_set(err, ERROR_INVALID, EINVAL,
			      "the question has no word to look for; say what it is about, as in "
			      "\"why do uploads time out behind a proxy\"");
	vec_release(&reader.words);
	words_state_free(reader.state);
	return r;
}
