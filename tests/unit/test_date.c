/* SPDX-License-Identifier: MIT */
/* Dates: known answers (of GNU date), and days of 800 years against strftime(). */
#include "base/attr.h"
#include "base/date.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

enum { NOW_S = 1700000000 }; /* 2023-11-14T22:13:20Z */

#define NONE INT64_MIN

static void test_known(void **state)
{
	static const struct {
		const char *text;
		int64_t s;
	} rows[] = {
		{ "Sun, 06 Nov 1994 08:49:37 GMT", 784111777 },
		{ "Sunday, 06-Nov-94 08:49:37 GMT", 784111777 },
		{ "Sunday, 06-Nov-73 08:49:37 GMT", 3277183777 }, /* 50 years ahead */
		{ "Sunday, 06-Nov-74 08:49:37 GMT", 152959777 },
		{ "Sun Nov  6 08:49:37 1994", 784111777 },
		{ "Thu Nov 16 08:49:37 2023", 1700124577 },
		{ "1994-11-06T08:49:37Z", 784111777 },
		{ "1994-11-06t08:49:37z", 784111777 },
		{ "1994-11-06T08:49:37.123456789Z", 784111777 },
		{ "1994-11-06T08:49:37,5Z", 784111777 },
		{ "1994-11-06T09:49:37+01:00", 784111777 },
		{ "1994-11-06T09:49:37+0100", 784111777 },
		{ "1994-11-06T09:49:37+01", 784111777 },
		{ "1994-11-06T03:19:37-05:30", 784111777 },
		{ "1994-11-06T08:49:37", 784111777 },
		{ "1994-11-06 08:49:37", 784111777 },
		{ "1994-11-06 08:49:37 UTC", 784111777 },
		{ "1994-11-06 08:49:37 +0000", 784111777 },
		{ "1994-11-06T08:49", 784111740 },
		{ "1994-11-06", 784080000 },
		{ "  1994-11-06\t", 784080000 },
		{ "1994-11", 783648000 },
		{ "1970-01-01", 0 },
		{ "1969-12-31T23:59:59Z", -1 },
		{ "1990-12-31T23:59:60Z", 662688000 },
		{ "2024-02-29", 1709164800 },
		{ "Sun, 6 Nov 1994 09:49:37 +0100", 784111777 },
		{ "6 Nov 1994 08:49:37 GMT", 784111777 },
		{ "6 Nov 1994 03:49 EST", 784111740 },
		{ "06 November 1994", 784080000 },
		{ "November 6, 1994", 784080000 },
		{ "Nov. 6, 1994", 784080000 },
		{ "nov 6 1994", 784080000 },
		{ "Sept 6, 1994", 778809600 },
		{ "Sep 6, 1994", 778809600 },
		{ "May 6, 1994, 10:00 UTC", 768218400 },
		{ "30 seconds ago", NOW_S - 30 },
		{ "1 minute ago", NOW_S - 60 },
		{ "3 hours ago", NOW_S - 10800 },
		{ "an hour ago", NOW_S - 3600 },
		{ "2 days ago", NOW_S - 172800 },
		{ "2 Days Ago", NOW_S - 172800 },
		{ "a week ago", NOW_S - 604800 },
		{ "2 months ago", NOW_S - 5184000 },
		{ "999999 years ago", NOW_S - 999999LL * 31536000 },
		{ "5d ago", NOW_S - 432000 },
		{ "yesterday", NOW_S - 86400 },
		{ "", NONE },
		{ "   ", NONE },
		{ "2024", NONE },
		{ "2024-13-01", NONE },
		{ "2024-00-01", NONE },
		{ "2023-02-29", NONE },
		{ "2024-01-00", NONE },
		{ "2024-01-32", NONE },
		{ "2024-1-2", NONE },
		{ "2024-01-02T", NONE },
		{ "2024-01-02T24:00:00Z", NONE },
		{ "2024-01-02T10:60:00Z", NONE },
		{ "2024-01-02T10:00:61Z", NONE },
		{ "2024-01-02T10:00:00.Z", NONE },
		{ "2024-01-02T10:00:00+24:00", NONE },
		{ "2024-01-02T10:00:00+01:60", NONE },
		{ "2024-01-02T10:00:00+1", NONE },
		{ "2024-01-02T10:00:00Zulu", NONE },
		{ "2024-01-02x", NONE },
		{ "Jan 32, 2024", NONE },
		{ "Janus 2, 2024", NONE },
		{ "2 Jan 24", NONE },
		{ "1000000 years ago", NONE },
		{ "2 days", NONE },
		{ "2 daysago", NONE },
		{ "ago", NONE },
		{ "days ago", NONE },
		{ "2 fortnights ago", NONE },
		{ "-2 days ago", NONE },
		{ "tomorrow", NONE },
		{ "Sun, 06 Nov 1994 08:49:37 GMT, and more", NONE },
		{ "2024-01-02T10:00:00.0000000000000000000000000000000000000000000000Z", NONE },
	};

	(void)state;
	for (size_t i = 0; i < countof(rows); i++) {
		int64_t s = NONE;
		bool is_date = date_parse(rows[i].text, strlen(rows[i].text), NOW_S, &s);

		if (is_date != (rows[i].s != NONE) || s != rows[i].s)
			fail_msg("'%s': %d, %lld", rows[i].text, is_date, (long long)s);
	}
}

static void test_http_is_a_prefix(void **state)
{
	static const char text[] = "Sun, 06 Nov 1994 08:49:37 GMT, 120";
	int64_t s = NONE;

	(void)state;
	assert_int_equal(date_read_http(text, strlen(text), NOW_S, &s), 29);
	assert_int_equal(s, 784111777);
	s = NONE;
	for (size_t len = 0; len < 29; len++)
		assert_int_equal(date_read_http(text, len, NOW_S, &s), 0);
	assert_true(s == NONE);
}

static void expect(const char *text, int64_t expected_s)
{
	int64_t s = NONE;

	if (!date_parse(text, strlen(text), NOW_S, &s) || s != expected_s)
		fail_msg("'%s': %lld", text, (long long)s);
}

/* Written by strftime(), read back: 1422 to 2243. */
static void test_days(void **state)
{
	(void)state;
	for (int64_t day = -200000; day < 100000; day += 7) {
		time_t at = (time_t)(day * 86400);
		char text[64];
		struct tm tm;

		assert_non_null(gmtime_r(&at, &tm));
		(void)strftime(text, sizeof(text), "%Y-%m-%d", &tm);
		expect(text, at);
		(void)strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
		expect(text, at);
		(void)strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &tm);
		expect(text, at);
		(void)strftime(text, sizeof(text), "%a %b %e %H:%M:%S %Y", &tm);
		expect(text, at);
		(void)strftime(text, sizeof(text), "%B %e, %Y", &tm);
		expect(text, at);
		(void)strftime(text, sizeof(text), "%e %B %Y", &tm);
		expect(text, at);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_http_is_a_prefix),
		cmocka_unit_test(test_days),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
