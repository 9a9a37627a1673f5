/* SPDX-License-Identifier: MIT */
#include "resources/quota.h"

#include "base/attr.h"
#include "resources/quota_kept.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REFUSED_WAIT_MS = 500, REFUSED_WAIT_MAX_MS = 60000, PACED_S = 2, SHUT_MAX_S = 86400 };
enum { SALVO_NS = 1000000000 }; /* what is sent within that comes at once */

/* told_share: of a rate that was told. Requests that go out a tenth of a second apart do not
 * arrive so: who uses all of a rate is refused for a millisecond. */
static const double told_share = 0.97;
/* The very first has a name to look up and a connection to make; those after it must not come
 * sooner for that. */
static const double first_late_s = 0.03;
/* What stays after a refusal: of what went through before any limit was known; of a rate that was
 * told, and what stays at most of another; of one that was found, at least; and of any if nothing
 * went through since. */
static const double first_share = 0.9, kept_share = 0.95, found_share = 0.9, again_share = 0.5;
/* Of a rate that was found; while it is sought; and where the search is not over. */
static const double growth_per_s = 1.01, seeking_per_s = 4, resumed_per_s = 1.25;
/* What refused for longer than a search waits must not stay shut for the next run's searches. */
static const double least_per_s = 0.1;

void quota_init(struct quota *quota, double rate_per_s, unsigned burst, uint64_t now_ns)
{
	*quota = (struct quota){
		.rate_per_s = rate_per_s * told_share,
		.burst = burst ? burst : 1,
		.tokens = burst ? burst : 1,
		.is_told = rate_per_s > 0,
		.growth_per_s = growth_per_s,
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
		quota->rate_per_s *= pow(quota->growth_per_s, fmin(s, 1));
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
		quota->tokens -= 1 + (quota->n_sent == 0 ? first_late_s * quota->rate_per_s : 0);
	quota->left -= 1;
	quota->sent_ns[quota->n_sent++ % QUOTA_SENT_MAX] = now_ns;
}

/* They do not owe: who asked too much was refused. */
void quota_others_sent(struct quota *quota, uint64_t n, uint64_t now_ns)
{
	refill(quota, now_ns);
	if (quota->rate_per_s > 0)
		quota->tokens = fmax(quota->tokens - (double)n, fmin(quota->tokens, 0));
	quota->left = fmax(quota->left - (double)n, fmin(quota->left, 0));
	for (uint64_t i = 0; i < n && i < QUOTA_SENT_MAX; i++)
		quota->sent_ns[quota->n_sent++ % QUOTA_SENT_MAX] = now_ns;
}

void quota_began_ago(struct quota *quota, uint64_t ago_ms, uint64_t now_ns)
{
	refill(quota, now_ns);
	if (quota->burst <= 1)
		quota->tokens = fmin(quota->tokens, (double)ago_ms / 1e3 * quota->rate_per_s);
}

/* How many of the latest were sent from from_ns on and before until_ns. */
static unsigned count_sent(const struct quota *quota, uint64_t from_ns, uint64_t until_ns)
{
	uint64_t n = quota->n_sent < QUOTA_SENT_MAX ? quota->n_sent : QUOTA_SENT_MAX;
	unsigned n_sent = 0;

	for (uint64_t i = 0; i < n; i++)
		n_sent += quota->sent_ns[i] >= from_ns && quota->sent_ns[i] < until_ns;
	return n_sent;
}

/* The rate that has been shown since the last cut: in no time does a token bucket let in more than
 * its burst and what its rate gives; while it is being emptied, just that. */
static double shown_rate(const struct quota *quota, uint64_t until_ns)
{
	uint64_t last_ns = 0, from_ns;
	double rate = 0, n;

	for (size_t i = 0; i < QUOTA_SENT_MAX && i < quota->n_sent; i++) {
		if (quota->sent_ns[i] < until_ns && quota->sent_ns[i] > last_ns)
			last_ns = quota->sent_ns[i];
	}
	for (size_t i = 0; i < QUOTA_SENT_MAX && i < quota->n_sent; i++) {
		from_ns = quota->sent_ns[i];
		n = count_sent(quota, from_ns, last_ns + 1);
		if (from_ns >= quota->cut_ns && from_ns < last_ns && n > quota->burst)
			rate = fmax(rate, (n - quota->burst) / ((double)(last_ns - from_ns) / 1e9));
	}
	return rate;
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
		quota->is_told = quota->is_learned = true;
		quota->learned_ms = 0;
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

static void cut_first(struct quota *quota, uint64_t start_ns, uint64_t now_ns)
{
	double s = fmax((double)(now_ns - quota->since_ns) / 1e9, 1);
	uint64_t from_ns = start_ns > SALVO_NS ? start_ns - SALVO_NS : 0;

	quota->rate_per_s = first_share * fmax(quota->n_good, 1) / s;
	quota->growth_per_s = seeking_per_s;
	/* but for those that are refused yet */
	quota->burst = fmax(count_sent(quota, from_ns, now_ns + 1), 2) - 1;
}

static double share_after(const struct quota *quota, uint64_t start_ns)
{
	double shown = shown_rate(quota, start_ns) / quota->rate_per_s;

	if (quota->n_refused)
		return again_share;
	if (quota->is_told)
		return kept_share;
	if (quota->growth_per_s > growth_per_s) /* a second ago it was right */
		return fmin(fmax(shown, 1 / quota->growth_per_s), 1) * kept_share;
	return fmin(fmax(shown, found_share), kept_share);
}

static void cut(struct quota *quota, uint64_t start_ns, uint64_t now_ns)
{
	quota->is_learned = true;
	quota->learned_ms = 0;
	if (quota->rate_per_s <= 0) {
		cut_first(quota, start_ns, now_ns);
	} else {
		double share = share_after(quota, start_ns);
		bool is_seeking = !quota->is_told && quota->growth_per_s > growth_per_s;
		/* nothing has shown it */
		bool is_unclear =
			quota->growth_per_s >= seeking_per_s && quota->growth_per_s * share < 1;

		if (!is_seeking)
			quota->burst = 1;
		quota->growth_per_s = is_unclear ? resumed_per_s : growth_per_s;
		quota->rate_per_s *= share;
	}
	quota->sure_per_s = quota->rate_per_s;
}

void quota_refused(struct quota *quota, uint64_t start_ns, uint64_t retry_ms, uint64_t random,
		   uint64_t now_ns)
{
	uint64_t wait_ms = retry_ms;

	refill(quota, now_ns);
	if (start_ns < quota->cut_ns && quota->growth_per_s >= seeking_per_s)
		quota->burst = fmax(quota->burst - 1, 1);
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
	quota_shut(quota, now_ns + wait_ms * 1000000);
	if (start_ns >= quota->cut_ns) {
		cut(quota, start_ns, now_ns);
		quota->cut_ns = now_ns;
		quota->n_refused++;
	}
	quota->tokens = 0;
}

void quota_shut(struct quota *quota, uint64_t until_ns)
{
	if (until_ns > quota->gate_ns)
		quota->gate_ns = until_ns;
}

void quota_told(struct quota *quota, const struct quota_window *windows, size_t n, uint64_t now_ns)
{
	for (size_t i = 0; i < n; i++) {
		const struct quota_window *window = &windows[i];

		if (take_rate(quota, window))
			quota->burst = 1;
		/* Of a month, say. A limit of 0 is none. */
		else if (window->limit > 0 && window->remaining >= 0 && window->remaining < 1 &&
			 window->reset_s > 0)
			quota_shut(quota,
				   now_ns + (uint64_t)(fmin(window->reset_s, SHUT_MAX_S) * 1e9));
	}
}

/* ---- from run to run ---- */

static int64_t wall_ms(uint64_t at_ns, uint64_t now_ns, int64_t now_ms)
{
	return at_ns > now_ns ? now_ms + (int64_t)((at_ns - now_ns + 999999) / 1000000) : 0;
}

static uint64_t mono_ns(int64_t at_ms, uint64_t now_ns, int64_t now_ms)
{
	return at_ms > now_ms ? now_ns + (uint64_t)(at_ms - now_ms) * 1000000 : 0;
}

void quota_keep(struct quota *quota, uint64_t now_ns, int64_t now_ms, struct quota_kept *ret_kept)
{
	double shown = shown_rate(quota, now_ns);

	refill(quota, now_ns);
	*ret_kept = (struct quota_kept){
		.saved_ms = now_ms,
		.tokens = quota->rate_per_s > 0 ? fmax(quota->tokens, 0) : 0,
		.gate_ms = wall_ms(quota->gate_ns, now_ns, now_ms),
		.left = fmax(quota->left, 0),
		.left_until_ms = wall_ms(quota->left_until_ns, now_ns, now_ms),
	};
	if (!quota->is_learned)
		return;
	ret_kept->learned_ms = quota->learned_ms ? quota->learned_ms : now_ms;
	ret_kept->rate_per_s = quota->rate_per_s;
	ret_kept->burst = quota->burst;
	ret_kept->is_told = quota->is_told;
	ret_kept->growth_per_s = quota->growth_per_s;
	if (quota->is_told)
		return;
	if (quota->growth_per_s > growth_per_s) { /* it may be far too much by now */
		ret_kept->rate_per_s = fmin(quota->rate_per_s, fmax(quota->sure_per_s, shown));
		if (shown > quota->sure_per_s)
			ret_kept->growth_per_s = resumed_per_s;
	}
	ret_kept->rate_per_s = fmax(ret_kept->rate_per_s, least_per_s);
}

void quota_restore(struct quota *quota, const struct quota_kept *kept, bool is_rate_given,
		   uint64_t now_ns, int64_t now_ms)
{
	if (kept->rate_per_s > 0 && !is_rate_given) {
		quota->rate_per_s = quota->sure_per_s = kept->rate_per_s;
		quota->burst = kept->burst;
		quota->is_told = kept->is_told;
		quota->growth_per_s = kept->growth_per_s;
		quota->is_learned = true;
		quota->learned_ms = kept->learned_ms;
	}
	quota->tokens = fmin(quota->burst, kept->tokens + (double)(now_ms - kept->saved_ms) / 1e3 *
								  quota->rate_per_s);
	quota->gate_ns = mono_ns(kept->gate_ms, now_ns, now_ms);
	quota->left = kept->left;
	quota->left_until_ns = mono_ns(kept->left_until_ms, now_ns, now_ms);
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
