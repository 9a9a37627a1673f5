/* SPDX-License-Identifier: MIT */
/* One request of one provider: over HTTP, or on a worker thread where it is a local one. */
#include "engine/core.h"
#include "engine/search.h"
#include "tools/search_hits.h"
#include "tools/search_json.h"
#include "tools/search_request.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct searcher *searcher_of(const struct ask *ask)
{
	return &ask->searches->searchers[ask->i];
}

static void forget(struct ask *ask)
{
	struct ask **at = &ask->searches->asks;

	while (*at != ask)
		at = &(*at)->next;
	*at = ask->next;
	arena_release(&ask->arena);
	free(ask);
}

void ask_drop(struct ask *ask)
{
	ask->search = NULL;
	atomic_store(&ask->is_stopped, true);
	if (ask->transfer)
		net_cancel(ask->transfer);
}

static void end(struct ask *ask, bool is_refused)
{
	struct search *search = ask->search;

	if (search)
		search_asked(search, ask, is_refused);
	forget(ask);
}

/* ---- remote ---- */

static const char *header_of(const void *data, const char *name)
{
	return transfer_header(data, name);
}

static uint64_t now_of(const struct ask *ask)
{
	return env_now_ns(ask->searches->web->engine->env);
}

/* How long it is left alone doubles with each failure in a row. */
static void suspend(struct searcher *searcher, uint64_t retry_ms, uint64_t now_ns)
{
	uint64_t wait_ms = UINT64_C(1000) << (searcher->n_failed < 6 ? searcher->n_failed : 6);

	searcher->n_failed++;
	searcher->suspended_ns = now_ns + wait_ms * 1000000;
	if (retry_ms)
		quota_shut(&searcher->quota, now_ns + retry_ms * 1000000);
}

static void read_limits(const struct ask *ask, const struct transfer_outcome *outcome)
{
	struct env *env = ask->searches->web->engine->env;
	struct quota_window windows[QUOTA_WINDOWS_MAX];
	size_t n = quota_windows_read(header_of, outcome, env->ops->time_s(env), windows);
	unsigned n_pending = ask->searches->peers[ask->i].n_pending;

	quota_answered(&searcher_of(ask)->quota, windows, n, n_pending ? n_pending - 1 : 0,
		       now_of(ask));
}

static struct search_slice body_of(const struct transfer_outcome *outcome)
{
	return outcome->body
		       ? (struct search_slice){ blob_data(outcome->body), blob_len(outcome->body) }
		       : (struct search_slice){ "", 0 };
}

static bool says(const struct transfer_outcome *outcome, const struct search_saying *saying)
{
	struct search_slice body = body_of(outcome);

	return saying->text && outcome->status == saying->status &&
	       memmem(body.at, body.len, saying->text, strlen(saying->text));
}

/* Unless it repeats the key. */
static const char *said_of(struct ask *ask, const struct transfer_outcome *outcome)
{
	const char *key = searcher_of(ask)->endpoint->key;
	const char *said = search_json_said(body_of(outcome), &ask->arena);

	return said && !(key && strstr(said, key)) ? said : NULL;
}

/* Whom it asked and where, but for the query; error.retry_ms stays 0, as it is this endpoint that
 * waits, and nobody else. */
static void say_refusal(struct ask *ask, const struct transfer_outcome *outcome)
{
	const struct search_provider *provider = searcher_of(ask)->endpoint->provider;
	struct env *env = ask->searches->web->engine->env;
	time_t until = (time_t)(env->ops->time_s(env) + (int64_t)(outcome->retry_after_ms / 1000));
	const char *url = outcome->url ? outcome->url : "", *said = said_of(ask, outcome);
	char when[64] = "";
	struct tm tm;

	if (outcome->retry_after_ms && gmtime_r(&until, &tm))
		(void)strftime(when, sizeof(when), ", and refuses until %Y-%m-%d %H:%M:%S UTC",
			       &tm); /* fits */
	(void)error_set(&ask->error, transfer_class_of(outcome->status), EIO,
			"%s answered HTTP %d at '%.*s'%s%s%.200s", provider->name, outcome->status,
			(int)strcspn(url, "?#"), url, when, said ? ": " : "", said ? said : "");
	error_from(&ask->error, ERROR_FROM_HTTP_SHARED, outcome->status);
	if (says(outcome, &provider->says_key_is_wrong))
		ask->error.class = ERROR_DENIED;
}

/* What a status that is no answer says of the provider. True: it refused for the rate. */
static bool read_refusal(struct ask *ask, const struct transfer_outcome *outcome)
{
	struct searcher *searcher = searcher_of(ask);
	struct env *env = ask->searches->web->engine->env;
	struct quota_window windows[QUOTA_WINDOWS_MAX];
	int status = outcome->status;

	say_refusal(ask, outcome);
	if (status == 429) {
		quota_refused(&searcher->quota, ask->start_ns, outcome->retry_after_ms,
			      env->ops->random(env), now_of(ask));
		quota_told(&searcher->quota, windows,
			   quota_windows_read(header_of, outcome, env->ops->time_s(env), windows),
			   now_of(ask));
		return true;
	}
	if (ask->error.class == ERROR_DENIED)
		searcher->is_off = true;
	else if (status >= 500)
		suspend(searcher, outcome->retry_after_ms, now_of(ask));
	return false;
}

static int read_hits(struct ask *ask, const struct transfer_outcome *outcome)
{
	const struct search_endpoint *endpoint = searcher_of(ask)->endpoint;
	const struct search_provider *provider = endpoint->provider;
	int r;

	if (outcome->is_cut)
		return error_set(&ask->error, ERROR_TRANSIENT, EMSGSIZE,
				 "%s: the answer is more than %d MiB", provider->name,
				 SEARCH_ANSWER_MIB);
	r = provider->parse(provider, body_of(outcome), &ask->arena, &ask->hits, &ask->error);
	if (r < 0)
		return r;
	return search_hits_settle(endpoint, ask->query, &ask->arena, &ask->hits, &ask->error);
}

static void read_answer(struct ask *ask, const struct transfer_outcome *outcome)
{
	struct searcher *searcher = searcher_of(ask);

	read_limits(ask, outcome);
	if (read_hits(ask, outcome) == 0) {
		searcher->n_failed = 0;
		if (ask->hits.why_none) /* for this query: it is not left alone for that */
			(void)search_answer_bad(&ask->error, searcher->endpoint->provider->name,
						"it could not look", ask->hits.why_none);
		return;
	}
	ask->hits.n = 0;
	suspend(searcher, 0, now_of(ask));
}

static void on_transfer(void *data, struct transfer_outcome *own_outcome)
{
	struct ask *ask = data;
	struct searches *searches = ask->searches;
	struct searcher *searcher = searcher_of(ask);
	bool is_refused = false;
	uint64_t now_ns = now_of(ask), took_ns = 0;

	ask->transfer = NULL;
	web_read_retry_after(searches->web->engine->env, own_outcome);
	if (own_outcome->error.class == ERROR_CANCELLED) {
		ask->error = own_outcome->error;
	} else if (own_outcome->error.class != ERROR_NONE) {
		ask->error = own_outcome->error;
		error_prefix(&ask->error, "%s", searcher->endpoint->provider->name);
		took_ns = SEARCH_ASK_MS * UINT64_C(1000000);
		suspend(searcher, 0, now_ns);
	} else if (own_outcome->status == 200) {
		took_ns = now_ns - ask->start_ns;
		read_answer(ask, own_outcome);
	} else if (says(own_outcome, &searcher->endpoint->provider->says_nothing)) {
		took_ns = now_ns - ask->start_ns;
		read_limits(ask, own_outcome);
	} else {
		is_refused = read_refusal(ask, own_outcome);
		/* who fails at once must not seem to be quick */
		took_ns = own_outcome->status != 429 ? SEARCH_ASK_MS * UINT64_C(1000000) : 0;
	}
	if (ask->error.class == ERROR_NONE)
		searches->latencies_us[searches->n_latencies++ % SEARCH_LATENCIES] =
			(uint32_t)(took_ns / 1000);
	else if (ask->error.class != ERROR_CANCELLED)
		searcher->error = ask->error;
	balance_end(&searches->peers[ask->i], took_ns, now_ns);
	transfer_outcome_release(own_outcome);
	end(ask, is_refused);
	searches_pump(searches);
}

static int start_remote(struct ask *ask, struct error *err)
{
	struct searcher *searcher = searcher_of(ask);
	struct web *web = ask->searches->web;
	struct net_client *client = web_client(web, err);
	struct transfer_request request = { 0 };
	int r;

	if (!client)
		return -EIO;
	r = search_request_build(searcher->endpoint, ask->query, &ask->arena, &request, err);
	if (r < 0)
		return r;
	request.timeout_ms = SEARCH_ASK_MS;
	request.limit_bytes = SEARCH_ANSWER_MIB << 20;
	r = net_start(client, &request, on_transfer, ask, &ask->transfer, err);
	if (r < 0)
		return r;
	/* making the client takes some milliseconds, the first time: the next must not be early */
	ask->start_ns = now_of(ask);
	quota_take(&searcher->quota, ask->start_ns);
	balance_begin(&ask->searches->peers[ask->i]);
	return 0;
}

/* ---- local ---- */

static void work(uv_work_t *request)
{
	struct ask *ask = container_of(request, struct ask, work);
	const struct search_endpoint *endpoint = searcher_of(ask)->endpoint;

	(void)endpoint->provider->search(endpoint, ask->query, &ask->is_stopped, &ask->arena,
					 &ask->hits, &ask->error);
}

static void after_work(uv_work_t *request, int status)
{
	struct ask *ask = container_of(request, struct ask, work);
	struct searches *searches = ask->searches;

	(void)status;    /* it is never cancelled before it began: then hits are empty */
	if (!searches) { /* the engine is gone */
		arena_release(&ask->arena);
		free(ask);
		return;
	}
	if (ask->error.class != ERROR_NONE)
		searcher_of(ask)->error = ask->error;
	end(ask, false);
}

/* ---- both ---- */

static const char *const *copy_list(const char *const *list, struct arena *arena)
{
	const char **copy;
	size_t n = 0;

	while (list && list[n])
		n++;
	copy = arena_alloc_array(arena, n + 1, sizeof(*copy));
	for (size_t i = 0; copy && i < n; i++)
		copy[i] = arena_strdup(arena, list[i]);
	if (copy)
		copy[n] = NULL;
	return copy;
}

const struct search_query *search_query_copy(const struct search_query *query, struct arena *arena)
{
	struct search_query *copy = arena_alloc(arena, sizeof(*copy));

	if (!copy)
		return NULL;
	*copy = (struct search_query){
		.text = arena_strdup(arena, query->text),
		.allowed = copy_list(query->allowed, arena),
		.blocked = copy_list(query->blocked, arena),
		.count = query->count,
	};
	return arena_failed(arena) ? NULL : copy;
}

int ask_start(struct search *search, size_t i, bool is_hedge)
{
	struct searches *searches = search->searches;
	struct engine *engine = searches->web->engine;
	struct ask *ask = calloc(1, sizeof(*ask));
	struct error err = { 0 };
	int r = -ENOMEM;

	if (!ask)
		return -ENOMEM;
	ask->searches = searches;
	ask->search = search;
	ask->i = i;
	ask->is_hedge = is_hedge;
	ask->start_ns = env_now_ns(engine->env);
	arena_init(&ask->arena, SEARCH_ARENA_MAX);
	ask->query = search_query_copy(&search->query, &ask->arena);
	if (!ask->query)
		(void)error_errno(&err, ENOMEM, "cannot search");
	else if (searches->remote & search_bit(i))
		r = start_remote(ask, &err);
	else
		r = uv_queue_work(&engine->loop, &ask->work, work, after_work);
	if (r < 0) {
		searches->searchers[i].error = err;
		search_blame(search, &err);
		arena_release(&ask->arena);
		free(ask);
		return r;
	}
	ask->next = searches->asks;
	searches->asks = ask;
	search->n_asking++;
	search->n_requests++;
	return 0;
}
