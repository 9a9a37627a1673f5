/* SPDX-License-Identifier: MIT */
/* Pages as Markdown: known answers, and pages made to be expensive. */
#include "base/attr.h"
#include "net/html.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static void check(const char *html, const char *markdown)
{
	struct html_page page = { 0 };

	assert_int_equal(html_read(html, strlen(html), "https://a.example/b/c", NULL, &page), 0);
	buf_add_char(&page.text, '\0');
	assert_string_equal(page.text.data, markdown);
	html_page_release(&page);
}

static void test_known(void **state)
{
	static const struct {
		const char *html, *markdown;
	} rows[] = {
		{ "<p>One\n two<p>three", "One two\n\nthree\n" },
		{ "<h1>A</h1><h3>B</h3><p>c", "# A\n\n### B\n\nc\n" },
		{ "<p>a <b>b</b> <i>c</i> <code>d</code>", "a **b** *c* `d`\n" },
		{ "<p>a &lt; b &amp; &copy; &#65;&#x42;", "a < b & \xc2\xa9 AB\n" },
		{ "<p><a href='/x'>t</a> <a href='../y'>u</a>",
		  "[t](https://a.example/x) [u](https://a.example/y)\n" },
		{ "<p><a href='javascript:x()'>t</a>", "t\n" },
		{ "<ul><li>a<li>b</ul>", "- a\n- b\n" },
		{ "<ol start=3><li>a<li>b</ol>", "3. a\n4. b\n" },
		{ "<blockquote><p>q</blockquote>", "> q\n" },
		{ "<pre><code class='language-c'>int x;\n</code></pre>", "```c\nint x;\n```\n" },
		{ "<script>x</script><style>y</style><p>z", "z\n" },
		{ "<nav>menu</nav><main><p>text</main><footer>foot</footer>", "text\n" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < countof(rows); i++)
		check(rows[i].html, rows[i].markdown);
}

static void test_head(void **state)
{
	static const char html[] = "<head><title> A\n b </title><link rel=canonical href='/d'>"
				   "<meta property='article:published_time' "
				   "content='2024-01-02T03:04:05Z'></head><p>x";
	struct html_page page = { 0 };

	(void)state;
	assert_int_equal(html_read(html, strlen(html), "https://a.example/b", NULL, &page), 0);
	assert_int_equal(page.title.len, 3);
	assert_memory_equal(page.title.data, "A b", 3);
	assert_int_equal(page.canonical.len, strlen("https://a.example/d"));
	assert_memory_equal(page.canonical.data, "https://a.example/d", page.canonical.len);
	assert_int_equal(page.published_s, 1704164645);
	html_page_release(&page);
}

/* Three million bytes of open tags: no stack is used up, and time stays linear. */
static void test_deep(void **state)
{
	static const char *const tags[] = { "<div>",      "<b>",    "<table>",  "<svg>",
					    "<a href=x>", "<b><p>", "<ul><li>", "<blockquote>" };
	enum { SIZE = 3000000 };
	char *html = malloc(SIZE);

	(void)state;
	assert_non_null(html);
	for (size_t i = 0; i < countof(tags); i++) {
		size_t n = strlen(tags[i]), len = 0;
		struct html_page page = { 0 };
		clock_t start = clock();

		for (; len + n < SIZE - 5; len += n)
			memcpy(html + len, tags[i], n);
		memcpy(html + len, "<p>x", 4);
		assert_int_equal(html_read(html, len + 4, NULL, NULL, &page), 0);
		assert_true(page.text.len <= HTML_TEXT_MAX);
		html_page_release(&page);
		/* Some thousandfold what it takes, and far below what a square of it would. */
		assert_true(clock() - start < 60 * CLOCKS_PER_SEC);
	}
	free(html);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_head),
		cmocka_unit_test(test_deep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
