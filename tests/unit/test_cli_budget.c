/* SPDX-License-Identifier: MIT */
/* Fair shares, and where texts are cut. */
#include "cli/budget.h"
#include "cli/slice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void small_wants_are_met(void **state)
{
	const uint64_t wants[] = { 1000, 10, 500, 20 };
	uint64_t shares[4];

	(void)state;
	assert_int_equal(budget_share(wants, 4, 430, shares), 0);
	assert_int_equal(shares[0], 200);
	assert_int_equal(shares[1], 10);
	assert_int_equal(shares[2], 200);
	assert_int_equal(shares[3], 20);
}

static void plenty_gives_all(void **state)
{
	const uint64_t wants[] = { 3, 0, 7 };
	uint64_t shares[3];

	(void)state;
	assert_int_equal(budget_share(wants, 3, 1u << 20, shares), 0);
	assert_memory_equal(shares, wants, sizeof(wants));
}

/* Nobody above their want, the sum is min(total, wants), the unmet are level. */
static void shares_are_fair_at_random(void **state)
{
	(void)state;
	srandom(7);
	for (int round = 0; round < 500; round++) {
		uint64_t wants[40], shares[40], sum_wants = 0, sum = 0;
		uint64_t low = UINT64_MAX, high = 0, total = (uint64_t)random() % 5000;
		size_t n = 1 + (size_t)random() % 40;

		for (size_t i = 0; i < n; i++) {
			wants[i] = (uint64_t)random() % 300;
			sum_wants += wants[i];
		}
		assert_int_equal(budget_share(wants, n, total, shares), 0);
		for (size_t i = 0; i < n; i++) {
			assert_true(shares[i] <= wants[i]);
			sum += shares[i];
			high = shares[i] > high ? shares[i] : high;
			if (shares[i] < wants[i])
				low = shares[i] < low ? shares[i] : low;
		}
		assert_int_equal(sum, sum_wants < total ? sum_wants : total);
		if (low != UINT64_MAX)
			assert_true(high <= low + 1);
	}
}

static struct slice lines(const char *text)
{
	return (struct slice){ .data = text, .len = strlen(text), .end = '\n' };
}

static void assert_written(const struct slice *slice, enum encoding encoding, size_t limit,
			   const char *want)
{
	struct cut cut = slice_cut(slice, encoding, limit);
	struct buf buf;

	buf_init(&buf, 1 << 20);
	slice_write(slice, &cut, encoding, &buf);
	assert_string_equal(buf.data ? buf.data : "", want);
	assert_true(limit == SIZE_MAX || buf.len <= limit);
	buf_release(&buf);
}

static void cuts_between_lines(void **state)
{
	struct slice slice = lines("one\ntwo\nthree\n");

	(void)state;
	assert_written(&slice, ENCODING_RAW, SIZE_MAX, "one\ntwo\nthree\n");
	assert_written(&slice, ENCODING_RAW, 14, "one\ntwo\nthree\n");
	assert_written(&slice, ENCODING_RAW, 13, "one\ntwo\n");
	assert_written(&slice, ENCODING_RAW, 7, "one\n");
	assert_written(&slice, ENCODING_RAW, 0, "");
	assert_written(&slice, ENCODING_JSON, 13, "one\\ntwo\\n");
	assert_written(&slice, ENCODING_JSON, 9, "one\\n");
}

static void cuts_a_long_line_between_characters(void **state)
{
	struct slice slice = lines("a\xc3\xa9\xc3\xa9\xc3\xa9 long\nnext\n");

	(void)state;
	assert_written(&slice, ENCODING_RAW, 4, "a\xc3\xa9");
	assert_written(&slice, ENCODING_RAW, 5, "a\xc3\xa9\xc3\xa9");
}

static void keeps_both_ends(void **state)
{
	struct slice slice;
	struct buf text, out;
	struct cut cut;

	(void)state;
	buf_init(&text, 1 << 20);
	buf_init(&out, 1 << 20);
	for (unsigned i = 0; i < 1000; i++)
		buf_printf(&text, "line %u\n", i);
	slice = (struct slice){ text.data, text.len, '\n', true };
	cut = slice_cut(&slice, ENCODING_RAW, 300);
	slice_write(&slice, &cut, ENCODING_RAW, &out);
	assert_true(out.len <= 300 && out.len > 200);
	assert_memory_equal(out.data, "line 0\n", 7);
	assert_non_null(strstr(out.data, "bytes left out"));
	assert_string_equal(out.data + out.len - 9, "line 999\n");
	buf_release(&text);
	buf_release(&out);
}

static void lists_names(void **state)
{
	const struct slice names = { .data = "a\nb\0c\"\0d", .len = 7, .end = '\0' };
	struct buf buf;
	struct json_write json;
	struct cut cut = { .head = 7 };

	(void)state;
	buf_init(&buf, 1000);
	json = json_write_to(&buf);
	slice_write_list(&names, &cut, &json);
	assert_string_equal(buf.data, "[\"a\\nb\",\"c\\\"\"]");
	assert_int_equal(cut_items(&names, &cut), 2);
	buf_release(&buf);
}

/* Whatever the text, the limit and the encoding: what is written is never longer. */
static void never_over_the_limit(void **state)
{
	static const char alphabet[] = "ab\n\n\"\\\t\x01\xc3\xa9\xff\0";

	(void)state;
	srandom(11);
	for (int round = 0; round < 4000; round++) {
		char text[200];
		struct slice slice = { text, (size_t)random() % sizeof(text),
				       random() % 2 ? '\n' : '\0', random() % 2 };
		enum encoding encoding = (enum encoding)(random() % 3);
		size_t limit = (size_t)random() % 300;
		struct cut cut;
		struct buf buf;

		for (size_t i = 0; i < slice.len; i++)
			text[i] = alphabet[(size_t)random() % sizeof(alphabet)];
		if (encoding == ENCODING_LIST)
			slice.two_ended = false;
		buf_init(&buf, 1 << 16);
		cut = slice_cut(&slice, encoding, limit);
		if (encoding == ENCODING_LIST) {
			struct json_write json = json_write_to(&buf);

			slice_write_list(&slice, &cut, &json);
			limit += 2; /* the brackets are the frame's */
		} else {
			slice_write(&slice, &cut, encoding, &buf);
		}
		assert_true(buf.len <= limit);
		if (cut_is_whole(&slice, &cut) && encoding != ENCODING_LIST)
			assert_int_equal(buf.len, slice_cost(&slice, encoding, SIZE_MAX));
		buf_release(&buf);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(small_wants_are_met),
		cmocka_unit_test(plenty_gives_all),
		cmocka_unit_test(shares_are_fair_at_random),
		cmocka_unit_test(cuts_between_lines),
		cmocka_unit_test(cuts_a_long_line_between_characters),
		cmocka_unit_test(keeps_both_ends),
		cmocka_unit_test(lists_names),
		cmocka_unit_test(never_over_the_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
