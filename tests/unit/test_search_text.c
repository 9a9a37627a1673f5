/* SPDX-License-Identifier: MIT */
/* Texts of searches: snippets made plain, queries as they are sent and compared. */
#include "base/attr.h"
#include "base/str.h"
#include "base/utf8.h"
#include "tools/search_query.h"
#include "tools/search_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { MEMORY_MAX = 4 << 20 };

static void test_plain(void **state)
{
	static const struct {
		const char *text, *plain;
	} rows[] = {
		{ "", "" },
		{ "plain", "plain" },
		{ "the <strong>best</strong> answer", "the best answer" },
		{ "a<b>b</b>c", "abc" },
		{ "<span class=\"searchmatch\">C</span> language", "C language" },
		{ "<a href='x>y' title=\"a > b\">link</a>", "link" },
		{ "one<br>two<br/>three<BR />four", "one two three four" },
		{ "<p>one</p><p>two</p>", "one two" },
		{ "<ul><li>one</li><li>two</li></ul>", "one two" },
		{ "<h2>head</h2>text", "head text" },
		{ "a <!-- never <b>seen</b> --> b", "a b" },
		{ "std::vector<int> v", "std::vector<int> v" },
		{ "if a < b and b > c", "if a < b and b > c" },
		{ "a <= b", "a <= b" },
		{ "#include <stdio.h>", "#include <stdio.h>" },
		{ "<strongest>x", "<strongest>x" },
		{ "open <b", "open <b" },
		{ "open <b never closed", "open <b never closed" },
		{ "<", "<" },
		{ "</", "</" },
		{ "a &amp; b", "a & b" },
		{ "&lt;b&gt;", "<b>" },
		{ "&amp;lt;", "&lt;" },
		{ "&quot;x&quot; &apos;y&apos; &#39;z&#x27;", "\"x\" 'y' 'z'" },
		{ "caf&eacute; &Eacute;", "caf\xc3\xa9 \xc3\x89" },
		{ "wait&hellip;", "wait\xe2\x80\xa6" },
		{ "a&nbsp;&nbsp;b", "a b" },
		{ "&#150;&#x80;", "\xe2\x80\x93\xe2\x82\xac" },
		{ "&#0;&#xd800;&#x110000;", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
		{ "&#99999999999;", "&#99999999999;" },
		{ "&#9999999;", "\xef\xbf\xbd" },
		{ "&#128512;", "\xf0\x9f\x98\x80" },
		{ "&nosuch; &amp &; & &#; &#x; &#12", "&nosuch; &amp &; & &#; &#x; &#12" },
		{ "AT&T R&D;", "AT&T R&D;" },
		{ "  two\n\n lines\t here \r\n", "two lines here" },
		{ "a\xc2\xa0\xe2\x80\x83\xe3\x80\x80"
		  "b",
		  "a b" },
		{ "bell\a and \x1b[31mred", "bell and [31mred" },
		{ "soft\xc2\xad"
		  "hyphen\xe2\x80\x8b zero",
		  "softhyphen zero" },
		{ "turn \xe2\x80\xaegnp.exe", "turn gnp.exe" },
		{ "bad \xff\xfe bytes \xc3", "bad \xef\xbf\xbd\xef\xbf\xbd bytes \xef\xbf\xbd" },
	};
	struct arena arena;

	(void)state;
	arena_init(&arena, MEMORY_MAX);
	for (size_t i = 0; i < countof(rows); i++) {
		const char *plain = search_text_plain(rows[i].text, strlen(rows[i].text), &arena);

		if (!str_equal(plain, rows[i].plain))
			fail_msg("'%s': '%s'", rows[i].text, plain);
	}
	assert_string_equal(search_text_plain("a\0b", 3, &arena), "a b");
	assert_string_equal(search_text_plain(NULL, 0, &arena), "");
	arena_release(&arena);
}

static void test_plain_is_cut(void **state)
{
	static char text[100000];
	struct arena arena;

	(void)state;
	arena_init(&arena, MEMORY_MAX);
	memset(text, 'x', sizeof(text));
	assert_int_equal(strlen(search_text_plain(text, sizeof(text), &arena)), SEARCH_TEXT_MAX);
	for (size_t first = 0; first < 4; first++) {
		const char *plain;

		memset(text, 'x', first);
		for (size_t i = first; i + 4 <= sizeof(text); i += 4)
			memcpy(text + i, "\xf0\x9f\x98\x80", 4);
		plain = search_text_plain(text, sizeof(text), &arena);
		assert_true(utf8_is_valid(plain, strlen(plain)));
		assert_int_equal(strlen(plain), first + (SEARCH_TEXT_MAX - first) / 4 * 4);
	}
	memset(text, 'x', sizeof(text));
	text[SEARCH_TEXT_MAX - 1] = ' ';
	assert_int_equal(strlen(search_text_plain(text, sizeof(text), &arena)),
			 SEARCH_TEXT_MAX - 1);
	arena_release(&arena);
}

static void check_query(const struct search_query_form *form, const struct search_query *query,
			const char *expected)
{
	struct error err = { 0 };
	const char *text = NULL;
	struct arena arena;

	arena_init(&arena, MEMORY_MAX);
	assert_int_equal(search_query_text(query, form, &arena, &text, &err), 0);
	assert_string_equal(text, expected);
	arena_release(&arena);
}

static const struct search_query_form plain_form = { 0 };
static const struct search_query_form operators = { .has_operators = true };

static void test_query_text(void **state)
{
	static const char *const one[] = { "example.org", NULL };
	static const char *const two[] = { "*.example.org", "a b", "example.com.", NULL };

	(void)state;
	check_query(&plain_form, &(struct search_query){ .text = " a \n\t b  " }, "a b");
	check_query(&plain_form,
		    &(struct search_query){ .text = "a\xc2\xa0"
						    "b\xff"
						    "c" },
		    "a b c");
	check_query(&plain_form, &(struct search_query){ .text = "Q?", .allowed = one }, "Q?");
	check_query(&operators, &(struct search_query){ .text = "q", .allowed = one },
		    "q site:example.org");
	check_query(&operators, &(struct search_query){ .text = "q", .allowed = two },
		    "q site:example.org OR site:example.com");
	check_query(&operators, &(struct search_query){ .text = "q", .blocked = two },
		    "q -site:example.org -site:example.com");
	check_query(&operators,
		    &(struct search_query){ .text = "q", .allowed = one, .blocked = two },
		    "q site:example.org -site:example.org -site:example.com");
}

static void test_query_is_shortened(void **state)
{
	static const char *const one[] = { "example.org", NULL };
	static const char *const three[] = { "a.org", "b.org", "c.org", NULL };
	const struct search_query_form chars = { .chars_max = 12, .has_operators = true };
	const struct search_query_form words = { .words_max = 6, .has_operators = true };

	(void)state;
	check_query(&chars, &(struct search_query){ .text = "one two three four" }, "one two");
	check_query(&chars, &(struct search_query){ .text = "one two 4444" }, "one two 4444");
	check_query(&chars, &(struct search_query){ .text = "\xc3\xa9\xc3\xa9\xc3\xa9 two 4444" },
		    "\xc3\xa9\xc3\xa9\xc3\xa9 two 4444");
	check_query(&chars, &(struct search_query){ .text = "donaudampfschifffahrt" },
		    "donaudampfsc");
	check_query(
		&chars,
		&(struct search_query){ .text = "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
						"\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
						"\xc3\xb6" },
		"\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
		"\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4");
	check_query(&chars, &(struct search_query){ .text = "one two", .allowed = one },
		    "one two"); /* no room for the operator in its half */
	check_query(&words, &(struct search_query){ .text = "1 2 3 4 5 6 7" }, "1 2 3 4 5 6");
	check_query(&words, &(struct search_query){ .text = "1 2 3 4 5 6 7", .allowed = three },
		    "1 2 3 site:a.org OR site:b.org");
	check_query(&words, &(struct search_query){ .text = "1 2 3 4 5 6 7", .blocked = three },
		    "1 2 3 -site:a.org -site:b.org -site:c.org");
	check_query(&words,
		    &(struct search_query){ .text = "1 2 3 4 5", .allowed = one, .blocked = three },
		    "1 2 3 site:example.org -site:a.org -site:b.org");
}

/* Whatever the lengths are, the whole stays within what the provider takes. */
static void test_query_fits(void **state)
{
	static const char *const domains[] = { "a.org", "bb.org", "ccc.org", NULL };
	const char *text = "some \xc3\xa9t\xc3\xa9 words that are sent to a provider somewhere";
	struct error err = { 0 };
	struct arena arena;

	(void)state;
	arena_init(&arena, MEMORY_MAX);
	for (unsigned chars = 2; chars < 90; chars++) {
		for (unsigned words = 2; words < 12; words++) {
			const struct search_query_form form = { chars, words, true };
			const struct search_query query = { text, domains, domains, 5 };
			const char *sent = NULL;
			unsigned n_chars = 0, n_words = 1;

			assert_int_equal(search_query_text(&query, &form, &arena, &sent, &err), 0);
			for (const char *at = sent; *at; at++) {
				n_chars += (*at & 0xc0) != 0x80;
				n_words += *at == ' ';
			}
			if (n_chars > chars || n_words > words)
				fail_msg("%u, %u: '%s'", chars, words, sent);
		}
	}
	arena_release(&arena);
}

static void test_query_is_empty(void **state)
{
	static const char *const texts[] = { "", " \n\t", "\xc2\xa0", "\xff" };
	static const char *const one[] = { "example.org", NULL };

	(void)state;
	for (size_t i = 0; i < countof(texts); i++) {
		const struct search_query query = { .text = texts[i], .allowed = one };
		struct error err = { 0 };
		const char *text = NULL;
		struct arena arena;

		arena_init(&arena, MEMORY_MAX);
		assert_true(search_query_text(&query, &operators, &arena, &text, &err) < 0);
		assert_int_equal(err.class, ERROR_INVALID);
		assert_null(text);
		arena_release(&arena);
	}
}

static void test_normalise(void **state)
{
	static const struct {
		const char *text, *identity;
	} rows[] = {
		{ "", "" },
		{ "   ", "" },
		{ "What is C?", "what is c" },
		{ "what  is\tC", "what is c" },
		{ " What is C ? ", "what is c" },
		{ "What is C?!...", "what is c" },
		{ "what is c\xef\xbc\x9f", "what is c" },
		{ "?", "?" },
		{ "... ?", "... ?" },
		{ "C++", "c++" },
		{ "node.js", "node.js" },
		{ "a ? b", "a ? b" },
		{ "the the", "the the" },
		{ "\xc3\x89T\xc3\x89 \xc3\x97", "\xc3\xa9t\xc3\xa9 \xc3\x97" },
		{ "\xce\x91\xce\xa9 \xd0\x90\xd0\xaf\xd0\x81",
		  "\xce\xb1\xcf\x89 \xd0\xb0\xd1\x8f\xd1\x91" },
		{ "\xc5\xbd\xc5\xbe \xc4\x8c", "\xc5\xbe\xc5\xbe \xc4\x8d" },
		{ "\xe6\x97\xa5\xe6\x9c\xac\xe3\x80\x82", "\xe6\x97\xa5\xe6\x9c\xac" },
		{ "bad\xff"
		  "bytes",
		  "bad bytes" },
	};
	struct arena arena;

	(void)state;
	arena_init(&arena, MEMORY_MAX);
	for (size_t i = 0; i < countof(rows); i++) {
		const char *identity = search_query_normalise(rows[i].text, &arena);

		if (!str_equal(identity, rows[i].identity))
			fail_msg("'%s': '%s'", rows[i].text, identity);
		assert_string_equal(search_query_normalise(identity, &arena), identity);
	}
	arena_release(&arena);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),      cmocka_unit_test(test_plain_is_cut),
		cmocka_unit_test(test_query_text), cmocka_unit_test(test_query_is_shortened),
		cmocka_unit_test(test_query_fits), cmocka_unit_test(test_query_is_empty),
		cmocka_unit_test(test_normalise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
