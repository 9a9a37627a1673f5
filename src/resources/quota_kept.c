/* SPDX-License-Identifier: MIT */
/* Not by scanf(): it leaves undefined what a number out of range comes to. */
#include "resources/quota_kept.h"

#include "base/buf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { VERSION = 1, NUMBERS = 12 };

static const double number_max = 1e15, rate_min = 0.01, rate_max = 1e6, growth_max = 10;

void quota_kept_write(const struct quota_kept *kept, struct buf *out)
{
	buf_printf(out, "%d %lld %lld %.9g %.9g %d %.9g %.9g %lld %.9g %lld %lld\n", VERSION,
		   (long long)kept->saved_ms, (long long)kept->learned_ms, kept->rate_per_s,
		   kept->burst, kept->is_told, kept->growth_per_s, kept->tokens,
		   (long long)kept->gate_ms, kept->left, (long long)kept->left_until_ms,
		   (long long)kept->suspended_ms);
}

/* Plain numbers with one blank between them. */
static int read_numbers(const char *text, double numbers[NUMBERS])
{
	for (size_t i = 0; i < NUMBERS; i++) {
		char *end;

		if (*text < '0' || *text > '9')
			return -EBADMSG;
		numbers[i] = strtod(text, &end);
		if (!(numbers[i] <= number_max) || *end != (i < NUMBERS - 1 ? ' ' : '\n'))
			return -EBADMSG;
		text = end + 1;
	}
	return *text ? -EBADMSG : 0;
}

static int64_t at_most(int64_t ms, int64_t most_ms)
{
	return ms < most_ms ? ms : most_ms;
}

int quota_kept_read(const char *text, int64_t now_ms, struct quota_kept *ret_kept)
{
	double numbers[NUMBERS];
	struct quota_kept kept;

	if (read_numbers(text, numbers) < 0 || numbers[0] != VERSION)
		return -EBADMSG;
	kept = (struct quota_kept){
		.saved_ms = (int64_t)numbers[1],
		.learned_ms = (int64_t)numbers[2],
		.rate_per_s = numbers[3],
		.burst = numbers[4],
		.is_told = numbers[5] > 0,
		.growth_per_s = numbers[6],
		.tokens = numbers[7],
		.gate_ms = (int64_t)numbers[8],
		.left = numbers[9],
		.left_until_ms = (int64_t)numbers[10],
		.suspended_ms = (int64_t)numbers[11],
	};
	if (kept.saved_ms > now_ms || now_ms - kept.saved_ms > QUOTA_KEPT_MS ||
	    kept.learned_ms > kept.saved_ms || kept.rate_per_s > rate_max ||
	    kept.burst > rate_max || kept.growth_per_s > growth_max)
		return -EBADMSG;
	if (kept.rate_per_s < rate_min || kept.burst < 1 || kept.growth_per_s < 1 ||
	    now_ms - kept.learned_ms > QUOTA_KEPT_MS)
		kept.rate_per_s = 0;
	kept.gate_ms = at_most(kept.gate_ms, kept.saved_ms + QUOTA_KEPT_MS);
	kept.left_until_ms = at_most(kept.left_until_ms, kept.saved_ms + QUOTA_KEPT_MS);
	kept.suspended_ms = at_most(kept.suspended_ms, kept.saved_ms + QUOTA_SUSPENDED_MS);
	*ret_kept = kept;
	return 0;
}
