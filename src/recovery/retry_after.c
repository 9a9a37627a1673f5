/* SPDX-License-Identifier: MIT */
/* Retry-After: seconds, or a date. */
#include "recovery/retry_after.h"

#include "base/date.h"

#include <errno.h>
#include <stdbool.h>

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

static bool take_date(struct cursor *in, int64_t now_s, uint64_t *ret_ms)
{
	int64_t at_s;
	size_t len = date_read_http(in->at, (size_t)(in->end - in->at), now_s, &at_s);

	if (len == 0)
		return false;
	in->at += len;
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
