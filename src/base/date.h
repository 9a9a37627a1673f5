/* SPDX-License-Identifier: MIT */
#ifndef BASE_DATE_H
#define BASE_DATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Dates as foreign texts write them, in seconds since 1970 (before it negative). now_s: the wall
 * clock, on which years of two digits and ages depend. The locale has no part in it. Any thread.
 */

/** Longer texts are no dates. */
enum { DATE_TEXT_MAX = 64 };

/**
 * A date at the start of a text in one of the three forms of HTTP (RFC 9110, 5.6.7). Returns how
 * many bytes of the text it takes; 0 = there is none, and *ret_s is as it was.
 */
size_t date_read_http(const char *text, size_t len, int64_t now_s, int64_t *ret_s);

/**
 * A text that is a date and nothing else, blanks around it apart: the forms of HTTP, RFC 3339 and
 * what ISO 8601 lets one leave out of it (zone: then UTC; seconds; time; day), RFC 5322 ("2 Jan
 * 2024 10:00 +0100"), "January 2, 2024", and ages ("2 days ago", "yesterday"; a month has 30 days,
 * a year 365). Fractions of a second are cut. A day that no calendar has is no date.
 */
bool date_parse(const char *text, size_t len, int64_t now_s, int64_t *ret_s);

struct buf;

/** The day, in UTC: "2024-01-02". Nothing for a time that no calendar has. */
void date_write_day(int64_t s, struct buf *out);

#endif
