/* SPDX-License-Identifier: MIT */
/* What pages say of themselves, and pages made to be expensive. */
#include "net/html.h"

#include "base/attr.h"
#include "base/clock.h"
#include "base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *text_of(const struct buf *buf)
{
	return buf->data ? buf->data : "";
}

static void test_title_and_address(void **state)
{
	static const struct {
		const char *html;
		const char *title;
		const char *canonical;
	} rows[] = {
		{ "<title> A &amp; B\n&nbsp;c </title><h1>x</h1>", "A & B c", "" },
		{ "<meta property=og:title content='O &lt;'><title>A</title>", "O <", "" },
		{ "<h1>First <i>&amp;lt;</i></h1><h1>x</h1>", "First &lt;", "" },
		{ "<svg><title>t</title></svg>", "", "" },
		{ "<title></title><h1>x</h1>y", "x", "" },
		{ "<link rel='x canonical' href='/c?a&amp;b'>", "", "http://h/c?a&b" },
		{ "<meta property=og:url content='http://o/'>", "", "http://o/" },
		{ "<link rel=canonical href=/c><meta property=og:url content=/o>", "",
		  "http://h/c" },
		{ "<base href=http://b/><link rel=canonical href=c>", "", "http://b/c" },
		{ "<link rel=canonical href='javascript:x'>", "", "" },
		{ "<link rel=canonical href=''>", "", "" },
	};

	(void)state;
	for (size_t i = 0; i < countof(rows); i++) {
		struct html_page page;

		assert_int_equal(
			html_read(rows[i].html, strlen(rows[i].html), "http://h/d", NULL, &page),
			0);
		assert_string_equal(text_of(&page.title), rows[i].title);
		assert_string_equal(text_of(&page.canonical), rows[i].canonical);
		html_page_release(&page);
	}
}

static void test_dates(void **state)
{
	static const struct {
		const char *html;
		int64_t published_s, modified_s;
	} rows[] = {
		{ "<meta property=article:published_time content=2024-05-03T10:00:00+02:00>",
		  1714723200, 0 },
		{ "<meta name=date content=2024-05-03>", 1714694400, 0 },
		{ "<meta name=DC.date content='2024-05-03'>", 1714694400, 0 },
		{ "<meta name=citation_publication_date content=2024/05/03>", 1714694400, 0 },
		{ "<meta property=og:updated_time content=2024-05-03T00:00:00Z>", 0, 1714694400 },
		{ "<meta http-equiv=last-modified content='Fri, 03 May 2024 00:00:00 GMT'>", 0,
		  1714694400 },
		{ "<time datetime=2024-05-03 pubdate>x</time>", 1714694400, 0 },
		{ "<time itemprop=dateModified datetime=2024-05-03>x</time>", 0, 1714694400 },
		{ "<time datetime=2024-05-03>x</time>", 0, 0 },
		{ "<script type=application/ld+json>{\"@graph\":[{\"datePublished\" : "
		  "\"2024-05-03\"}],\"dateModified\":\"2024-05-04\"}</script>",
		  1714694400, 1714780800 },
		{ "<script type=application/ld+json>{\"c\":{\"datePublished\":\"2001-01-01\"},"
		  "\"datePublished\":\"2024-05-03\"}</script>",
		  1714694400, 0 },
		{ "<script type=application/ld+json>{\"x\":\"datePublished\",\"y\":\"2024-05-03\"}"
		  "</script>",
		  0, 0 },
		{ "<script type=application/ld+json>{\"datePublished\":\"2024", 0, 0 },
		{ "<script>{\"datePublished\":\"2024-05-03\"}</script>", 0, 0 },
		/* The one that is worth more wins, wherever it stands. */
		{ "<meta name=date content=2001-01-01>"
		  "<meta property=article:published_time content=2024-05-03>",
		  1714694400, 0 },
		{ "<meta property=article:published_time content=2024-05-03>"
		  "<meta name=date content=2001-01-01>",
		  1714694400, 0 },
		{ "<footer>Last updated on May 3, 2024. All rights reserved.</footer>", 0,
		  1714694400 },
		{ "<p>This page last modified on 2024-05-03 00:00:00 UTC</p>", 0, 1714694400 },
		{ "<p>Last updated 3 May 2024 by somebody</p>", 0, 1714694400 },
		{ "<p>Last updated 2 days ago by somebody</p>", 0, 0 },
		/* Too old, too late, no date. */
		{ "<meta name=date content=1989-12-31>", 0, 0 },
		{ "<meta name=date content=1990-01-01>", 631152000, 0 },
		{ "<meta name=date content=2999-01-01>", 0, 0 },
		{ "<meta name=date content=2024-02-30>", 0, 0 },
		{ "<meta name=date content='2 days ago'>", 0, 0 },
		{ "<meta name=date content=yesterday><meta name=date>", 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < countof(rows); i++) {
		struct html_page page;

		assert_int_equal(html_read(rows[i].html, strlen(rows[i].html), NULL, NULL, &page),
				 0);
		if (page.published_s != rows[i].published_s ||
		    page.modified_s != rows[i].modified_s)
			fail_msg("%s: %lld, %lld", rows[i].html, (long long)page.published_s,
				 (long long)page.modified_s);
		html_page_release(&page);
	}
}

static void test_charsets(void **state)
{
	static const char latin[] = "<p>caf\xe9";
	static const char japanese[] = "<meta charset=shift_jis><title>\x93\xfa</title>\x96{";
	struct html_page page;

	(void)state;
	assert_int_equal(html_read(latin, strlen(latin), NULL, "iso-8859-1", &page), 0);
	assert_string_equal(page.text.data, "café\n");
	html_page_release(&page);
	assert_int_equal(html_read(japanese, strlen(japanese), NULL, NULL, &page), 0);
	assert_string_equal(page.text.data, "本\n");
	assert_string_equal(page.title.data, "日");
	html_page_release(&page);
}

/* One part so often, after a beginning, and then an end. */
static void expect_fast(const char *begin, const char *part, size_t n, const char *end)
{
	CLEANUP(buf) struct buf html = { .max = (size_t)64 << 20 };
	struct html_page page;
	uint64_t from_ns;

	buf_add_str(&html, begin);
	for (size_t i = 0; i < n; i++)
		buf_add_str(&html, part);
	buf_add_str(&html, end);
	assert_int_equal(buf_error(&html), 0);
	from_ns = clock_now_ns();
	assert_int_equal(html_read(html.data, html.len, "http://h/", NULL, &page), 0);
	/* Far above what it takes (0.1 s), far below what anything but linear would. */
	if (clock_now_ns() - from_ns > 10 * 1000000000ull)
		fail_msg("%s%s: too slow", begin, part);
	assert_true(page.text.len <= HTML_TEXT_MAX);
	assert_true(utf8_is_valid(text_of(&page.text), page.text.len));
	if (!strstr(text_of(&page.text), end))
		fail_msg("%s%s: the end is lost", begin, part);
	html_page_release(&page);
}

static void test_deep_and_endless(void **state)
{
	(void)state;
	expect_fast("", "<div>", 1000000, "END");
	expect_fast("", "<b>", 1000000, "END");
	expect_fast("", "<table>", 1000000, "END");
	expect_fast("", "<svg>", 1000000, "");
	expect_fast("", "<a href=x>", 300000, "END");
	expect_fast("", "<table><tr><td>", 200000, "END");
	expect_fast("", "<p><b><i class=x><a href=y>z", 150000, "END");
	expect_fast("", "<b></p><div></b>", 200000, "END");
	expect_fast("", "<ul><li>x", 300000, "");
	expect_fast("", "<blockquote>x", 300000, "");
	expect_fast("<a ", "b=1 ", 1000000, "");
	expect_fast("<div><p><object>", "<span>", 480, "");
	expect_fast("", "<!--", 1000000, "");
	expect_fast("", "<title>", 500000, "");
	expect_fast("", "&CounterClockwiseContourIntegra", 100000, "END");
	expect_fast("", "<script><!--<script>", 200000, "");
	expect_fast("", "<li><a href=/x>y</a>", 200000, "");
	expect_fast("<table>", "<tr><td colspan=64 rowspan=999>x<td>y", 50000, "");
	expect_fast("<div class='a b'>", "<pre>x</pre>", 300000, "END");
}

/* What is over the bound is cut, not refused. */
static void test_too_long_is_cut(void **state)
{
	size_t len = HTML_TEXT_MAX + 1000;
	char *html = malloc(len + 1);
	struct html_page page;

	(void)state;
	assert_non_null(html);
	for (size_t i = 0; i < len; i += 4)
		memcpy(html + i, "\xc3\xa9 a", 4);
	html[len] = '\0';
	assert_int_equal(html_read(html, len, NULL, NULL, &page), 0);
	assert_true(page.text.len <= HTML_TEXT_MAX && page.text.len > HTML_TEXT_MAX - 8);
	assert_true(utf8_is_valid(page.text.data, page.text.len));
	html_page_release(&page);
	free(html);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_title_and_address), cmocka_unit_test(test_dates),
		cmocka_unit_test(test_charsets),          cmocka_unit_test(test_deep_and_endless),
		cmocka_unit_test(test_too_long_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
