/* SPDX-License-Identifier: MIT */
#ifndef RESOURCES_QUOTA_H
#define RESOURCES_QUOTA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * How fast an endpoint may be asked: a token bucket that learns. It starts with what is known of
 * the endpoint (its documents, the user), takes over what the endpoint says in its rate-limit
 * headers, and where nothing is known, lets everything through until the first refusal: what is let
 * in of that may come at once. From then on it keeps to nine tenths of what went through and seeks
 * more by growing fourfold each second until the next refusal, which shows the rate; then it grows
 * by a hundredth. A refusal that says when to come back shuts the gate until then. Loop thread; no
 * clock of its own.
 */
enum { QUOTA_SENT_MAX = 64 };

struct quota {
	double rate_per_s; /* 0 = not known: no limit */
	double burst, tokens;
	bool is_told;        /* by the endpoint or the user: it does not grow */
	bool is_learned;     /* the rate: by what the endpoint said or did */
	double growth_per_s; /* of a rate that is used up */
	double sure_per_s;   /* its rate when it began to grow */
	uint64_t at_ns;
	uint64_t gate_ns; /* nothing before; 0 = open */
	double left;      /* what may still be sent before left_until_ns, as told */
	uint64_t left_until_ns;
	uint64_t cut_ns;    /* of the last cut; refusals of what was sent before are echoes */
	unsigned n_refused; /* in a row */
	uint64_t since_ns;  /* the beginning; n_good answers came since */
	unsigned n_good;
	uint64_t sent_ns[QUOTA_SENT_MAX]; /* the latest of n_sent */
	uint64_t n_sent;
	int64_t learned_ms; /* when that was, by the wall clock; 0 = just now */
};

/** rate 0: not known. burst at least 1. */
void quota_init(struct quota *quota, double rate_per_s, unsigned burst, uint64_t now_ns);

/** When the next request may be sent: now_ns or later. */
uint64_t quota_next_ns(struct quota *quota, uint64_t now_ns);
void quota_take(struct quota *quota, uint64_t now_ns); /* one is sent now */

/** Other processes have sent n, which the endpoint counts with ours. */
void quota_others_sent(struct quota *quota, uint64_t n, uint64_t now_ns);
/** The last one that any process sent was so long ago: of a bucket that holds one, nothing was left
 *  then. */
void quota_began_ago(struct quota *quota, uint64_t ago_ms, uint64_t now_ns);

/** One window of a limit, as told in headers. */
struct quota_window {
	double limit, window_s; /* window 0 = not told */
	double remaining;       /* -1 = not told */
	double reset_s;         /* until the window begins anew; -1 = not told */
};

enum { QUOTA_WINDOWS_MAX = 4 };

/** An answer came, with what it says of its limits. n_pending: requests under way besides. */
void quota_answered(struct quota *quota, const struct quota_window *windows, size_t n,
		    unsigned n_pending, uint64_t now_ns);

/** It refused for the rate. start_ns: when that was sent. retry_ms: when to come back; 0 = not
 *  said. random: for jitter. */
void quota_refused(struct quota *quota, uint64_t start_ns, uint64_t retry_ms, uint64_t random,
		   uint64_t now_ns);

/** It wants to be left alone for some time, for another reason than its rate. */
void quota_shut(struct quota *quota, uint64_t until_ns);

/** A refusal, after quota_refused(), told its limits: the rate is known then, and kept to
 *  evenly; where nothing is left of a longer window, it is shut until that begins anew. */
void quota_told(struct quota *quota, const struct quota_window *windows, size_t n, uint64_t now_ns);

/**
 * The windows that headers tell: RateLimit and RateLimit-Policy (draft-ietf-httpapi-ratelimit-
 * headers), the older RateLimit-Limit, -Remaining and -Reset, and X-RateLimit-* with one or several
 * values ("1, 15000"), a reset in seconds or as a time since 1970. value(data, name): the value of
 * a header (name in lower case) or NULL. now_s: the wall clock. Returns how many. Any thread.
 */
size_t quota_windows_read(const char *(*value)(const void *data, const char *name),
			  const void *data, int64_t now_s,
			  struct quota_window ret_windows[QUOTA_WINDOWS_MAX]);

#endif
