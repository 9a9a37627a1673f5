/* SPDX-License-Identifier: MIT */
/*
 * Answers from the disk, hop by hop: each redirect is kept as itself, so that where it leads is
 * judged anew each time. Reading and writing are done on other threads; a transfer that ends
 * meanwhile leaves its memory to the work that comes back.
 */
#include "net/core.h"

#include "base/attr.h"
#include "base/clock.h"
#include "base/str.h"
#include "net/freshness.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

enum { KEY_MAX = TARGET_URL_MAX * 3 + REQUEST_HEADERS_BYTES_MAX + 4096 };

struct store {
	uv_work_t work;
	struct net_client *client;
	char *own_key;
	struct cached cached;
};

/* Whoever asks for a part, or under a condition, wants no other answer. */
static bool is_plain(const struct net_transfer *transfer)
{
	for (char **header = transfer->headers; *header; header++) {
		if (strncasecmp(*header, "if-", 3) == 0 || strncasecmp(*header, "range:", 6) == 0)
			return false;
	}
	return str_equal(transfer->method, "GET") && !transfer->body;
}

/* All that may make a difference to the answer. What a trusted transfer may fetch is kept apart:
 * another may not have it. NULL without memory. */
static char *make_key(const struct net_transfer *transfer)
{
	const struct curl_api *curl = &transfer->client->curl;
	struct buf key;
	char *url = NULL;

	if (curl->url_get(transfer->url, CURLUPART_URL, &url, 0) != CURLUE_OK)
		return NULL;
	buf_init(&key, KEY_MAX);
	buf_printf(&key, "%s\n%s\n%s", transfer->is_trusted ? "trusted" : "public", url,
		   transfer->client->user_agent);
	curl->free(url);
	for (char **header = transfer->headers; *header; header++) {
		size_t at = key.len + 1;

		buf_printf(&key, "\n%s", *header);
		for (; at < key.len && key.data[at] != ':'; at++)
			key.data[at] = (char)tolower((unsigned char)key.data[at]);
	}
	return buf_take(&key, &(size_t){ 0 });
}

/* ---- looking ---- */

static void look(uv_work_t *work)
{
	struct net_transfer *transfer = work->data;

	/* What cannot be read is as good as not there. */
	transfer->has_cached =
		net_cache_load(transfer->client->cache, transfer->own_key, &transfer->cached) == 0;
}

static void on_looked(uv_work_t *work, int status)
{
	struct net_transfer *transfer = work->data;

	(void)status; /* it is never taken back */
	if (!transfer->is_ended)
		transfer_looked(transfer,
				transfer->has_cached &&
					freshness_holds(&transfer->cached.headers,
							transfer->cached.stored_ms, clock_wall_ms(),
							transfer->fresh_ms));
	transfer_drop(transfer);
}

bool kept_look(struct net_transfer *transfer)
{
	kept_forget(transfer);
	if (!transfer->client->cache || !transfer->may_cache || !is_plain(transfer))
		return false;
	transfer->own_key = make_key(transfer);
	if (!transfer->own_key)
		return false;
	transfer->work.data = transfer;
	if (uv_queue_work(transfer->client->loop, &transfer->work, look, on_looked) < 0)
		return false;
	transfer->n_holds++;
	return true;
}

void kept_forget(struct net_transfer *transfer)
{
	free(transfer->own_key);
	transfer->own_key = NULL;
	if (transfer->has_cached)
		cached_release(&transfer->cached);
	transfer->has_cached = false;
}

const char *kept_validator(const struct net_transfer *transfer, const char *name)
{
	return transfer->has_cached ? headers_find(&transfer->cached.headers, name) : NULL;
}

/* ---- keeping ---- */

static void store(uv_work_t *work)
{
	struct store *store = work->data;

	/* What cannot be kept is asked for again. */
	(void)net_cache_store(store->client->cache, store->own_key, &store->cached);
}

static void on_stored(uv_work_t *work, int status)
{
	struct store *store = work->data;

	(void)status; /* it is never taken back */
	cached_release(&store->cached);
	free(store->own_key);
	client_drop(store->client);
	free(store);
}

/* Goes without where memory is short: the answer itself is not lost. */
static void start_store(struct net_transfer *transfer, const struct headers *headers,
			struct blob *body)
{
	struct store *made = calloc(1, sizeof(*made));

	if (!made)
		return;
	headers_init(&made->cached.headers);
	if (headers_load(&made->cached.headers, headers->text.data, headers->text.len, headers->n) <
	    0) {
		cached_release(&made->cached);
		free(made);
		return;
	}
	made->cached.headers.status = headers->status;
	made->cached.body = body ? blob_ref(body) : NULL;
	made->cached.stored_ms = clock_wall_ms();
	made->client = transfer->client;
	made->own_key = transfer->own_key;
	transfer->own_key = NULL;
	made->work.data = made;
	client_hold(made->client);
	if (uv_queue_work(made->client->loop, &made->work, store, on_stored) < 0)
		on_stored(&made->work, 0);
}

void kept_keep(struct net_transfer *transfer, struct blob *body)
{
	if (transfer->own_key && !transfer->is_cut && !transfer->is_cached &&
	    freshness_may_keep(&transfer->answer))
		start_store(transfer, &transfer->answer, body);
}

int kept_renew(struct net_transfer *transfer)
{
	int r = headers_update(&transfer->cached.headers, &transfer->answer);

	if (r == 0 && freshness_may_keep(&transfer->cached.headers))
		start_store(transfer, &transfer->cached.headers, transfer->cached.body);
	return r == -ENOMEM ? r : 0; /* more headers than there may be: the old ones will do */
}

int kept_take(struct net_transfer *transfer, struct blob **ret_body)
{
	struct blob *body = transfer->cached.body;

	headers_release(&transfer->answer);
	transfer->answer = transfer->cached.headers;
	transfer->cached.headers = (struct headers){ 0 };
	transfer->cached.body = NULL;
	transfer->is_cached = true;
	if (body && blob_len(body) > transfer->limit_bytes) {
		struct blob *part = blob_new(blob_data(body), (size_t)transfer->limit_bytes);

		transfer->is_cut = true;
		blob_unref(body);
		if (!part)
			return -ENOMEM;
		body = part;
	}
	*ret_body = body;
	return 0;
}
