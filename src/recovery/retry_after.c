/* SPDX-License-Identifier: MIT */
/* Retry-After. Dates are read by hand: strptime() depends on the locale. */
#include "recovery/retry_after.h"

#include "base/attr.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

struct cursor {
	const char *at, *end;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool take_char(struct cursor *in, char c)
{
	if (in->at == in->end || *in->at != c)
		return false;
	in->at++;
	return true;
}

/* Exactly n digits. */
static bool take_number(struct cursor *in, int n, int *ret)
{
	*ret = 0;
	for (int i = 0; i < n; i++) {
		if (in->at == in->end || !is_digit(*in->at))
			return false;
		*ret = *ret * 10 + (*in->at++ - '0');
	}
	return true;
}

/* Day names are not compared with the date: it is the date that counts. */
static bool take_day_name(struct cursor *in)
{
	static const char *const names[] = {
		"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
		"Sun",    "Mon",    "Tue",     "Wed",       "Thu",      "Fri",    "Sat",
	};

	for (size_t i = 0; i < countof(names); i++) {
		size_t len = strlen(names[i]);

		if ((size_t)(in->end - in->at) >= len && memcmp(in->at, names[i], len) == 0) {
			in->at += len;
			return true;
		}
	}
	return false;
}

static bool take_month(struct cursor *in, int *ret_month)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

	if (in->end - in->at < 3)
		return false;
	for (int i = 0; i < 12; i++) {
		if (memcmp(in->at, names + 3 * (ptrdiff_t)i, 3) == 0) {
			*ret_month = i;
			in->at += 3;
			return true;
		}
	}
	return false;
}

static bool take_time(struct cursor *in, struct tm *tm)
{
	return take_number(in, 2, &tm->tm_hour) && take_char(in, ':') &&
	       take_number(in, 2, &tm->tm_min) && take_char(in, ':') &&
	       take_number(in, 2, &tm->tm_sec);
}

static bool take_gmt(struct cursor *in)
{
	return take_char(in, ' ') && take_char(in, 'G') && take_char(in, 'M') && take_char(in, 'T');
}

static bool take_year(struct cursor *in, struct tm *tm)
{
	if (!take_number(in, 4, &tm->tm_year))
		return false;
	tm->tm_year -= 1900;
	return true;
}

/* "Sun, 06 Nov 1994 08:49:37 GMT" */
static bool take_fixdate(struct cursor *in, struct tm *tm)
{
	return take_day_name(in) && take_char(in, ',') && take_char(in, ' ') &&
	       take_number(in, 2, &tm->tm_mday) && take_char(in, ' ') &&
	       take_month(in, &tm->tm_mon) && take_char(in, ' ') && take_year(in, tm) &&
	       take_char(in, ' ') && take_time(in, tm) && take_gmt(in);
}

/* "Sunday, 06-Nov-94 08:49:37 GMT": a year over 50 years ahead is one of the past. */
static bool take_rfc850(struct cursor *in, struct tm *tm, int64_t now_s)
{
	time_t now = (time_t)now_s;
	struct tm today;

	if (!(take_day_name(in) && take_char(in, ',') && take_char(in, ' ') &&
	      take_number(in, 2, &tm->tm_mday) && take_char(in, '-') &&
	      take_month(in, &tm->tm_mon) && take_char(in, '-') &&
	      take_number(in, 2, &tm->tm_year) && take_char(in, ' ') && take_time(in, tm) &&
	      take_gmt(in) && gmtime_r(&now, &today)))
		return false;
	tm->tm_year += today.tm_year / 100 * 100 + 100;
	while (tm->tm_year > today.tm_year + 50)
		tm->tm_year -= 100;
	return true;
}

/* "Sun Nov  6 08:49:37 1994" */
static bool take_asctime(struct cursor *in, struct tm *tm)
{
	if (!take_day_name(in) || !take_char(in, ' ') || !take_month(in, &tm->tm_mon) ||
	    !take_char(in, ' '))
		return false;
	return take_number(in, take_char(in, ' ') ? 1 : 2, &tm->tm_mday) && take_char(in, ' ') &&
	       take_time(in, tm) && take_char(in, ' ') && take_year(in, tm);
}

/* timegm() takes the 31st of February for a day of March. A leap second may be the last of its
 * day, and is then the first of the next. */
static bool is_real_date(const struct tm *tm)
{
	struct tm copy = *tm;

	if (tm->tm_hour > 23 || tm->tm_min > 59 || tm->tm_sec > 60)
		return false;
	copy.tm_sec = 0;
	(void)timegm(&copy); /* only to make it normal */
	return copy.tm_mday == tm->tm_mday;
}

static bool take_date(struct cursor *in, int64_t now_s, uint64_t *ret_ms)
{
	const struct cursor start = *in;
	struct tm tm = { 0 };
	bool is_date = take_fixdate(in, &tm);
	int64_t at_s;

	if (!is_date) {
		*in = start;
		tm = (struct tm){ 0 };
		is_date = take_rfc850(in, &tm, now_s);
	}
	if (!is_date) {
		*in = start;
		tm = (struct tm){ 0 };
		is_date = take_asctime(in, &tm);
	}
	if (!is_date || !is_real_date(&tm))
		return false;
	at_s = (int64_t)timegm(&tm);
	*ret_ms = 0;
	if (at_s > now_s)
		*ret_ms = at_s - now_s < RETRY_AFTER_MAX_MS / 1000 ? (uint64_t)(at_s - now_s) * 1000
								   : RETRY_AFTER_MAX_MS;
	return true;
}

static bool take_seconds(struct cursor *in, uint64_t *ret_ms)
{
	uint64_t s = 0;

	if (in->at == in->end || !is_digit(*in->at))
		return false;
	for (; in->at != in->end && is_digit(*in->at); in->at++)
		s = s < RETRY_AFTER_MAX_MS ? s * 10 + (uint64_t)(*in->at - '0') : s;
	*ret_ms = s < RETRY_AFTER_MAX_MS / 1000 ? s * 1000 : RETRY_AFTER_MAX_MS;
	return true;
}

static void skip_blanks(struct cursor *in)
{
	while (in->at != in->end && (*in->at == ' ' || *in->at == '\t'))
		in->at++;
}

int retry_after_parse(const char *text, size_t len, int64_t now_s, uint64_t *ret_ms)
{
	struct cursor in = { text, text + len };
	uint64_t longest_ms = 0, ms;

	do {
		skip_blanks(&in);
		if (!take_seconds(&in, &ms) && !take_date(&in, now_s, &ms))
			return -EINVAL;
		longest_ms = ms > longest_ms ? ms : longest_ms;
		skip_blanks(&in);
	} while (take_char(&in, ','));
	if (in.at != in.end)
		return -EINVAL;
	*ret_ms = longest_ms;
	return 0;
}
