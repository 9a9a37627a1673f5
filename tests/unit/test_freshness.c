/* SPDX-License-Identifier: MIT */
/* What an answer says of how long it may be kept, against known answers (RFC 9110 and 9111). */
#include "net/freshness.h"

#include "base/attr.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { DATE_S = 784111777 }; /* RFC 9110, 5.6.7 */
#define DATE "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"

struct lifetime {
	const char *lines;
	int fresh_s; /* so many seconds, and no more; from when it came, at DATE */
};

static const struct lifetime lifetimes[] = {
	{ "HTTP/1.1 200 OK\r\n" DATE, 0 },
	{ "HTTP/1.1 200 OK\r\n" DATE "Cache-Control: max-age=60\r\n", 60 },
	{ "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\n", 60 },
	{ "HTTP/1.1 200 OK\r\n" DATE "Cache-Control: max-age=60\r\nAge: 20\r\n", 40 },
	{ "HTTP/1.1 200 OK\r\n" DATE "Cache-Control: max-age=60\r\nAge: x\r\n", 0 },
	{ "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:27 GMT\r\nCache-Control: max-age=60\r\n",
	  50 },
	{ "HTTP/1.1 200 OK\r\n" DATE
	  "Cache-Control: public\r\nCache-Control: max-age=9, a=\"b, c\"\r\n",
	  9 },
	{ "HTTP/1.1 200 OK\r\n" DATE "Cache-Control: x=\"max-age=70\", max-age=60\r\n", 60 },
	{ "HTTP/1.1 200 OK\r\n" DATE "Cache-Control: x=\"a\\\", max-age=70\", max-age=60\r\n", 60 },
	{ "HTTP/1.1 200 OK\r\n" DATE "Cache-Control: max-age=60, max-age=30\r\n", 30 },
	{ "HTTP/1.1 200 OK\r\n" DATE "Cache-Control: s-maxage=60\r\n", 0 },
	{ "HTTP/1.1 200 OK\r\n" DATE "Expires: Sun, 06 Nov 1994 08:50:37 GMT\r\n", 60 },
	{ "HTTP/1.1 200 OK\r\n" DATE
	  "Expires: Sun, 06 Nov 1994 08:50:37 GMT\r\nCache-Control: max-age=5\r\n",
	  5 },
	{ "HTTP/1.1 200 OK\r\n" DATE "Expires: tomorrow\r\n", 0 },
	/* Changed 1,000 seconds before; and so long ago that a day is the most. */
	{ "HTTP/1.1 200 OK\r\n" DATE "Last-Modified: Sun, 06 Nov 1994 08:32:57 GMT\r\n", 100 },
	{ "HTTP/1.1 200 OK\r\n" DATE "Last-Modified: Wed, 06 Nov 1974 08:32:57 GMT\r\n", 86400 },
	{ "HTTP/1.1 302 Found\r\n" DATE "Last-Modified: Sun, 06 Nov 1994 08:32:57 GMT\r\n", 0 },
	{ "HTTP/1.1 200 OK\r\n" DATE "Last-Modified: Sun, 06 Nov 1994 08:50:37 GMT\r\n", 0 },
};

static void read_lines(struct headers *headers, const char *lines)
{
	headers_init(headers);
	while (*lines) {
		size_t len = strcspn(lines, "\n") + 1;

		assert_int_equal(headers_add_line(headers, lines, len), 0);
		lines += len;
	}
}

static void test_lifetimes(void **state)
{
	const int64_t stored_ms = DATE_S * INT64_C(1000);

	(void)state;
	for (size_t i = 0; i < countof(lifetimes); i++) {
		int64_t fresh_ms = lifetimes[i].fresh_s * INT64_C(1000);
		struct headers headers;

		read_lines(&headers, lifetimes[i].lines);
		if (freshness_holds(&headers, stored_ms, stored_ms + fresh_ms, 0))
			fail_msg("fresh for more than %d s:\n%s", lifetimes[i].fresh_s,
				 lifetimes[i].lines);
		if (fresh_ms > 0 &&
		    !freshness_holds(&headers, stored_ms, stored_ms + fresh_ms - 1000, 0))
			fail_msg("not fresh for %d s:\n%s", lifetimes[i].fresh_s,
				 lifetimes[i].lines);
		headers_release(&headers);
	}
}

static void test_dates(void **state)
{
	static const char *const bad[] = {
		"",
		"Sun, 06 Nov 1994 08:49:37",
		"Sun, 06 Nov 1994 08:49:37 UTC",
		"Sun, 00 Nov 1994 08:49:37 GMT",
		"Sun, 32 Nov 1994 08:49:37 GMT",
		"Sun, 06 Nox 1994 08:49:37 GMT",
		"Sun, 06 Nov 1969 08:49:37 GMT",
		"Sun, 06 Nov 1994 24:49:37 GMT",
		"Sun, 06 Nov 1994 08:60:37 GMT",
		"Sun, 06 Nov 1994 08:49:61 GMT",
		"Sun, +6 Nov 1994 08:49:37 GMT",
		"Sun, 06 Nov 1994 08:49:37 GMT ",
	};

	(void)state;
	assert_int_equal(http_date_read("Sun, 06 Nov 1994 08:49:37 GMT"), DATE_S);
	assert_int_equal(http_date_read("Thu, 01 Jan 1970 00:00:00 GMT"), 0);
	assert_int_equal(http_date_read("Thu, 29 Feb 2024 12:00:00 GMT"), 1709208000);
	for (size_t i = 0; i < countof(bad); i++)
		assert_int_equal(http_date_read(bad[i]), -1);
}

static void test_updated(void **state)
{
	struct headers kept, newer;

	(void)state;
	read_lines(&kept,
		   "HTTP/1.1 200 OK\r\nETag: a\r\nContent-Type: b\r\nX: 1\r\nX: 2\r\nY: 3\r\n\r\n");
	read_lines(&newer, "HTTP/1.1 304 Not Modified\r\nContent-Type: c\r\nx: 4\r\nZ: 5\r\n\r\n");
	assert_int_equal(headers_update(&kept, &newer), 0);
	assert_int_equal(kept.status, 200);
	assert_string_equal(headers_find(&kept, "etag"), "a");
	assert_string_equal(headers_find(&kept, "content-type"), "b");
	assert_string_equal(headers_find(&kept, "x"), "4");
	assert_null(headers_next(&kept, "x", headers_find(&kept, "x")));
	assert_string_equal(headers_find(&kept, "y"), "3");
	assert_string_equal(headers_find(&kept, "z"), "5");
	headers_release(&kept);
	headers_release(&newer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lifetimes),
		cmocka_unit_test(test_dates),
		cmocka_unit_test(test_updated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
