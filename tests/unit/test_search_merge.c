/* SPDX-License-Identifier: MIT */
/* Reciprocal rank fusion: scores by hand, and against a naive one in any order of lists. */
#include "base/attr.h"
#include "base/str.h"
#include "tools/search_merge.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { MEMORY_MAX = 16 << 20 };

/* UNIT / (60 + rank), rounded down, by bc. */
enum { AT_1 = 0, AT_2, AT_3, AT_4 };
static const uint64_t part[] = { 16393442622, 16129032258, 15873015873, 15625000000 };

static const struct search_hit brave_hits[] = {
	{ "https://www.example.org/a?utm_source=b", "A", "short", 100 },
	{ "https://example.org/b", "", "the b", 0 },
	{ "https://example.org/c", "C", "", 0 },
};

static const struct search_hit exa_hits[] = {
	{ "http://example.org/b/", "B of exa", "longer text of b", 50 },
	{ "https://example.org/a", "A of exa", "a longer text", 200 },
	{ "https://example.org/d#x", "D", "", 0 },
	{ "javascript:x", "none", "", 0 },
};

static const struct search_hit again_hits[] = {
	{ "https://example.org/d", "D again", "", 0 },
	{ "https://example.org/d/", "D once more", "text", 0 },
	{ "https://example.org/e", "E", "", 0 },
};

static void test_known(void **state)
{
	const struct search_list lists[] = {
		{ "brave", brave_hits, countof(brave_hits) },
		{ "exa", exa_hits, countof(exa_hits) },
		{ "brave", again_hits, countof(again_hits) },
	};
	/* a: 1/61 + 1/62. b: 1/62 + 1/61. d: 1/63 + 1/61. c, e: 1/63. */
	const struct {
		const char *url, *title, *snippet;
		int64_t published_s;
		uint64_t score;
		size_t n_lists, n_by;
	} expected[] = {
		{ "http://example.org/b/", "B of exa", "longer text of b", 50,
		  part[AT_1] + part[AT_2], 2, 2 },
		{ "https://www.example.org/a?utm_source=b", "A", "a longer text", 200,
		  part[AT_1] + part[AT_2], 2, 2 },
		{ "https://example.org/d", "D again", "text", 0, part[AT_1] + part[AT_3], 2, 2 },
		{ "https://example.org/c", "C", "", 0, part[AT_3], 1, 1 },
		{ "https://example.org/e", "E", "", 0, part[AT_3], 1, 1 },
	};
	struct search_pages pages;
	struct arena arena;

	(void)state;
	arena_init(&arena, MEMORY_MAX);
	assert_int_equal(search_merge(lists, countof(lists), &arena, &pages), 0);
	assert_int_equal(pages.n, countof(expected));
	for (size_t i = 0; i < pages.n; i++) {
		assert_string_equal(pages.items[i].url, expected[i].url);
		assert_string_equal(pages.items[i].title, expected[i].title);
		assert_string_equal(pages.items[i].snippet, expected[i].snippet);
		assert_int_equal(pages.items[i].published_s, expected[i].published_s);
		assert_int_equal(pages.items[i].score, expected[i].score);
		assert_int_equal(pages.items[i].n_lists, expected[i].n_lists);
		assert_int_equal(pages.items[i].n_by, expected[i].n_by);
	}
	assert_string_equal(pages.items[0].identity, "example.org/b");
	assert_string_equal(pages.items[0].by[0], "brave");
	assert_string_equal(pages.items[0].by[1], "exa");
	assert_string_equal(pages.items[2].by[0], "exa");
	assert_string_equal(pages.items[2].by[1], "brave");
	arena_release(&arena);
}

static void test_nothing(void **state)
{
	const struct search_list lists[] = { { "brave", NULL, 0 }, { "exa", exa_hits + 3, 1 } };
	struct search_pages pages = { .n = 7 };
	struct arena arena;

	(void)state;
	arena_init(&arena, MEMORY_MAX);
	assert_int_equal(search_merge(NULL, 0, &arena, &pages), 0);
	assert_int_equal(pages.n, 0);
	assert_int_equal(search_merge(lists, 1, &arena, &pages), 0);
	assert_int_equal(pages.n, 0);
	assert_int_equal(search_merge(lists, 2, &arena, &pages), 0);
	assert_int_equal(pages.n, 0);
	arena_release(&arena);

	arena_init(&arena, 64);
	assert_int_equal(
		search_merge(&(struct search_list){ "exa", exa_hits, 3 }, 1, &arena, &pages),
		-ENOMEM);
	arena_release(&arena);
}

enum { LISTS = 7, HITS = 30, PAGES = 50 };

static unsigned draw(unsigned *seed, unsigned n)
{
	*seed = *seed * 1103515245u + 12345u;
	return (*seed >> 16) % n;
}

/* Page k is written in one of four ways; its number is in it. */
static const char *spell(unsigned page, unsigned way, struct arena *arena)
{
	switch (way) {
	case 0:
		return arena_printf(arena, "https://example.org/p%u", page);
	case 1:
		return arena_printf(arena, "http://www.example.org:80/p%u/?gclid=1", page);
	case 2:
		return arena_printf(arena, "https://m.example.org/p%u#x", page);
	default:
		return arena_printf(arena, "https://EXAMPLE.org/%%70%u/amp", page);
	}
}

static unsigned page_of(const struct search_page *page)
{
	return (unsigned)strtoul(page->identity + strlen("example.org/p"), NULL, 10);
}

static void check_scores(const struct search_pages *pages, unsigned ranks[LISTS][PAGES])
{
	size_t n = 0;

	for (unsigned page = 0; page < PAGES; page++) {
		uint64_t score = 0;

		for (size_t i = 0; i < LISTS; i++)
			score += ranks[i][page] ? SEARCH_MERGE_UNIT / (60 + ranks[i][page]) : 0;
		n += score > 0;
		for (size_t i = 0; i < pages->n; i++)
			if (page_of(&pages->items[i]) == page)
				assert_int_equal(pages->items[i].score, score);
	}
	assert_int_equal(pages->n, n);
	for (size_t i = 1; i < pages->n; i++)
		assert_true(pages->items[i - 1].score > pages->items[i].score ||
			    (pages->items[i - 1].score == pages->items[i].score &&
			     strcmp(pages->items[i - 1].url, pages->items[i].url) < 0));
}

static void test_any_order(void **state)
{
	struct search_hit hits[LISTS][HITS];
	struct search_list lists[LISTS];
	struct search_pages pages, turned;
	unsigned seed = 7;

	(void)state;
	for (int round = 0; round < 50; round++) {
		unsigned ranks[LISTS][PAGES] = { 0 };
		struct arena arena;

		arena_init(&arena, MEMORY_MAX);
		for (size_t i = 0; i < LISTS; i++) {
			lists[i] = (struct search_list){ "brave", hits[i], draw(&seed, HITS + 1) };
			for (size_t k = 0; k < lists[i].n; k++) {
				unsigned page = draw(&seed, PAGES);

				hits[i][k] = (struct search_hit){
					.url = spell(page, draw(&seed, 4), &arena),
					.title = draw(&seed, 2) ? "x" : "y",
					.snippet = draw(&seed, 2) ? "abc" : "abd",
				};
				if (!ranks[i][page])
					ranks[i][page] = (unsigned)k + 1;
			}
		}
		assert_int_equal(search_merge(lists, LISTS, &arena, &pages), 0);
		check_scores(&pages, ranks);
		for (size_t i = 0; i < LISTS / 2; i++) {
			struct search_list other = lists[i];

			lists[i] = lists[LISTS - 1 - i];
			lists[LISTS - 1 - i] = other;
		}
		assert_int_equal(search_merge(lists, LISTS, &arena, &turned), 0);
		assert_int_equal(pages.n, turned.n);
		for (size_t i = 0; i < pages.n; i++) {
			assert_string_equal(pages.items[i].url, turned.items[i].url);
			assert_string_equal(pages.items[i].title, turned.items[i].title);
			assert_string_equal(pages.items[i].snippet, turned.items[i].snippet);
			assert_int_equal(pages.items[i].score, turned.items[i].score);
		}
		arena_release(&arena);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_any_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
