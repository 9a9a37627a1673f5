/* SPDX-License-Identifier: MIT */
/* Each allocation of reading a page fails once: the page is refused for want of memory, and read
 * again it is what it was. */
#include "net/html.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static long n_asked, fail_at;

/* All memory of buf.h and vec.h comes from here. */
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
void *__libc_realloc(void *old, size_t size);
void *realloc(void *old, size_t size);

void *realloc(void *old, size_t size)
{
	if (++n_asked == fail_at) {
		errno = ENOMEM;
		return NULL;
	}
	return __libc_realloc(old, size);
}
#endif

static const char html[] =
	"<base href='/b/?x&amp;y'><title>t &amp; u</title><link rel=canonical href='/c?&lt;'>"
	"<h1 class=a>h</h1><p>one <a class=b href='x?a&amp;b'>two</a> <b>three</b>"
	"<pre class=language-c>int x;\n``` y</pre><ul><li>a<li>b &copy;</ul>"
	"<table><tr><td>a<td>b<tr><td><code>c</code><td>d</table><blockquote>q</blockquote>"
	"<p>1. x<p>\xe9";

static int read_once(struct html_page *page, long fail)
{
	n_asked = 0;
	fail_at = fail;
	return html_read(html, strlen(html), "http://h/", "iso-8859-2", page);
}

static void test_each_fails(void **state)
{
	struct html_page first, page;
	long n;

	(void)state;
	assert_int_equal(read_once(&first, 0), 0);
	n = n_asked;
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
	assert_true(n > 20);
#endif
	for (long i = 1; i <= n; i++) {
		memset(&page, 0x55, sizeof(page));
		if (read_once(&page, i) != -ENOMEM)
			fail_msg("allocation %ld of %ld", i, n);
		assert_true(page.text.len == (size_t)0x5555555555555555);
	}
	assert_int_equal(read_once(&page, 0), 0);
	assert_string_equal(page.text.data, first.text.data);
	html_page_release(&page);
	html_page_release(&first);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
