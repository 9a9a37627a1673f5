/* SPDX-License-Identifier: MIT */
/* URLs of hits: which are one page, and which domains they are in. */
#include "base/attr.h"
#include "base/str.h"
#include "tools/search_domain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { MEMORY_MAX = 4 << 20 };

static const struct {
	const char *url, *identity; /* NULL: no URL */
} identities[] = {
	{ "https://example.org/", "example.org" },
	{ "https://example.org", "example.org" },
	{ "http://example.org/", "example.org" },
	{ "HTTPS://EXAMPLE.ORG/", "example.org" },
	{ "https://example.org./", "example.org" },
	{ "https://www.example.org/", "example.org" },
	{ "https://WWW.example.org/", "example.org" },
	{ "https://m.example.org/a", "example.org/a" },
	{ "https://www.m.example.org/a", "example.org/a" },
	{ "https://amp.example.org/a", "example.org/a" },
	{ "https://en.m.wikipedia.org/wiki/C", "en.wikipedia.org/wiki/C" },
	{ "https://en.wikipedia.org/wiki/C", "en.wikipedia.org/wiki/C" },
	{ "https://m.com/", "m.com" },
	{ "https://www.com/", "www.com" },
	{ "https://mm.example.org/", "mm.example.org" },
	{ "https://wwww.example.org/", "wwww.example.org" },
	{ "https://www2.example.org/", "www2.example.org" },
	{ "https://example.org:443/a", "example.org/a" },
	{ "https://example.org:0443/a", "example.org/a" },
	{ "http://example.org:80/a", "example.org/a" },
	{ "http://example.org:/a", "example.org/a" },
	{ "http://example.org:443/a", "example.org:443/a" },
	{ "https://example.org:8443/a", "example.org:8443/a" },
	{ "https://user:pass@example.org/a", "example.org/a" },
	{ "https://user@www.example.org:443/a", "example.org/a" },
	{ "http://[2001:DB8::1]:80/a", "[2001:db8::1]/a" },
	{ "http://[::1]:8080/a", "[::1]:8080/a" },
	{ "http://127.0.0.1/a", "127.0.0.1/a" },
	{ "https://example.org/a/", "example.org/a" },
	{ "https://example.org/a//", "example.org/a" },
	{ "https://example.org/a#part", "example.org/a" },
	{ "https://example.org#part", "example.org" },
	{ "https://example.org/a?#part", "example.org/a" },
	{ "https://example.org/A", "example.org/A" },
	{ "https://example.org/%61%7e%2D", "example.org/a~-" },
	{ "https://example.org/%c3%a9", "example.org/%C3%A9" },
	{ "https://example.org/\xc3\xa9", "example.org/%C3%A9" },
	{ "https://example.org/%2f%2F", "example.org/%2F%2F" },
	{ "https://example.org/100%", "example.org/100%" },
	{ "https://example.org/%zz", "example.org/%zz" },
	{ "https://example.org/a/./b", "example.org/a/b" },
	{ "https://example.org/a/../b", "example.org/b" },
	{ "https://example.org/../../b", "example.org/b" },
	{ "https://example.org/a/%2e%2e/b", "example.org/b" },
	{ "https://example.org/a/..", "example.org" },
	{ "https://example.org/a/.../b", "example.org/a/.../b" },
	{ "https://example.org/a/.well-known", "example.org/a/.well-known" },
	{ "https://example.org/news/amp", "example.org/news" },
	{ "https://example.org/news/amp/", "example.org/news" },
	{ "https://example.org/news/amp.html", "example.org/news" },
	{ "https://example.org/news.amp.html", "example.org/news.html" },
	{ "https://example.org/news.amp", "example.org/news" },
	{ "https://example.org/news?amp=1", "example.org/news" },
	{ "https://example.org/news?amp", "example.org/news" },
	{ "https://example.org/news?outputType=amp", "example.org/news" },
	{ "https://example.org/champ", "example.org/champ" },
	{ "https://example.org/?a=1", "example.org?a=1" },
	{ "https://example.org?a=1", "example.org?a=1" },
	{ "https://example.org/p?b=2&a=1", "example.org/p?b=2&a=1" },
	{ "https://example.org/p?utm_source=x", "example.org/p" },
	{ "https://example.org/p?UTM_Medium=x&a=1", "example.org/p?a=1" },
	{ "https://example.org/p?a=1&utm_campaign=x&b=2", "example.org/p?a=1&b=2" },
	{ "https://example.org/p?gclid=1&fbclid=2&msclkid=3", "example.org/p" },
	{ "https://example.org/p?a=1&fbclid=2#x", "example.org/p?a=1" },
	{ "https://example.org/p?&&a=1&", "example.org/p?a=1" },
	{ "https://example.org/p?utm=1&gclidx=2", "example.org/p?utm=1&gclidx=2" },
	{ "https://example.org/p?q=%c3%a9&r=a%20b", "example.org/p?q=%C3%A9&r=a%20b" },
	{ "https://example.org/p?q=a+b", "example.org/p?q=a+b" },
	{ "https://example.org/p?id=5&ref_src=twsrc", "example.org/p?id=5" },
	{ "https://example.org/p?url=https://x.org/?utm_a=1",
	  "example.org/p?url=https://x.org/?utm_a=1" },
	{ "ftp://example.org/", NULL },
	{ "example.org", NULL },
	{ "//example.org/", NULL },
	{ "https:/example.org/", NULL },
	{ "https://", NULL },
	{ "https:///a", NULL },
	{ "https://exa mple.org/", NULL },
	{ "https://example.org/a b", NULL },
	{ "https://example.org/a\nb", NULL },
	{ "https://exam%70le.org/", NULL },
	{ "https://example.org\\@evil.org/", NULL },
	{ "https://example.org:x/", NULL },
	{ "https://example.org:65536/", NULL },
	{ "https://example.org:99999999999999999999/", NULL },
	{ "https://.example.org/", NULL },
	{ "https://example..org/", NULL },
	{ "https://example.org../", NULL },
	{ "https://[::1/", NULL },
	{ "https://[x]/", NULL },
	{ "javascript:alert(1)", NULL },
	{ "data:text/html,x", NULL },
	{ "", NULL },
};

static void test_identity(void **state)
{
	struct arena arena;

	(void)state;
	arena_init(&arena, MEMORY_MAX);
	for (size_t i = 0; i < countof(identities); i++) {
		const char *identity = search_url_identity(identities[i].url, &arena);

		if (!identity != !identities[i].identity ||
		    (identity && !str_equal(identity, identities[i].identity)))
			fail_msg("'%s': '%s'", identities[i].url, identity ? identity : "(none)");
	}
	assert_false(arena_failed(&arena));
	arena_release(&arena);
}

/* What an identity says is not changed by being said again. */
static void test_identity_is_stable(void **state)
{
	static const char *const urls[] = {
		"http://www.amp.m.example.org/a/./b/../c.amp.html/amp/?x=%7E&utm_a=1",
		"http://a.m.m.example.org/amp/amp/amp.html",
		"http://example.org/a/%2E%2E/%2e/amp/",
		"http://example.org//a//./b//",
	};
	struct arena arena;

	(void)state;
	arena_init(&arena, MEMORY_MAX);
	for (size_t i = 0; i < countof(urls); i++) {
		const char *identity = search_url_identity(urls[i], &arena);

		assert_non_null(identity);
		for (int k = 0; k < 6; k++) {
			const char *again = search_url_identity(
				arena_printf(&arena, "https://%s", identity), &arena);

			if (k >= 4)
				assert_string_equal(again, identity);
			identity = again;
		}
	}
	arena_release(&arena);
}

static void test_long(void **state)
{
	char url[SEARCH_URL_MAX + 2] = "https://example.org/";
	struct search_url parts;
	struct arena arena;

	(void)state;
	arena_init(&arena, MEMORY_MAX);
	memset(url + strlen(url), '\xe9', sizeof(url) - 1 - strlen(url));
	assert_false(search_url_split(url, &parts));
	url[SEARCH_URL_MAX] = '\0';
	assert_true(search_url_split(url, &parts));
	assert_int_equal(strlen(search_url_identity(url, &arena)),
			 strlen("example.org/") + 3 * (SEARCH_URL_MAX - 20));
	arena_release(&arena);

	arena_init(&arena, 16);
	assert_null(search_url_identity(url, &arena));
	assert_true(arena_failed(&arena));
	arena_release(&arena);
}

static void test_split(void **state)
{
	struct search_url url;

	(void)state;
	assert_true(search_url_split("https://u:p@Example.org.:8443/a/b?c=d?e#f?g", &url));
	assert_true(url.is_https);
	assert_int_equal(url.host.len, 11);
	assert_memory_equal(url.host.at, "Example.org", 11);
	assert_int_equal(url.port.len, 4);
	assert_memory_equal(url.port.at, "8443", 4);
	assert_int_equal(url.path.len, 4);
	assert_memory_equal(url.path.at, "/a/b", 4);
	assert_int_equal(url.query.len, 5);
	assert_memory_equal(url.query.at, "c=d?e", 5);
}

static void test_domains(void **state)
{
	static const char *const none[] = { NULL };
	static const char *const org[] = { "example.org", NULL };
	static const char *const spelt[] = { "*.Example.ORG.", NULL };
	static const char *const dotted[] = { ".example.org", NULL };
	static const char *const two[] = { "example.com", "docs.example.org", NULL };
	static const char *const bad[] = {
		"https://example.org", "example.org/a", "a b", "", "example.org:443", NULL
	};
	static const char *const top[] = { "org", NULL };
	static const struct {
		const char *url;
		const char *const *allowed, *const *blocked;
		bool is_allowed;
	} rows[] = {
		{ "https://example.org/", NULL, NULL, true },
		{ "https://example.org/", none, none, true },
		{ "ftp://example.org/", NULL, NULL, false },
		{ "nonsense", NULL, NULL, false },
		{ "https://example.org/", org, NULL, true },
		{ "https://EXAMPLE.org/", org, NULL, true },
		{ "https://example.org./", org, NULL, true },
		{ "https://example.org:8443/", org, NULL, true },
		{ "https://user@example.org/", org, NULL, true },
		{ "https://example.org@evil.net/", org, NULL, false },
		{ "https://example.org:80@evil.net/", org, NULL, false },
		{ "https://evil.net/?example.org", org, NULL, false },
		{ "https://evil.net#.example.org", org, NULL, false },
		{ "https://evil.net?.example.org", org, NULL, false },
		{ "https://evil.net\\.example.org/", org, NULL, false },
		{ "https://a.b.example.org/", org, NULL, true },
		{ "https://notexample.org/", org, NULL, false },
		{ "https://example.org.evil.net/", org, NULL, false },
		{ "https://org/", org, NULL, false },
		{ "https://a.example.org/", spelt, NULL, true },
		{ "https://example.org/", spelt, NULL, true },
		{ "https://example.org/", dotted, NULL, true },
		{ "https://example.com/", two, NULL, true },
		{ "https://docs.example.org/", two, NULL, true },
		{ "https://example.org/", two, NULL, false },
		{ "https://example.org/", bad, NULL, false },
		{ "https://example.org/", NULL, bad, true },
		{ "https://example.org/", top, NULL, true },
		{ "https://example.org/", NULL, org, false },
		{ "https://a.example.org/", NULL, org, false },
		{ "https://a.example.org./", NULL, org, false },
		{ "https://u:p@a.example.org:1/", NULL, org, false },
		{ "https://example.com/", NULL, org, true },
		{ "https://docs.example.org/", top, two, false },
		{ "https://www.example.org/", top, two, true },
		{ "https://[::1]/", org, NULL, false },
	};

	(void)state;
	for (size_t i = 0; i < countof(rows); i++)
		if (search_domain_allows(rows[i].url, rows[i].allowed, rows[i].blocked) !=
		    rows[i].is_allowed)
			fail_msg("row %zu: '%s'", i, rows[i].url);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_identity), cmocka_unit_test(test_identity_is_stable),
		cmocka_unit_test(test_long),     cmocka_unit_test(test_split),
		cmocka_unit_test(test_domains),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
