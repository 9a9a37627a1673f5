/* SPDX-License-Identifier: MIT */
/* Dates. They are read by hand: strptime() depends on the locale. */
#include "base/date.h"

#include "base/attr.h"
#include "base/buf.h"

#include <string.h>
#include <time.h>

struct cursor {
	const char *at, *end;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static char to_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
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
	return copy.tm_mday == tm->tm_mday && copy.tm_mon == tm->tm_mon;
}

size_t date_read_http(const char *text, size_t len, int64_t now_s, int64_t *ret_s)
{
	struct cursor in = { text, text + len };
	struct tm tm = { 0 };
	bool is_date = take_fixdate(&in, &tm);

	if (!is_date) {
		in.at = text;
		tm = (struct tm){ 0 };
		is_date = take_rfc850(&in, &tm, now_s);
	}
	if (!is_date) {
		in.at = text;
		tm = (struct tm){ 0 };
		is_date = take_asctime(&in, &tm);
	}
	if (!is_date || !is_real_date(&tm))
		return 0;
	*ret_s = (int64_t)timegm(&tm);
	return (size_t)(in.at - text);
}

/* From here on: forms that people and feeds write, more or less as they should. */

static bool skip_blanks(struct cursor *in)
{
	const char *from = in->at;

	while (in->at != in->end && (*in->at == ' ' || *in->at == '\t'))
		in->at++;
	return in->at != from;
}

/* In any letter case, and not the start of a longer word. */
static bool take_word(struct cursor *in, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(in->end - in->at) < len)
		return false;
	for (size_t i = 0; i < len; i++)
		if (to_lower(in->at[i]) != word[i])
			return false;
	if (in->at + len != in->end && to_lower(in->at[len]) >= 'a' && to_lower(in->at[len]) <= 'z')
		return false;
	in->at += len;
	return true;
}

/* One or two digits. */
static bool take_small(struct cursor *in, int *ret)
{
	return take_number(in, in->end - in->at > 1 && is_digit(in->at[1]) ? 2 : 1, ret);
}

/* As many digits as an age can have. */
static bool take_count(struct cursor *in, int64_t *ret)
{
	int n = 0;

	*ret = 0;
	while (n < 6 && in->at != in->end && is_digit(*in->at)) {
		*ret = *ret * 10 + (*in->at++ - '0');
		n++;
	}
	return n > 0;
}

static bool take_month_name(struct cursor *in, int *ret_month)
{
	static const char *const names[] = {
		"january", "february", "march",     "april",   "may",      "june",
		"july",    "august",   "september", "october", "november", "december",
	};

	for (int i = 0; i < (int)countof(names); i++) {
		char brief[4] = { names[i][0], names[i][1], names[i][2], '\0' };

		*ret_month = i;
		if (take_word(in, names[i]) || take_word(in, brief))
			return true;
	}
	*ret_month = 8;
	return take_word(in, "sept");
}

/* "Z", "+01:00", "+0100", "+01", "GMT" and the like; how far the clock is ahead of UTC. */
static bool take_zone(struct cursor *in, int *ret_ahead_s)
{
	static const struct {
		const char *name;
		int hours;
	} zones[] = {
		{ "z", 0 },    { "gmt", 0 },  { "utc", 0 },  { "ut", 0 },
		{ "est", -5 }, { "edt", -4 }, { "cst", -6 }, { "cdt", -5 },
		{ "mst", -7 }, { "mdt", -6 }, { "pst", -8 }, { "pdt", -7 }, /* RFC 5322, 4.3 */
	};
	int hours, minutes = 0, sign;

	for (size_t i = 0; i < countof(zones); i++) {
		if (take_word(in, zones[i].name)) {
			*ret_ahead_s = zones[i].hours * 3600;
			return true;
		}
	}
	sign = take_char(in, '+') ? 1 : take_char(in, '-') ? -1 : 0;
	if (!sign || !take_number(in, 2, &hours))
		return false;
	if ((take_char(in, ':') || in->at != in->end) && !take_number(in, 2, &minutes))
		return false;
	*ret_ahead_s = sign * (hours * 3600 + minutes * 60);
	return hours < 24 && minutes < 60;
}

/* The rest of a text after its day: a time, seconds or not, a zone or not. */
static bool take_clock(struct cursor *in, struct tm *tm, int *ret_ahead_s)
{
	*ret_ahead_s = 0;
	if (!take_small(in, &tm->tm_hour) || !take_char(in, ':') ||
	    !take_number(in, 2, &tm->tm_min))
		return false;
	if (take_char(in, ':')) {
		if (!take_number(in, 2, &tm->tm_sec))
			return false;
		if (take_char(in, '.') || take_char(in, ',')) {
			if (in->at == in->end || !is_digit(*in->at))
				return false;
			while (in->at != in->end && is_digit(*in->at))
				in->at++;
		}
	}
	(void)skip_blanks(in);
	return in->at == in->end || take_zone(in, ret_ahead_s);
}

/* "2024-01-02T03:04:05Z", "2024-01-02 03:04", "2024-01-02", "2024-01" */
static bool take_iso(struct cursor *in, struct tm *tm, int *ret_ahead_s)
{
	if (!take_year(in, tm) || !take_char(in, '-') || !take_number(in, 2, &tm->tm_mon))
		return false;
	tm->tm_mon--;
	tm->tm_mday = 1;
	if (!take_char(in, '-'))
		return in->at == in->end;
	if (!take_number(in, 2, &tm->tm_mday))
		return false;
	if (in->at == in->end)
		return true;
	return (take_char(in, 'T') || take_char(in, 't') || skip_blanks(in)) &&
	       take_clock(in, tm, ret_ahead_s);
}

/* "Tue, 2 Jan 2024 10:00:00 +0100", "2 January 2024", "Jan 2, 2024", "Jan 2, 2024 10:00" */
static bool take_named(struct cursor *in, struct tm *tm, int *ret_ahead_s)
{
	if (take_day_name(in)) {
		(void)take_char(in, ',');
		(void)skip_blanks(in);
	}
	if (in->at != in->end && is_digit(*in->at)) {
		if (!take_small(in, &tm->tm_mday) || !skip_blanks(in) ||
		    !take_month_name(in, &tm->tm_mon))
			return false;
		(void)take_char(in, '.');
	} else {
		if (!take_month_name(in, &tm->tm_mon))
			return false;
		(void)take_char(in, '.');
		if (!skip_blanks(in) || !take_small(in, &tm->tm_mday))
			return false;
		(void)take_char(in, ',');
	}
	if (!skip_blanks(in) || !take_year(in, tm))
		return false;
	(void)take_char(in, ',');
	(void)skip_blanks(in);
	return in->at == in->end || take_clock(in, tm, ret_ahead_s);
}

/* "2 days ago", "an hour ago", "yesterday" */
static bool take_age(struct cursor *in, int64_t *ret_s)
{
	static const struct {
		const char *one, *many, *brief;
		int64_t s;
	} units[] = {
		{ "second", "seconds", "sec", 1 },   { "minute", "minutes", "min", 60 },
		{ "hour", "hours", "hr", 3600 },     { "day", "days", "d", 86400 },
		{ "week", "weeks", "wk", 604800 },   { "month", "months", "mo", 2592000 },
		{ "year", "years", "yr", 31536000 },
	};
	int64_t n = 1;

	if (take_word(in, "yesterday")) {
		*ret_s = 86400;
		return in->at == in->end;
	}
	if (!take_word(in, "a") && !take_word(in, "an") && !take_count(in, &n))
		return false;
	(void)skip_blanks(in);
	for (size_t i = 0; i < countof(units); i++) {
		if (take_word(in, units[i].many) || take_word(in, units[i].one) ||
		    take_word(in, units[i].brief)) {
			*ret_s = n * units[i].s;
			return skip_blanks(in) && take_word(in, "ago") && in->at == in->end;
		}
	}
	return false;
}

bool date_parse(const char *text, size_t len, int64_t now_s, int64_t *ret_s)
{
	static bool (*const forms[])(struct cursor *, struct tm *, int *) = { take_iso,
									      take_named };
	struct cursor in = { text, text + len };
	int64_t s;

	(void)skip_blanks(&in);
	while (in.end != in.at && (in.end[-1] == ' ' || in.end[-1] == '\t'))
		in.end--;
	text = in.at;
	len = (size_t)(in.end - text);
	if (len == 0 || len > DATE_TEXT_MAX)
		return false;
	if (date_read_http(text, len, now_s, &s) == len) {
		*ret_s = s;
		return true;
	}
	for (size_t i = 0; i < countof(forms); i++) {
		struct tm tm = { 0 };
		int ahead_s = 0;

		in.at = text;
		if (forms[i](&in, &tm, &ahead_s) && in.at == in.end && is_real_date(&tm)) {
			*ret_s = (int64_t)timegm(&tm) - ahead_s;
			return true;
		}
	}
	in.at = text;
	if (!take_age(&in, &s))
		return false;
	*ret_s = now_s - s;
	return true;
}

void date_write_day(int64_t s, struct buf *out)
{
	time_t time = (time_t)s;
	char day[32];
	struct tm tm;

	if (gmtime_r(&time, &tm) && strftime(day, sizeof(day), "%Y-%m-%d", &tm))
		buf_add_str(out, day);
}
