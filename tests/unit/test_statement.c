/* SPDX-License-Identifier: MIT */
/* Sentences as statements: what is read of figures, units, versions, opposites and doubt. */
#include "base/attr.h"
#include "base/buf.h"
#include "graph/page.h"
#include "graph/shingle.h"
#include "graph/statement.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct statement read(const char *text)
{
	struct words_state *state = words_state_new();
	struct statement statement;

	assert_non_null(state);
	statement_read(text, strlen(text), state, &statement);
	words_state_free(state);
	return statement;
}

static const struct {
	const char *text;
	enum statement_cue cue;
	enum statement_unit unit;
	double value;
} values[] = {
	{ "The default timeout is 30 seconds.", CUE_DEFAULT, UNIT_MS, 30000 },
	{ "It waits 30s by default.", CUE_DEFAULT, UNIT_MS, 30000 },
	{ "The default timeout is 1.5 minutes.", CUE_DEFAULT, UNIT_MS, 90000 },
	{ "By default it retries three times.", CUE_DEFAULT, UNIT_NONE, 3 },
	{ "The maximum size is 64 KiB.", CUE_MAXIMUM, UNIT_BYTES, 65536 },
	{ "Limited to 1,000 rows.", CUE_MAXIMUM, UNIT_NONE, 1000 },
	{ "At 80% the maximum is reached.", CUE_MAXIMUM, UNIT_PERCENT, 80 },
	{ "The port of the server is 8080.", CUE_PORT, UNIT_NONE, 8080 },
	{ "Added in version 2.10.", CUE_SINCE, UNIT_VERSION, 2010000 },
	{ "It was removed in v3.", CUE_REMOVED, UNIT_VERSION, 3000000 },
	{ "This requires Python 3.8.", CUE_REQUIRES, UNIT_VERSION, 3008000 },
	{ "The default is false.", CUE_DEFAULT, UNIT_SWITCH, 0 },
	{ "In version 2.1 the default is 5.", CUE_DEFAULT, UNIT_NONE, 5 },
	{ "By default, ssh(1) waits 5 s.", CUE_DEFAULT, UNIT_MS, 5000 },
	{ "As of 2019 the default is 5.", CUE_DEFAULT, UNIT_NONE, 5 },
	{ "Since 2019-03-04 the default is 5 [12].", CUE_DEFAULT, UNIT_NONE, 5 },
	{ "See [it](http://a.org/9/77): the default is 5.", CUE_DEFAULT, UNIT_NONE, 5 },
};

static void test_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(values); i++) {
		struct statement statement = read(values[i].text);

		if (!statement.has_value || statement.cue != values[i].cue ||
		    statement.unit != values[i].unit || statement.value < values[i].value ||
		    statement.value > values[i].value)
			fail_msg("%s: %d, cue %d, unit %d, %f", values[i].text, statement.has_value,
				 (int)statement.cue, (int)statement.unit, statement.value);
	}
}

static void test_no_values(void **state)
{
	static const char *const texts[] = {
		"The timeout is 30 seconds.",             /* of what kind? */
		"The default is 30 seconds, at most 60.", /* which of them? */
		"The default went from 5 to 30.",
		"The default is described below.",
		"The default is true, and false on others.",
		"Raise the limit: $ tool jobs --attempts=2",
		"The default of what is said here of things that were never counted is not 7."
	};

	(void)state;
	for (size_t i = 0; i < countof(texts); i++) {
		struct statement statement = read(texts[i]);

		if (statement.has_value && !statement.is_vague)
			fail_msg("%s: %f", texts[i], statement.value);
	}
}

static void test_sides(void **state)
{
	struct statement a = read("The cache is enabled."), b = read("The cache is disabled.");
	struct statement c = read("The cache isn't disabled."),
			 d = read("It is no longer enabled.");

	(void)state;
	assert_int_equal(a.stance, b.stance);
	assert_true(a.stance != 0);
	assert_int_equal(a.side, 1);
	assert_int_equal(b.side, -1);
	assert_int_equal(c.side, 1);
	assert_int_equal(d.side, -1);
	assert_true(read("It may be enabled.").is_vague);
	assert_true(read("It was enabled.").is_vague);
	assert_true(read("Deprecated, not recommended.").is_vague);
	assert_false(a.is_vague);
}

static void test_terms(void **state)
{
	struct statement a = read("The `max_retries` of uploads"), b = read("UPLOADING maxRetries");

	(void)state;
	assert_int_equal(a.n_terms, 2);
	assert_int_equal(a.n_names, 1);
	assert_int_equal(b.n_terms, 2);
	assert_memory_equal(a.terms, b.terms, 2 * sizeof(*a.terms));
	assert_memory_equal(a.names, b.names, sizeof(*a.names));
	assert_true(read("one two three").hash != read("one three two").hash);
}

static void test_shingles(void **state)
{
	static const char text[] = "one two three four five six seven eight nine ten";
	struct shingles a, b, c, none;
	struct arena arena;

	(void)state;
	arena_init(&arena, 16 << 20);
	assert_int_equal(shingles_read(text, strlen(text), &arena, &a), 0);
	assert_int_equal(a.n, 6);
	assert_int_equal(shingles_read(text, strlen("one two three four five six"), &arena, &b), 0);
	assert_int_equal(b.n, 2);
	assert_true(shingles_likeness(&a, &b) > 0.33 && shingles_likeness(&a, &b) < 0.34);
	assert_true(shingles_containment(&b, &a) > 0.99);
	assert_int_equal(shingles_read("One, TWO", 8, &arena, &b), 0);
	assert_int_equal(shingles_read("*one* two!", 10, &arena, &c), 0);
	assert_true(shingles_likeness(&b, &c) > 0.99);
	assert_int_equal(shingles_read("", 0, &arena, &none), 0);
	assert_true(shingles_likeness(&none, &none) < 0.01);
	arena_release(&arena);
}

/* Two long texts that share half: the sample says so, about. */
static void test_shingles_of_long_texts(void **state)
{
	enum { WORDS = 3000 };
	struct buf both[2] = { { .max = 1 << 20 }, { .max = 1 << 20 } };
	struct shingles sets[2];
	struct arena arena;
	double likeness;

	(void)state;
	arena_init(&arena, 16 << 20);
	for (unsigned i = 0; i < WORDS; i++) {
		buf_printf(&both[0], "w%u ", i);
		buf_printf(&both[1], "w%u ", i < WORDS / 2 ? i : i + WORDS);
	}
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(shingles_read(both[i].data, both[i].len, &arena, &sets[i]), 0);
		assert_int_equal(sets[i].n, SHINGLES_MAX);
	}
	likeness = shingles_likeness(&sets[0], &sets[1]);
	assert_true(likeness > 0.25 && likeness < 0.42); /* 1/3 */
	buf_release(&both[0]);
	buf_release(&both[1]);
	arena_release(&arena);
}

static void test_sites(void **state)
{
	static const struct {
		const char *url, *site;
	} rows[] = {
		{ "https://docs.python.org/3/a", "python.org" },
		{ "http://www.bbc.co.uk/news", "bbc.co.uk" },
		{ "https://a.b.example.com.au/", "example.com.au" },
		{ "https://me.github.io/x", "me.github.io" },
		{ "https://you.github.io/x", "you.github.io" },
		{ "https://localhost:8080/x", "localhost" },
		{ "http://192.0.2.7/x", "192.0.2.7" },
		{ "http://[2001:db8::1]/x", "[2001:db8::1]" },
		{ "man:grep(1)", "man" },
		{ "file:///usr/share/doc/x", "file" },
	};
	struct arena arena;

	(void)state;
	arena_init(&arena, 1 << 20);
	for (size_t i = 0; i < countof(rows); i++)
		assert_string_equal(page_site(page_identity(rows[i].url, &arena), &arena),
				    rows[i].site);
	assert_string_equal(page_identity("man:grep(1)#x", &arena), "man:grep(1)");
	arena_release(&arena);
}

static void test_hits_of_strangers(void **state)
{
	static const char *const bad[] = { "", "[]", "{", "{\"url\":7}", "{}", "{\"url\":\"\"}" };
	static const char good[] = "{\"url\":\"https://a.org/\\u001b\",\"title\":\"a\\n\\u0000 b\","
				   "\"passage\":7,\"published\":\"x\",\"by\":[1,\"p\"]}";
	struct page_hit hit;
	struct arena arena;

	(void)state;
	arena_init(&arena, 1 << 20);
	for (size_t i = 0; i < countof(bad); i++)
		assert_false(page_read_hit(bad[i], strlen(bad[i]), &arena, &hit));
	assert_true(page_read_hit(good, strlen(good), &arena, &hit));
	assert_string_equal(hit.url, "https://a.org/");
	assert_string_equal(hit.title, "a b");
	assert_string_equal(hit.passage, "");
	assert_int_equal(hit.published_s, 0);
	assert_int_equal(hit.n_by, 1);
	arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),   cmocka_unit_test(test_no_values),
		cmocka_unit_test(test_sides),    cmocka_unit_test(test_terms),
		cmocka_unit_test(test_shingles), cmocka_unit_test(test_shingles_of_long_texts),
		cmocka_unit_test(test_sites),    cmocka_unit_test(test_hits_of_strangers),
	};

	return cmocka_run_group_tests_name("statement", tests, NULL, NULL);
}
