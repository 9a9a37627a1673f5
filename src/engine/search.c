/* SPDX-License-Identifier: MIT */
/* Whom a web search asks, and when. Searches wait in the order they came; whenever an endpoint may
 * be asked again (its quota, the end of its suspension, an answer), searches_pump() goes through
 * them. */
#include "engine/search.h"

#include "engine/core.h"
#include "tools/search_query.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static uint64_t now_of(const struct searches *searches)
{
	return env_now_ns(searches->web->engine->env);
}

static struct timers *timers_of(const struct searches *searches)
{
	return &searches->web->engine->timers;
}

static int searches_new(struct web *web, struct error *err)
{
	const struct search_conf *conf = NULL;
	struct searches *searches;
	int r = web->conf ? web->conf(web->conf_data, &conf, err) : 0;

	if (r < 0)
		return r;
	if (!conf || conf->n == 0)
		return error_set(err, ERROR_MISSING, ENOENT, "there is no provider to search with");
	searches = calloc(1, sizeof(*searches));
	if (!searches)
		return error_errno(err, ENOMEM, "cannot search");
	searches->web = web;
	searches->open_tail = &searches->open;
	searches->n = conf->n;
	for (size_t i = 0; i < searches->n; i++) {
		const struct search_endpoint *endpoint = &conf->endpoints[i];
		const struct search_provider *provider = endpoint->provider;
		bool is_users = endpoint->rate_per_s > 0;

		searches->searchers[i].endpoint = endpoint;
		if (!provider->search)
			searches->remote |= search_bit(i);
		quota_init(&searches->searchers[i].quota,
			   is_users ? endpoint->rate_per_s : provider->rate_per_s,
			   is_users ? 1 : provider->burst, now_of(searches));
	}
	search_rates_load(searches);
	search_turns_open(searches);
	web->searches = searches;
	return 0;
}

static void search_free(struct search *search)
{
	timer_stop(timers_of(search->searches), &search->end);
	timer_stop(timers_of(search->searches), &search->hedge);
	arena_release(&search->arena);
	free(search);
}

void search_close(struct search *search)
{
	struct searches *searches = search->searches;

	*search->back = search->next;
	if (search->next)
		search->next->back = search->back;
	else
		searches->open_tail = search->back;
	for (struct search *at = search->followers, *next; at; at = next) {
		next = at->next;
		search_free(at);
	}
	search_free(search);
}

void searches_free(struct searches *searches)
{
	if (!searches)
		return;
	search_rates_save(searches);
	search_turns_close(searches);
	for (struct ask *ask = searches->asks, *next; ask; ask = next) {
		next = ask->next;
		atomic_store(&ask->is_stopped, true);
		if (ask->transfer) { /* the client goes without telling */
			arena_release(&ask->arena);
			free(ask);
		} else {
			ask->searches = NULL; /* its thread ends some time */
		}
	}
	while (searches->open) {
		struct search *search = searches->open;

		search_close(search);
	}
	timer_stop(timers_of(searches), &searches->pump);
	for (size_t i = 0; i < SEARCH_KEPT_MAX; i++) {
		free(searches->kept[i].key);
		blob_unref(searches->kept[i].outcome.body);
	}
	free(searches);
}

/* ---- whom ---- */

static bool is_usable(const struct searcher *searcher, uint64_t now_ns)
{
	return !searcher->is_off && searcher->suspended_ns <= now_ns;
}

/* Those who may be asked now; *ret_next_ns: when another may, UINT64_MAX = none ever. */
static uint64_t candidates(const struct search *search, uint64_t *ret_next_ns)
{
	struct searches *searches = search->searches;
	uint64_t now_ns = now_of(searches), mask = 0;

	*ret_next_ns = UINT64_MAX;
	for (size_t i = 0; i < searches->n; i++) {
		struct searcher *searcher = &searches->searchers[i];
		uint64_t at_ns;

		if (!(searches->remote & ~search->asked & search_bit(i)) ||
		    !is_usable(searcher, now_ns))
			continue;
		at_ns = quota_next_ns(&searcher->quota, now_ns);
		if (at_ns <= now_ns)
			mask |= search_bit(i);
		else if (at_ns < *ret_next_ns)
			*ret_next_ns = at_ns;
	}
	return mask;
}

static size_t pick(struct searches *searches, uint64_t mask)
{
	struct env *env = searches->web->engine->env;
	const uint64_t random[2] = { env->ops->random(env), env->ops->random(env) };

	return balance_pick(searches->peers, mask, random, now_of(searches));
}

static void ask(struct search *search, size_t i, bool is_hedge)
{
	struct searches *searches = search->searches;
	struct net_client *client;
	struct error err;

	/* A request must leave soon after its turn was taken: what is slow comes before. */
	client = web_client(searches->web, &err);
	if (client)
		(void)net_client_load(client, &err); /* or who asks finds out */
	if (!search_turn_take(&searches->searchers[i], now_of(searches)))
		return; /* it is no candidate any more */
	search->asked |= search_bit(i);
	if (ask_start(search, i, is_hedge) < 0)
		return; /* another is looked for */
	searches->n_sent += !is_hedge;
	searches->n_hedged += is_hedge;
	if (!is_hedge)
		search->n_missing--;
}

/* ---- hedging (Dean and Barroso, "The tail at scale", 2013) ---- */

static int compare(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* 95 of 100 answers came sooner; 0 = too few came to tell. */
static uint64_t tail_ns(const struct searches *searches)
{
	uint32_t sorted[SEARCH_LATENCIES];
	size_t n =
		searches->n_latencies < SEARCH_LATENCIES ? searches->n_latencies : SEARCH_LATENCIES;
	uint64_t ns;

	if (n < SEARCH_HEDGE_SAMPLES)
		return 0;
	memcpy(sorted, searches->latencies_us, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), compare);
	ns = (uint64_t)sorted[n * 95 / 100] * 1000;
	return ns > SEARCH_HEDGE_MIN_MS * UINT64_C(1000000)
		       ? ns
		       : SEARCH_HEDGE_MIN_MS * UINT64_C(1000000);
}

static void on_hedge(struct timer *timer)
{
	struct search *search = container_of(timer, struct search, hedge);
	struct searches *searches = search->searches;
	uint64_t next_ns, mask = candidates(search, &next_ns);

	if (mask && (searches->n_hedged + 1) * SEARCH_HEDGE_SHARE <= searches->n_sent)
		ask(search, pick(searches, mask), true);
	else if (mask || next_ns != UINT64_MAX) /* the share of hedges grows with what is sent */
		timer_start(timers_of(searches), timer,
			    now_of(searches) + SEARCH_HEDGE_AGAIN_MS * UINT64_C(1000000), on_hedge);
}

static void watch_tail(struct search *search)
{
	uint64_t ns = tail_ns(search->searches);

	if (ns && !search->hedge.fire)
		timer_start(timers_of(search->searches), &search->hedge,
			    now_of(search->searches) + ns, on_hedge);
}

/* ---- one turn ---- */

static void on_end(struct timer *timer)
{
	search_finish(container_of(timer, struct search, end));
}

/* It ends when the loop comes to it: nobody is told from inside what he has called. */
static void end_soon(struct search *search)
{
	if (search->is_ended)
		return;
	search->is_ended = true;
	timer_stop(timers_of(search->searches), &search->end);
	timer_start(timers_of(search->searches), &search->end, now_of(search->searches), on_end);
}

/* Returns when there is more to do for it; UINT64_MAX = nothing by itself. */
static uint64_t go_on(struct search *search)
{
	uint64_t next_ns = UINT64_MAX;

	/* Others have answered: who refuses again and again is not waited for. */
	if (search->n_refused >= SEARCH_REFUSALS_ENOUGH && search->n_lists && search->n_missing) {
		search->is_partial = true;
		search->n_missing = 0;
	}
	while (search->n_missing) {
		uint64_t mask = candidates(search, &next_ns);

		if (!mask)
			break;
		ask(search, pick(search->searches, mask), false);
	}
	if (search->n_missing && next_ns < search->deadline_ns &&
	    next_ns < now_of(search->searches) + SEARCH_PATIENCE_MS * UINT64_C(1000000))
		return next_ns;
	if (search->n_missing) { /* nobody is left for it */
		search->is_partial = true;
		search->n_missing = 0;
	}
	if (search->n_asking == 0)
		end_soon(search);
	else
		watch_tail(search);
	return UINT64_MAX;
}

static void on_pump(struct timer *timer)
{
	searches_pump(container_of(timer, struct searches, pump));
}

void searches_pump(struct searches *searches)
{
	uint64_t next_ns = UINT64_MAX;

	for (struct search *search = searches->open; search; search = search->next) {
		uint64_t at_ns = search->is_ended ? UINT64_MAX : go_on(search);

		if (at_ns < next_ns)
			next_ns = at_ns;
	}
	timer_stop(timers_of(searches), &searches->pump);
	if (next_ns != UINT64_MAX)
		timer_start(timers_of(searches), &searches->pump, next_ns, on_pump);
}

static void drop_asks(struct search *search)
{
	for (struct ask *at = search->searches->asks; at; at = at->next) {
		if (at->search != search)
			continue;
		ask_drop(at);
		search->n_asking--;
	}
}

/* Of a request and its hedge, the first answer counts. */
static void drop_rival(struct search *search, const struct ask *answered)
{
	for (struct ask *at = search->searches->asks; at; at = at->next) {
		if (at->search != search || at == answered ||
		    !(search->searches->remote & search_bit(at->i)) ||
		    at->is_hedge == answered->is_hedge)
			continue;
		ask_drop(at);
		search->n_asking--;
		return;
	}
}

void search_asked(struct search *search, const struct ask *ended, bool is_refused)
{
	struct searches *searches = search->searches;
	bool is_remote = searches->remote & search_bit(ended->i);

	search->n_asking--;
	if (ended->error.class == ERROR_NONE) {
		search_take(search, ended);
		if (is_remote)
			drop_rival(search, ended);
	} else {
		if (is_refused && ++search->n_refused <= SEARCH_REFUSALS_MAX) {
			search->error = ended->error;
			search->asked &= ~search_bit(ended->i);
		} else {
			search_blame(search, &ended->error);
		}
		if (is_remote && !ended->is_hedge)
			search->n_missing++;
	}
	if (!is_remote)
		searches_pump(searches); /* of a remote one, its caller does */
}

/* ---- the doors ---- */

static const char *make_key(const struct search_query *query, struct arena *arena)
{
	const char *key = search_query_normalise(query->text, arena);

	key = key ? arena_printf(arena, "%u %s", query->count, key) : NULL;
	for (size_t i = 0; key && query->allowed && query->allowed[i]; i++)
		key = arena_printf(arena, "%s\n+%s", key, query->allowed[i]);
	for (size_t i = 0; key && query->blocked && query->blocked[i]; i++)
		key = arena_printf(arena, "%s\n-%s", key, query->blocked[i]);
	return key;
}

/* An equal one is under way. */
static bool join(struct search *search)
{
	struct searches *searches = search->searches;

	for (struct search *at = searches->open; at; at = at->next) {
		if (!at->is_ended && strcmp(at->key, search->key) == 0) {
			search->is_follower = true;
			search->next = at->followers;
			at->followers = search;
			return true;
		}
	}
	return false;
}

static void open_search(struct search *search)
{
	struct searches *searches = search->searches;

	search->back = searches->open_tail;
	*searches->open_tail = search;
	searches->open_tail = &search->next;
	search->kept = search_kept(search);
	if (search->kept) {
		end_soon(search);
		return;
	}
	search->n_missing = searches->remote != 0;
	search->deadline_ns = now_of(searches) + SEARCH_TIMEOUT_MS * UINT64_C(1000000);
	timer_start(timers_of(searches), &search->end, search->deadline_ns, on_end);
	for (size_t i = 0; i < searches->n; i++) {
		if (!(searches->remote & search_bit(i)))
			(void)ask_start(search, i, false); /* the search knows if it failed */
	}
	searches_pump(searches);
}

int search_start(struct web *web, const struct search_query *query, search_done_fn *done,
		 void *data, struct search **ret_search, struct error *err)
{
	struct search *search;
	const struct search_query *copy;
	int r = 0;

	if (!web->searches)
		r = searches_new(web, err);
	if (r < 0)
		return r;
	search = calloc(1, sizeof(*search));
	if (!search)
		return error_errno(err, ENOMEM, "cannot search");
	arena_init(&search->arena, SEARCH_ARENA_MAX);
	search->searches = web->searches;
	search->done = done;
	search->data = data;
	copy = search_query_copy(query, &search->arena);
	search->key = copy ? make_key(copy, &search->arena) : NULL;
	if (!search->key) {
		search_free(search);
		return error_errno(err, ENOMEM, "cannot search");
	}
	search->query = *copy;
	*ret_search = search;
	if (!join(search))
		open_search(search);
	return 0;
}

void search_forget(struct search *search)
{
	search->done = NULL;
	if (search->is_follower || search->followers)
		return;
	drop_asks(search);
	end_soon(search);
}
