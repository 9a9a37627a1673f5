/* SPDX-License-Identifier: MIT */
/*
 * Retry-After: the first 8 bytes are the clock, the rest is the header. Waits are bounded, the
 * parser depends on nothing but its input, and all-digit values mean what strtoull() says.
 */
#include "recovery/retry_after.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_digits(const char *text, size_t len, int r, uint64_t ms)
{
	char copy[16] = "";
	unsigned long long s;

	if (len == 0 || len >= sizeof(copy) || strspn(text, "0123456789") < len)
		return;
	memcpy(copy, text, len);
	s = strtoull(copy, NULL, 10);
	if (r != 0 || ms != (s < RETRY_AFTER_MAX_MS / 1000 ? s * 1000 : RETRY_AFTER_MAX_MS))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t ms = UINT64_MAX, again_ms = UINT64_MAX;
	int64_t now_s;
	char *text;
	int r;

	if (size < sizeof(now_s))
		return 0;
	memcpy(&now_s, data, sizeof(now_s));
	now_s %= 1LL << 40;
	size -= sizeof(now_s);
	text = malloc(size + 1);
	if (!text)
		abort();
	memcpy(text, data + sizeof(now_s), size);
	r = retry_after_parse(text, size, now_s, &ms);
	if (r != 0 ? ms != UINT64_MAX : ms > RETRY_AFTER_MAX_MS)
		abort();
	if (retry_after_parse(text, size, now_s, &again_ms) != r || again_ms != ms)
		abort();
	text[size] = '\0';
	check_digits(text, size, r, ms);
	free(text);
	return 0;
}
