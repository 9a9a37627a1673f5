/* SPDX-License-Identifier: MIT */
/* Scalars of YAML 1.1. Base-60 numbers are left out: "12:30" is a text to everyone but the
 * standard. */
#include "plan/scalar.h"

#include "base/str.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>

enum { NUMBER_LEN_MAX = 64 };

static bool is_one_of(const char *text, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (str_equal(text, words[i]))
			return true;
	}
	return false;
}

static bool is_word(const char *text, struct value *value)
{
	static const char *const nulls[] = { "", "~", "null", "Null", "NULL" };
	static const char *const trues[] = { "true", "True", "TRUE", "yes", "Yes",
					     "YES",  "on",   "On",   "ON" };
	static const char *const falses[] = { "false", "False", "FALSE", "no", "No",
					      "NO",    "off",   "Off",   "OFF" };

	if (is_one_of(text, nulls, countof(nulls))) {
		value->type = VALUE_NULL;
		return true;
	}
	value->boolean = is_one_of(text, trues, countof(trues));
	if (!value->boolean && !is_one_of(text, falses, countof(falses)))
		return false;
	value->type = VALUE_BOOL;
	return true;
}

/* Copies without '_'; false if it cannot be a number for its length or characters. */
static bool copy_digits(const char *text, size_t len, char *copy)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		if (text[i] == '_')
			continue;
		if (!strchr("+-.0123456789abcdefABCDEFxinINo", text[i]) || n == NUMBER_LEN_MAX)
			return false;
		copy[n++] = text[i];
	}
	copy[n] = '\0';
	return n > 0;
}

static bool all_in(const char *text, const char *set)
{
	return *text && text[strspn(text, set)] == '\0';
}

/* Which base a whole number is written in; 0 = it is none. *ret_digits: where they start. */
static int base_of(const char *text, const char **ret_digits)
{
	const char *at = text + (*text == '-' || *text == '+');

	*ret_digits = at;
	if (at[0] == '0' && at[1] == 'x') {
		*ret_digits = at + 2;
		return all_in(at + 2, "0123456789abcdefABCDEF") ? 16 : 0;
	}
	if (at[0] == '0' && at[1] == 'b') {
		*ret_digits = at + 2;
		return all_in(at + 2, "01") ? 2 : 0;
	}
	if (at[0] == '0' && at[1])
		return all_in(at + 1, "01234567") ? 8 : 0;
	return all_in(at, "0123456789") ? 10 : 0;
}

static int to_int(const char *text, int base, const char *digits, struct value *value)
{
	bool is_negative = *text == '-';
	unsigned long long n;

	errno = 0;
	n = strtoull(digits, NULL, base);
	if (errno || n > (unsigned long long)INT64_MAX + is_negative)
		return -ERANGE;
	value->type = VALUE_INT;
	value->integer = (int64_t)(is_negative ? 0 - n : n);
	return 0;
}

/* [-+]?digits?.digits?([eE][-+]digits)?, .inf, .nan */
static bool is_real(const char *text)
{
	static const char *const infinities[] = { ".inf", ".Inf", ".INF" };
	static const char *const nans[] = { ".nan", ".NaN", ".NAN" };
	const char *at = text + (*text == '-' || *text == '+');
	size_t before = strspn(at, "0123456789"), after;

	if (is_one_of(at, infinities, countof(infinities)) || is_one_of(text, nans, countof(nans)))
		return true;
	if (at[before] != '.')
		return false;
	after = strspn(at + before + 1, "0123456789");
	if (!before && !after)
		return false;
	at += before + 1 + after;
	if ((*at | 0x20) != 'e')
		return *at == '\0';
	return (at[1] == '-' || at[1] == '+') && all_in(at + 2, "0123456789");
}

static int to_real(const char *text, struct value *value)
{
	const char *at = text + (*text == '-' || *text == '+');
	bool is_named = at[0] == '.' && isalpha((unsigned char)at[1]);

	value->type = VALUE_REAL;
	value->real = strtod(is_named ? at + 1 : text, NULL);
	if (is_named && *text == '-')
		value->real = -value->real;
	return isfinite(value->real) || is_named ? 0 : -ERANGE;
}

/* As many digits as no number needs; what else looks like one is a text. */
static bool is_long_number(const char *text, size_t len)
{
	size_t sign = *text == '-' || *text == '+';

	return len - sign > NUMBER_LEN_MAX && strspn(text + sign, "0123456789_") == len - sign;
}

int scalar_resolve(const char *text, size_t len, struct value *value)
{
	char copy[NUMBER_LEN_MAX + 1];
	const char *digits;
	int base;

	value->type = VALUE_STR;
	if (is_word(text, value))
		return 0;
	if (!strchr("+-.0123456789", text[0]))
		return 0;
	if (is_long_number(text, len))
		return -ERANGE;
	if (!copy_digits(text, len, copy))
		return 0;
	base = base_of(copy, &digits);
	if (base)
		return to_int(copy, base, digits, value);
	return is_real(copy) ? to_real(copy, value) : 0;
}
