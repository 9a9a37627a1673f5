/* SPDX-License-Identifier: MIT */
/* The examples of RFC 3986, 5.4.1 and 5.4.2, and what stands in real pages. */
#include "net/reference.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct row {
	const char *reference;
	const char *expected;
};

static void check(const char *base, const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		CLEANUP(buf) struct buf out = { .max = 1 << 20 };
		const char *reference = rows[i].reference;

		assert_true(reference_resolve(base, reference, strlen(reference), &out));
		assert_int_equal(buf_error(&out), 0);
		if (strcmp(out.data ? out.data : "", rows[i].expected) != 0)
			fail_msg("'%s' at '%s': '%s', not '%s'", reference, base ? base : "",
				 out.data ? out.data : "", rows[i].expected);
	}
}

static void test_rfc_3986(void **state)
{
	static const struct row rows[] = {
		{ "g:h", "g:h" },
		{ "g", "http://a/b/c/g" },
		{ "./g", "http://a/b/c/g" },
		{ "g/", "http://a/b/c/g/" },
		{ "/g", "http://a/g" },
		{ "//g", "http://g" },
		{ "?y", "http://a/b/c/d;p?y" },
		{ "g?y", "http://a/b/c/g?y" },
		{ "#s", "http://a/b/c/d;p?q#s" },
		{ "g#s", "http://a/b/c/g#s" },
		{ "g?y#s", "http://a/b/c/g?y#s" },
		{ ";x", "http://a/b/c/;x" },
		{ "g;x", "http://a/b/c/g;x" },
		{ "g;x?y#s", "http://a/b/c/g;x?y#s" },
		{ "", "http://a/b/c/d;p?q" },
		{ ".", "http://a/b/c/" },
		{ "./", "http://a/b/c/" },
		{ "..", "http://a/b/" },
		{ "../", "http://a/b/" },
		{ "../g", "http://a/b/g" },
		{ "../..", "http://a/" },
		{ "../../", "http://a/" },
		{ "../../g", "http://a/g" },
		{ "../../../g", "http://a/g" },
		{ "../../../../g", "http://a/g" },
		{ "/./g", "http://a/g" },
		{ "/../g", "http://a/g" },
		{ "g.", "http://a/b/c/g." },
		{ ".g", "http://a/b/c/.g" },
		{ "g..", "http://a/b/c/g.." },
		{ "..g", "http://a/b/c/..g" },
		{ "./../g", "http://a/b/g" },
		{ "./g/.", "http://a/b/c/g/" },
		{ "g/./h", "http://a/b/c/g/h" },
		{ "g/../h", "http://a/b/c/h" },
		{ "g;x=1/./y", "http://a/b/c/g;x=1/y" },
		{ "g;x=1/../y", "http://a/b/c/y" },
		{ "g?y/./x", "http://a/b/c/g?y/./x" },
		{ "g?y/../x", "http://a/b/c/g?y/../x" },
		{ "g#s/./x", "http://a/b/c/g#s/./x" },
		{ "g#s/../x", "http://a/b/c/g#s/../x" },
		{ "http:g", "http:g" },
	};

	(void)state;
	check("http://a/b/c/d;p?q", rows, countof(rows));
}

static void test_real(void **state)
{
	static const struct row rows[] = {
		{ "x.html", "https://example.org/x.html" },
		{ "?page=2", "https://example.org?page=2" },
		{ "/..", "https://example.org/" },
		{ " \n\tx y.html\r\n", "https://example.org/x y.html" },
		{ "a\nb", "https://example.org/ab" },
		{ "mailto:someone@example.org", "mailto:someone@example.org" },
		{ "http://other.example/a/../b", "http://other.example/b" },
	};
	static const struct row alone[] = {
		{ "x/../y.html", "x/../y.html" },
		{ "#top", "#top" },
	};
	static const struct row file[] = {
		{ "../a.html", "file:///usr/share/a.html" },
	};

	(void)state;
	check("https://example.org", rows, countof(rows));
	check(NULL, alone, countof(alone));
	check("not/absolute", alone, countof(alone));
	check("file:///usr/share/doc/b.html", file, countof(file));
}

static void test_refused(void **state)
{
	CLEANUP(buf) struct buf out = { .max = 1 << 20 };
	static char longest[REFERENCE_MAX + 1];

	(void)state;
	memset(longest, 'a', sizeof(longest));
	assert_false(reference_resolve("http://a/", "a\x01z", 3, &out));
	assert_false(reference_resolve("http://a/", longest, REFERENCE_MAX + 1, &out));
	assert_int_equal(out.len, 0);
	assert_true(reference_resolve("http://a/", longest, REFERENCE_MAX, &out));
	assert_int_equal(out.len, REFERENCE_MAX + strlen("http://a/"));
	assert_int_equal(reference_scheme("javascript:x", 12), 10);
	assert_int_equal(reference_scheme("/a:b", 4), 0);
	assert_int_equal(reference_scheme("1a:b", 4), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rfc_3986),
		cmocka_unit_test(test_real),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
