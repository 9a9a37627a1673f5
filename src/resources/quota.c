/* SPDX-License-Identifier: MIT */
#include "resources/quota.h"

#include "base/attr.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REFUSED_WAIT_MS = 500, REFUSED_WAIT_MAX_MS = 60000, PACED_S = 2 };

/* told_share: of a rate that was told. Requests that go out a tenth of a second apart do not
 * arrive so: who uses all of a rate is refused for a millisecond. */
static const double told_share = 0.97;
/* What stays after a refusal: of what went through before any limit was known; of a rate that was
 * sought; of one that was found; of one that was told; and of any if nothing went through since. */
static const double first_share = 0.9, sought_share = 0.8, found_share = 0.9, kept_share = 0.95,
		    again_share = 0.5;
static const double growth_per_s = 1.01, seeking_per_s = 4;

void quota_init(struct quota *quota, double rate_per_s, unsigned burst, uint64_t now_ns)
{
	*quota = (struct quota){
		.rate_per_s = rate_per_s * told_share,
		.burst = burst ? burst : 1,
		.tokens = burst ? burst : 1,
		.is_told = rate_per_s > 0,
		.at_ns = now_ns,
		.since_ns = now_ns,
	};
}

static void refill(struct quota *quota, uint64_t now_ns)
{
	double s = now_ns > quota->at_ns ? (double)(now_ns - quota->at_ns) / 1e9 : 0;

	bool is_used = quota->tokens < 1; /* only what is used up says that more would be taken */

	quota->at_ns = now_ns;
	if (quota->rate_per_s <= 0)
		return;
	quota->tokens = fmin(quota->burst, quota->tokens + s * quota->rate_per_s);
	if (!quota->is_told && is_used && now_ns > quota->gate_ns)
		quota->rate_per_s *=
			pow(quota->is_seeking ? seeking_per_s : growth_per_s, fmin(s, 1));
}

uint64_t quota_next_ns(struct quota *quota, uint64_t now_ns)
{
	uint64_t at = now_ns;

	refill(quota, now_ns);
	/* a hair less than one is one: rounding must not add a turn of the loop */
	if (quota->rate_per_s > 0 && quota->tokens < 1 - 1e-6)
		at = now_ns + (uint64_t)ceil((1 - quota->tokens) / quota->rate_per_s * 1e9);
	if (quota->left < 1 && quota->left_until_ns > at)
		at = quota->left_until_ns;
	return quota->gate_ns > at ? quota->gate_ns : at;
}

void quota_take(struct quota *quota, uint64_t now_ns)
{
	refill(quota, now_ns);
	if (quota->rate_per_s > 0)
		quota->tokens -= 1;
	quota->left -= 1;
}

/* Its rate, if the window is one that a run sees the end of. A reset alone says when the window
 * ends, not how long it is: no more than a guess. */
static bool take_rate(struct quota *quota, const struct quota_window *window)
{
	double window_s = window->window_s > 0 ? window->window_s : window->reset_s;

	if (!(window_s > 0 && window_s <= 60) || window->limit <= 0)
		return false;
	if (window->window_s > 0 || !quota->is_told) {
		quota->rate_per_s = window->limit / window_s * told_share;
		quota->is_told = true;
	}
	return true;
}

/* Answers overtake each other: within a window only the least that was told counts. */
static void take_window(struct quota *quota, const struct quota_window *window, bool is_new,
			double free, uint64_t now_ns)
{
	bool was_told = quota->is_told, has_rate = take_rate(quota, window);

	/* In so short a window evenly is as good as at once, and right whatever may come at once:
	 * what is left, and until when, is stale or rounded by the time that it is read. */
	if (has_rate && window->window_s > 0 && window->window_s <= PACED_S) {
		quota->burst = 1;
		quota->tokens = was_told ? fmin(quota->tokens, 1) : 0;
		return;
	}
	if (has_rate)
		quota->burst = fmax(1, window->limit);
	if (window->remaining >= 0 && window->reset_s > 0 && (is_new || free < quota->left)) {
		quota->left = free;
		quota->left_until_ns = now_ns + (uint64_t)(window->reset_s * 1e9);
	}
	/* What is left may be sent at once. */
	if (has_rate && window->remaining >= 0 && (is_new || free < quota->tokens))
		quota->tokens = fmin(quota->burst, free);
}

void quota_answered(struct quota *quota, const struct quota_window *windows, size_t n,
		    unsigned n_pending, uint64_t now_ns)
{
	bool is_new = now_ns >= quota->left_until_ns;

	refill(quota, now_ns);
	quota->n_refused = 0;
	quota->n_good++;
	for (size_t i = 0; i < n; i++)
		take_window(quota, &windows[i], is_new && i == 0,
			    fmax(windows[i].remaining - n_pending, 0), now_ns);
}

static void cut(struct quota *quota, uint64_t now_ns)
{
	if (quota->rate_per_s <= 0) {
		double s = fmax((double)(now_ns - quota->since_ns) / 1e9, 1);

		quota->rate_per_s = first_share * fmax(quota->n_good, 1) / s;
		quota->is_seeking = true;
		return;
	}
	quota->rate_per_s *= quota->n_refused    ? again_share
			     : quota->is_told    ? kept_share
			     : quota->is_seeking ? sought_share
						 : found_share;
	quota->is_seeking = false;
}

void quota_refused(struct quota *quota, uint64_t start_ns, uint64_t retry_ms, uint64_t random,
		   uint64_t now_ns)
{
	uint64_t wait_ms = retry_ms;

	refill(quota, now_ns);
	if (start_ns < quota->cut_ns && !retry_ms)
		return;
	if (!retry_ms) {
		wait_ms = REFUSED_WAIT_MS;
		for (unsigned i = 0; i < quota->n_refused && wait_ms < REFUSED_WAIT_MAX_MS; i++)
			wait_ms *= 2;
		if (wait_ms > REFUSED_WAIT_MAX_MS)
			wait_ms = REFUSED_WAIT_MAX_MS;
		wait_ms = wait_ms / 2 + random % (wait_ms / 2 + 1);
	}
	if (now_ns + wait_ms * 1000000 > quota->gate_ns)
		quota->gate_ns = now_ns + wait_ms * 1000000;
	if (start_ns >= quota->cut_ns) {
		cut(quota, now_ns);
		quota->burst = 1;
		quota->cut_ns = now_ns;
		quota->n_refused++;
	}
	quota->tokens = 0;
}

void quota_told(struct quota *quota, const struct quota_window *windows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		(void)take_rate(quota, &windows[i]);
}

/* ---- headers ---- */

/* Numbers of a list "1, 15000"; what else is in an item ("1;w=1") is passed over. */
static size_t read_numbers(const char *text, double numbers[QUOTA_WINDOWS_MAX])
{
	size_t n = 0;

	while (text && n < QUOTA_WINDOWS_MAX) {
		char *end;

		text += strspn(text, " \t");
		if (*text < '0' || *text > '9')
			break;
		numbers[n] = strtod(text, &end);
		if (end == text || !(numbers[n] < 1e15))
			break;
		n++;
		text = strchr(end, ',');
		text = text ? text + 1 : NULL;
	}
	return n;
}

/* A parameter ";w=1" of the i-th item of a list; -1 = it has none. */
static double parameter(const char *text, size_t i, const char *name)
{
	const char *end;

	for (; text && i; i--) {
		text = strchr(text, ',');
		text = text ? text + 1 : NULL;
	}
	if (!text)
		return -1;
	end = strchrnul(text, ',');
	for (const char *at = text; (at = memchr(at, ';', (size_t)(end - at)));) {
		size_t len = strlen(name);

		at++;
		at += strspn(at, " \t");
		if (at < end && strncmp(at, name, len) == 0 && at[len] == '=' &&
		    at[len + 1] >= '0' && at[len + 1] <= '9')
			return fmin(strtod(at + len + 1, NULL), 1e12);
	}
	return -1;
}

/* RateLimit: "default";r=50;t=30 and RateLimit-Policy: "default";q=100;w=60 */
static size_t read_structured(const char *limits, const char *policies,
			      struct quota_window windows[QUOTA_WINDOWS_MAX])
{
	size_t n = 0;

	for (size_t i = 0; n < QUOTA_WINDOWS_MAX; i++) {
		struct quota_window window = {
			.limit = fmax(parameter(policies, i, "q"), 0),
			.window_s = fmax(parameter(policies, i, "w"), 0),
			.remaining = parameter(limits, i, "r"),
			.reset_s = parameter(limits, i, "t"),
		};

		if (window.limit <= 0 && window.remaining < 0)
			break;
		windows[n++] = window;
	}
	return n;
}

static size_t read_plain(const char *(*value)(const void *data, const char *name), const void *data,
			 const char *prefix, int64_t now_s,
			 struct quota_window windows[QUOTA_WINDOWS_MAX])
{
	double limits[QUOTA_WINDOWS_MAX], left[QUOTA_WINDOWS_MAX], resets[QUOTA_WINDOWS_MAX];
	char name[48];
	const char *policy;
	size_t n, n_left, n_resets;

	(void)snprintf(name, sizeof(name), "%slimit", prefix); /* they all fit */
	n = read_numbers(value(data, name), limits);
	(void)snprintf(name, sizeof(name), "%sremaining", prefix);
	n_left = read_numbers(value(data, name), left);
	(void)snprintf(name, sizeof(name), "%sreset", prefix);
	n_resets = read_numbers(value(data, name), resets);
	(void)snprintf(name, sizeof(name), "%spolicy", prefix);
	policy = value(data, name);
	for (size_t i = 0; i < n; i++) {
		double reset = i < n_resets ? resets[i] : -1;

		if (reset > 1e9) /* a time since 1970 */
			reset = fmax(reset - (double)now_s, 0);
		windows[i] = (struct quota_window){
			.limit = limits[i],
			.window_s = fmax(parameter(policy, i, "w"), 0),
			.remaining = i < n_left ? left[i] : -1,
			.reset_s = reset,
		};
	}
	return n;
}

size_t quota_windows_read(const char *(*value)(const void *data, const char *name),
			  const void *data, int64_t now_s,
			  struct quota_window ret_windows[QUOTA_WINDOWS_MAX])
{
	static const char *const prefixes[] = { "ratelimit-", "x-ratelimit-", "x-rate-limit-" };
	size_t n = read_structured(value(data, "ratelimit"), value(data, "ratelimit-policy"),
				   ret_windows);

	for (size_t i = 0; n == 0 && i < countof(prefixes); i++)
		n = read_plain(value, data, prefixes[i], now_s, ret_windows);
	return n;
}
