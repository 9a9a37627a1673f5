/* SPDX-License-Identifier: MIT */
/* What was learned of the providers' limits, from one process to the next: a file for each, below
 * the cache of the web. Where there is none, or it cannot be used, every process learns anew. */
#include "base/buf.h"
#include "base/clock.h"
#include "engine/core.h"
#include "engine/search.h"
#include "net/cache.h"
#include "resources/quota_kept.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { FILES_BYTES_MAX = 1 << 20, TEXT_BYTES_MAX = 512 };

static uint64_t now_of(const struct searches *searches)
{
	return env_now_ns(searches->web->engine->env);
}

static struct net_cache *open_rates(const char *cache_dir)
{
	struct net_cache *rates;
	char *dir;

	if (!cache_dir || asprintf(&dir, "%s/rates", cache_dir) < 0)
		return NULL;
	rates = net_cache_new(dir, FILES_BYTES_MAX);
	free(dir);
	return rates;
}

/* Limits are of whoever asks: his credential is in it. The folder shows only a hash of it. */
static char *key_of(const struct search_endpoint *endpoint)
{
	char *key;

	if (asprintf(&key, "%s\n%s\n%s", endpoint->provider->name, endpoint->url,
		     endpoint->key ? endpoint->key : "") < 0)
		return NULL;
	return key;
}

static int load(struct net_cache *rates, const struct search_endpoint *endpoint, int64_t now_ms,
		struct quota_kept *ret_kept)
{
	struct cached cached = { 0 };
	char *key = key_of(endpoint);
	int r = key ? net_cache_load(rates, key, &cached) : -ENOMEM;

	if (r == 0)
		r = cached.body ? quota_kept_read(blob_data(cached.body), now_ms, ret_kept)
				: -EBADMSG;
	cached_release(&cached);
	free(key);
	return r;
}

static void keep_later(int64_t *at_ms, int64_t other_ms)
{
	*at_ms = other_ms > *at_ms ? other_ms : *at_ms;
}

/* Another process may have saved since we loaded: nobody is asked sooner for that. */
static void respect_others(const struct searches *searches, const struct search_endpoint *endpoint,
			   struct quota_kept *kept)
{
	struct quota_kept other;

	if (load(searches->rates, endpoint, kept->saved_ms, &other) < 0 ||
	    other.saved_ms <= searches->rates_loaded_ms)
		return;
	keep_later(&kept->gate_ms, other.gate_ms);
	keep_later(&kept->suspended_ms, other.suspended_ms);
	if (other.left_until_ms > kept->left_until_ms) {
		kept->left_until_ms = other.left_until_ms;
		kept->left = other.left;
	}
}

static void save(struct net_cache *rates, const struct search_endpoint *endpoint,
		 const struct quota_kept *kept)
{
	struct cached cached = { .stored_ms = kept->saved_ms };
	char *key = key_of(endpoint);
	CLEANUP(buf) struct buf text;

	headers_init(&cached.headers);
	buf_init(&text, TEXT_BYTES_MAX);
	quota_kept_write(kept, &text);
	if (key && !buf_error(&text))
		cached.body = blob_new(text.data, text.len);
	if (cached.body)
		(void)net_cache_store(rates, key, &cached); /* then it is learned anew */
	cached_release(&cached);
	free(key);
}

/* Of failures nobody said how long they last: who is alone is asked all the same. */
static void forgive_alone(struct searches *searches)
{
	uint64_t now_ns = now_of(searches);
	bool is_alone = true;

	for (size_t i = 0; i < searches->n; i++) {
		struct searcher *searcher = &searches->searchers[i];

		if ((searches->remote & search_bit(i)) && searcher->suspended_ns <= now_ns &&
		    quota_next_ns(&searcher->quota, now_ns) <= now_ns)
			is_alone = false;
	}
	for (size_t i = 0; i < searches->n && is_alone; i++)
		searches->searchers[i].suspended_ns = 0;
}

void search_rates_load(struct searches *searches)
{
	uint64_t now_ns = now_of(searches);
	int64_t now_ms = clock_wall_ms();

	searches->rates_loaded_ms = now_ms;
	searches->rates = open_rates(searches->web->cache_dir);
	for (size_t i = 0; i < searches->n && searches->rates; i++) {
		struct searcher *searcher = &searches->searchers[i];
		struct quota_kept kept;

		if (!(searches->remote & search_bit(i)) ||
		    load(searches->rates, searcher->endpoint, now_ms, &kept) < 0)
			continue;
		quota_restore(&searcher->quota, &kept, searcher->endpoint->rate_per_s > 0, now_ns,
			      now_ms);
		if (kept.suspended_ms > now_ms)
			searcher->suspended_ns =
				now_ns + (uint64_t)(kept.suspended_ms - now_ms) * 1000000;
		searcher->was_kept = true;
	}
	forgive_alone(searches);
}

void search_rates_save(struct searches *searches)
{
	uint64_t now_ns = now_of(searches);
	int64_t now_ms = clock_wall_ms();

	for (size_t i = 0; i < searches->n && searches->rates; i++) {
		struct searcher *searcher = &searches->searchers[i];
		struct quota_kept kept;

		if (searcher->quota.n_sent == 0)
			continue;
		quota_keep(&searcher->quota, now_ns, now_ms, &kept);
		if (searcher->suspended_ns > now_ns)
			kept.suspended_ms =
				now_ms + (int64_t)((searcher->suspended_ns - now_ns) / 1000000);
		respect_others(searches, searcher->endpoint, &kept);
		if (searcher->was_kept || searcher->quota.rate_per_s > 0 || kept.gate_ms ||
		    kept.left_until_ms || kept.suspended_ms)
			save(searches->rates, searcher->endpoint, &kept);
	}
	net_cache_free(searches->rates);
}
