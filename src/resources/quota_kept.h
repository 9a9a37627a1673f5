/* SPDX-License-Identifier: MIT */
#ifndef RESOURCES_QUOTA_KEPT_H
#define RESOURCES_QUOTA_KEPT_H

#include "resources/quota.h"

struct buf;

/**
 * What one process knows of an endpoint, for the next: times are of the wall clock, since 1970. As
 * text it is one line of numbers, in the order of the fields and after the version of the format.
 */
enum { QUOTA_KEPT_MS = 86400000, QUOTA_SUSPENDED_MS = 3600000 };

struct quota_kept {
	int64_t saved_ms, learned_ms;
	double rate_per_s, burst; /* rate 0: nothing was learned of it */
	bool is_told;
	double growth_per_s, tokens;
	int64_t gate_ms;
	double left;
	int64_t left_until_ms;
	int64_t suspended_ms; /* not the quota's: it failed, and is left alone until then */
};

void quota_keep(struct quota *quota, uint64_t now_ns, int64_t now_ms, struct quota_kept *ret_kept);

/** is_rate_given: by the user, who knows better. */
void quota_restore(struct quota *quota, const struct quota_kept *kept, bool is_rate_given,
		   uint64_t now_ns, int64_t now_ms);

void quota_kept_write(const struct quota_kept *kept, struct buf *out);

/** What is not understood, absurd, from the future or older than QUOTA_KEPT_MS is -EBADMSG. Nothing
 *  is shut for longer than that after it was saved, nor suspended for longer than
 *  QUOTA_SUSPENDED_MS; a rate that was learned longer ago is 0. Any thread. */
int quota_kept_read(const char *text, int64_t now_ms, struct quota_kept *ret_kept);

#endif
