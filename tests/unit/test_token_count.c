/* SPDX-License-Identifier: MIT */
/* Estimates of tokens: beside true counts of both vocabularies, and what holds for any text. */
#include "base/attr.h"
#include "base/random.h"
#include "base/token_count.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Counted by gpt-tokenizer 4.0.0. */
static const struct known {
	const char *text;
	size_t cl100k, o200k;
} known[] = {
	{
		"The quick brown fox jumps over the lazy dog, and then it sleeps for an h"
		"our.\n",
		18,
		18,
	},
	{
		"static int parse_header(const char *at, size_t len)\n"
		"{\n"
		"\tif (!len || at[0] != '#')\n"
		"\t\treturn -1;\n"
		"\treturn (int)len;\n"
		"}\n",
		37,
		37,
	},
	{
		"function getElementById(id) {\n"
		"    return document.getElementById(id) || null;\n"
		"}\n",
		16,
		21,
	},
	{
		"src/engine/schedule.c:112:\tif (queue->n_ready > limit)\n"
		"src/engine/schedule.h:9:struct queue;\n",
		28,
		30,
	},
	{
		"{\"path\":\"docs/guide.md\",\"line\":42,\"text\":\"see \\\"Setup\\\"\\n"
		"\\n- one\\n- two\\n\",\"score\":0.731}\n",
		33,
		33,
	},
	{
		"def test_retry(tmp_path):\n"
		"    with pytest.raises(ValueError):\n"
		"        retry(lambda: 1 / 0, attempts=3)\n",
		26,
		27,
	},
	{
		"SELECT name, COUNT(*) FROM users WHERE created_at > '2024-01-31' GROUP B"
		"Y name;\n",
		23,
		23,
	},
	{
		"# Heading\n\n"
		"A *short* paragraph with `code`, a [link](https://example.org/a/b?c=d) a"
		"nd 3.14159.\n\n"
		"---\n",
		34,
		34,
	},
	{
		"QWxhZGRpbjpvcGVuIHNlc2FtZQ== VGhlIHF1aWNrIGJyb3duIGZveA==\n",
		38,
		36,
	},
	{
		"#ifndef HTTP_PARSER_H\n"
		"#define HTTP_PARSER_H\n"
		"#include <stdint.h>\n"
		"#endif /* HTTP_PARSER_H */\n",
		21,
		24,
	},
};

static uint64_t sixteenths(const char *text, size_t len)
{
	struct token_counter counter = { 0 };

	token_counter_add(&counter, text, len);
	return counter.sixteenths;
}

static size_t true_count(const struct known *row)
{
	return row->cl100k > row->o200k ? row->cl100k : row->o200k;
}

/* Even without the reserve not less than the truth, and at most a third more. */
static void is_near_the_truth(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(known); i++) {
		uint64_t estimate = sixteenths(known[i].text, strlen(known[i].text));

		if (estimate < 16 * true_count(&known[i]))
			fail_msg("%s: %zu, not %zu", known[i].text, (size_t)estimate / 16,
				 true_count(&known[i]));
		if (3 * estimate > 4 * 16 * true_count(&known[i]))
			fail_msg("%s: %zu, not %zu", known[i].text, (size_t)estimate / 16,
				 true_count(&known[i]));
	}
}

/* Over all of them, and again if they are long: the reserve is less than a tenth. */
static void is_near_the_truth_of_a_long_text(void **state)
{
	struct token_counter counter = { 0 };
	size_t sum = 0, total;

	(void)state;
	for (int round = 0; round < 10; round++) {
		for (size_t i = 0; i < countof(known); i++) {
			token_counter_add(&counter, known[i].text, strlen(known[i].text));
			sum += true_count(&known[i]);
		}
	}
	total = token_counter_total(&counter);
	assert_true(total >= sum);
	assert_true(total * 100 <= sum * 112);
}

/* Scripts other than Latin are less exact: up to twice the truth. */
static void other_scripts(void **state)
{
	static const struct known row = {
		"Za\305\274\303\263\305\202\304\207 na\303\257ve caf\303\251, "
		"\346\227\245\346\234\254\350\252\236\343\201\256"
		"\343\203\206\343\202\255\343\202\271\343\203\210, "
		"\320\237\321\200\320\270\320\262\320\265\321\202 "
		"\320\274\320\270\321\200!\n",
		23,
		19,
	};
	uint64_t estimate = sixteenths(row.text, strlen(row.text));

	(void)state;
	assert_true(estimate >= 16 * true_count(&row));
	assert_true(estimate <= 32 * true_count(&row));
}

static void counts_nothing(void **state)
{
	struct token_counter counter = { 0 };

	(void)state;
	assert_int_equal(token_counter_total(&counter), 0);
	assert_int_equal(token_count("", 0), 0);
	assert_int_equal(token_count("a", 1), 1 + TOKEN_RESERVE);
}

/* Exactly: what the rules of both vocabularies say about pieces. */
static void pieces_are_cut_as_tokenizers_do(void **state)
{
	static const struct {
		const char *text;
		size_t n_tokens;
	} rows[] = {
		{ "a", 1 },
		{ "the", 1 },
		{ " the", 1 },
		{ "the the", 2 },
		{ "the  the", 3 },
		{ "The THE", 2 },
		{ "1234567", 3 },
		{ "the 12", 3 },
		{ "x.length", 2 },
		{ "__init__", 3 },
		{ "getElement", 2 },
		{ "\n\n\n", 1 },
		{ "\t\t\t", 1 },
		{ "{\n        return", 3 },
		{ "----------------", 1 },
		{ "--------------------------------", 2 },
		{ "();\n", 1 },
		{ "don't", 2 },
		{ "\\n", 1 },
		{ "#include <stdio", 3 },
		{ "\377\377", 2 },
	};

	(void)state;
	for (size_t i = 0; i < countof(rows); i++) {
		uint64_t n = sixteenths(rows[i].text, strlen(rows[i].text));

		if (n / 16 != rows[i].n_tokens)
			fail_msg("'%s': %zu/16, not %zu", rows[i].text, (size_t)n,
				 rows[i].n_tokens);
	}
	assert_int_equal(sixteenths("\0\0\0", 3) / 16, 3);
	assert_int_equal(sixteenths("()\0", 3) / 16, 2);
}

/* Cut after newlines: the parts are not less than the whole, and hardly more. */
static void parts_add_up(void **state)
{
	struct token_counter parts = { 0 };
	char text[16 << 10];
	size_t len = 0;
	uint64_t whole;

	(void)state;
	for (size_t i = 0; i < countof(known); i++) {
		for (const char *at = known[i].text; *at;) {
			size_t n = strcspn(at, "\n") + 1;

			token_counter_add(&parts, at, n);
			memcpy(text + len, at, n);
			len += n;
			at += n;
		}
	}
	whole = sixteenths(text, len);
	assert_true(parts.sixteenths >= whole);
	assert_true(parts.sixteenths <= whole + whole / 20);
}

/* Any bytes: between a token for WORD_MAX of them and one for each, and a cut adds little less. */
static void any_bytes(void **state)
{
	static const char alphabet[] = "abAB the_in.(/\t\n\r \"\\{}1290-=#\xc3\xa9\xe6\x97\xa5\xff";
	uint64_t seed = 17;
	char text[600];

	(void)state;
	for (int round = 0; round < 20000; round++) {
		size_t len = random_within(sizeof(text), random_next(&seed)), cut;
		bool raw = random_within(3, random_next(&seed)) == 0;
		uint64_t whole;

		for (size_t i = 0; i < len; i++) {
			uint64_t any = random_next(&seed);

			text[i] = raw ? (char)any
				      : alphabet[random_within(sizeof(alphabet) - 1, any)];
		}
		cut = random_within(len, random_next(&seed));
		whole = sixteenths(text, len);
		assert_true(whole >= 16 * (len / 80));
		assert_true(whole <= 20 * len);
		assert_true(whole <=
			    sixteenths(text, cut) + sixteenths(text + cut, len - cut) + 2 * 16);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_near_the_truth),
		cmocka_unit_test(is_near_the_truth_of_a_long_text),
		cmocka_unit_test(other_scripts),
		cmocka_unit_test(counts_nothing),
		cmocka_unit_test(pieces_are_cut_as_tokenizers_do),
		cmocka_unit_test(parts_add_up),
		cmocka_unit_test(any_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
