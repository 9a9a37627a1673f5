/* SPDX-License-Identifier: MIT */
#ifndef NET_FRESHNESS_H
#define NET_FRESHNESS_H

#include "net/headers.h"

/**
 * What an answer says of how long it may be kept (RFC 9111, as a private cache reads it). Foreign
 * text: what is not understood makes an answer older, never younger. Any thread.
 */
struct cache_control {
	bool no_store, no_cache;
	int64_t max_age_s; /* -1 = not said */
};

struct cache_control cache_control_read(const struct headers *headers);

/** Seconds since 1970 of an HTTP date in the form that may be sent today; -1 = it is none. */
int64_t http_date_read(const char *text);

/** Whether an answer may be kept at all. */
bool freshness_may_keep(const struct headers *headers);

/** Whether one that was got at stored_ms (of the wall clock, as is now_ms) may be taken without
 *  asking. fresh_ms: so young it may be, whatever it says of itself; 0 = it is asked. */
bool freshness_holds(const struct headers *headers, int64_t stored_ms, int64_t now_ms,
		     uint64_t fresh_ms);

#endif
