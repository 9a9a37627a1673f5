/* SPDX-License-Identifier: MIT */
/* Letters against PCRE2's tables; parts of names, and words in lines, beyond ASCII. */
#include "base/attr.h"
#include "base/letter.h"
#include "base/utf8.h"
#include "plan/question.h"
#include "scan/matcher.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <cmocka.h>
#include <pcre2.h>

static bool is_match(const char *pattern, uint32_t options, const char *text, size_t len)
{
	int error;
	PCRE2_SIZE at;
	pcre2_code *code = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
					 PCRE2_UTF | options, &error, &at, NULL);
	pcre2_match_data *data = pcre2_match_data_create(1, NULL);
	bool found = pcre2_match(code, (PCRE2_SPTR)text, len, 0, 0, data, NULL) >= 0;

	pcre2_match_data_free(data);
	pcre2_code_free(code);
	return found;
}

/* A folded form is another case of the letter, is its own, and is not longer; capitals have one. */
static void test_folding(void **state)
{
	(void)state;
	for (uint32_t rune = 0x80; rune < 0x3000; rune++) {
		uint32_t folded = letter_fold(rune);
		char pattern[32], text[4], form[4];
		size_t len = utf8_encode(rune, text), n;
		bool is_lu = is_match("^[\\p{Lu}\\p{Lt}]$", 0, text, len);
		enum letter letter = letter_at(text, len, &n);

		assert_int_equal(n, len);
		if (letter != LETTER_NONE)
			assert_true(is_match("^[\\p{Latin}\\p{Greek}\\p{Cyrillic}\\p{Coptic}\\x{b5}"
					     "\\p{Cn}]$",
					     0, text, len) &&
				    is_match("^[\\p{L}\\p{Cn}]$", 0, text, len));
		assert_true(letter != LETTER_UPPER || is_lu);
		/* Those that fold to more bytes: two letters with a stroke. */
		if (letter == LETTER_LOWER && is_lu)
			assert_true(folded == rune);
		if (folded == rune)
			continue;
		(void)snprintf(pattern, sizeof(pattern), "^\\x{%x}$", folded);
		assert_true(is_match(pattern, PCRE2_CASELESS, text, len));
		assert_true(utf8_encode(folded, form) <= len);
		assert_int_equal(letter_fold(folded), folded);
	}
}

static void test_parts(void **state)
{
	static const struct {
		const char *name, *parts;
	} rows[] = {
		{ "parse_HTTPHeader2", "parse HTTP Header" },
		{ "HServer", "H Server" },
		{ "frobnicate_größe", "frobnicate größe" },
		{ "dateiGröße", "datei Größe" },
		{ "ÜBERGrößeÄndern", "ÜBER Größe Ändern" },
		{ "na\u0308ive", "na\u0308ive" },
		{ "λόγος_Файл", "λόγος Файл" },
		{ "“größe”", "größe" },
		{ "文件größe", "größe" },
		{ "文件", "" },
		{ "a\xc3", "a" },
	};

	(void)state;
	for (size_t i = 0; i < countof(rows); i++) {
		size_t from = 0, at, len, name_len = strlen(rows[i].name);
		char got[128] = "";

		for (; words_next_part(rows[i].name, name_len, from, &at, &len); from = at + len) {
			if (*got)
				strcat(got, " ");
			strncat(got, rows[i].name + at, len);
		}
		assert_string_equal(got, rows[i].parts);
	}
	assert_false(words_is_name("größe", strlen("größe")));
	assert_false(words_is_name("λόγος", strlen("λόγος")));
	assert_true(words_is_name("dateiGröße", strlen("dateiGröße")));
	assert_true(words_is_name("文件", strlen("文件")));
}

/* Whether the line has the word: by the words, and its pattern must say the same or more. */
static bool has(const char *word, const char *line)
{
	struct words *words = NULL;
	struct words_state *state = words_state_new();
	struct matcher_scratch *scratch = matcher_scratch_new();
	struct matcher *matcher = NULL;
	struct subject subject = { .text = (const unsigned char *)line, .len = strlen(line) };
	struct word_found found;
	struct error err = { 0 };
	size_t at, bounds[2];
	bool is_found;

	assert_int_equal(words_new(&word, 1, &words, &err), 0);
	assert_int_equal(matcher_new(words_pattern(words), strlen(words_pattern(words)), 0,
				     &matcher, &at, &err),
			 0);
	is_found = words_find(words, state, line, strlen(line), 0, &found);
	if (is_found)
		assert_int_equal(matcher_find(matcher, scratch, &subject, 0, bounds), 1);
	matcher_free(matcher);
	matcher_scratch_free(scratch);
	words_state_free(state);
	words_free(words);
	return is_found;
}

static void test_words_in_lines(void **state)
{
	static const struct {
		const char *word, *line;
		bool is_in;
	} rows[] = {
		{ "größe", "int frobnicate_größe(void);", true },
		{ "größe", "// Größe", true },
		{ "GRÖẞE", "// größe", true },
		{ "größe", "GRÖẞE", true },
		{ "größe", "gr = 1; grosse größer", false },
		{ "gr", "größe", false },
		{ "uploads", "„upload“", true },
		{ "файл", "ОТКРЫТЬ_ФАЙЛ", true },
		{ "ФАЙЛ", "имяФайл", true },
		{ "ΛΌΓΟΣ", "ο λόγος", true },
		{ "λόγος", "ΛΌΓΟΣ", true },
		{ "文件", "文件 = 1", true },
		{ "文件", "文件x", false },
		{ "dateiGröße", "x = dateiGröße", true },
		{ "dateiGröße", "dateigröße", false },
		{ "кэширование", "Кэширование", true },
	};

	(void)state;
	for (size_t i = 0; i < countof(rows); i++) {
		if (has(rows[i].word, rows[i].line) != rows[i].is_in)
			fail_msg("'%s' in '%s'", rows[i].word, rows[i].line);
	}
}

/* As a list of its words. */
static void expect(const char *text, const char *want)
{
	struct arena arena;
	struct question question;
	struct error err = { 0 };
	char got[256] = "";

	arena_init(&arena, 1 << 20);
	assert_int_equal(question_read(text, QUESTION_WORDS_MAX, &arena, &question, &err), 0);
	for (size_t i = 0; i < question.n; i++) {
		strcat(got, i ? " " : "");
		strcat(got, question.words[i].text);
	}
	assert_string_equal(got, want);
	assert_string_equal(question.text, text);
	arena_release(&arena);
}

static void test_questions(void **state)
{
	(void)state;
	expect("Größe der Datei, GRÖSSE und größe", "größe der datei grösse und");
	expect("über naïve é", "über naïve");
	expect("where is frobnicate_größe", "frobnicate_größe frobnicate größe");
	expect("why is [redacted:MY_API_KEY] refused by [redacted:github-token]", "refused");
	expect("[redacted] [redacted:] list[0]", "redacted list");
	expect("ο λόγος του αρχείου", "λόγος του αρχείου");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_folding),
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_words_in_lines),
		cmocka_unit_test(test_questions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
