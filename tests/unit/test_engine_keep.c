/* SPDX-License-Identifier: MIT */
/* Head and tail of streams, in pieces of any size, against the whole stream. */
#include "base/utf8.h"
#include "engine/keep.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { STREAM_MAX = 5000, MAX = 601 };

static unsigned next_random(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(*seed >> 33);
}

/* Characters of one to three bytes, and in some streams lines. */
static size_t make_stream(uint64_t *seed, char stream[STREAM_MAX])
{
	size_t want = next_random(seed) % (STREAM_MAX - 4);
	bool has_lines = next_random(seed) % 2;
	size_t len = 0;

	while (len < want) {
		unsigned c = next_random(seed);
		uint32_t rune = c % 3 == 0 ? 0x4e00 + c % 999 : c % 3 == 1 ? 0xe9 : 'a' + c % 26;

		len += utf8_encode(has_lines && c % 40 == 0 ? '\n' : rune, stream + len);
	}
	return len;
}

static void check_cut(const char *stream, size_t len, const char *kept, size_t n_kept)
{
	const char *gap = strstr(kept, "[... ");
	uint64_t n_left_out;
	size_t n_head, n_tail;
	const char *tail;

	assert_non_null(gap);
	assert_int_equal(sscanf(gap, "[... %" SCNu64, &n_left_out), 1);
	tail = strstr(gap, " bytes left out; all of it is in /x ...]\n");
	assert_non_null(tail);
	tail = strchr(tail, '\n') + 1;
	n_head = (size_t)(gap - kept);
	n_tail = n_kept - (size_t)(tail - kept);
	if (n_head + n_left_out + n_tail == len + 1) { /* a line end was put before the gap */
		n_head--;
		assert_int_equal(kept[n_head], '\n');
	}
	assert_int_equal(n_head + n_left_out + n_tail, len);
	assert_memory_equal(kept, stream, n_head);
	assert_memory_equal(tail, stream + len - n_tail, n_tail);
	assert_true(n_head + n_tail <= MAX && n_head >= MAX / 4 - 4 && n_tail >= MAX / 4 - 4);
	assert_true(utf8_is_valid(kept, n_kept));
}

static void test_streams(void **state)
{
	char *stream = malloc(STREAM_MAX);
	uint64_t seed = 3;

	(void)state;
	assert_non_null(stream);
	for (int round = 0; round < 2000; round++) {
		size_t len = make_stream(&seed, stream);
		struct keep keep = { .max = MAX };
		unsigned piece_max = 1 + next_random(&seed) % 1000;
		struct blob *blob;

		for (size_t at = 0; at < len;) {
			size_t n = 1 + next_random(&seed) % piece_max;

			n = n < len - at ? n : len - at;
			keep_add(&keep, stream + at, n);
			at += n;
		}
		assert_int_equal(keep_is_cut(&keep), len > MAX);
		blob = keep_take(&keep, "/x");
		assert_non_null(blob);
		if (len > MAX) {
			check_cut(stream, len, blob_data(blob), blob_len(blob));
		} else {
			assert_int_equal(blob_len(blob), len);
			assert_memory_equal(blob_data(blob), stream, len);
		}
		blob_unref(blob);
		keep_release(&keep);
	}
	free(stream);
}

static void test_no_utf8_at_all(void **state)
{
	char bytes[2000];
	struct keep keep = { .max = MAX };
	struct blob *blob;

	(void)state;
	memset(bytes, 0x80, sizeof(bytes)); /* looks like the middle of characters */
	keep_add(&keep, bytes, sizeof(bytes));
	blob = keep_take(&keep, NULL);
	assert_true(blob_len(blob) > MAX - 10);
	assert_non_null(strstr(blob_data(blob), " bytes left out ...]\n"));
	blob_unref(blob);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_streams),
		cmocka_unit_test(test_no_utf8_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
