/* SPDX-License-Identifier: MIT */
#include "net/freshness.h"

#include "base/date.h"
#include "base/str.h"

#include <ctype.h>
#include <stdio.h>
#include <strings.h>

enum {
	AGE_MAX_S = 365 * 24 * 3600,
	GUESS_MAX_S = 24 * 3600, /* where it only says when it was changed last ... */
	GUESS_PART = 10,         /* ... a tenth of that age */
};

/* Decimal digits and nothing else; capped; -1 = it is no number. */
static int64_t read_seconds(const char *text, size_t len)
{
	int64_t n = 0;

	if (len == 0)
		return -1;
	for (size_t i = 0; i < len; i++) {
		if (!isdigit((unsigned char)text[i]))
			return -1;
		n = n * 10 + (text[i] - '0');
		if (n > AGE_MAX_S)
			n = AGE_MAX_S;
	}
	return n;
}

/* ---- Cache-Control ---- */

struct directive {
	const char *name, *value;
	size_t name_len, value_len;
};

/* The next of "name, name=value, name="quoted, value""; NULL at the end. */
static const char *next_directive(const char *at, struct directive *ret)
{
	at += strspn(at, ", \t");
	if (!*at)
		return NULL;
	*ret = (struct directive){ .name = at, .name_len = strcspn(at, "=, \t") };
	at += ret->name_len;
	at += strspn(at, " \t");
	if (*at != '=')
		return at;
	at++;
	at += strspn(at, " \t");
	if (*at != '"') {
		ret->value = at;
		ret->value_len = strcspn(at, ", \t");
		return at + ret->value_len;
	}
	ret->value = ++at;
	while (*at && *at != '"')
		at += at[0] == '\\' && at[1] ? 2 : 1;
	ret->value_len = (size_t)(at - ret->value);
	return *at ? at + 1 : at;
}

static bool is_named(const struct directive *directive, const char *name)
{
	return directive->name_len == strlen(name) &&
	       strncasecmp(directive->name, name, directive->name_len) == 0;
}

static void apply(const struct directive *directive, struct cache_control *control)
{
	if (is_named(directive, "no-store")) {
		control->no_store = true;
	} else if (is_named(directive, "no-cache")) {
		control->no_cache = true;
	} else if (is_named(directive, "max-age")) {
		int64_t age_s = read_seconds(directive->value, directive->value_len);

		if (age_s < 0)
			age_s = 0;
		if (control->max_age_s < 0 || age_s < control->max_age_s)
			control->max_age_s = age_s;
	}
}

struct cache_control cache_control_read(const struct headers *headers)
{
	struct cache_control control = { .max_age_s = -1 };
	const char *value = NULL;

	while ((value = headers_next(headers, "cache-control", value))) {
		struct directive directive;
		const char *at = value;

		while ((at = next_directive(at, &directive)))
			apply(&directive, &control);
	}
	/* What was there before Cache-Control. */
	value = headers_find(headers, "pragma");
	if (value && !headers_find(headers, "cache-control") && strcasecmp(value, "no-cache") == 0)
		control.no_cache = true;
	return control;
}

/* ---- dates ---- */

int64_t http_date_read(const char *text)
{
	/* Of the three forms of HTTP, this one alone has that length. */
	static const char form[] = "Sun, 06 Nov 1994 08:49:37 GMT";
	size_t len = strlen(text);
	int64_t s;

	if (len != sizeof(form) - 1 || date_read_http(text, len, 0, &s) != len || s < 0)
		return -1;
	return s;
}

static int64_t date_of(const struct headers *headers, const char *name)
{
	const char *value = headers_find(headers, name);

	return value ? http_date_read(value) : -1;
}

/* ---- answers ---- */

bool freshness_may_keep(const struct headers *headers)
{
	static const int kept[] = { 200, 203, 301, 302, 303, 307, 308, 404, 410 };
	const char *vary = NULL;
	bool is_kept = false;

	for (size_t i = 0; i < countof(kept); i++)
		is_kept = is_kept || headers->status == kept[i];
	/* Other names in Vary are of headers that are part of what it is kept under. */
	while ((vary = headers_next(headers, "vary", vary))) {
		if (strchr(vary, '*'))
			return false;
	}
	return is_kept && !cache_control_read(headers).no_store;
}

static int64_t lifetime_s(const struct headers *headers, const struct cache_control *control,
			  int64_t date_s)
{
	int64_t changed_s;

	if (control->max_age_s >= 0)
		return control->max_age_s;
	if (headers_find(headers, "expires"))
		return date_of(headers, "expires") - date_s;
	changed_s = date_of(headers, "last-modified");
	if (changed_s < 0 || changed_s > date_s || headers->status == 302 ||
	    headers->status == 303 || headers->status == 307)
		return 0;
	changed_s = (date_s - changed_s) / GUESS_PART;
	return changed_s < GUESS_MAX_S ? changed_s : GUESS_MAX_S;
}

bool freshness_holds(const struct headers *headers, int64_t stored_ms, int64_t now_ms,
		     uint64_t fresh_ms)
{
	struct cache_control control = cache_control_read(headers);
	const char *said = headers_find(headers, "age");
	int64_t stored_s = stored_ms / 1000, date_s = date_of(headers, "date"), age_s = 0;

	if (now_ms < stored_ms)
		return false; /* the clock was set back: nobody knows */
	if (fresh_ms)
		return (uint64_t)(now_ms - stored_ms) < fresh_ms;
	if (control.no_cache)
		return false;
	if (date_s < 0)
		date_s = stored_s;
	/* What other caches on the way have made it wait. */
	if (said)
		age_s = read_seconds(said, strlen(said));
	if (age_s < 0)
		age_s = AGE_MAX_S;
	if (stored_s - date_s > age_s)
		age_s = stored_s - date_s;
	return age_s + (now_ms - stored_ms) / 1000 < lifetime_s(headers, &control, date_s);
}
