/* SPDX-License-Identifier: MIT */
/* What comes of a search: the lists of all who answered, merged into one, and kept for equal
 * searches. */
#include "base/json_write.h"
#include "engine/core.h"
#include "engine/search.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BODY_BYTES_MAX = 1 << 20 };

static struct search_hit copy_hit(const struct search_hit *hit, struct arena *arena)
{
	return (struct search_hit){
		.url = arena_strdup(arena, hit->url),
		.title = arena_strdup(arena, hit->title ? hit->title : ""),
		.snippet = arena_strdup(arena, hit->snippet ? hit->snippet : ""),
		.published_s = hit->published_s,
	};
}

void search_take(struct search *search, const struct ask *ask)
{
	struct searches *searches = search->searches;
	struct search_hit *hits;
	size_t n = ask->hits.n;

	if (search->n_lists == SEARCH_LISTS_MAX)
		return;
	hits = arena_alloc_array(&search->arena, n ? n : 1, sizeof(*hits));
	if (!hits)
		return; /* the arena remembers */
	for (size_t i = 0; i < n; i++)
		hits[i] = copy_hit(&ask->hits.items[i], &search->arena);
	search->is_local[search->n_lists] = !(searches->remote & search_bit(ask->i));
	search->lists[search->n_lists++] = (struct search_list){
		.provider = searches->searchers[ask->i].endpoint->provider->name,
		.items = hits,
		.n = n,
	};
}

/* ---- one list ---- */

/* Documents on this machine have no URL that others could know them by. */
static bool add_local(const struct search_list *list, struct arena *arena,
		      struct search_pages *pages)
{
	const char **by = arena_alloc(arena, sizeof(*by));

	if (!by)
		return false;
	*by = list->provider;
	for (size_t i = 0; i < list->n; i++) {
		const struct search_hit *hit = &list->items[i];

		pages->items[pages->n++] = (struct search_page){
			.url = hit->url,
			.title = hit->title,
			.snippet = hit->snippet,
			.published_s = hit->published_s,
			.by = by,
			.n_by = 1,
			.score = SEARCH_MERGE_UNIT / (SEARCH_MERGE_K + i + 1),
		};
	}
	return true;
}

static int by_score(const void *a, const void *b)
{
	const struct search_page *x = a, *y = b;

	if (x->score != y->score)
		return x->score < y->score ? 1 : -1;
	return strcmp(x->url, y->url);
}

static bool gather(struct search *search, struct search_pages *pages)
{
	struct search_list remote[SEARCH_LISTS_MAX];
	struct search_pages merged = { 0 };
	size_t n_remote = 0, n = 0;

	for (size_t i = 0; i < search->n_lists; i++) {
		n += search->lists[i].n;
		if (!search->is_local[i])
			remote[n_remote++] = search->lists[i];
	}
	pages->items = arena_alloc_array(&search->arena, n ? n : 1, sizeof(*pages->items));
	if (!pages->items || search_merge(remote, n_remote, &search->arena, &merged) < 0)
		return false;
	for (size_t i = 0; i < merged.n; i++)
		pages->items[pages->n++] = merged.items[i];
	for (size_t i = 0; i < search->n_lists; i++) {
		if (search->is_local[i] && !add_local(&search->lists[i], &search->arena, pages))
			return false;
	}
	qsort(pages->items, pages->n, sizeof(*pages->items), by_score);
	if (pages->n > search->query.count)
		pages->n = search->query.count;
	return !arena_failed(&search->arena);
}

static void write_page(const struct search_page *page, struct json_write *json)
{
	json_begin_object(json);
	json_key_str(json, "url", page->url);
	json_key_str(json, "title", page->title);
	json_key_str(json, "passage", page->snippet);
	if (page->published_s) {
		json_key(json, "published");
		json_int(json, page->published_s);
	}
	json_key(json, "by");
	json_begin_array(json);
	for (size_t i = 0; i < page->n_by; i++)
		json_str(json, page->by[i]);
	json_end_array(json);
	json_end_object(json);
}

static void merge(struct search *search, struct search_outcome *outcome)
{
	struct search_pages pages = { 0 };
	CLEANUP(buf) struct buf text;

	buf_init(&text, BODY_BYTES_MAX);
	if (gather(search, &pages)) {
		for (size_t i = 0; i < pages.n; i++) {
			struct json_write json = json_write_to(&text);

			write_page(&pages.items[i], &json);
			buf_add_char(&text, '\n');
		}
		if (!buf_error(&text))
			outcome->body = blob_new(text.data ? text.data : "", text.len);
	}
	outcome->n_pages = pages.n;
	if (!outcome->body)
		(void)error_errno(&outcome->error, ENOMEM, "cannot keep what was found");
}

/* Whoever may be asked next is not to be for longer than a search waits. */
static bool explain_shut(struct searches *searches, struct error *error)
{
	struct env *env = searches->web->engine->env;
	uint64_t now_ns = env_now_ns(env), next_ns = UINT64_MAX, wait_ms;
	const char *name = NULL;
	char text[64] = "later";
	struct tm tm;
	time_t at;

	for (size_t i = 0; i < searches->n; i++) {
		struct searcher *searcher = &searches->searchers[i];
		uint64_t at_ns = quota_next_ns(&searcher->quota, now_ns);

		if ((searches->remote & search_bit(i)) && !searcher->is_off && at_ns < next_ns) {
			next_ns = at_ns;
			name = searcher->endpoint->provider->name;
		}
	}
	wait_ms = (next_ns - now_ns) / 1000000;
	if (!name || wait_ms < SEARCH_PATIENCE_MS)
		return false;
	at = (time_t)env->ops->time_s(env) + (time_t)(wait_ms / 1000);
	if (gmtime_r(&at, &tm))
		(void)strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S UTC", &tm); /* it fits */
	(void)error_set(error, ERROR_LIMIT, EBUSY, "%s is to be left alone until %s", name, text);
	error_from(error, ERROR_FROM_HTTP_SHARED, 429);
	return true;
}

/* Why nobody answered, where no request of this search itself has said. */
static void explain(const struct search *search, struct error *error)
{
	struct searches *searches = search->searches;

	*error = search->error;
	if (error->class == ERROR_NONE && explain_shut(searches, error))
		return;
	for (size_t i = 0; error->class == ERROR_NONE && i < searches->n; i++)
		*error = searches->searchers[i].error;
	if (error->class == ERROR_NONE)
		(void)error_set(error, ERROR_TIMEOUT, ETIMEDOUT,
				"no provider could be asked within %d s", SEARCH_TIMEOUT_MS / 1000);
}

/* ---- for equal ones ---- */

const struct kept *search_kept(const struct search *search)
{
	const struct searches *searches = search->searches;
	uint64_t n = searches->n_kept < SEARCH_KEPT_MAX ? searches->n_kept : SEARCH_KEPT_MAX;

	for (uint64_t i = 0; i < n; i++) {
		if (searches->kept[i].key && strcmp(searches->kept[i].key, search->key) == 0)
			return &searches->kept[i];
	}
	return NULL;
}

static void keep(const struct search *search, const struct search_outcome *outcome)
{
	struct kept *kept = &search->searches->kept[search->searches->n_kept % SEARCH_KEPT_MAX];
	char *key = strdup(search->key);

	if (!key)
		return; /* then it is asked again */
	free(kept->key);
	blob_unref(kept->outcome.body);
	kept->key = key;
	kept->outcome = *outcome;
	kept->outcome.n_requests = 0;
	(void)blob_ref(outcome->body);
	search->searches->n_kept++;
}

static void tell(struct search *search, const struct search_outcome *outcome)
{
	struct search_outcome own = *outcome;

	if (!search->done)
		return;
	if (own.body)
		(void)blob_ref(own.body);
	search->done(search->data, &own);
}

void search_finish(struct search *search)
{
	struct searches *searches = search->searches;
	struct search_outcome outcome = { .n_requests = search->n_requests,
					  .is_partial = search->is_partial };

	for (struct ask *at = searches->asks; at; at = at->next) {
		if (at->search != search)
			continue;
		outcome.is_partial = true; /* its time is up */
		ask_drop(at);
	}
	if (search->n_missing)
		outcome.is_partial = true;
	if (search->kept) {
		outcome = search->kept->outcome;
		(void)blob_ref(outcome.body); /* one that is kept has one */
	} else if (search->n_lists) {
		merge(search, &outcome);
	} else {
		explain(search, &outcome.error);
	}
	if (!search->kept && outcome.error.class == ERROR_NONE && !outcome.is_partial)
		keep(search, &outcome);
	tell(search, &outcome);
	for (struct search *at = search->followers; at; at = at->next)
		tell(at, &outcome);
	blob_unref(outcome.body);
	search_close(search);
}
